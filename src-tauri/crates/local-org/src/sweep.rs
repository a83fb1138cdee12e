//! What happens by itself: workspaces that fall silent, starts that never end, and old rows.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::params;
use serde_json::json;

use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::{Fault, Tx};

/// How often silent workspaces are looked for; the platform's number. A workspace is so at most this much
/// longer online than its generation's window.
const TICK: Duration = Duration::from_secs(15);
/// How long a start may take; the platform's number.
const START_LIMIT: Duration = Duration::from_secs(10 * 60);
/// How long activity and events are kept; the platform's number for activity.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How often old rows are deleted; the platform's number.
const PRUNE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// Sweeps until the org stops.
pub(crate) async fn run(org: Arc<Org>) {
    let mut pruned_at = org.clock.now();
    loop {
        org.clock.sleep(TICK).await;
        let now = org.clock.now();
        let prune = now.since(pruned_at) >= PRUNE_EVERY;
        if prune {
            pruned_at = now;
        }
        if let Err(refusal) = sweep(&org, prune).await {
            tracing::warn!(error = refusal.error(), "a sweep failed");
        }
    }
}

/// One sweep; with `prune` also of old rows.
pub(crate) async fn sweep(org: &Org, prune: bool) -> Result<(), Refusal> {
    org.store
        .run(move |tx| {
            silence(tx)?;
            endless_starts(tx)?;
            if prune {
                old_rows(tx)?;
            }
            Ok(())
        })
        .await
}

/// External workspaces that were not heard of. The event says `OFFLINE` in both generations.
///
/// The platform keeps a second window, 180 s from the last sign of life, for workspaces of all kinds. For
/// external ones it never ends before this one does, and the org's containers don't fall silent, so it is not
/// here.
fn silence(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let era = tx.realm.era;
    let silent: Vec<Id> = tx
        .prepare_cached(
            "SELECT id FROM workspaces WHERE status IN ('online', 'degraded') AND runtime = 'external'
                AND coalesce(last_heartbeat_at, updated_at) < ?1",
        )?
        .query_map([tx.now - era.stale_after()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let to = if era.knows_awaiting_agent() {
        Status::AwaitingAgent
    } else {
        Status::Offline
    };
    for id in silent {
        tx.set_status(id, to)?;
        tx.record(id, "WORKSPACE_OFFLINE", json!({}))?;
    }
    Ok(())
}

/// Workspaces that never came up. In the older generation also the external ones whose agent never came.
fn endless_starts(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let stuck: Vec<(Id, String)> = tx
        .prepare_cached(
            "SELECT id, runtime FROM workspaces WHERE status = 'provisioning' AND updated_at < ?1",
        )?
        .query_map([tx.now - START_LIMIT], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (id, runtime) in stuck {
        let error = "provisioning timed out: the agent never registered";
        tx.set_status(id, Status::Failed)?;
        tx.set_column(id, "sample_error", error)?;
        tx.record(
            id,
            "WORKSPACE_PROVISION_FAILED",
            json!({
                "error": error,
                "timeout_secs": START_LIMIT.as_secs(),
                "runtime": runtime,
                "source": "provision_timeout_sweep",
            }),
        )?;
    }
    Ok(())
}

fn old_rows(tx: &Tx<'_>) -> Result<(), Fault> {
    let before = tx.now - RETENTION;
    tx.execute("DELETE FROM activity WHERE created_at < ?1", params![before])?;
    tx.execute("DELETE FROM events WHERE at < ?1", params![before])?;
    tx.execute(
        "DELETE FROM messages WHERE state IN ('completed', 'failed', 'dropped') AND enqueued_at < ?1",
        params![before],
    )?;
    Ok(())
}
