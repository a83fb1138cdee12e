//! The HTTP interface: one file per group of routes.

mod a2a;
mod activity;
mod approvals;
mod asked;
mod body;
mod create;
mod credentials;
mod delegate;
mod discover;
mod events;
mod feed;
mod fence;
mod heartbeat;
mod lifecycle;
mod org_tokens;
mod peers;
mod register;
mod remove;
mod report;
mod secrets;
mod tokens;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

pub(crate) use fence::Fence;

use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::{Fault, Tx};

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
        .route("/workspaces/{id}/restart", post(lifecycle::restart))
        .route("/workspaces/{id}/hibernate", post(lifecycle::hibernate))
        .route("/workspaces/{id}/activity", get(activity::list).post(report::log))
        .route("/workspaces/{id}/notify", post(report::notify))
        .route("/workspaces/{id}/delegate", post(delegate::delegate))
        .route("/workspaces/{id}/delegations", get(delegate::list))
        .route("/workspaces/{id}/delegations/record", post(delegate::record))
        .route(
            "/workspaces/{id}/delegations/{delegation}/update",
            post(delegate::update),
        )
        .route(
            "/workspaces/{id}/secrets",
            get(secrets::list).post(secrets::set).put(secrets::set),
        )
        .route("/workspaces/{id}/secrets/values", get(secrets::values))
        .route("/workspaces/{id}/secrets/{key}", delete(secrets::delete))
        .route("/workspaces/{id}/tokens", get(tokens::list).post(tokens::mint))
        .route("/workspaces/{id}/tokens/{token}", delete(tokens::revoke))
        .route(
            "/workspaces/{id}/approvals",
            get(approvals::list).post(approvals::ask),
        )
        .route(
            "/workspaces/{id}/approvals/{approval}/decide",
            post(approvals::decide),
        )
        .route("/approvals/pending", get(approvals::pending))
        .route("/events", get(events::all))
        .route("/events/{id}", get(events::of_one))
        .route(
            "/canvas/viewport",
            get(events::viewport).put(events::save_viewport),
        )
        .route("/registry/discover/{id}", get(discover::discover))
        .route("/registry/check-access", post(discover::check_access))
        .route("/registry/register", post(register::register))
        .route("/registry/heartbeat", post(heartbeat::heartbeat))
        .route("/registry/update-card", post(register::update_card))
        .route("/registry/{id}/peers", get(peers::peers))
        .route("/org/tokens", get(org_tokens::list).post(org_tokens::mint))
        .route("/org/tokens/{id}", delete(org_tokens::revoke))
        .route("/ws", get(feed::watch));
    if org.era.has_activity_cursor() {
        routes = routes.route("/workspaces/{id}/activity/ack", post(report::ack));
    }
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

/// Lets in who may enter a workspace, and gives the workspace's id.
fn inside(tx: &Tx<'_>, bearer: &Bearer, id: &str) -> Result<Id, Fault> {
    tx.admit(Gate::Workspace, bearer, Id::parse(id))?;
    Ok(workspace_id(id)?)
}

fn workspace_not_found() -> Refusal {
    Refusal::not_found("workspace not found")
}
