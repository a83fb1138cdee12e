//! A streaming agent on loopback, as a user would attach one: it remembers every call, sends an event every
//! 100 ms when asked to stream, takes its time when asked to be slow, and notices when its caller leaves.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// The time between two events of a stream.
const EVENT_EVERY: Duration = Duration::from_millis(100);

/// A text of these words and a number makes it take so many seconds.
pub const WAIT: &str = "wait ";
/// The text that makes it take its time.
pub const SLOWLY: &str = "slowly";
/// How long it takes then.
const SLOW: Duration = Duration::from_secs(2);

/// One call that reached the agent.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

impl Call {
    /// The text of the message's first part.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body["params"]["message"]["parts"][0]["text"]
            .as_str()
            .unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Seen {
    calls: Vec<Call>,
    streams_open: usize,
    streams_left: usize,
}

/// The agent. It stops when it is dropped.
#[derive(Debug)]
pub struct TestAgent {
    url: String,
    seen: Arc<Mutex<Seen>>,
    server: JoinHandle<()>,
}

impl TestAgent {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let card = card(&url);
        let router = Router::new()
            .route(
                "/.well-known/agent-card.json",
                get(move || async move { axum::Json(card) }),
            )
            .route("/", post(answer))
            .with_state(Arc::clone(&seen));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.seen.lock().unwrap().calls.clone()
    }

    /// How many streams it is sending now.
    #[must_use]
    pub fn streams_open(&self) -> usize {
        self.seen.lock().unwrap().streams_open
    }

    /// How many streams ended because the caller left.
    #[must_use]
    pub fn streams_left(&self) -> usize {
        self.seen.lock().unwrap().streams_left
    }
}

impl Drop for TestAgent {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Its card in both generations of the protocol.
fn card(url: &str) -> Value {
    json!({
        "name": "Test agent", "description": "Streams the time", "version": "1.0.0", "protocolVersion": "0.3.0",
        "url": format!("{url}/"), "preferredTransport": "JSONRPC",
        "supportedInterfaces": [{ "url": format!("{url}/"), "protocolBinding": "JSONRPC", "protocolVersion": "1.0" }],
        "capabilities": { "streaming": true },
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
        "skills": [{ "id": "time", "name": "Time", "description": "Streams the time", "tags": [] }],
    })
}

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let call = Call { headers, body };
    seen.lock().unwrap().calls.push(call.clone());
    let id = call.body["id"].clone();
    let wait = call
        .text()
        .strip_prefix(WAIT)
        .and_then(|seconds| seconds.parse().ok());
    if let Some(seconds) = wait {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    } else if call.text() == SLOWLY {
        tokio::time::sleep(SLOW).await;
    }
    match call.body["method"].as_str() {
        Some("message/stream" | "SendStreamingMessage") => events(id, seen),
        _ => axum::Json(json!({ "jsonrpc": "2.0", "id": id, "result": {
            "kind": "message", "role": "agent", "messageId": uuid::Uuid::new_v4().to_string(),
            "parts": [{ "kind": "text", "text": format!("heard: {}", call.text()) }],
        }}))
        .into_response(),
    }
}

/// An endless stream: each event says when it was sent, in microseconds of the wall clock that caller and agent
/// share on one machine.
fn events(id: Value, seen: Arc<Mutex<Seen>>) -> Response {
    let open = Open::new(seen);
    let mut tick = tokio::time::interval(EVENT_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = stream::unfold((tick, open, id), |(mut tick, open, id)| async move {
        tick.tick().await;
        let event = json!({ "jsonrpc": "2.0", "id": id, "result": {
            "kind": "status-update", "taskId": "t", "contextId": "c", "final": false,
            "status": { "state": "working" }, "metadata": { "sent_us": wall_clock_us() },
        }});
        Some((
            Ok::<_, Infallible>(Bytes::from(format!("data: {event}\n\n"))),
            (tick, open, id),
        ))
    });
    (
        [(header::CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events),
    )
        .into_response()
}

/// Microseconds since 1970.
#[allow(
    clippy::disallowed_methods,
    reason = "agent and caller compare their clocks on one machine"
)]
#[must_use]
pub fn wall_clock_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_micros()).unwrap()
}

/// Counts a stream as open until the server drops it, which it does when the caller has left.
struct Open(Arc<Mutex<Seen>>);

impl Open {
    fn new(seen: Arc<Mutex<Seen>>) -> Self {
        seen.lock().unwrap().streams_open += 1;
        Self(seen)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut seen = self.0.lock().unwrap();
        seen.streams_open -= 1;
        seen.streams_left += 1;
    }
}
