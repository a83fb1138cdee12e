//! The system's sleep, played by the test: a system bus of its own, and on it what systemd-logind says of a sleep.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, connection, interface};

use crate::bus::SessionBus;
use crate::scratch::Scratch;

const PATH: &str = "/org/freedesktop/login1";

/// A logind on a bus of its own.
#[derive(Debug)]
pub struct Logind {
    bus: SessionBus,
    connection: Connection,
    holding_back: Arc<AtomicUsize>,
    keeping_awake: Arc<AtomicUsize>,
}

struct Manager {
    holding_back: Arc<AtomicUsize>,
    keeping_awake: Arc<AtomicUsize>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    async fn inhibit(&self, what: String, _who: String, _why: String, mode: String) -> OwnedFd {
        let counted = match (what.as_str(), mode.as_str()) {
            ("sleep", "delay") => &self.holding_back,
            ("idle:sleep", "block") => &self.keeping_awake,
            other => panic!("nobody should ask for {other:?}"),
        };
        let (mut held, handed_out) = std::io::pipe().unwrap();
        counted.fetch_add(1, Ordering::SeqCst);
        let counted = Arc::clone(counted);
        // It ends when every copy of what was handed out is closed, as the real one does.
        std::thread::spawn(move || {
            let _end = held.read(&mut [0]);
            counted.fetch_sub(1, Ordering::SeqCst);
        });
        std::os::fd::OwnedFd::from(handed_out).into()
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

impl Logind {
    /// Starts one.
    pub async fn start(scratch: &Scratch) -> Self {
        let bus = SessionBus::start(scratch).await;
        let (holding_back, keeping_awake) = (Arc::default(), Arc::default());
        let manager = Manager {
            holding_back: Arc::clone(&holding_back),
            keeping_awake: Arc::clone(&keeping_awake),
        };
        let connection = connection::Builder::address(bus.address())
            .unwrap()
            .serve_at(PATH, manager)
            .unwrap()
            .name("org.freedesktop.login1")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self {
            bus,
            connection,
            holding_back,
            keeping_awake,
        }
    }

    /// The variable that leads a process to its bus.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        vec![(
            "DBUS_SYSTEM_BUS_ADDRESS".to_owned(),
            self.bus.address().to_owned(),
        )]
    }

    /// Says that the machine will sleep (`true`), or that it woke.
    pub async fn prepare_for_sleep(&self, start: bool) {
        let emitter = SignalEmitter::new(&self.connection, PATH).unwrap();
        Manager::prepare_for_sleep(&emitter, start).await.unwrap();
    }

    /// How many keep this machine awake now.
    #[must_use]
    pub fn keeping_awake(&self) -> usize {
        self.keeping_awake.load(Ordering::SeqCst)
    }

    /// How many hold the sleep back.
    #[must_use]
    pub fn holding_back(&self) -> usize {
        self.holding_back.load(Ordering::SeqCst)
    }
}
