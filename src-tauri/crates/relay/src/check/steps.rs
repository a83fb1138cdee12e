//! What a relay's callers and laptops need, one by one.

use std::pin::Pin;
use std::time::Duration;

use futures::Stream as _;
use ligand_tunnel::door::{Nonce, RelaySecret, Slot};
use ligand_tunnel::hello::{LINK_PATH, SUBPROTOCOL};
use serde_json::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use uuid::Uuid;

use super::Finding;
use super::connect::Dialled;
use super::talk::{Heard, Talk};
use crate::routes::SILENCE_PATH;

/// How long an answer may take that a relay gives by itself.
const WAIT: Duration = Duration::from_secs(5);
/// The platform takes silence for an answer only when no proxy speaks up in between.
const PASS_THROUGH: &str = "pass TCP or TLS through to the relay unread (stream or SNI mode) instead of proxying HTTP: \
                            otherwise messages sent while a laptop is away are refused instead of queued";

/// A GET, for a connection that is kept.
pub(super) fn get_health(dial: &Dialled) -> String {
    format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", dial.target.authority)
}

/// Connects, asks one thing, and gives back the connection.
async fn ask(dial: &Dialled, request: &str) -> Result<(Heard, Talk), String> {
    let mut talk = dial.talk().await?;
    let heard = talk.ask(request, WAIT).await;
    Ok((heard, talk))
}

/// Whether a relay of ours answers, in HTTP/1.1, and whether somebody stands before it.
pub(super) async fn health(dial: &Dialled) -> Finding {
    const WHAT: &str = "relay";
    const NEXT: &str =
        "see what listens there: it should be ligand-relay, or what passes connections on to it";
    let (head, body) = match ask(dial, &get_health(dial)).await {
        Ok((Heard::Answer(head, body), _)) => (head, body),
        Ok((other, _)) => return Finding::wrong(WHAT, other.in_words(), NEXT),
        Err(error) => return Finding::wrong(WHAT, error, NEXT),
    };
    let body: Option<Value> = serde_json::from_str(&body).ok();
    if head.status != 200 || body.is_none_or(|body| body["status"] != "ok") {
        return Finding::wrong(
            WHAT,
            format!("/healthz was answered {}, not by a relay", head.status),
            NEXT,
        );
    }
    if head.version != "HTTP/1.1" {
        return Finding::wrong(WHAT, format!("it speaks {}", head.version), PASS_THROUGH);
    }
    let between = ["via", "server", "x-powered-by", "cf-ray", "alt-svc"]
        .iter()
        .find_map(|name| head.header(name).map(|value| format!("{name}: {value}")));
    match between {
        None => Finding::good(WHAT, "a relay answers, in HTTP/1.1"),
        Some(header) => Finding::doubtful(
            WHAT,
            format!("a relay answers, and something before it adds \"{header}\""),
            PASS_THROUGH,
        ),
    }
}

/// Whether a door that this relay has not made is refused at once and in its own words.
pub(super) async fn false_door(dial: &Dialled) -> Finding {
    const WHAT: &str = "false door";
    const NEXT: &str = "see what answers for paths under /w/ before the relay does";
    let path = RelaySecret::random().seal("", Uuid::new_v4(), Slot::Platform, &Nonce::random());
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\n\r\n",
        dial.target.authority
    );
    match ask(dial, &request).await {
        Ok((Heard::Answer(head, body), _)) => {
            let body: Value = serde_json::from_str(&body).unwrap_or_default();
            if head.status == 404 && body["code"] == "not_found" {
                Finding::good(WHAT, "refused at once")
            } else {
                Finding::wrong(WHAT, format!("answered {}, not by a relay", head.status), NEXT)
            }
        }
        Ok((other, _)) => Finding::wrong(WHAT, other.in_words(), NEXT),
        Err(error) => Finding::wrong(WHAT, error, NEXT),
    }
}

/// Whether a connection that the relay closes without a byte is closed without a byte here too.
pub(super) async fn silence(dial: &Dialled) -> Finding {
    const WHAT: &str = "silence";
    let request = format!(
        "POST {SILENCE_PATH} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\n\r\n",
        dial.target.authority
    );
    match ask(dial, &request).await {
        Ok((Heard::Nothing, _)) => Finding::good(WHAT, "a call can be closed without a byte"),
        Ok((Heard::Answer(head, _), _)) if head.status == 404 => Finding::doubtful(
            WHAT,
            "this relay cannot be asked for it",
            "update the relay: it is older than this check",
        ),
        Ok((Heard::Answer(head, _), _)) => Finding::wrong(
            WHAT,
            format!(
                "the relay closed without a byte, and something before it answered {}",
                head.status
            ),
            PASS_THROUGH,
        ),
        Ok((other, _)) => Finding::wrong(WHAT, other.in_words(), PASS_THROUGH),
        Err(error) => Finding::wrong(WHAT, error, PASS_THROUGH),
    }
}

/// Whether a laptop could dial: the switch of protocols passes, and the relay's first word comes through it.
pub(super) async fn link(dial: &Dialled) -> Finding {
    const WHAT: &str = "link";
    const NEXT: &str = "let WebSocket upgrades of /v1/link through, with all their headers";
    let key = generate_key();
    let request = format!(
        "GET {LINK_PATH} HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n",
        dial.target.authority
    );
    let (head, talk) = match ask(dial, &request).await {
        Ok((Heard::Answer(head, _), talk)) => (head, talk),
        Ok((other, _)) => return Finding::wrong(WHAT, other.in_words(), NEXT),
        Err(error) => return Finding::wrong(WHAT, error, NEXT),
    };
    if matches!(head.status, 429 | 503) {
        return Finding::doubtful(
            WHAT,
            format!("the relay takes no dial now (it answered {})", head.status),
            "look again when it is less busy",
        );
    }
    let accepts = head
        .header("sec-websocket-accept")
        .is_some_and(|accept| accept == derive_accept_key(key.as_bytes()));
    if head.status != 101 || !accepts || head.header("sec-websocket-protocol") != Some(SUBPROTOCOL) {
        return Finding::wrong(WHAT, format!("the upgrade was answered {}", head.status), NEXT);
    }
    let (stream, read) = talk.into_parts();
    let mut socket = WebSocketStream::from_partially_read(stream, read, Role::Client, None).await;
    let first = std::future::poll_fn(|cx| Pin::new(&mut socket).poll_next(cx));
    match tokio::time::timeout(WAIT, first).await {
        Ok(Some(Ok(message))) if message.to_text().is_ok_and(|text| text.contains("challenge")) => {
            Finding::good(WHAT, "laptops can dial")
        }
        Ok(Some(_)) => Finding::wrong(WHAT, "the upgrade passed, and no relay spoke after it", NEXT),
        Ok(None) => Finding::wrong(WHAT, "the upgrade passed, and the connection was closed", NEXT),
        Err(_) => Finding::wrong(
            WHAT,
            "the upgrade passed, and the relay's first word did not",
            "switch off the buffering of answers in what stands before the relay",
        ),
    }
}
