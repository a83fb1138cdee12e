//! Pausing and resuming a workspace with everybody below it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::asked::Segment;
use super::{Reply, ok, workspace_id};
use crate::auth::{Bearer, Gate};
use crate::hierarchy;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, Tx, Workspace};

/// Steps up the parents before a chain is taken for a circle.
const MAX_HOPS: usize = 32;

/// `POST /workspaces/:id/pause`
pub(crate) async fn pause(state: State<Arc<Org>>, path: Segment, headers: HeaderMap) -> Reply {
    run(state, path, headers, pause_all).await
}

/// `POST /workspaces/:id/resume`
pub(crate) async fn resume(state: State<Arc<Org>>, path: Segment, headers: HeaderMap) -> Reply {
    run(state, path, headers, resume_all).await
}

async fn run(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    work: fn(&mut Tx<'_>, Id) -> Result<Value, Fault>,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let reply = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Workspace, &bearer, Id::parse(&id))?;
            work(tx, workspace_id(&id)?)
        })
        .await?;
    Ok(ok(reply))
}

/// A workspace and those below it that `keep` passes, or the refusal when `keep` does not pass the workspace
/// itself.
fn team(
    tx: &Tx<'_>,
    id: Id,
    keep: fn(Status) -> bool,
    otherwise: &'static str,
) -> Result<Vec<Workspace>, Fault> {
    let root = tx
        .workspace(id)?
        .filter(|row| keep(row.status))
        .ok_or_else(|| Refusal::not_found(otherwise))?;
    let mut team = vec![root];
    team.extend(tx.descendants(id, keep)?);
    Ok(team)
}

fn pause_all(tx: &mut Tx<'_>, id: Id) -> Result<Value, Fault> {
    let keep = |status| !matches!(status, Status::Removed | Status::Paused);
    let team = team(tx, id, keep, "workspace not found or already paused")?;
    for row in &team {
        tx.set_column(row.id, "url", "")?;
        tx.set_status(row.id, Status::Paused)?;
        tx.record(row.id, "WORKSPACE_PAUSED", json!({"name": row.name}))?;
    }
    Ok(json!({"status": "paused", "paused_count": team.len()}))
}

fn resume_all(tx: &mut Tx<'_>, id: Id) -> Result<Value, Fault> {
    let keep = |status| status == Status::Paused;
    let team = team(tx, id, keep, "workspace not found or not paused")?;
    if let Some(name) = paused_ancestor(tx, id)? {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            format!("parent workspace {name:?} is paused — resume it first"),
        )
        .into());
    }
    for row in &team {
        tx.set_status(row.id, Status::Provisioning)?;
        tx.record(
            row.id,
            "WORKSPACE_PROVISIONING",
            json!({"name": row.name, "tier": row.tier, "runtime": row.runtime}),
        )?;
        if !row.is_external() {
            // Its container starts at once: there is none.
            tx.set_status(row.id, Status::Online)?;
            tx.record(
                row.id,
                "WORKSPACE_ONLINE",
                json!({"recovered_from": "provisioning"}),
            )?;
        }
    }
    Ok(json!({"status": "provisioning", "resumed_count": team.len()}))
}

fn paused_ancestor(tx: &Tx<'_>, id: Id) -> rusqlite::Result<Option<String>> {
    let mut next = hierarchy::parent(tx, id)?.flatten();
    for _ in 0..MAX_HOPS {
        let Some(id) = next else { return Ok(None) };
        let Some(row) = tx.workspace(id)? else {
            return Ok(None);
        };
        if row.status == Status::Paused {
            return Ok(Some(row.name));
        }
        next = row.parent_id;
    }
    Ok(None)
}
