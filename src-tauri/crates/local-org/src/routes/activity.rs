//! Reading the activity log.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::asked::{Params, Segment};
use super::{Reply, ok, workspace_id};
use crate::auth::{Bearer, Gate};
use crate::clock::Stamp;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::{ActivityQuery, Page};

/// Rows that are given when nothing is said, and at most.
const LIMITS: (u32, u32) = (100, 500);
/// The furthest that `since_secs` reaches: 30 days.
const MAX_SINCE_S: u64 = 2_592_000;

/// `GET /workspaces/:id/activity`
pub(crate) async fn list(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let subject = Id::parse(&id);
    org.store
        .run(move |tx| tx.admit(Gate::Workspace, &bearer, subject))
        .await?;
    let id = workspace_id(&id)?;
    let query = wanted(&params, org.era.has_activity_cursor(), org.clock.now())?;
    match org.store.run(move |tx| Ok(tx.activity(id, &query)?)).await? {
        Page::Rows(rows) => Ok(ok(Value::Array(rows))),
        Page::CursorGone => Err(Refusal::new(
            StatusCode::GONE,
            "since_id cursor not found (row may have been pruned or belongs to a different workspace); \
             omit since_id to reset",
        )),
    }
}

/// Checks the query. Before there was a cursor, what belongs to it was passed over without a word.
fn wanted(params: &Params, cursor: bool, now: Stamp) -> Result<ActivityQuery, Refusal> {
    let from_canvas = match params.get("source") {
        None => None,
        Some("canvas") => Some(true),
        Some("agent") => Some(false),
        Some(_) => return Err(Refusal::bad_request("source must be 'canvas' or 'agent'")),
    };
    let limit = params
        .get("limit")
        .and_then(|limit| limit.parse::<u32>().ok())
        .filter(|limit| *limit > 0);
    let mut query = ActivityQuery {
        activity_type: params.get("type").map(str::to_owned),
        from_canvas,
        limit: limit.unwrap_or(LIMITS.0).min(LIMITS.1),
        ..ActivityQuery::default()
    };
    if !cursor {
        return Ok(query);
    }
    query.since_id = params.get("since_id").map(str::to_owned);
    if let Some(text) = params.get("since_secs") {
        let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds > 0);
        let seconds = seconds.ok_or_else(|| Refusal::bad_request("since_secs must be a positive integer"))?;
        query.since = Some(now - Duration::from_secs(seconds.min(MAX_SINCE_S)));
    }
    if let Some(text) = params.get("peer_id") {
        query.peer = Some(Id::parse(text).ok_or_else(|| Refusal::bad_request("peer_id must be a UUID"))?);
    }
    if let Some(text) = params.get("before_ts") {
        let wrong = || Refusal::bad_request("before_ts must be an RFC3339 timestamp");
        query.before = Some(Stamp::parse(text).ok_or_else(wrong)?);
    }
    Ok(query)
}
