//! Faults that requests meet until they are cleared, or have been met often enough.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// Where the switches themselves are, which no fault reaches.
const SWITCHES: &str = "/admin/";
/// The longest answer that can be cut.
const CUT_CAP: usize = 1 << 20;
/// How long the beginning of an answer may take to leave before it breaks off.
const SENT_WITHIN: Duration = Duration::from_millis(50);

/// What goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    /// 429.
    RateLimited { retry_after: u32 },
    /// 503.
    Datastore,
    /// A page instead of JSON.
    Html { status: Option<u16> },
    /// 404 with nothing in it.
    #[serde(rename = "empty_404")]
    Empty404,
    /// 403 with nothing in it.
    WrongOrigin,
    /// An answer in JSON that the test has made up, such as one of a gate that stands open.
    Answer { status: u16, body: Value },
    /// The answer comes later.
    Latency { ms: u64 },
    /// The answer breaks off.
    Cut { after_bytes: usize },
    /// Viewers miss every event, as if they were too slow.
    WsOverflow,
    /// Viewers' connections stand and carry nothing, no answer to a ping either.
    WsSilent,
}

/// A fault, and whom it meets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fault {
    #[serde(flatten)]
    kind: Kind,
    /// The beginning of the paths that it is met at; everywhere without one.
    #[serde(default)]
    path: Option<String>,
    /// It is met at that very path, and not below it.
    #[serde(default)]
    exact: bool,
    /// How many more requests meet it; all without a number.
    #[serde(default)]
    times: Option<u32>,
}

impl Fault {
    pub(super) fn mutes_viewers(&self) -> bool {
        matches!(self.kind, Kind::WsOverflow)
    }

    pub(super) fn silences_viewers(&self) -> bool {
        matches!(self.kind, Kind::WsSilent)
    }

    fn is_met_at(&self, path: &str) -> bool {
        !self.mutes_viewers()
            && !self.silences_viewers()
            && self.times != Some(0)
            && self.path.as_deref().is_none_or(|wanted| match self.exact {
                true => path == wanted,
                false => path.starts_with(wanted),
            })
    }
}

/// The faults that stand, the oldest first.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.with(|faults| faults.push(fault));
    }

    pub(super) fn clear(&self) {
        self.with(Vec::clear);
    }

    pub(super) fn list(&self) -> Vec<Value> {
        self.with(|faults| faults.iter().map(|fault| json!(fault)).collect())
    }

    /// The first fault that a request for that path meets.
    fn at(&self, path: &str) -> Option<Kind> {
        self.with(|faults| {
            let met = faults.iter_mut().find(|fault| fault.is_met_at(path))?;
            if let Some(times) = &mut met.times {
                *times -= 1;
            }
            Some(met.kind.clone())
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lets a request meet what it has to meet.
pub(crate) async fn meet(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let kind = Some(path)
        .filter(|path| !path.starts_with(SWITCHES))
        .and_then(|path| faults.at(path));
    match kind {
        None | Some(Kind::WsOverflow | Kind::WsSilent) => next.run(request).await,
        Some(Kind::RateLimited { retry_after }) => {
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate limit exceeded")
                .with("retry_after", retry_after)
                .retry_after(retry_after)
                .into_response()
        }
        Some(Kind::Datastore) => Refusal::datastore().into_response(),
        Some(Kind::Html { status }) => {
            let status = status.and_then(|status| StatusCode::from_u16(status).ok());
            let page = Html("<!doctype html><title>Sign in</title><p>This is not the API.</p>\n");
            (status.unwrap_or(StatusCode::OK), page).into_response()
        }
        Some(Kind::Empty404) => StatusCode::NOT_FOUND.into_response(),
        Some(Kind::WrongOrigin) => StatusCode::FORBIDDEN.into_response(),
        Some(Kind::Answer { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, axum::Json(body)).into_response()
        }
        Some(Kind::Latency { ms }) => {
            // Of the way, so in real time and not on the org's clock.
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(Kind::Cut { after_bytes }) => cut(next.run(request).await, after_bytes).await,
    }
}

/// The answer's head with its whole length, the beginning of its body, and then nothing.
async fn cut(response: Response, after: usize) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, CUT_CAP).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let start = whole.slice(..after.min(whole.len().saturating_sub(1)));
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut");
    // The server would throw what it has gathered away with the connection: it must have sent it before.
    let break_off = async move {
        tokio::time::sleep(SENT_WITHIN).await;
        Err::<Bytes, _>(broken)
    };
    let parts = stream::iter([Ok(start)]).chain(stream::once(break_off));
    Response::from_parts(head, Body::from_stream(parts))
}
