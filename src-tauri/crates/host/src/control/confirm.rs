//! `POST /v1/admin`: an admin change that a page wants. The person at this machine is asked in a dialog of the face
//! that holds the host, and only after a yes is the change made, exactly as it was shown.
//!
//! A page can therefore begin such a change and never make one: the words of the question are made here, from the
//! request (`words`), and a request that cannot be shown whole is refused.

mod text;
mod words;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use axum::{
    body::Body as RawBody,
    extract::State,
    http::{Method, Request, StatusCode},
    response::{IntoResponse, Response},
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{
    error::{ApiError, SAME_VERSION},
    handlers::{Answer, Body, Shared},
    pass::find,
    routes::{Scope, Scopes, router},
};

/// An admin change that a page wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AskAdmin {
    /// The method of the route.
    #[ts(type = "\"POST\" | \"PUT\"")]
    pub method: String,
    /// Its path, as the table of routes has it.
    pub path: String,
    /// Its body.
    #[serde(default)]
    #[ts(type = "unknown", optional)]
    pub body: Value,
}

/// Asks, and does it.
pub(super) async fn ask_admin(
    State(shared): State<Shared>,
    Body(wanted): Body<AskAdmin>,
) -> Answer<Response> {
    let AskAdmin { method, path, body } = wanted;
    let route = find(&method, &path).filter(|route| route.scope == Scope::Admin);
    let route = route.ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "no_such_route",
            "there is no such change to ask for",
            Some(SAME_VERSION),
        )
    })?;
    let screen = shared.handle.screen().ok_or_else(|| {
        ApiError::new(
            StatusCode::CONFLICT,
            "nobody_to_ask",
            "this changes what Ligand trusts or runs, and this host has no screen to ask you on",
            Some("use the `ligand` command, or start Ligand from the desktop"),
        )
    })?;
    let words = words::of(route, &path, &body).ok_or_else(|| {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_much_to_show",
            "this is more than a question can show, so nobody could know what they agree to",
            Some("use the `ligand` command"),
        )
    })?;
    match screen.ask(words).await {
        Some(true) => {}
        Some(false) => {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "declined",
                "it was not done: the question was answered with no, or not at all",
                None,
            ));
        }
        None => {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "asking_already",
                "another question of Ligand's is open",
                Some("answer that one first"),
            ));
        }
    }
    tracing::info!(route = route.path, "a change from a page was confirmed");
    perform(shared, &method, &path, &body).await
}

/// Does what was agreed to, in the one way in which everybody does it.
async fn perform(shared: Shared, method: &str, path: &str, body: &Value) -> Answer<Response> {
    let method = Method::from_bytes(method.as_bytes()).map_err(ApiError::bad_request)?;
    let body = match body {
        Value::Null => RawBody::empty(),
        body => RawBody::from(body.to_string()),
    };
    let request = Request::builder().method(method).uri(path).body(body);
    let request = request.map_err(ApiError::bad_request)?;
    let all = router(shared.handle, Scopes::All, shared.stop);
    Ok(match TowerToHyperService::new(all).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
    .into_response())
}
