//! The laptop's view of a welcomed link: its doors, its handle, how it ends.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use crate::adapter::Carried;
use crate::door::{DoorUrl, Slot};
use crate::hello::{DoorGrant, DoorRequest, Goodbye};
use crate::pings::VERIFIED_WITHIN;

/// Any error, as bodies carry them.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// "End this exchange without a single byte": the relay then closes its caller's connection silently, and the
/// platform queues the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ended without an answer")]
pub struct Hush;

/// The link ended before an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link has ended")]
pub struct LinkLost;

/// How a link is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkStatus {
    /// The last ping's round trip.
    pub round_trip: Option<Duration>,
    /// When the last pong came.
    pub verified_at: Option<Instant>,
}

impl LinkStatus {
    /// Whether a pong came within the 20 s before `now`.
    #[must_use]
    pub fn is_verified(&self, now: Instant) -> bool {
        self.verified_at
            .is_some_and(|at| now.saturating_duration_since(at) <= VERIFIED_WITHIN)
    }
}

/// How a link ended.
#[derive(Debug)]
pub enum LinkEnd {
    /// The stop token was cancelled.
    Stopped,
    /// The relay ended it, with a reason.
    Goodbye(Goodbye),
    /// Nothing was heard for too long.
    Silent,
    /// The connection was closed without a word: the relay or something between was killed.
    Closed,
    /// The connection broke, or the relay broke the protocol.
    Error(BoxError),
}

/// What a relay says of the doors that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// The public URL of each.
    pub urls: HashMap<Slot, DoorUrl>,
    /// The URLs at host names of their own that doors have besides, at a relay that has such.
    pub host_urls: HashMap<Slot, DoorUrl>,
}

impl From<Vec<DoorGrant>> for Granted {
    fn from(doors: Vec<DoorGrant>) -> Self {
        let mut granted = Self::default();
        for DoorGrant { slot, url, host_url } in doors {
            granted.urls.insert(slot, url);
            granted.host_urls.extend(host_url.map(|url| (slot, url)));
        }
        granted
    }
}

/// What a [`LinkHandle`] asks of the task that serves the link.
pub(crate) enum Command {
    Ping(oneshot::Sender<Duration>),
    Leaving {
        refuse: bool,
        hold_s: u32,
    },
    Doors {
        doors: Vec<DoorRequest>,
        granted: oneshot::Sender<Granted>,
    },
}

/// Speaks to a link while it is served. Cheap to clone. Its answers come only while [`Link::serve`] runs.
#[derive(Clone)]
pub struct LinkHandle {
    /// Round trip and verification, as they change.
    pub status: watch::Receiver<LinkStatus>,
    /// This machine's address on the link's connection, where that can be told. Without it the link is dead.
    pub local: Option<IpAddr>,
    pub(crate) commands: mpsc::Sender<Command>,
}

impl LinkHandle {
    /// Pings the relay now. Fails after three of the last round trips without an answer (0.5 s at least, 5 s at most),
    /// and the link has ended then.
    pub async fn ping(&self) -> Result<Duration, LinkLost> {
        let (answer, answered) = oneshot::channel();
        self.commands
            .send(Command::Ping(answer))
            .await
            .map_err(|_| LinkLost)?;
        answered.await.map_err(|_| LinkLost)
    }

    /// Tells the relay how many seconds to hold calls when this link has ended: 0 before sleep, and so on. With `refuse`
    /// their callers are told at once that nobody answers, also where the platform would keep them.
    pub async fn leaving(&self, hold_s: u32, refuse: bool) -> Result<(), LinkLost> {
        self.commands
            .send(Command::Leaving { hold_s, refuse })
            .await
            .map_err(|_| LinkLost)
    }

    /// Asks for other doors, after a rotation, or says which are closed. The old ones keep their meaning for the relay: refusing them is the
    /// laptop's business.
    pub async fn doors(&self, doors: &[DoorRequest]) -> Result<Granted, LinkLost> {
        let (answer, granted) = oneshot::channel();
        self.commands
            .send(Command::Doors {
                doors: doors.to_vec(),
                granted: answer,
            })
            .await
            .map_err(|_| LinkLost)?;
        granted.await.map_err(|_| LinkLost)
    }
}

impl fmt::Debug for LinkHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkHandle")
            .field("status", &*self.status.borrow())
            .finish_non_exhaustive()
    }
}

/// A link that the relay has welcomed and that nobody serves yet. Dropping it closes it.
pub struct Link {
    /// The doors that were asked for.
    pub doors: Granted,
    /// To speak to it while it is served.
    pub handle: LinkHandle,
    pub(crate) carried: Carried,
    pub(crate) ping_every: Duration,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) status: watch::Sender<LinkStatus>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("doors", &self.doors)
            .finish_non_exhaustive()
    }
}
