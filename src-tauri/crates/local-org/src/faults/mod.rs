//! The switches of a test: answers that a platform gives on a bad day, and time that passes at once.
//!
//! They are there only when the org was started with them, and need the admin token. `standing` has the faults that
//! requests meet until they are cleared, `deeds` what is done at once.

mod deeds;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::{Bearer, Credential, Gate};
use crate::org::Org;
use crate::refusal::Refusal;
use crate::routes::{Reply, body, ok};
use crate::sweep;

use deeds::Deed;
use standing::Fault;
pub(crate) use standing::{Faults, meet};

/// What the switches' routes share.
#[derive(Clone)]
pub(crate) struct Switches {
    pub(crate) org: Arc<Org>,
    pub(crate) faults: Arc<Faults>,
}

/// The routes, below `/admin`.
pub(crate) fn router(switches: Switches) -> Router {
    Router::new()
        .route("/admin/clock", post(clock))
        .route("/admin/faults", get(list).post(set).delete(clear))
        .with_state(switches)
}

async fn admit(org: &Org, headers: &HeaderMap) -> Result<(), Refusal> {
    let bearer = Bearer::of(headers);
    let credential = org
        .store
        .run(move |tx| tx.admit(Gate::Admin, &bearer, None))
        .await?;
    match credential {
        Credential::Admin => Ok(()),
        _ => Err(Refusal::unauthorized("invalid admin auth token")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

/// `POST /admin/clock`: moves the clock forward, and answers when what that brings about has come about.
async fn clock(State(Switches { org, .. }): State<Switches>, headers: HeaderMap, body: Body) -> Reply {
    admit(&org, &headers).await?;
    let Advance { advance_ms } = body::json(body, "want {\"advance_ms\": n}").await?;
    org.clock.advance(Duration::from_millis(advance_ms));
    sweep::sweep(&org, true).await?;
    Ok(ok(json!({"now": org.clock.now()})))
}

/// A body: a fault that stands, or a deed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wanted {
    Deed(Deed),
    Fault(Fault),
}

/// `POST /admin/faults`
async fn set(State(switches): State<Switches>, headers: HeaderMap, body: Body) -> Reply {
    let Switches { org, faults } = switches;
    admit(&org, &headers).await?;
    match body::json(body, "no such fault, or not with these fields").await? {
        Wanted::Deed(deed) => deeds::perform(&org, deed).await?,
        Wanted::Fault(fault) => {
            if fault.mutes_viewers() {
                org.hub.mute(true);
            }
            if fault.silences_viewers() {
                org.hub.silence(true);
            }
            faults.add(fault);
        }
    }
    Ok(ok(json!({})))
}

/// `GET /admin/faults`
async fn list(State(Switches { org, faults }): State<Switches>, headers: HeaderMap) -> Reply {
    admit(&org, &headers).await?;
    Ok(ok(Value::Array(faults.list())))
}

/// `DELETE /admin/faults`
async fn clear(State(Switches { org, faults }): State<Switches>, headers: HeaderMap) -> Reply {
    admit(&org, &headers).await?;
    faults.clear();
    org.hub.mute(false);
    org.hub.silence(false);
    Ok(ok(json!({})))
}
