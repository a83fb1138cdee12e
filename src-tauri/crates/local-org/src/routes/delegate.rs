//! Handing work from one workspace to another: the message goes out in the background, and the log and the events of
//! the workspace that handed it out tell what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::{Pair, Segment};
use super::{Reply, body, enter, ok, workspace_not_found};
use crate::a2a::{Answer, Caller, Delivery as Message, answer_text, deliver, load_target};
use crate::hierarchy;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::Delegation;

/// How long after a failure of the way the message is tried once more; the platform's number.
const AGAIN_AFTER: Duration = Duration::from_secs(8);

#[derive(Deserialize)]
struct New {
    target_id: String,
    task: String,
    #[serde(default, deserialize_with = "body::or_default")]
    idempotency_key: String,
}

fn denied() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "access denied: workspaces cannot communicate per hierarchy rules",
    )
}

fn target(text: &str) -> Result<Id, Refusal> {
    Id::parse(text).ok_or_else(|| Refusal::bad_request("target_id must be a valid UUID"))
}

/// `POST /workspaces/:id/delegate`
pub(crate) async fn delegate(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let source = enter(&org, &headers, id).await?;
    let wrong = "invalid delegation request";
    let new: New = body::json(body, wrong).await?;
    if new.target_id.is_empty() || new.task.is_empty() {
        return Err(Refusal::bad_request(wrong));
    }
    let work = Delegation {
        id: Id::new(),
        source,
        target: target(&new.target_id)?,
    };
    if work.source == work.target {
        return Err(Refusal::bad_request("self-delegation not permitted"));
    }
    let task = new.task.clone();
    let known = org
        .store
        .run(move |tx| {
            let key = Some(new.idempotency_key.as_str()).filter(|key| !key.is_empty());
            let known = key
                .map(|key| tx.known_delegation(source, key))
                .transpose()?
                .flatten();
            if known.is_some() {
                return Ok(known);
            }
            let era = tx.realm.era;
            if era.refuses_foreign_delegations() && !hierarchy::may_talk(tx, era, work.source, work.target)? {
                return Err(denied().into());
            }
            tx.note_delegation(&work, &new.task, "pending", key)?;
            Ok(None)
        })
        .await?;
    if let Some(known) = known {
        return Ok(ok(known));
    }
    let shared = Arc::clone(&org);
    drop(org.spawn(async move { run(&shared, work, &task).await }));
    let reply = json!({"delegation_id": work.id, "status": "delegated", "target_id": work.target});
    Ok((StatusCode::ACCEPTED, axum::Json(reply)).into_response())
}

/// Sends the message, once more after a failure of the way, and notes how it went.
async fn run(org: &Arc<Org>, work: Delegation, task: &str) {
    let body = json!({"method": "message/send", "params": {"message": {
        "role": "user",
        "messageId": work.id,
        "parts": [{"type": "text", "text": task}],
        "metadata": {"delegation_id": work.id},
    }}});
    let body = Bytes::from(body.to_string());
    let began = org
        .store
        .run(move |tx| Ok(tx.delegation_stands(&work, "dispatched")?))
        .await;
    let mut answer = send(org, work, body.clone()).await;
    if matches!(&answer, Err(refusal) if refusal.status == StatusCode::BAD_GATEWAY) {
        org.clock.sleep(AGAIN_AFTER).await;
        answer = send(org, work, body).await;
    }
    let noted = org
        .store
        .run(move |tx| {
            match &answer {
                Ok(Answer::Replied(_, body)) => tx.delegation_answered(&work, &answer_text(body))?,
                // What is fetched is answered by the way that fetched it.
                Ok(Answer::Queued { .. } | Answer::Polled { .. }) => tx.delegation_queued(&work)?,
                Err(refusal) => tx.delegation_failed(&work, refusal.error())?,
            }
            Ok(())
        })
        .await;
    if let Err(refusal) = began.and(noted) {
        tracing::warn!(error = refusal.error(), "a delegation could not be noted");
    }
}

async fn send(org: &Arc<Org>, work: Delegation, body: Bytes) -> Result<Answer, Refusal> {
    let target = org
        .store
        .run(move |tx| {
            if !hierarchy::may_talk(tx, tx.realm.era, work.source, work.target)? {
                return Err(denied().into());
            }
            let row = tx.workspace(work.target)?.ok_or_else(workspace_not_found)?;
            load_target(tx, &row)
        })
        .await?;
    let message = Message {
        target,
        caller: Caller {
            id: Some(work.source),
            from_canvas: false,
            with_credential: false,
        },
        body,
        unlimited: false,
    };
    deliver(org, message).await
}

/// `GET /workspaces/:id/delegations`
pub(crate) async fn list(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let rows = org.store.run(move |tx| Ok(tx.delegations(id)?)).await?;
    Ok(ok(Value::Array(rows)))
}

#[derive(Deserialize)]
struct Sent {
    target_id: String,
    task: String,
    delegation_id: String,
}

/// `POST /workspaces/:id/delegations/record`: the agent has sent the message itself.
pub(crate) async fn record(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let source = enter(&org, &headers, id).await?;
    let wrong = "invalid request body";
    let sent: Sent = body::json(body, wrong).await?;
    if sent.target_id.is_empty() || sent.task.is_empty() {
        return Err(Refusal::bad_request(wrong));
    }
    let work = Delegation {
        // A delegation's id is a UUID wherever this org makes one.
        id: Id::parse(&sent.delegation_id).ok_or_else(|| Refusal::bad_request(wrong))?,
        source,
        target: target(&sent.target_id)?,
    };
    org.store
        .run(move |tx| Ok(tx.note_delegation(&work, &sent.task, "dispatched", None)?))
        .await?;
    let reply = json!({"delegation_id": work.id, "status": "recorded"});
    Ok((StatusCode::ACCEPTED, axum::Json(reply)).into_response())
}

#[derive(Deserialize)]
struct Ended {
    status: String,
    #[serde(default, deserialize_with = "body::or_default")]
    error: String,
    #[serde(default, deserialize_with = "body::or_default")]
    response_preview: String,
}

/// `POST /workspaces/:id/delegations/:delegation_id/update`: how the agent's own delegation ended.
pub(crate) async fn update(
    State(org): State<Arc<Org>>,
    Pair(id, delegation): Pair,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let source = enter(&org, &headers, id).await?;
    let ended: Ended = body::json(body, "invalid request body").await?;
    if !matches!(ended.status.as_str(), "completed" | "failed") {
        return Err(Refusal::bad_request("status must be 'completed' or 'failed'"));
    }
    let reply = json!({"status": ended.status, "delegation_id": delegation});
    org.store
        .run(move |tx| {
            tx.delegation_ended(
                source,
                &delegation,
                &ended.status,
                &ended.error,
                &ended.response_preview,
            )?;
            Ok(())
        })
        .await?;
    Ok(ok(reply))
}
