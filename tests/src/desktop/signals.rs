//! The signals that pass on a session bus: what a tray shows anew, it says with one.

use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use tokio::task::JoinHandle;
use zbus::message::Type;
use zbus::{MatchRule, MessageStream, connection};

use crate::bus::SessionBus;

/// As many as come at once while nobody reads.
const ROOM: usize = 256;

/// Those of an interface.
#[derive(Debug)]
pub struct Signals {
    heard: Arc<Mutex<Vec<String>>>,
    listener: JoinHandle<()>,
}

impl Signals {
    /// Begins to listen for those of that interface.
    pub async fn of(bus: &SessionBus, interface: &str) -> Self {
        let bus = connection::Builder::address(bus.address())
            .unwrap()
            .build()
            .await
            .unwrap();
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .interface(interface)
            .unwrap();
        let rule = rule.build().to_owned().into();
        let mut stream = MessageStream::for_match_rule::<zbus::OwnedMatchRule>(rule, &bus, Some(ROOM))
            .await
            .unwrap();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&heard);
        let listener = tokio::spawn(async move {
            while let Some(Ok(signal)) = stream.next().await {
                let name = signal.header().member().map(ToString::to_string);
                noted.lock().unwrap().extend(name);
            }
        });
        Self { heard, listener }
    }

    /// Their names, in order, since it was last asked.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
