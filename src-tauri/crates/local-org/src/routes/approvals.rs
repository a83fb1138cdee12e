//! Questions of agents to people: asked, listed, answered.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::{Pair, Segment};
use super::{Reply, body, enter, ok};
use crate::auth::{Bearer, Gate};
use crate::org::Org;
use crate::refusal::Refusal;

/// What is wrong with a body.
const WRONG: &str = "invalid request body";

#[derive(Deserialize)]
struct Question {
    #[serde(default, deserialize_with = "body::or_default")]
    task_id: String,
    #[serde(default, deserialize_with = "body::or_default")]
    action: String,
    #[serde(default, deserialize_with = "body::or_default")]
    reason: String,
}

/// `POST /workspaces/:id/approvals`: asks, and tells the parent too.
pub(crate) async fn ask(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let asked: Question = body::json(body, WRONG).await?;
    if asked.action.is_empty() {
        return Err(Refusal::bad_request(WRONG));
    }
    let approval = org
        .store
        .run(move |tx| {
            let Some(row) = tx.workspace(id)? else {
                let text = "failed to create approval";
                return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, text).into());
            };
            let approval = tx.ask_approval(id, &asked.task_id, &asked.action, &asked.reason)?;
            tx.record(
                id,
                "APPROVAL_REQUESTED",
                json!({"approval_id": approval, "action": asked.action, "reason": asked.reason,
                       "task_id": asked.task_id}),
            )?;
            if let Some(parent) = row.parent_id {
                tx.record(
                    parent,
                    "APPROVAL_ESCALATED",
                    json!({"approval_id": approval, "from_workspace_id": id, "action": asked.action,
                           "reason": asked.reason}),
                )?;
            }
            Ok(approval)
        })
        .await?;
    let reply = json!({"approval_id": approval, "status": "pending"});
    Ok((StatusCode::CREATED, axum::Json(reply)).into_response())
}

/// `GET /workspaces/:id/approvals`
pub(crate) async fn list(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let rows = org.store.run(move |tx| Ok(tx.approvals_of(id)?)).await?;
    Ok(ok(Value::Array(rows)))
}

/// `GET /approvals/pending`
pub(crate) async fn pending(State(org): State<Arc<Org>>, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let rows = org
        .store
        .run(move |tx| {
            tx.admit(Gate::Admin, &bearer, None)?;
            Ok(tx.pending_approvals()?)
        })
        .await?;
    Ok(ok(Value::Array(rows)))
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default, deserialize_with = "body::or_default")]
    decision: String,
    #[serde(default, deserialize_with = "body::or_default")]
    decided_by: String,
}

/// `POST /workspaces/:id/approvals/:approvalId/decide`
pub(crate) async fn decide(
    State(org): State<Arc<Org>>,
    Pair(id, approval): Pair,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let decided: Decision = body::json(body, WRONG).await?;
    let event = match decided.decision.as_str() {
        "" => return Err(Refusal::bad_request(WRONG)),
        "approved" => "APPROVAL_APPROVED",
        "denied" => "APPROVAL_DENIED",
        _ => return Err(Refusal::bad_request("decision must be 'approved' or 'denied'")),
    };
    let by = match decided.decided_by.as_str() {
        "" => "human".to_owned(),
        by => by.to_owned(),
    };
    let reply = json!({"status": decided.decision, "approval_id": approval});
    org.store
        .run(move |tx| {
            if !tx.decide_approval(id, &approval, &decided.decision, &by)? {
                return Err(Refusal::not_found("approval not found or already decided").into());
            }
            tx.record(
                id,
                event,
                json!({"approval_id": approval, "decision": decided.decision, "decided_by": by}),
            )?;
            Ok(())
        })
        .await?;
    Ok(ok(reply))
}
