//! The HTTP interface: one file per group of routes.

mod a2a;
mod activity;
mod asked;
mod body;
mod create;
mod credentials;
mod feed;
mod fence;
mod heartbeat;
mod lifecycle;
mod org_tokens;
mod peers;
mod register;
mod remove;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

pub(crate) use fence::Fence;

use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;

/// What a route answers.
type Reply = Result<Response, Refusal>;

/// All routes of an org, behind its fence.
pub(crate) fn router(org: Arc<Org>, fence: Fence) -> Router {
    let mut routes = Router::new()
        .route("/health", get(health))
        .route("/workspaces", get(workspaces::list).post(create::create))
        .route(
            "/workspaces/{id}",
            get(workspaces::show)
                .patch(workspaces::change)
                .delete(remove::remove),
        )
        .route("/workspaces/{id}/state", get(workspaces::state))
        .route("/workspaces/{id}/pause", post(lifecycle::pause))
        .route("/workspaces/{id}/resume", post(lifecycle::resume))
        .route("/workspaces/{id}/a2a", post(a2a::send))
        .route("/workspaces/{id}/activity", get(activity::list))
        .route("/registry/register", post(register::register))
        .route("/registry/heartbeat", post(heartbeat::heartbeat))
        .route("/registry/update-card", post(register::update_card))
        .route("/registry/{id}/peers", get(peers::peers))
        .route("/org/tokens", get(org_tokens::list).post(org_tokens::mint))
        .route("/org/tokens/{id}", delete(org_tokens::revoke))
        .route("/ws", get(feed::watch));
    if org.era.shows_queue() {
        routes = routes.route("/workspaces/{id}/a2a/queue/{queue_id}", get(a2a::queue_state));
    }
    if org.era.rotates_credentials() {
        routes = routes
            .route("/workspaces/{id}/external/rotate", post(credentials::rotate))
            .route("/workspaces/{id}/external/connection", get(credentials::show));
    }
    routes
        .fallback(unknown)
        // The platform's router knows no 405.
        .method_not_allowed_fallback(unknown)
        .with_state(org)
        .layer(axum::middleware::from_fn_with_state(
            Arc::new(fence),
            fence::check,
        ))
}

async fn health() -> Response {
    ok(json!({"status": "ok"}))
}

async fn unknown() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, "text/plain")],
        "404 page not found",
    )
        .into_response()
}

/// 200 with a JSON body.
fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

/// A workspace's id in a path.
fn workspace_id(text: &str) -> Result<Id, Refusal> {
    Id::parse(text).ok_or_else(|| Refusal::bad_request("invalid workspace ID"))
}

fn workspace_not_found() -> Refusal {
    Refusal::not_found("workspace not found")
}
