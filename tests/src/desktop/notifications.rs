//! The notifications of a desktop, played by the test: it takes what it is asked to show and keeps it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::zvariant::OwnedValue;
use zbus::{Connection, connection, interface};

use crate::bus::SessionBus;

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// Who says it.
    pub app: String,
    /// Its title, plain text.
    pub summary: String,
    /// Its text, in which markup would be read.
    pub body: String,
}

/// A daemon for notifications on a session bus.
#[derive(Debug)]
pub struct Notifications {
    _bus: Connection,
    taken: Arc<Mutex<Vec<Notified>>>,
}

struct Daemon {
    taken: Arc<Mutex<Vec<Notified>>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[allow(clippy::too_many_arguments, reason = "the protocol's own call")]
    async fn notify(
        &self,
        app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut taken = self.taken.lock().unwrap();
        taken.push(Notified { app, summary, body });
        u32::try_from(taken.len()).unwrap()
    }

    async fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "body-markup".to_owned()]
    }

    async fn get_server_information(&self) -> (String, String, String, String) {
        let words = ["played", "by the test", "1", "1.2"].map(str::to_owned);
        words.into()
    }

    async fn close_notification(&self, _id: u32) {}
}

impl Notifications {
    /// Puts a daemon on the bus.
    pub async fn start(bus: &SessionBus) -> Self {
        let taken = Arc::default();
        let daemon = Daemon {
            taken: Arc::clone(&taken),
        };
        let bus = connection::Builder::address(bus.address())
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", daemon)
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { _bus: bus, taken }
    }

    /// Everything that it was asked to show, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Notified> {
        self.taken.lock().unwrap().clone()
    }
}
