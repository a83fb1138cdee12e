//! A platform with a large org that costs nothing to serve: one list, made once, and as many events a second as are
//! wanted. Of everything else there is just enough for a host to come online.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use uuid::Uuid;

/// The org's key.
pub(crate) const KEY: &str = "an-org-key-that-is-long-enough-to-be-one";
/// Events that a viewer may lag behind; the platform's number.
const VIEWER_BUFFER: usize = 256;
/// How often events are sent: small and regular pieces, as from many workspaces.
const TICK: Duration = Duration::from_millis(15);

/// The platform.
pub(crate) struct Platform {
    /// Its base URL.
    pub(crate) url: String,
    events: broadcast::Sender<Utf8Bytes>,
    others: Vec<Uuid>,
}

struct Served {
    ours: Uuid,
    list: Bytes,
    events: broadcast::Sender<Utf8Bytes>,
}

impl Platform {
    /// Serves an org of that many workspaces, ours among them.
    pub(crate) async fn start(workspaces: usize) -> Self {
        let ours = Uuid::new_v4();
        let others: Vec<Uuid> = (1..workspaces).map(|_| Uuid::new_v4()).collect();
        let mut rows = vec![row(ours, 0, None)];
        // Teams of ten, as orgs have them.
        let lead_of = |at: usize| (!at.is_multiple_of(10)).then(|| others[at - at % 10]);
        rows.extend(
            others
                .iter()
                .enumerate()
                .map(|(at, id)| row(*id, at + 1, lead_of(at))),
        );
        let events = broadcast::Sender::new(VIEWER_BUFFER);
        let served = Arc::new(Served {
            ours,
            list: Value::Array(rows).to_string().into(),
            events: events.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/health", get(async || Json(json!({"status": "ok"}))))
            .route("/workspaces", get(list).post(create))
            .route("/workspaces/{id}", get(one))
            .route(
                "/workspaces/{id}/state",
                get(async || Json(json!({"status": "online", "paused": false, "deleted": false}))),
            )
            .route("/workspaces/{id}/activity", get(activity))
            .route(
                "/registry/register",
                post(async || Json(json!({"status": "registered", "delivery_mode": "poll"}))),
            )
            .route(
                "/registry/heartbeat",
                post(async || Json(json!({"status": "ok"}))),
            )
            .route(
                "/registry/update-card",
                post(async || Json(json!({"status": "updated"}))),
            )
            .route("/registry/{id}/peers", get(async || Json(json!([]))))
            .route("/approvals/pending", get(async || Json(json!([]))))
            .route("/ws", get(watch))
            .with_state(served);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, events, others }
    }

    /// Sends that many events a second from now on: beats, each workspace in its turn, and among a hundred of them four
    /// changes of a task, two of a state, and two messages between workspaces.
    pub(crate) fn make_noise(&self, per_second: f64) {
        self.send_always(per_second, frame);
    }

    /// Changes that many workspaces a second from now on, spread over the org: three have another task, then one
    /// comes or goes.
    pub(crate) fn make_changes(&self, per_second: f64) {
        self.send_always(per_second, change);
    }

    fn send_always(&self, per_second: f64, frame: fn(usize, &[Uuid]) -> Utf8Bytes) {
        let (events, others) = (self.events.clone(), self.others.clone());
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            let (mut due, mut number) = (0.0, 0_usize);
            loop {
                ticks.tick().await;
                due += per_second * TICK.as_secs_f64();
                while due >= 1.0 {
                    due -= 1.0;
                    let _ = events.send(frame(number, &others));
                    number += 1;
                }
            }
        });
    }

    /// Has one workspace work on something else.
    pub(crate) fn mark(&self, task: &str) {
        let payload = json!({"current_task": task, "active_tasks": 1});
        let _ = self.events.send(event(
            "TASK_UPDATED",
            self.others[self.others.len() / 2],
            &payload,
        ));
    }

    /// Whether a host watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.events.receiver_count() > 0
    }
}

fn frame(number: usize, others: &[Uuid]) -> Utf8Bytes {
    let workspace = others[number % others.len()];
    match number % 100 {
        10 | 30 | 50 | 70 => event(
            "TASK_UPDATED",
            workspace,
            &json!({"current_task": format!("step {number}"), "active_tasks": 1}),
        ),
        20 => event("WORKSPACE_OFFLINE", workspace, &json!({})),
        // The one that went offline a little before.
        60 => event(
            "WORKSPACE_ONLINE",
            others[(number - 40) % others.len()],
            &json!({"recovered_from": "offline"}),
        ),
        40 | 80 => event(
            "ACTIVITY_LOGGED",
            workspace,
            &json!({"activity_type": "a2a_receive", "method": "message/send", "status": "ok",
                "source_id": others[(number + 7) % others.len()], "target_id": workspace, "duration_ms": 812}),
        ),
        _ => event(
            "WORKSPACE_HEARTBEAT",
            workspace,
            &json!({"active_tasks": number % 3, "uptime_seconds": number}),
        ),
    }
}

fn change(number: usize, others: &[Uuid]) -> Utf8Bytes {
    // A step that shares no divisor with the number of workspaces reaches them all, far from one another.
    let workspace = others[number * 389 % others.len()];
    match number % 8 {
        3 => event("WORKSPACE_OFFLINE", workspace, &json!({})),
        // The one that went offline before.
        7 => event(
            "WORKSPACE_ONLINE",
            others[(number - 4) * 389 % others.len()],
            &json!({"recovered_from": "offline"}),
        ),
        _ => event(
            "TASK_UPDATED",
            workspace,
            &json!({"current_task": format!("step {number}"), "active_tasks": 1}),
        ),
    }
}

fn event(name: &str, workspace: Uuid, payload: &Value) -> Utf8Bytes {
    json!({"event": name, "workspace_id": workspace, "timestamp": "2026-05-02T10:00:00.123456789Z",
        "payload": payload})
    .to_string()
    .into()
}

fn row(id: Uuid, number: usize, parent: Option<Uuid>) -> Value {
    let skill = |name: &str| {
        json!({"id": name, "name": name, "description": format!("How to {name} what somebody asks for"),
            "tags": ["work", name]})
    };
    json!({
        "id": id, "name": format!("Workspace {number}"), "role": "Looks into what its team asks and writes it up",
        "tier": 1 + number % 4, "status": "online", "url": format!("https://agents.example/w/{}", id.simple()),
        "agent_card": {"name": format!("Agent {number}"), "version": "1.2.0",
            "description": "Answers questions about the team's documents and keeps them in order",
            "capabilities": {"streaming": true}, "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [skill("search"), skill("summarise"), skill("translate"), skill("review")]},
        "parent_id": parent, "active_tasks": number % 3, "max_concurrent_tasks": 1, "last_error_rate": 0,
        "last_sample_error": "", "uptime_seconds": 12, "current_task": "", "runtime": "langgraph",
        "workspace_dir": null, "monthly_spend": 0, "budget_limit": null, "x": 0, "y": 0, "collapsed": false
    })
}

async fn list(State(served): State<Arc<Served>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], served.list.clone())
}

async fn create(State(served): State<Arc<Served>>) -> impl IntoResponse {
    let reply = json!({"id": served.ours, "external": true, "status": "awaiting_agent",
        "connection": {"workspace_id": served.ours, "platform_url": "",
            "auth_token": "a-workspace-token-that-is-long-enough-to-be-one"}});
    (StatusCode::CREATED, Json(reply))
}

async fn one(Path(id): Path<Uuid>) -> impl IntoResponse {
    Json(row(id, 0, None))
}

/// Nothing ever comes; asked with a cursor, it has gone, as newer platforms say.
async fn activity(request: axum::extract::Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if query.contains("since_id=") {
        return (
            StatusCode::GONE,
            Json(json!({"error": "since_id cursor not found"})),
        )
            .into_response();
    }
    Json(json!([])).into_response()
}

async fn watch(State(served): State<Arc<Served>>, upgrade: WebSocketUpgrade) -> Response {
    let events = served.events.subscribe();
    upgrade.on_upgrade(move |socket| serve(socket, events))
}

async fn serve(mut socket: WebSocket, mut events: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            frame = events.recv() => match frame {
                Ok(frame) => {
                    if socket.send(Message::Text(frame)).await.is_err() {
                        return;
                    }
                }
                // A viewer that lags loses some without a word.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            received = socket.recv() => if !matches!(received, Some(Ok(_))) { return },
        }
    }
}
