//! The root power domain of macOS: it announces every sleep, waits for the answer (30 s at most), and says when the
//! machine is back. It is heard on a thread with a run loop, which ends with [`listen`].

use std::{cell::OnceCell, ffi::c_void, ptr, sync::Arc, thread};

use block2::RcBlock;
use objc2_core_foundation::{CFRetained, CFRunLoop, CFRunLoopMode, CFRunLoopSource, kCFRunLoopDefaultMode};
use objc2_io_kit::{
    IOAllowPowerChange, IODeregisterForSystemPower, IONotificationPort, IONotificationPortRef,
    IORegisterForSystemPower, IOServiceClose, io_connect_t, io_object_t, io_service_t,
    kIOMessageCanSystemSleep, kIOMessageSystemHasPoweredOn, kIOMessageSystemWillSleep,
};
use tokio::sync::{mpsc, oneshot};

use super::{Permit, PowerEvent};
use crate::clock::Clock;

/// The system's question whether it may sleep: it waits for the answer until this is dropped.
pub(super) struct Inhibitor {
    domain: Arc<Domain>,
    question: isize,
}

impl Drop for Inhibitor {
    fn drop(&mut self) {
        self.domain.allow(self.question);
    }
}

/// The connection to the root power domain. Every question that is open keeps it, as it takes the answer.
struct Domain(io_connect_t);

impl Domain {
    fn allow(&self, question: isize) {
        // It fails when the system waits no more, and then nothing is left to do.
        let _result = IOAllowPowerChange(self.0, question);
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        IOServiceClose(self.0);
    }
}

/// Tells of sleeps until nobody listens any more.
pub(super) async fn listen(tell: mpsc::Sender<PowerEvent>, clock: Clock) {
    let (hand, handed) = oneshot::channel();
    let hearer = Hearer {
        tell: tell.clone(),
        clock,
        domain: OnceCell::new(),
    };
    let thread = thread::Builder::new().name("power".to_owned());
    if let Err(error) = thread.spawn(move || follow(&hearer, hand)) {
        tracing::debug!(%error, "nobody announces this machine's sleep");
        return;
    }
    let Ok(running) = handed.await else {
        tracing::debug!("nobody announces this machine's sleep");
        return;
    };
    tracing::debug!("macOS announces this machine's sleep");
    tell.closed().await;
    drop(running);
}

/// The thread: hears the system until the loop that it hands out is dropped.
fn follow(hearer: &Hearer, hand: oneshot::Sender<Running>) {
    let Some(run_loop) = CFRunLoop::current() else {
        return;
    };
    let Some(_registration) = Registration::new(hearer, run_loop.clone()) else {
        return;
    };
    // Where nobody takes it any more it is dropped here, and the loop ends as soon as it begins.
    drop(hand.send(Running(run_loop)));
    CFRunLoop::run();
}

/// A thread's run loop, which ends when this is dropped.
struct Running(CFRetained<CFRunLoop>);

#[allow(
    unsafe_code,
    reason = "the binding says of no run loop that other threads may use it"
)]
// SAFETY: Core Foundation's functions on run loops may be called from any thread, and only three are called on this
// one from another: to queue a block, to wake it and to release it.
unsafe impl Send for Running {}

impl Drop for Running {
    /// Stops the loop from within: a stop that comes before the loop runs would be forgotten, and a block that waits
    /// in it is not.
    #[allow(unsafe_code, reason = "Rust has no safe way to the system's run loop")]
    fn drop(&mut self) {
        let stop = RcBlock::new(|| {
            if let Some(run_loop) = CFRunLoop::current() {
                run_loop.stop();
            }
        });
        let mode = mode().map(|mode| &**mode);
        // SAFETY: the mode is a string, as it must be; the block holds nothing, so any thread may call it.
        unsafe { self.0.perform_block(mode, Some(&stop)) };
        self.0.wake_up();
    }
}

/// The mode in which [`CFRunLoop::run`] runs.
#[allow(
    unsafe_code,
    reason = "it is a constant of the system, which Rust calls a foreign static"
)]
fn mode() -> Option<&'static CFRunLoopMode> {
    // SAFETY: a constant, which nobody writes to.
    unsafe { kCFRunLoopDefaultMode }
}

/// The system tells the hearer as long as this is kept.
struct Registration<'a> {
    _hearer: &'a Hearer,
    run_loop: CFRetained<CFRunLoop>,
    source: Option<CFRetained<CFRunLoopSource>>,
    port: IONotificationPortRef,
    notifier: io_object_t,
}

impl<'a> Registration<'a> {
    /// Registers, and has the loop of this thread listen.
    #[allow(unsafe_code, reason = "Rust has no safe way to the root power domain")]
    fn new(hearer: &'a Hearer, run_loop: CFRetained<CFRunLoop>) -> Option<Self> {
        let (mut port, mut notifier) = (ptr::null_mut(), 0);
        let context = ptr::from_ref(hearer).cast_mut().cast::<c_void>();
        // SAFETY: port and notifier are written to places that are ours; `heard` takes the context for a `Hearer`,
        // which it is, and which outlives the registration.
        let connection =
            unsafe { IORegisterForSystemPower(context, &raw mut port, Some(heard), &raw mut notifier) };
        if connection == 0 {
            return None;
        }
        // Nothing is heard before the loop runs, and this is its thread.
        hearer.domain.get_or_init(|| Arc::new(Domain(connection)));
        // SAFETY: the registration has just made the port, and it is destroyed at the end of this one.
        let source = unsafe { IONotificationPort::run_loop_source(port) };
        run_loop.add_source(source.as_deref(), mode());
        Some(Self {
            _hearer: hearer,
            run_loop,
            source,
            port,
            notifier,
        })
    }
}

impl Drop for Registration<'_> {
    #[allow(unsafe_code, reason = "Rust has no safe way to the root power domain")]
    fn drop(&mut self) {
        self.run_loop.remove_source(self.source.as_deref(), mode());
        // SAFETY: the notifier and the port came from a registration that succeeded, and this is the only place that
        // ends it. The loop runs on this thread, so no call is under way.
        unsafe {
            IODeregisterForSystemPower(&raw mut self.notifier);
            IONotificationPort::destroy(self.port);
        }
    }
}

/// The root power domain says something.
#[allow(unsafe_code, reason = "the system calls it with an address")]
unsafe extern "C-unwind" fn heard(
    context: *mut c_void,
    _service: io_service_t,
    message: u32,
    argument: *mut c_void,
) {
    // SAFETY: the context is the `Hearer` that was registered: it lives longer than its registration, and is shared
    // with nothing but this thread.
    let hearer = unsafe { &*context.cast::<Hearer>() };
    hearer.hear(message, argument as isize);
}

/// Whoever is told.
struct Hearer {
    tell: mpsc::Sender<PowerEvent>,
    clock: Clock,
    domain: OnceCell<Arc<Domain>>,
}

impl Hearer {
    /// Nothing here waits for room in the channel: where there is none, the machine may sleep, and the clocks tell of
    /// it a little later.
    #[allow(non_upper_case_globals, reason = "the system's own names")]
    fn hear(&self, message: u32, question: isize) {
        let Some(domain) = self.domain.get() else {
            return;
        };
        match message {
            // It may sleep as nobody is at it; whether it will is said by the next message.
            kIOMessageCanSystemSleep => domain.allow(question),
            kIOMessageSystemWillSleep => {
                let permit = Permit {
                    _inhibitor: Some(Inhibitor {
                        domain: Arc::clone(domain),
                        question,
                    }),
                };
                // What could not be sent is dropped, which answers the question.
                drop(self.tell.try_send(PowerEvent::WillSleep(permit)));
            }
            kIOMessageSystemHasPoweredOn => {
                if let Ok(room) = self.tell.try_reserve() {
                    room.send(PowerEvent::DidWake {
                        slept: self.clock.tick(),
                    });
                }
            }
            _ => {}
        }
    }
}
