//! The HTTP interface: one file per group of routes.

mod a2a;
mod activity;
mod approvals;
mod asked;
pub(crate) mod body;
mod create;
mod credentials;
mod delegate;
mod discover;
mod events;
mod feed;
mod fence;
mod heartbeat;
mod index;
mod lifecycle;
mod limit;
mod org_tokens;
mod peers;
mod plugins;
mod register;
mod remove;
mod report;
mod secrets;
mod stream;
mod tenant;
mod tokens;
mod workspaces;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

pub(crate) use fence::Fence;
pub(crate) use lifecycle::pause_all;
pub(crate) use limit::Limit;
pub(crate) use remove::remove_all;

use crate::auth::{Bearer, Gate};
use crate::faults::{self, Faults, Switches};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::{Fault, Tx};

/// What a route answers.
pub(crate) type Reply = Result<Response, Refusal>;

/// Tokens of the org that an address may make in an hour; the platform's number.
const ORG_TOKENS: u32 = 10;
const HOUR: Duration = Duration::from_secs(3_600);

/// What stands before the routes of an org.
pub(crate) struct Guards {
    pub(crate) fence: Fence,
    pub(crate) limit: Arc<Limit>,
    /// The id by which callers must name the org, where it is one of many.
    pub(crate) org_id: Option<Arc<str>>,
    /// The switches of a test, where they were asked for.
    pub(crate) faults: Option<Arc<Faults>>,
}

/// All routes of an org, behind its guards.
pub(crate) fn router(org: Arc<Org>, guards: Guards) -> Router {
    let org_tokens = Limit::new(ORG_TOKENS, HOUR, org.clock.clone());
    let org_tokens = axum::middleware::from_fn_with_state(org_tokens, limit::check);
    let switches = guards.faults.clone().map(|faults| Switches {
        org: Arc::clone(&org),
        faults,
    });
    let mut routes = Router::new()
        .route("/", get(index::page))
        .route("/health", get(health))
        .route("/metrics", get(index::metrics))
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
        .route("/workspaces/{id}/events/stream", get(stream::events))
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
        .route("/workspaces/{id}/plugins", post(plugins::install))
        .route("/workspaces/{id}/plugins/{name}/download", get(plugins::download))
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
        .route(
            "/org/tokens",
            get(org_tokens::list).merge(post(org_tokens::mint).layer(org_tokens)),
        )
        .route("/org/tokens/{id}", delete(org_tokens::revoke))
        .route("/ws", get(feed::watch));
    if org.era.has_inbound_secrets() {
        routes = routes.route("/workspaces/{id}/a2a/inbound", post(a2a::inbound));
    }
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
    let mut routes = routes
        .fallback(unknown)
        // The platform's router knows no 405.
        .method_not_allowed_fallback(unknown)
        .with_state(org);
    // From the inside out: what is added last is met first.
    if let Some(org_id) = guards.org_id {
        routes = routes.layer(axum::middleware::from_fn_with_state(org_id, tenant::check));
    }
    routes = routes.layer(axum::middleware::from_fn_with_state(guards.limit, limit::check));
    if let Some(switches) = switches {
        let faults = Arc::clone(&switches.faults);
        routes = routes
            .layer(axum::middleware::from_fn_with_state(faults, faults::meet))
            .merge(faults::router(switches));
    }
    routes.layer(axum::middleware::from_fn_with_state(
        Arc::new(guards.fence),
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

/// Lets in the workspace's own agent alone, as the platform does it: first whoever may enter, then that.
fn own(tx: &Tx<'_>, bearer: &Bearer, id: &str) -> Result<Id, Fault> {
    let subject = whose(id);
    let credential = tx.admit(Gate::Workspace, bearer, subject)?;
    let id = subject.ok_or_else(|| Refusal::bad_request("invalid workspace ID"))?;
    tx.pass(Gate::OwnToken, &credential, subject)?;
    Ok(id)
}

/// 200 with a JSON body.
pub(crate) fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

/// A workspace's id in a path.
fn workspace_id(text: &str) -> Result<Id, Refusal> {
    Id::parse(text).ok_or_else(|| Refusal::bad_request("invalid workspace ID"))
}

/// The workspace whose own token opens this path: an id in capitals is another one's to the platform.
fn whose(id: &str) -> Option<Id> {
    Id::parse(id).filter(|parsed| parsed.to_string() == id)
}

/// Lets in who may enter a workspace, and gives the workspace's id.
fn inside(tx: &Tx<'_>, bearer: &Bearer, id: &str) -> Result<Id, Fault> {
    tx.admit(Gate::Workspace, bearer, whose(id))?;
    Ok(workspace_id(id)?)
}

/// The same as a step of its own, for what reads a body afterwards: the platform looks at credentials first.
async fn enter(org: &Org, headers: &HeaderMap, id: String) -> Result<Id, Refusal> {
    let bearer = Bearer::of(headers);
    org.store.run(move |tx| inside(tx, &bearer, &id)).await
}

pub(crate) fn workspace_not_found() -> Refusal {
    Refusal::not_found("workspace not found")
}
