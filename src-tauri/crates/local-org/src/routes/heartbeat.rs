//! An agent says that it lives and how it fares; what waited for it is delivered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, body, ok};
use crate::a2a::drain;
use crate::auth::{Bearer, Gate};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::{Status, Vitals, after_beat};
use crate::store::{Fault, Tx, Workspace};

/// The most cents that are believed; the platform's number.
const MAX_SPEND: i64 = 1_000_000_000_000;
/// How long a refused registration shows; the platform's number.
const REGISTER_FAILURE: Duration = Duration::from_secs(5 * 60);

/// The body of `POST /registry/heartbeat`.
#[derive(Deserialize)]
struct Beat {
    #[serde(default, deserialize_with = "body::or_default")]
    workspace_id: String,
    #[serde(default, deserialize_with = "body::or_default")]
    error_rate: f64,
    #[serde(default, deserialize_with = "body::or_default")]
    sample_error: String,
    #[serde(default, deserialize_with = "body::or_default")]
    active_tasks: i64,
    #[serde(default, deserialize_with = "body::or_default")]
    uptime_seconds: i64,
    #[serde(default, deserialize_with = "body::or_default")]
    current_task: String,
    #[serde(default, deserialize_with = "body::or_default")]
    monthly_spend: i64,
    #[serde(default, deserialize_with = "body::or_default")]
    runtime_state: String,
    #[serde(default, deserialize_with = "body::or_default")]
    runtime_metadata: Metadata,
    agent_card: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "body::or_default")]
    capabilities: BTreeMap<String, bool>,
    idle_timeout_seconds: Option<i64>,
}

impl Metadata {
    fn has(&self, capability: &str) -> bool {
        self.capabilities.get(capability).copied().unwrap_or_default()
    }
}

/// `POST /registry/heartbeat`
pub(crate) async fn heartbeat(State(org): State<Arc<Org>>, headers: HeaderMap, body: Body) -> Reply {
    let bearer = Bearer::of(&headers);
    let beat: Beat = body::json(body, "invalid request body").await?;
    if beat.workspace_id.is_empty() {
        return Err(Refusal::bad_request("invalid request body"));
    }
    let failed = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to update");
    let id = Id::parse(&beat.workspace_id).ok_or_else(failed)?;
    let (reply, room) = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Registry, &bearer, Some(id))?;
            take(tx, id, &beat)
        })
        .await?;
    if room > 0 {
        let shared = Arc::clone(&org);
        drop(org.spawn(async move { drain(&shared, id, room).await }));
    }
    Ok(ok(reply))
}

/// Writes a heartbeat. Gives the answer and how many more messages the agent has room for.
fn take(tx: &mut Tx<'_>, id: Id, beat: &Beat) -> Result<(Value, i64), Fault> {
    let mut reply = json!({"status": "ok"});
    let row = tx.workspace(id)?;
    let row = row.filter(|row| row.status != Status::Removed);
    let mut room = 0;
    if let Some(row) = &row {
        write(tx, row, beat)?;
        judge(tx, row, beat)?;
        if beat.current_task != row.current_task {
            tx.announce(
                id,
                "TASK_UPDATED",
                json!({"current_task": beat.current_task, "active_tasks": beat.active_tasks}),
            );
        }
        room = row.max_concurrent_tasks.saturating_sub(beat.active_tasks);
        if tx.realm.era.has_inbound_secrets() {
            reply["platform_inbound_secret"] = json!(tx.inbound_secret(row)?.0.expose());
        }
    }
    // Told even of a workspace that is not there (any more): without a token to check, nobody is turned away.
    tx.announce(
        id,
        "WORKSPACE_HEARTBEAT",
        json!({"active_tasks": beat.active_tasks, "uptime_seconds": beat.uptime_seconds}),
    );
    Ok((reply, room))
}

fn write(tx: &Tx<'_>, row: &Workspace, beat: &Beat) -> rusqlite::Result<()> {
    let spend = Some(beat.monthly_spend.clamp(0, MAX_SPEND)).filter(|spend| *spend > 0);
    let metadata = &beat.runtime_metadata;
    let idle = metadata
        .idle_timeout_seconds
        .and_then(|seconds| u32::try_from(seconds).ok());
    tx.prepare_cached(
        "UPDATE workspaces SET last_heartbeat_at = ?2, updated_at = ?2, error_rate = ?3, sample_error = ?4,
                               active_tasks = ?5, uptime_seconds = ?6, current_task = ?7,
                               monthly_spend = coalesce(?8, monthly_spend), idle_timeout_s = ?9,
                               owns_sessions = ?10, manages_status = ?11
         WHERE id = ?1",
    )?
    .execute(rusqlite::params![
        row.id,
        tx.now,
        beat.error_rate,
        beat.sample_error,
        beat.active_tasks,
        beat.uptime_seconds,
        beat.current_task,
        spend,
        idle,
        metadata.has("session"),
        metadata.has("status_mgmt"),
    ])?;
    if let Some(card) = beat
        .agent_card
        .as_ref()
        .filter(|_| tx.realm.era.marks_failed_registers())
    {
        tx.prepare_cached(
            "UPDATE workspaces SET agent_card = coalesce(agent_card, ?2), register_failed_at = NULL
             WHERE id = ?1",
        )?
        .execute((row.id, card.to_string()))?;
    }
    Ok(())
}

fn judge(tx: &mut Tx<'_>, row: &Workspace, beat: &Beat) -> rusqlite::Result<()> {
    let era = tx.realm.era;
    let register_failed = era.marks_failed_registers()
        && beat.agent_card.is_none()
        && row
            .register_failed_at
            .is_some_and(|at| tx.now.since(at) < REGISTER_FAILURE);
    let vitals = Vitals {
        error_rate: beat.error_rate,
        sample_error: beat.sample_error.clone(),
        runtime_state: beat.runtime_state.clone(),
        // What the beat before this one has said: the platform judges first.
        manages_status: row.manages_status,
        register_failed,
    };
    for change in after_beat(era, row.status, &vitals) {
        tx.set_status(row.id, change.to)?;
        tx.record(row.id, change.event, change.payload)?;
    }
    Ok(())
}
