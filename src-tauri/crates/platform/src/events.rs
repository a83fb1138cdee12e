//! The org's events, live, over `/ws`.
//!
//! The platform sends no greeting, no replay and no pings, and drops events for a viewer that reads too slowly: what
//! was missed is read again over REST by whoever needs it. The feed is open until the platform ends it, the connection
//! breaks, or it goes silent: every 30 s a ping goes out, and when nothing at all (no event, no pong) has come by the
//! time of the next, the feed is dead.

use std::{fmt, time::Duration};

use futures::{SinkExt, StreamExt};
use reqwest::{
    Method, Response, StatusCode, Upgraded,
    header::{
        CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Kind, Stage},
    lenient,
    reply::{MAX_BODY, Received},
    token::Token,
};

/// How often a feed pings: often enough for any proxy in between to keep the connection.
pub const PING_EVERY: Duration = Duration::from_secs(30);

/// How long a ping or a farewell may wait to be written. The platform reads all the time, so this means a dead network.
const WRITE_DEADLINE: Duration = Duration::from_secs(5);

/// The read buffer of a connection that carries a few short events a minute.
const READ_BUFFER: usize = 8 << 10;

/// The longest event that is read: newer platforms put whole messages into some, as long as an answer may be and with
/// some words around it.
const MAX_EVENT: usize = MAX_BODY + (1 << 20);

/// Says whose events are wanted.
const WORKSPACE_ID: HeaderName = HeaderName::from_static("x-workspace-id");

/// One event of the org. Its payload may hold a door's address or a message's text, so it is never printed.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Event {
    /// Its name, such as `WORKSPACE_ONLINE`.
    pub event: String,
    /// The workspace that it is about.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub workspace_id: Option<Uuid>,
    /// When it happened, RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub timestamp: String,
    /// What else it says.
    #[serde(default)]
    pub payload: Value,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Event");
        shown
            .field("event", &self.event)
            .field("workspace_id", &self.workspace_id);
        shown.finish_non_exhaustive()
    }
}

/// A feed of events.
pub struct Events {
    socket: WebSocketStream<Upgraded>,
    pings: Interval,
    /// A ping went out, and nothing has come since.
    waiting: bool,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl Platform {
    /// Follows the org's events: the whole org with an org key (older platforms ask for none), or with a workspace
    /// and its token those that it may know of.
    ///
    /// # Errors
    /// As every call. The upgrade being refused is told like any other refusal; a 403 without JSON is
    /// [`Kind::WrongOrigin`].
    pub async fn events(&self, credential: Option<&Token>, workspace: Option<Uuid>) -> Result<Events, Error> {
        let key = generate_key();
        let mut call = self
            .call(Stage::Events, Method::GET, "/ws")
            .credential(credential)?
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &key);
        if let Some(workspace) = workspace {
            call = call.header(WORKSPACE_ID, &workspace.to_string());
        }
        let secrets = call.secrets();
        let upgraded = call
            .perform(async |response| upgrade(response, &key, &secrets).await)
            .await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_EVENT))
            .max_frame_size(Some(MAX_EVENT));
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
        Ok(Events {
            socket,
            pings: pings(),
            waiting: false,
        })
    }
}

/// The raw connection behind an accepted upgrade, or why there is none.
async fn upgrade(response: Response, key: &str, secrets: &[&str]) -> Result<Upgraded, Kind> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let received = Received::read(response).await?;
        // The upgrade checks the origin by itself, and answers in plain text.
        if received.status == StatusCode::FORBIDDEN && !received.is_json() && !received.is_html() {
            return Err(Kind::WrongOrigin);
        }
        return Err(match received.sort(secrets) {
            Err(kind) => kind,
            Ok(_) => Kind::Protocol("it did not switch to WebSocket".to_owned()),
        });
    }
    let accepted = response
        .headers()
        .get(SEC_WEBSOCKET_ACCEPT)
        .map(|value| value.as_bytes());
    if accepted != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(Kind::Protocol("the WebSocket handshake does not fit".to_owned()));
    }
    response.upgrade().await.map_err(Kind::of_request)
}

impl Events {
    /// Has the first ping go out then, and the others every [`PING_EVERY`] after it: for whoever does other things at
    /// the same times.
    pub fn ping_from(&mut self, first: Instant) {
        self.pings.reset_at(first);
    }

    /// The next event; `None` when the platform ended the feed. What is no event is passed over. Dropping the future
    /// loses nothing.
    ///
    /// # Errors
    /// When the connection broke or went silent, or the platform sent what no WebSocket may send. The feed is over
    /// then.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        self.advance().await.map_err(|kind| Error {
            stage: Stage::Events,
            kind,
        })
    }

    async fn advance(&mut self) -> Result<Option<Event>, Kind> {
        loop {
            let message = tokio::select! {
                // What has come is read before anything is found to be silent: the machine may have slept.
                biased;
                message = self.socket.next() => message,
                _ = self.pings.tick() => {
                    self.ping().await?;
                    continue;
                }
            };
            self.waiting = false;
            match message {
                None => return Ok(None),
                Some(Ok(Message::Close(_))) => {
                    // The farewell is owed, and nobody waits for it.
                    let _ = timeout(WRITE_DEADLINE, self.socket.flush()).await;
                    return Ok(None);
                }
                Some(Ok(Message::Text(text))) => {
                    if let Ok(event) = serde_json::from_str(&text) {
                        return Ok(Some(event));
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(&error)),
            }
        }
    }

    async fn ping(&mut self) -> Result<(), Kind> {
        if self.waiting {
            return Err(Kind::Timeout);
        }
        self.waiting = true;
        let sent = timeout(WRITE_DEADLINE, self.socket.send(Message::Ping(Vec::new().into()))).await;
        sent.map_err(|_| Kind::Timeout)?.map_err(|error| broken(&error))
    }
}

fn broken(error: &tungstenite::Error) -> Kind {
    use tungstenite::{Error, error::ProtocolError};
    match error {
        Error::Io(error) => Kind::Unreachable(error.to_string()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Kind::Unreachable("the feed broke off".to_owned())
        }
        Error::Capacity(_) => Kind::Protocol(format!("an event is longer than {} MiB", MAX_EVENT >> 20)),
        _ => Kind::Protocol("it broke the rules of WebSocket".to_owned()),
    }
}

fn pings() -> Interval {
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is due after a while, and not at once.
    pings.reset();
    pings
}
