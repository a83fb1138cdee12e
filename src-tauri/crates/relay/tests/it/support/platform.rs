//! A platform that shows workspaces and their states, and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _};
use axum::routing::get;
use axum::{Json, Router};
use ligand_tunnel::{VerifyingKey, card_extension};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

#[derive(Clone)]
enum Known {
    Present(Value),
    Removed,
}

#[derive(Default)]
struct PlatformState {
    known: Mutex<HashMap<Uuid, Known>>,
    lookups: AtomicUsize,
    broken: AtomicBool,
    html: AtomicBool,
    tokens: Mutex<HashMap<Uuid, String>>,
    takes_any_token: AtomicBool,
    token_questions: AtomicUsize,
}

/// A platform that shows workspaces and their states, and nothing else.
pub(crate) struct Platform {
    state: Arc<PlatformState>,
    pub(crate) base: String,
    server: JoinHandle<()>,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(PlatformState::default());
        let router = Router::new()
            .route("/workspaces/{id}", get(lookup))
            .route("/workspaces/{id}/state", get(standing))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { state, base, server }
    }

    /// Puts a key into a workspace's card; `None` = a card without one.
    pub(crate) fn publish(&self, workspace: Uuid, key: Option<VerifyingKey>) {
        let extensions: Vec<Value> = key.iter().map(card_extension).collect();
        let card = json!({"name": "test", "capabilities": {"extensions": extensions}});
        self.state
            .known
            .lock()
            .unwrap()
            .insert(workspace, Known::Present(card));
    }

    pub(crate) fn remove(&self, workspace: Uuid) {
        self.state.known.lock().unwrap().insert(workspace, Known::Removed);
    }

    pub(crate) fn break_down(&self, broken: bool) {
        self.state.broken.store(broken, Ordering::SeqCst);
    }

    pub(crate) fn answer_html(&self) {
        self.state.html.store(true, Ordering::SeqCst);
    }

    /// Makes this the workspace's token.
    pub(crate) fn give_token(&self, workspace: Uuid, token: &str) {
        self.state
            .tokens
            .lock()
            .unwrap()
            .insert(workspace, token.to_owned());
    }

    /// Has it take any token for any workspace, as in a development mode.
    pub(crate) fn take_any_token(&self) {
        self.state.takes_any_token.store(true, Ordering::SeqCst);
    }

    /// How often a token was shown to it.
    pub(crate) fn token_questions(&self) -> usize {
        self.state.token_questions.load(Ordering::SeqCst)
    }

    pub(crate) fn lookups(&self) -> usize {
        self.state.lookups.load(Ordering::SeqCst)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn standing(
    State(state): State<Arc<PlatformState>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> axum::response::Response {
    state.token_questions.fetch_add(1, Ordering::SeqCst);
    let wanted = state.tokens.lock().unwrap().get(&id).cloned();
    let is_true = wanted.is_some_and(|token| headers["authorization"] == format!("Bearer {token}"));
    if is_true || state.takes_any_token.load(Ordering::SeqCst) {
        let standing = json!({"workspace_id": id, "status": "online", "paused": false, "deleted": false});
        return Json(standing).into_response();
    }
    let refusal = json!({"error": "invalid workspace auth token"});
    (StatusCode::UNAUTHORIZED, Json(refusal)).into_response()
}

async fn lookup(State(state): State<Arc<PlatformState>>, Path(id): Path<Uuid>) -> axum::response::Response {
    state.lookups.fetch_add(1, Ordering::SeqCst);
    if state.broken.load(Ordering::SeqCst) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({"error": "platform datastore unavailable"})),
        )
            .into_response();
    }
    if state.html.load(Ordering::SeqCst) {
        return Html("<html>a web app</html>").into_response();
    }
    match state.known.lock().unwrap().get(&id).cloned() {
        Some(Known::Present(card)) => {
            let workspace = json!({"id": id, "name": "w", "status": "online", "runtime": "external",
                "agent_card": card, "url": "", "active_tasks": 0, "max_concurrent_tasks": 1});
            Json(workspace).into_response()
        }
        Some(Known::Removed) => (
            StatusCode::GONE,
            Json(json!({"error": "workspace removed", "id": id})),
        )
            .into_response(),
        None => (
            StatusCode::NOT_FOUND,
            Json(json!({"error": "workspace not found"})),
        )
            .into_response(),
    }
}
