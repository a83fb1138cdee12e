//! A platform that answers `GET /workspaces/:id` and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
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
}

/// A platform that answers `GET /workspaces/:id` and nothing else.
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

    pub(crate) fn lookups(&self) -> usize {
        self.state.lookups.load(Ordering::SeqCst)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.server.abort();
    }
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
