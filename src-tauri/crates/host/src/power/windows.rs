//! The power manager of Windows: it calls back when the machine goes to sleep, waits for the call to return, and calls
//! again when the machine is back. This works on machines with modern standby too, where no window is told.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ffi::c_void,
    ptr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc as blocking,
    },
};

use tokio::sync::mpsc;
use windows_sys::Win32::{
    Foundation::ERROR_SUCCESS,
    System::Power::{
        DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, HPOWERNOTIFY, PowerRegisterSuspendResumeNotification,
        PowerUnregisterSuspendResumeNotification,
    },
    UI::WindowsAndMessaging::{DEVICE_NOTIFY_CALLBACK, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND},
};

use super::{HELD_BACK, Permit, PowerEvent};
use crate::clock::Clock;

/// What a call waits for: nothing is ever sent, and dropping this ends the wait.
pub(super) struct Inhibitor(
    #[allow(dead_code, reason = "kept for what its end says")] blocking::Sender<Infallible>,
);

/// Whoever is told, by number. Windows is given the number and not an address: it does not say whether a call that is
/// under way has ended when the registration has.
static LISTENERS: Mutex<BTreeMap<usize, Listener>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicUsize = AtomicUsize::new(1);

#[derive(Clone)]
struct Listener {
    tell: mpsc::Sender<PowerEvent>,
    clock: Clock,
}

/// Tells of sleeps until nobody listens any more.
pub(super) async fn listen(tell: mpsc::Sender<PowerEvent>, clock: Clock) {
    let closed = tell.clone();
    match Registration::new(Listener { tell, clock }) {
        Ok(registration) => {
            tracing::debug!("Windows announces this machine's sleep");
            closed.closed().await;
            drop(registration);
        }
        Err(error) => tracing::debug!(error, "nobody announces this machine's sleep"),
    }
}

/// Windows calls as long as this is kept.
struct Registration {
    number: usize,
    handle: HPOWERNOTIFY,
}

impl Registration {
    /// Registers, or gives Windows' error number.
    #[allow(unsafe_code, reason = "Rust has no safe way to the power manager")]
    fn new(listener: Listener) -> Result<Self, u32> {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        listeners().insert(number, listener);
        let parameters = DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
            Callback: Some(called),
            Context: ptr::without_provenance_mut(number),
        };
        let recipient = (&raw const parameters).cast_mut().cast::<c_void>();
        let mut handle = ptr::null_mut();
        // SAFETY: the parameters are of the kind that the flag names, and are copied before the call returns; the
        // function in them touches no memory by its context; the handle is written to a place that is ours.
        let error = unsafe {
            PowerRegisterSuspendResumeNotification(DEVICE_NOTIFY_CALLBACK, recipient, &raw mut handle)
        };
        if error != ERROR_SUCCESS {
            listeners().remove(&number);
            return Err(error);
        }
        Ok(Self {
            number,
            handle: handle as HPOWERNOTIFY,
        })
    }
}

impl Drop for Registration {
    #[allow(unsafe_code, reason = "Rust has no safe way to the power manager")]
    fn drop(&mut self) {
        listeners().remove(&self.number);
        // SAFETY: the handle came from a registration that succeeded, and this is the only place that ends it.
        unsafe { PowerUnregisterSuspendResumeNotification(self.handle) };
    }
}

/// Windows calls this on a thread of its own, and the machine sleeps when it has returned.
extern "system" fn called(context: *const c_void, what: u32, _setting: *const c_void) -> u32 {
    let listener = listeners().get(&context.addr()).cloned();
    if let Some(listener) = listener {
        listener.hear(what);
    }
    ERROR_SUCCESS
}

impl Listener {
    /// Nothing here waits for room in the channel: where there is none, the clocks tell of the sleep a little later.
    fn hear(&self, what: u32) {
        let Ok(room) = self.tell.try_reserve() else {
            return;
        };
        match what {
            PBT_APMSUSPEND => {
                let (permit, dropped) = blocking::channel();
                room.send(PowerEvent::WillSleep(Permit {
                    _inhibitor: Some(Inhibitor(permit)),
                }));
                // Windows goes to sleep without us after a while; whoever holds the permit is done before.
                let _ended: Result<Infallible, _> = dropped.recv_timeout(HELD_BACK);
            }
            PBT_APMRESUMEAUTOMATIC => room.send(PowerEvent::DidWake {
                slept: self.clock.tick(),
            }),
            // The user is back too, the battery is low, the mains are: all of no concern here.
            _ => {}
        }
    }
}

fn listeners() -> MutexGuard<'static, BTreeMap<usize, Listener>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;

    fn registered() -> (Registration, mpsc::Receiver<PowerEvent>) {
        let (tell, events) = mpsc::channel(1);
        let clock = Clock::start();
        (Registration::new(Listener { tell, clock }).unwrap(), events)
    }

    /// Calls as Windows does; true when the call returns within the time.
    fn call(number: usize, what: u32) -> impl FnOnce(Duration) -> bool {
        let (tell, returned) = blocking::channel();
        thread::spawn(move || {
            called(ptr::without_provenance(number), what, ptr::null());
            tell.send(())
        });
        move |within| returned.recv_timeout(within).is_ok()
    }

    #[test]
    fn the_call_returns_when_the_permit_is_dropped() {
        let (registration, mut events) = registered();
        let returns = call(registration.number, PBT_APMSUSPEND);
        let Some(PowerEvent::WillSleep(permit)) = events.blocking_recv() else {
            panic!("no sleep is told");
        };
        thread::sleep(Duration::from_millis(100));
        drop(permit);
        assert!(returns(HELD_BACK / 2));
        assert!(call(registration.number, PBT_APMRESUMEAUTOMATIC)(HELD_BACK));
        assert!(matches!(
            events.blocking_recv(),
            Some(PowerEvent::DidWake { slept }) if slept.is_zero()
        ));
    }

    #[test]
    fn a_permit_that_is_kept_holds_the_call_for_a_while_only() {
        let (registration, mut events) = registered();
        let returns = call(registration.number, PBT_APMSUSPEND);
        let _kept = events.blocking_recv();
        assert!(returns(HELD_BACK * 2));
    }

    #[test]
    fn a_call_returns_at_once_where_nobody_takes_it() {
        let (registration, events) = registered();
        let number = registration.number;
        assert!(call(number, PBT_APMRESUMEAUTOMATIC)(HELD_BACK));
        assert!(call(number, PBT_APMSUSPEND)(HELD_BACK / 2), "no room");
        drop(events);
        assert!(call(number, PBT_APMSUSPEND)(HELD_BACK / 2), "no reader");
        drop(registration);
        assert!(call(number, PBT_APMSUSPEND)(HELD_BACK / 2), "no listener");
    }
}
