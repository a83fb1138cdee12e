//! The relay's end of a link's beginning: challenge, hello, then welcome or refusal, and the task that runs the link.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::adapter::{Carried, Event, Heard, SharedSocket};
use crate::carrier::Carrier;
use crate::driver::{Driver, DriverEnd};
use crate::hello::{
    Claim, DoorGrant, DoorRequest, FromLaptop, FromRelay, MAX_CONTROL_BYTES, MAX_DOORS, Refusal, RefusalCode,
    VERSION,
};
use crate::link::BoxError;
use crate::proof::{self, ProofError, Shown};
use crate::queue;
use crate::relay_link::{RelayLink, STREAMS_PER_LINK, Shared};

/// How long a laptop may take to say hello, and to take a short message.
const HELLO_WAIT: Duration = Duration::from_secs(10);
/// How long to wait for the other side's close frame, so that our last message is not lost in a reset.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// How often a laptop pings. Five seconds more make the 20 s within which a link counts as verified.
const PING_S: u32 = 15;
/// After this long without a word a link is dead: two pings missed, and the five seconds' grace of the second.
const SILENT_AFTER: Duration = Duration::from_secs(35);
/// How often idle streams are looked through, at the least. Rides on the timer for silence.
const TIDY_EVERY: Duration = Duration::from_secs(20);
/// Messages waiting for the driver: pings, a goodbye, a grant.
const OUTGOING: usize = 8;
/// Streams waiting to be opened. More callers wait for room.
const WISHES: usize = 32;
/// What the laptop said, waiting for the relay.
const SAID: usize = 4;

/// Why a handshake came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The hello could not be believed or even read, and the laptop was told so.
    #[error("refused: {}", .0.as_str())]
    Refused(RefusalCode),
    /// Nothing came within the time.
    #[error("no hello within {} s", HELLO_WAIT.as_secs())]
    Timeout,
    /// The connection broke or was closed.
    #[error("the connection broke off during the handshake")]
    Broken(#[source] Option<WsError>),
}

impl From<WsError> for AcceptError {
    fn from(error: WsError) -> Self {
        Self::Broken(Some(error))
    }
}

/// A laptop that has said hello and proved what it could by itself. Whether it *may* is still to be decided.
pub struct Handshake {
    carried: Carried,
    /// What it says about itself.
    pub claim: Claim,
    /// What it has shown to hold.
    pub shown: Shown,
}

impl Handshake {
    /// Challenges the other end of a connection on which the upgrade has been done, and reads its hello. A hello that
    /// is malformed, of another version or with a wrong signature is refused here.
    pub async fn begin(io: impl Carrier + 'static) -> Result<Self, AcceptError> {
        let mut carried = Carried::new(Box::new(io), Role::Server).await;
        match tokio::time::timeout(HELLO_WAIT, hear(&mut carried))
            .await
            .map_err(|_| AcceptError::Timeout)?
        {
            Ok((claim, shown)) => Ok(Self {
                carried,
                claim,
                shown,
            }),
            Err(Unheard::Refuse(refusal)) => {
                let code = refusal.code.clone();
                refuse(&carried.socket, refusal).await;
                Err(AcceptError::Refused(code))
            }
            Err(Unheard::Broken(error)) => Err(AcceptError::Broken(error)),
        }
    }

    /// Says no, and closes.
    pub async fn refuse(self, refusal: Refusal) {
        refuse(&self.carried.socket, refusal).await;
    }

    /// Makes the link, for the relay to put where calls find it, so that no call comes between the welcome and that.
    /// It carries so many calls at a time, between 1 and [`STREAMS_PER_LINK`].
    #[must_use]
    pub fn open(self, streams: usize) -> OpenedLink {
        let Carried {
            socket,
            events,
            heard,
        } = self.carried;
        let (wishes, wishes_waiting) = queue::bounded(WISHES);
        let (outgoing, outgoing_waiting) = queue::bounded(OUTGOING);
        let streams = streams.clamp(1, STREAMS_PER_LINK);
        let shared = Arc::new(Shared::new(streams, wishes, outgoing, heard));
        let driver = Box::new(Driver::opening(socket.clone(), outgoing_waiting, wishes_waiting));
        OpenedLink {
            link: RelayLink::new(shared.clone()),
            shared,
            driver,
            events,
            socket,
        }
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}

/// A link that takes calls but does not move yet. Dropped, it never will: see [`RelayLink::close`].
pub struct OpenedLink {
    /// The link's handle.
    pub link: RelayLink,
    shared: Arc<Shared>,
    /// Boxed: it is large, and every function that it is handed through would keep room for it.
    driver: Box<Driver>,
    events: queue::Receiver<Event>,
    socket: SharedSocket,
}

impl OpenedLink {
    /// Says yes, and sets the link in motion.
    #[must_use]
    pub fn welcome(self, doors: Vec<DoorGrant>) -> RelayEvents {
        self.link.say(&FromRelay::Welcome {
            doors,
            ping_s: PING_S,
        });
        let (said, what_was_said) = queue::bounded(SAID);
        tokio::spawn(run(self.driver, self.shared, self.events, said, self.socket));
        RelayEvents(what_was_said)
    }
}

impl fmt::Debug for OpenedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedLink").finish_non_exhaustive()
    }
}

/// What a laptop says on a running link.
#[derive(Debug)]
pub enum RelayEvent {
    /// It is about to be away: hold its calls for at most so many seconds.
    Leaving {
        /// Whether calls are to be refused in words from then on.
        refuse: bool,
        /// 0 = do not hold at all.
        hold_s: u32,
    },
    /// It wants these doors; answer with [`RelayLink::grant`].
    Doors(Vec<DoorRequest>),
}

/// What a laptop says, in order. Ends when the link has ended and its connection is closed.
#[derive(Debug)]
pub struct RelayEvents(queue::Receiver<RelayEvent>);

impl RelayEvents {
    /// The next one; `None` when the link has ended and its connection is closed.
    pub async fn next(&mut self) -> Option<RelayEvent> {
        self.0.recv().await
    }
}

enum Unheard {
    Refuse(Refusal),
    Broken(Option<WsError>),
}

impl From<WsError> for Unheard {
    fn from(error: WsError) -> Self {
        Self::Broken(Some(error))
    }
}

async fn hear(carried: &mut Carried) -> Result<(Claim, Shown), Unheard> {
    let mut nonce = [0; 32];
    rand::fill(&mut nonce);
    let challenge = FromRelay::Challenge {
        version: VERSION,
        nonce: URL_SAFE_NO_PAD.encode(nonce),
    };
    let challenge = serde_json::to_string(&challenge)
        .map_err(|error| Unheard::Broken(Some(WsError::Io(error.into()))))?;
    carried.socket.send(Message::text(challenge.clone())).await?;
    let malformed = |why: &str| Unheard::Refuse(Refusal::new(RefusalCode::Malformed, why));
    let text = loop {
        match carried.socket.message().await {
            None => return Err(Unheard::Broken(None)),
            Some(message) => match message? {
                Message::Text(text) if text.len() <= MAX_CONTROL_BYTES => break text,
                Message::Text(_) => return Err(malformed("The hello is too long.")),
                Message::Binary(_) => return Err(malformed("A hello was expected before anything else.")),
                Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
            },
        }
    };
    let Ok(FromLaptop::Hello { body, proof }) = serde_json::from_str(&text) else {
        return Err(malformed("The hello could not be read."));
    };
    // The version comes first: another one may have other fields.
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Ok(Versioned { version }) = serde_json::from_str(&body) else {
        return Err(malformed("The hello's body could not be read."));
    };
    if version != VERSION {
        let message =
            format!("This relay speaks version {VERSION} and you speak {version}: update the older one.");
        return Err(Unheard::Refuse(Refusal::new(RefusalCode::Version, message)));
    }
    let Ok(claim) = serde_json::from_str::<Claim>(&body) else {
        return Err(malformed("The hello's body could not be read."));
    };
    if claim.doors.len() > MAX_DOORS {
        return Err(malformed("The hello names too many doors."));
    }
    let shown = proof::check(&challenge, &body, &proof).map_err(|error| {
        let code = match error {
            ProofError::Unreadable => RefusalCode::Malformed,
            ProofError::BadSignature => RefusalCode::BadProof,
        };
        Unheard::Refuse(Refusal::new(
            code,
            format!("The hello's proof was not accepted: {error}."),
        ))
    })?;
    Ok((claim, shown))
}

async fn say(socket: &SharedSocket, message: &FromRelay) -> Result<(), AcceptError> {
    let text = serde_json::to_string(message).map_err(|error| WsError::Io(error.into()))?;
    let sent = tokio::time::timeout(HELLO_WAIT, socket.send(Message::text(text))).await;
    Ok(sent.map_err(|_| AcceptError::Timeout)??)
}

async fn refuse(socket: &SharedSocket, refusal: Refusal) {
    if say(socket, &FromRelay::Refused(refusal)).await.is_ok() {
        close(socket).await;
    }
}

/// Closes and waits a moment for the other side to have read everything.
async fn close(socket: &SharedSocket) {
    let closing = async {
        if socket.close().await.is_ok() {
            while let Some(Ok(_)) = socket.message().await {}
        }
    };
    // Who does not answer in time has been told all the same.
    drop(tokio::time::timeout(CLOSE_WAIT, closing).await);
}

/// Why the link's own task ends, other than by the driver's end.
enum Over {
    Wanted,
    Silent,
    Driver(DriverEnd),
    Control(BoxError),
}

async fn run(
    driver: Box<Driver>,
    shared: Arc<Shared>,
    events: queue::Receiver<Event>,
    said: queue::Sender<RelayEvent>,
    socket: SharedSocket,
) {
    let ends_beside = async {
        tokio::select! {
            biased;
            () = shared.closed.cancelled() => Over::Wanted,
            error = listen(events, &said) => Over::Control(error),
            () = silence(&shared, &shared.heard) => Over::Silent,
        }
    };
    // Looked at when one of them has something to say, and not with every packet that wakes the driver.
    let mut beside = FuturesUnordered::from_iter([ends_beside]);
    let over = tokio::select! {
        biased;
        // First, so that a goodbye that was said just before the end still goes out.
        end = driver => Over::Driver(end),
        Some(over) = beside.next() => over,
    };
    drop(beside);
    // The driver is gone, and with it every stream.
    shared.closed.cancel();
    shared.drop_idle();
    match over {
        Over::Wanted => Box::pin(close(&socket)).await,
        Over::Driver(DriverEnd::Closed) => tracing::debug!("link closed by the laptop"),
        Over::Driver(DriverEnd::Broken(error)) => tracing::debug!(%error, "link broke"),
        Over::Control(error) => {
            tracing::debug!(%error, "link ended for a bad control message");
            Box::pin(close(&socket)).await;
        }
        Over::Silent => tracing::debug!("link silent"),
    }
    // Last: whoever listens knows then that everything has been said and sent.
    drop(said);
}

async fn listen(mut events: queue::Receiver<Event>, said: &queue::Sender<RelayEvent>) -> BoxError {
    loop {
        // The sender lives in the socket, which outlives this.
        let Some(event) = events.recv().await else {
            return std::future::pending().await;
        };
        let Event::Text(text) = event else { continue };
        if text.len() > MAX_CONTROL_BYTES {
            return "a control message is too long".into();
        }
        let event = match serde_json::from_str(&text) {
            Ok(FromLaptop::Leaving { hold_s, refuse }) => RelayEvent::Leaving { hold_s, refuse },
            Ok(FromLaptop::Doors { doors }) if doors.len() <= MAX_DOORS => RelayEvent::Doors(doors),
            Ok(FromLaptop::Doors { .. }) => return "too many doors".into(),
            Ok(FromLaptop::Hello { .. }) => return "a second hello".into(),
            Ok(FromLaptop::Unknown) => continue,
            // Not the parser's own words: they can quote a nonce.
            Err(_) => return "a control message could not be read".into(),
        };
        if said.send(event).await.is_err() {
            return "nobody listens any more".into();
        }
    }
}

async fn silence(shared: &Shared, heard: &Heard) {
    loop {
        let left = SILENT_AFTER.saturating_sub(heard.ago());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(TIDY_EVERY)).await;
        shared.drop_idle();
    }
}
