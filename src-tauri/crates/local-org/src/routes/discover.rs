//! Where another workspace's agent is, and whether two workspaces may talk.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::asked::Segment;
use super::{Reply, body, ok, workspace_not_found};
use crate::auth::{Bearer, Gate};
use crate::hierarchy;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;

/// `GET /registry/discover/:id`, asked by the workspace that a header names.
pub(crate) async fn discover(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let own = headers
        .get("x-workspace-id")
        .and_then(|value| value.to_str().ok())
        .filter(|own| !own.is_empty())
        .ok_or_else(|| Refusal::bad_request("X-Workspace-ID header is required"))?
        .to_owned();
    let row = org
        .store
        .run(move |tx| {
            let own = Id::parse(&own);
            tx.admit(Gate::Peers, &bearer, own)?;
            let denied = || Refusal::new(StatusCode::FORBIDDEN, "not authorized to discover this workspace");
            let (Some(own), Some(id)) = (own, Id::parse(&id)) else {
                return Err(denied().into());
            };
            if !hierarchy::may_talk(tx, tx.realm.era, own, id)? {
                return Err(denied().into());
            }
            Ok(tx.workspace(id)?.ok_or_else(workspace_not_found)?)
        })
        .await?;
    let unavailable =
        |why: &str| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why).with("status", row.status.as_str());
    if !matches!(row.status, Status::Online | Status::Degraded) {
        return Err(unavailable("workspace not available"));
    }
    if row.url.is_empty() {
        return Err(unavailable("workspace has no URL"));
    }
    Ok(ok(json!({"id": row.id, "url": row.url, "name": row.name})))
}

#[derive(Deserialize)]
struct Two {
    caller_id: String,
    target_id: String,
}

/// `POST /registry/check-access`, for anybody.
pub(crate) async fn check_access(State(org): State<Arc<Org>>, body: Body) -> Reply {
    let wrong = "invalid request body";
    let two: Two = body::json(body, wrong).await?;
    if two.caller_id.is_empty() || two.target_id.is_empty() {
        return Err(Refusal::bad_request(wrong));
    }
    let allowed = org
        .store
        .run(move |tx| {
            if two.caller_id == two.target_id {
                return Ok(true);
            }
            match (Id::parse(&two.caller_id), Id::parse(&two.target_id)) {
                (Some(caller), Some(target)) => Ok(hierarchy::may_talk(tx, tx.realm.era, caller, target)?),
                _ => Ok(false),
            }
        })
        .await?;
    Ok(ok(json!({"allowed": allowed})))
}
