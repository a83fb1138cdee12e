//! Dialling a relay: connection, upgrade, handshake. Each with its deadline, each with its name in the error.
//!
//! The upgrade goes through reqwest, so that proxies (`HTTPS_PROXY`, or one that is given) and TLS are reqwest's alone. What is not here:
//! when to dial again.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::Url;
use uuid::Uuid;

use crate::adapter::Carried;
use crate::carrier::Dialled;
use crate::hello::{
    Claim, DoorRequest, FromLaptop, FromRelay, LINK_PATH, MAX_CONTROL_BYTES, Refusal, SUBPROTOCOL, VERSION,
};
use crate::link::{Link, LinkHandle, LinkStatus};
use crate::proof::Prover;

/// How long name, connection, TLS and a proxy may take together.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long the whole upgrade may take, the connection included.
const UPGRADE_WAIT: Duration = Duration::from_secs(15);
/// How long the relay may take to welcome us: it may have to ask the platform, for at most 10 s.
const WELCOME_WAIT: Duration = Duration::from_secs(15);
/// Shortest and longest ping interval that is taken from a relay, in seconds.
const PING_S: std::ops::RangeInclusive<u32> = 5..=60;
/// Most characters of a relay's message that are shown to people.
const MAX_MESSAGE_CHARS: usize = 300;
/// Commands that wait for the link's task.
const COMMANDS: usize = 8;

/// Everything a dial needs.
#[derive(Clone, Debug)]
pub struct Dial {
    /// The relay's public URL, `http`, `https`, `ws` or `wss`.
    pub relay: Url,
    /// The platform's base URL.
    pub platform: String,
    /// The org's id, where the platform wants one.
    pub org_id: Option<String>,
    /// The workspace whose calls we take.
    pub workspace: Uuid,
    /// One per host process.
    pub instance: Uuid,
    /// Higher with every dial of this process.
    pub generation: u64,
    /// The doors that we want.
    pub doors: Vec<DoorRequest>,
    /// For how many seconds the relay holds a call while we are away.
    pub hold_s: u32,
    /// What we prove ourselves with.
    pub prover: Arc<Prover>,
    /// The proxy to go through, in the place of the environment's.
    pub proxy: Option<reqwest::Proxy>,
}

/// Why a dial came to nothing. The variants are the stages.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The relay's address is none that can be dialled.
    #[error("the relay's address is not an http or https URL")]
    Address,
    /// The TLS or proxy set-up of this machine could not be used.
    #[error("the network set-up of this machine could not be used")]
    Setup(#[source] reqwest::Error),
    /// No connection: name, network, proxy, TLS, or nobody listens.
    #[error("the relay could not be reached")]
    Connect(#[source] reqwest::Error),
    /// Somebody answered, but not as a relay does.
    #[error("what answered is not a relay (HTTP status {status})")]
    NotARelay {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The relay has no room now, or is going away.
    #[error("the relay takes no links now (HTTP status {status})")]
    Unavailable {
        /// The HTTP status of the answer.
        status: u16,
        /// When it wants us back.
        retry_after: Option<Duration>,
    },
    /// The relay said no.
    #[error("the relay refused: {}", .0.message)]
    Refused(Refusal),
    /// The relay's words were not understood.
    #[error("the relay broke the protocol during the {0}")]
    Protocol(Stage),
    /// The connection broke off.
    #[error("the connection broke off during the {stage}")]
    Broken {
        /// When.
        stage: Stage,
        /// What the connection says; nothing when it was closed.
        #[source]
        cause: Option<WsError>,
    },
    /// It took too long.
    #[error("no answer in time during the {0}")]
    Timeout(Stage),
}

/// The parts of a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Name, TCP, proxy, TLS, and the WebSocket upgrade.
    Upgrade,
    /// Challenge, hello, welcome.
    Hello,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Upgrade => "upgrade",
            Self::Hello => "hello",
        })
    }
}

/// Dials a relay and introduces ourselves. The link is ready to be served when this returns.
pub async fn dial(dial: &Dial) -> Result<Link, DialError> {
    let relay = http_url(&dial.relay).ok_or(DialError::Address)?;
    let upgraded = tokio::time::timeout(UPGRADE_WAIT, upgrade(&relay, dial.proxy.as_ref()))
        .await
        .map_err(|_| DialError::Timeout(Stage::Upgrade))??;
    let (dialled, local) = upgraded;
    let carried = Carried::new(Box::new(dialled), Role::Client).await;
    tokio::time::timeout(WELCOME_WAIT, introduce(dial, &relay, carried, local))
        .await
        .map_err(|_| DialError::Timeout(Stage::Hello))?
}

/// The same address with an http scheme, which also is what the relay's public URL has.
fn http_url(relay: &Url) -> Option<Url> {
    let scheme = match relay.scheme() {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return None,
    };
    // Not `set_scheme`: it refuses to change between the two families when a port is given.
    let text = format!("{scheme}{}", relay.as_str().strip_prefix(relay.scheme())?);
    Url::parse(&text).ok().filter(Url::has_host)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The upgraded connection, and this machine's address on it.
async fn upgrade(
    relay: &Url,
    proxy: Option<&reqwest::Proxy>,
) -> Result<(Dialled, Option<IpAddr>), DialError> {
    let mut builder = reqwest::Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WAIT)
        .pool_max_idle_per_host(0)
        .tcp_nodelay(true);
    if is_loopback(relay) {
        // A relay on this machine is not behind anybody's proxy.
        builder = builder.no_proxy();
        if relay.scheme() == "http" {
            // Nothing can be TLS then, and reading this machine's certificates is most of what such a dial costs.
            builder = builder.tls_certs_only([]);
        }
    } else if let Some(proxy) = proxy {
        builder = builder.proxy(proxy.clone());
    }
    let client = builder.build().map_err(DialError::Setup)?;
    let key = generate_key();
    let mut url = relay.clone();
    url.set_path(LINK_PATH);
    url.set_query(None);
    url.set_fragment(None);
    let response = client
        .get(url)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL)
        .send()
        .await
        .map_err(DialError::Connect)?;
    let status = response.status().as_u16();
    if matches!(status, 429 | 503) {
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        return Err(DialError::Unavailable {
            status,
            retry_after: retry_after.map(Duration::from_secs),
        });
    }
    let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    let protocol = response.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    if status != 101
        || accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
        || protocol.is_none_or(|protocol| protocol != SUBPROTOCOL)
    {
        return Err(DialError::NotARelay { status });
    }
    let ends = response.extensions().get::<HttpInfo>();
    let local = ends.map(|ends| ends.local_addr().ip());
    #[cfg(target_os = "linux")]
    let socket = ends.and_then(|ends| {
        crate::unsent::socket_between(ends.local_addr(), ends.remote_addr()).unwrap_or_else(|error| {
            tracing::debug!(%error, "the link's socket was not found: it keeps the system's limit of unsent bytes");
            None
        })
    });
    #[cfg(target_os = "linux")]
    if let (Some(socket), Some(local)) = (&socket, local) {
        // Late, since the library that dials has no place for it before it connects.
        crate::unpaced::unpace(socket, local);
    }
    let io = response.upgrade().await.map_err(DialError::Connect)?;
    let dialled = Dialled {
        io,
        #[cfg(target_os = "linux")]
        socket,
    };
    Ok((dialled, local))
}

/// The handshake on a connection that is there.
pub(crate) async fn introduce(
    dial: &Dial,
    relay: &Url,
    carried: Carried,
    local: Option<IpAddr>,
) -> Result<Link, DialError> {
    let protocol = || DialError::Protocol(Stage::Hello);
    let challenge = next_text(&carried).await?;
    match serde_json::from_str(&challenge) {
        Ok(FromRelay::Challenge { version, .. }) if version == VERSION => {}
        Ok(FromRelay::Refused(refusal)) => return Err(DialError::Refused(readable(refusal))),
        Ok(_) | Err(_) => return Err(protocol()),
    }
    let claim = Claim {
        version: VERSION,
        dialled: relay.origin().ascii_serialization(),
        platform: dial.platform.clone(),
        org_id: dial.org_id.clone(),
        workspace: dial.workspace,
        instance: dial.instance,
        generation: dial.generation,
        doors: dial.doors.clone(),
        hold_s: dial.hold_s,
    };
    let body = serde_json::to_string(&claim).map_err(|_| protocol())?;
    let proof = dial.prover.prove(&challenge, &body);
    let hello = serde_json::to_string(&FromLaptop::Hello { body, proof }).map_err(|_| protocol())?;
    let broken = |cause| DialError::Broken {
        stage: Stage::Hello,
        cause: Some(cause),
    };
    carried.socket.send(Message::text(hello)).await.map_err(broken)?;
    let (doors, ping_s) = loop {
        match serde_json::from_str(&next_text(&carried).await?) {
            Ok(FromRelay::Welcome { doors, ping_s }) => break (doors, ping_s),
            Ok(FromRelay::Refused(refusal)) => return Err(DialError::Refused(readable(refusal))),
            Ok(FromRelay::Unknown) => {}
            Ok(_) | Err(_) => return Err(protocol()),
        }
    };
    let (status, status_seen) = watch::channel(LinkStatus::default());
    let (commands, commands_waiting) = mpsc::channel(COMMANDS);
    Ok(Link {
        doors: doors.into(),
        handle: LinkHandle {
            status: status_seen,
            local,
            commands,
        },
        carried,
        ping_every: Duration::from_secs(ping_s.clamp(*PING_S.start(), *PING_S.end()).into()),
        commands: commands_waiting,
        status,
    })
}

/// A stranger's message in a form that can be shown: short, and on one line.
fn readable(mut refusal: Refusal) -> Refusal {
    let shown = |character: &char| !character.is_control();
    refusal.message = refusal
        .message
        .chars()
        .filter(shown)
        .take(MAX_MESSAGE_CHARS)
        .collect();
    refusal
}

async fn next_text(carried: &Carried) -> Result<String, DialError> {
    loop {
        match carried.socket.message().await {
            None => {
                return Err(DialError::Broken {
                    stage: Stage::Hello,
                    cause: None,
                });
            }
            Some(Err(cause)) => {
                return Err(DialError::Broken {
                    stage: Stage::Hello,
                    cause: Some(cause),
                });
            }
            Some(Ok(Message::Text(text))) if text.len() <= MAX_CONTROL_BYTES => {
                return Ok(text.as_str().to_owned());
            }
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                return Err(DialError::Protocol(Stage::Hello));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_relays_address_has_the_same_origin() {
        for (given, origin) in [
            ("https://relay.example", "https://relay.example"),
            ("wss://relay.example/", "https://relay.example"),
            ("wss://relay.example:443", "https://relay.example"),
            ("ws://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            let url = http_url(&Url::parse(given).unwrap()).unwrap();
            assert_eq!(url.origin().ascii_serialization(), origin, "{given}");
        }
        assert!(http_url(&Url::parse("ftp://relay.example").unwrap()).is_none());
        assert!(http_url(&Url::parse("mailto:relay").unwrap()).is_none());
    }

    #[test]
    fn a_relays_message_is_shown_short_and_on_one_line() {
        use crate::hello::RefusalCode;
        let long = format!("no\n\u{1b}[31m{}", "x".repeat(1000));
        let refusal = readable(Refusal::new(RefusalCode::Busy, long));
        assert!(refusal.message.starts_with("no[31mx"), "{}", refusal.message);
        assert_eq!(refusal.message.chars().count(), 300);
    }

    #[test]
    fn a_relay_on_this_machine_is_recognised() {
        for (url, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost:1", true),
            ("https://relay.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback, "{url}");
        }
    }
}
