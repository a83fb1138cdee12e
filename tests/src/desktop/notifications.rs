//! The notifications of a desktop, played by the test: it takes what it is asked to show and keeps it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use zbus::zvariant::OwnedValue;
use zbus::{Connection, connection, interface};

use crate::bus::SessionBus;
use crate::until::now;

/// One notification.
#[derive(Debug, Clone)]
pub struct Notified {
    /// Who says it.
    pub app: String,
    /// Its title, plain text.
    pub summary: String,
    /// Its text, in which markup would be read.
    pub body: String,
    /// The keys of what can be clicked.
    pub actions: Vec<String>,
    /// Urgency: 2 would pass a do-not-disturb.
    pub urgency: u8,
    /// When it came.
    pub at: Instant,
}

impl Notified {
    /// The body without the marks that keep names in their places.
    #[must_use]
    pub fn plain(&self) -> String {
        self.body.replace(['\u{2068}', '\u{2069}'], "")
    }
}

/// A daemon for notifications on a session bus.
#[derive(Debug)]
pub struct Notifications {
    bus: Connection,
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
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut taken = self.taken.lock().unwrap();
        let urgency = hints
            .get("urgency")
            .and_then(|urgency| urgency.downcast_ref().ok());
        taken.push(Notified {
            app,
            summary,
            body,
            // Each is followed by its label.
            actions: actions.into_iter().step_by(2).collect(),
            urgency: urgency.unwrap_or(1),
            at: now(),
        });
        u32::try_from(taken.len()).unwrap()
    }

    async fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).into()
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
        Self { bus, taken }
    }

    /// Clicks on the notification that came as number `which`, the first being 1: plays the user.
    pub async fn click(&self, which: u32, action: &str) {
        let path = "/org/freedesktop/Notifications";
        let interface = "org.freedesktop.Notifications";
        let said = (which, action);
        let told = self
            .bus
            .emit_signal(None::<&str>, path, interface, "ActionInvoked", &said);
        told.await.unwrap();
    }

    /// Everything that it was asked to show, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Notified> {
        self.taken.lock().unwrap().clone()
    }
}
