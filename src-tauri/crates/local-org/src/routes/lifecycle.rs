//! Pausing and resuming a workspace with everybody below it; restarting and hibernating one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::asked::{Params, Segment};
use super::{Reply, inside, ok, workspace_not_found};
use crate::auth::Bearer;
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

/// `POST /workspaces/:id/restart`
pub(crate) async fn restart(state: State<Arc<Org>>, path: Segment, headers: HeaderMap) -> Reply {
    run(state, path, headers, restart_one).await
}

/// `POST /workspaces/:id/hibernate`
pub(crate) async fn hibernate(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let force = params.is_true("force");
    org.store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            hibernate_one(tx, id, force)
        })
        .await?;
    Ok(ok(json!({"status": "hibernated"})))
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
            let id = inside(tx, &bearer, &id)?;
            work(tx, id)
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

/// Pauses a workspace and everybody below it.
pub(crate) fn pause_all(tx: &mut Tx<'_>, id: Id) -> Result<Value, Fault> {
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
    refuse_below_paused(tx, id)?;
    for row in &team {
        tx.set_status(row.id, Status::Provisioning)?;
        tx.record(
            row.id,
            "WORKSPACE_PROVISIONING",
            json!({"name": row.name, "tier": row.tier, "runtime": row.runtime}),
        )?;
        provision(tx, row)?;
    }
    Ok(json!({"status": "provisioning", "resumed_count": team.len()}))
}

/// In the older generation an external workspace goes the way of a container, without its URL. The later one leaves it
/// alone.
fn restart_one(tx: &mut Tx<'_>, id: Id) -> Result<Value, Fault> {
    let row = tx.workspace(id)?.ok_or_else(workspace_not_found)?;
    refuse_below_paused(tx, id)?;
    if row.is_external() && tx.realm.era.leaves_external_restarts() {
        return Ok(json!({
            "status": "noop",
            "runtime": row.runtime,
            "message": "an external workspace is restarted where its agent runs",
        }));
    }
    tx.set_column(id, "url", "")?;
    tx.set_status(id, Status::Provisioning)?;
    tx.record(
        id,
        "WORKSPACE_PROVISIONING",
        json!({"name": row.name, "tier": row.tier, "runtime": row.runtime}),
    )?;
    provision(tx, &row)?;
    Ok(json!({"status": "provisioning", "config_dir": "existing-volume", "reset_session": false}))
}

/// Starts what is being provisioned. The seeded workspaces' containers start at once: there are none. The older
/// generation looks for the container of an external workspace too, finds no configuration for one, and gives up; only a
/// registration brings the workspace back from that. (Its hosted form starts a machine instead and replaces the token.)
fn provision(tx: &mut Tx<'_>, row: &Workspace) -> Result<(), Fault> {
    if !row.is_external() {
        tx.set_status(row.id, Status::Online)?;
        let back = json!({"recovered_from": "provisioning"});
        tx.record(row.id, "WORKSPACE_ONLINE", back)?;
    } else if !tx.realm.era.leaves_external_restarts() {
        let error = "the workspace cannot start: it has no configuration and no template";
        tx.set_status(row.id, Status::Failed)?;
        tx.set_column(row.id, "sample_error", error)?;
        tx.record(row.id, "WORKSPACE_PROVISION_FAILED", json!({"error": error}))?;
    }
    Ok(())
}

fn hibernate_one(tx: &mut Tx<'_>, id: Id, force: bool) -> Result<(), Fault> {
    let row = tx
        .workspace(id)?
        .filter(|row| matches!(row.status, Status::Online | Status::Degraded))
        .ok_or_else(|| {
            Refusal::not_found(
                "workspace not found or not in a hibernatable state (must be online or degraded)",
            )
        })?;
    if row.active_tasks > 0 && !force {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "workspace has active tasks; use ?force=true to terminate them",
        )
        .with("active_tasks", row.active_tasks)
        .into());
    }
    // The older generation can't store the state on the way there: it answers, and nothing happens.
    if tx.realm.era.knows_awaiting_agent() {
        tx.set_column(id, "url", "")?;
        tx.set_status(id, Status::Hibernated)?;
        tx.record(
            id,
            "WORKSPACE_HIBERNATED",
            json!({"name": row.name, "tier": row.tier}),
        )?;
    }
    Ok(())
}

fn refuse_below_paused(tx: &Tx<'_>, id: Id) -> Result<(), Fault> {
    match paused_ancestor(tx, id)? {
        Some(name) => Err(Refusal::new(
            StatusCode::CONFLICT,
            format!("parent workspace {name:?} is paused — resume it first"),
        )
        .into()),
        None => Ok(()),
    }
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
