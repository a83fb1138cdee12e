//! Deleting a workspace and everybody below it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::asked::{Params, Segment};
use super::{Reply, ok, workspace_id, workspace_not_found};
use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, Tx};

/// `DELETE /workspaces/:id`
pub(crate) async fn remove(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let name = headers
        .get("x-confirm-name")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let reply = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            let id = workspace_id(&id)?;
            if tx.realm.era.delete_needs_name() {
                check_name(tx, id, name.as_deref())?;
            }
            let children = tx.children(Some(id))?;
            if !children.is_empty() && !params.is_true("confirm") {
                let count = children.len();
                let children: Vec<Value> = children
                    .iter()
                    .map(|child| json!({"id": child.id, "name": child.name}))
                    .collect();
                return Err(Refusal::bare(StatusCode::CONFLICT)
                    .with("status", "confirmation_required")
                    .with(
                        "message",
                        "this workspace has others below it; ?confirm=true deletes them too",
                    )
                    .with("children", children)
                    .with("children_count", count)
                    .into());
            }
            remove_all(tx, id, params.is_true("purge"))
        })
        .await?;
    Ok(ok(reply))
}

/// The later generation wants the name of what is deleted, so that no slip deletes it.
fn check_name(tx: &Tx<'_>, id: Id, name: Option<&str>) -> Result<(), Fault> {
    let row = tx.workspace(id)?.ok_or_else(workspace_not_found)?;
    if row.status == Status::Removed {
        return Err(Refusal::new(StatusCode::GONE, "workspace removed")
            .with("id", id.to_string())
            .into());
    }
    if name != Some(row.name.as_str()) {
        return Err(Refusal::bad_request("destructive_action_requires_confirmation")
            .with("hint", "send the workspace's name in the header X-Confirm-Name")
            .with("workspace_name", row.name)
            .with("active_tasks", row.active_tasks)
            .with("child_count", tx.children(Some(id))?.len())
            .into());
    }
    Ok(())
}

/// Removes a workspace and everybody below it; with `purge` without a trace.
pub(crate) fn remove_all(tx: &mut Tx<'_>, root: Id, purge: bool) -> Result<Value, Fault> {
    let below: Vec<Id> = tx
        .descendants(root, |status| status != Status::Removed)?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let count = below.len();
    for id in below.iter().chain([&root]) {
        tx.set_status(*id, Status::Removed)?;
        tx.execute(
            "UPDATE workspaces SET removed_at = ?2, x = 0, y = 0, collapsed = 0 WHERE id = ?1",
            (id, tx.now),
        )?;
        tx.revoke_tokens(*id)?;
    }
    for id in &below {
        tx.record(*id, "WORKSPACE_REMOVED", json!({}))?;
    }
    tx.record(root, "WORKSPACE_REMOVED", json!({"cascade_deleted": count}))?;
    if !purge {
        return Ok(json!({"status": "removed", "cascade_deleted": count}));
    }
    for id in below.iter().chain([&root]) {
        tx.execute(
            "UPDATE workspaces SET parent_id = NULL WHERE parent_id = ?1",
            [id],
        )?;
        tx.execute("DELETE FROM workspaces WHERE id = ?1", [id])?;
    }
    Ok(json!({"status": "purged", "cascade_deleted": count}))
}
