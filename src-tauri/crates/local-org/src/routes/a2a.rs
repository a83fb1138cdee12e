//! Sending a message to a workspace, and asking what became of one that was queued.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use super::asked::Segment;
use super::{Reply, body, ok, workspace_id, workspace_not_found};
use crate::a2a::{Answer, Caller, Delivery, Target, busy, deliver, load_target};
use crate::auth::{Bearer, Credential, Gate};
use crate::hierarchy;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::{Fault, Tx};

/// Callers that only the platform itself may be.
const SYSTEM_CALLERS: [&str; 4] = ["webhook:", "system:", "test:", "channel:"];

/// The platform leaves an id that is none to its database.
fn no_such_id() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "lookup failed")
}

/// `POST /workspaces/:id/a2a`
pub(crate) async fn send(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let body = message(&org, body).await?;
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let claimed = text("x-workspace-id").to_owned();
    if SYSTEM_CALLERS.iter().any(|prefix| claimed.starts_with(prefix)) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "invalid caller ID"));
    }
    let unlimited = text("x-timeout").parse::<i64>().is_ok_and(|seconds| seconds > 0);
    let bearer = Bearer::of(&headers);
    let (caller, target) = org
        .store
        .run(move |tx| {
            let caller = who(tx, &bearer, &claimed, &id)?;
            let id = Id::parse(&id).ok_or_else(no_such_id)?;
            if let Some(own) = caller.id.filter(|own| *own != id && !caller.with_credential)
                && !hierarchy::may_talk(tx, tx.realm.era, own, id)?
            {
                return Err(denied().into());
            }
            let row = tx.workspace(id)?.ok_or_else(workspace_not_found)?;
            if row.budget_limit.is_some_and(|limit| row.monthly_spend >= limit) {
                return Err(
                    Refusal::new(StatusCode::PAYMENT_REQUIRED, "workspace budget limit exceeded").into(),
                );
            }
            Ok((caller, load_target(tx, &row)?))
        })
        .await?;
    hand_over(&org, target, caller, body, unlimited).await
}

/// `POST /workspaces/:id/a2a/inbound`: somebody outside the org, who knows the workspace's own secret. Whoever they say
/// they are, they count as nobody of the org.
pub(crate) async fn inbound(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let body = message(&org, body).await?;
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|shown| Secret::new(shown.trim().to_owned()));
    let shown = shown.ok_or_else(|| Refusal::unauthorized("missing Authorization header"))?;
    let target = org
        .store
        .run(move |tx| {
            let row = tx
                .workspace(workspace_id(&id)?)?
                .ok_or_else(workspace_not_found)?;
            let Some(secret) = &row.inbound_secret else {
                return Err(Refusal::unauthorized("workspace has no inbound secret configured").into());
            };
            if !secret.digest().is(&shown.digest()) {
                return Err(Refusal::new(StatusCode::FORBIDDEN, "invalid inbound secret").into());
            }
            load_target(tx, &row)
        })
        .await?;
    let caller = Caller {
        id: None,
        from_canvas: true,
        with_credential: false,
    };
    hand_over(&org, target, caller, body, false).await
}

/// A message's body, by the generation's rule for its length.
async fn message(org: &Org, body: Body) -> Result<Bytes, Refusal> {
    let cap = org.era.message_cap();
    let body = body::read(body, cap).await?;
    if body.cut && org.era.refuses_long_bodies() {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("request body exceeds {cap} byte limit"),
        )
        .with("truncated", true)
        .with("max_bytes", cap));
    }
    Ok(body.bytes)
}

/// Brings a message on its way, and waits for what the caller is told.
async fn hand_over(org: &Arc<Org>, target: Target, caller: Caller, body: Bytes, unlimited: bool) -> Reply {
    let permit = Arc::clone(&org.agents.calls)
        .try_acquire_owned()
        .map_err(|_| busy())?;
    let delivery = Delivery {
        target,
        caller,
        body,
        unlimited,
    };
    let shared = Arc::clone(org);
    let way = org.spawn(async move {
        let answer = deliver(&shared, delivery).await;
        drop(permit);
        answer
    });
    let answer = match org.era.canvas_wait().filter(|_| caller.from_canvas) {
        None => way.await,
        Some(wait) => tokio::select! {
            biased;
            answer = way => answer,
            () = org.clock.sleep(wait) => {
                return Ok(ok(json!({
                    "status": "queued",
                    "delivery_mode": "push-async",
                    "method": "message/send",
                })));
            }
        },
    };
    // Nothing comes back when the org stops.
    Ok(reply(answer.ok().flatten().ok_or_else(Refusal::datastore)??))
}

fn denied() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "access denied: workspaces cannot communicate per hierarchy rules",
    )
}

/// Finds out in whose name a message is sent. The older generation believes the header unless that workspace
/// has tokens; the later one believes the bearer.
fn who(tx: &Tx<'_>, bearer: &Bearer, claimed: &str, target: &str) -> Result<Caller, Fault> {
    let own = Id::parse(claimed);
    if !tx.realm.era.has_inbound_secrets() {
        tx.pass(Gate::Sender, &Credential::Nothing, None)?;
        if claimed.is_empty() {
            return Ok(Caller {
                id: None,
                from_canvas: true,
                with_credential: false,
            });
        }
        if claimed != target {
            // A caller that can't exist can't talk to anybody.
            let own = own.ok_or_else(denied)?;
            tx.admit(Gate::Caller, bearer, Some(own))?;
        }
        return Ok(Caller {
            id: own,
            from_canvas: false,
            with_credential: false,
        });
    }
    match tx.admit(Gate::Sender, bearer, None)? {
        Credential::Workspace(owner) => {
            if !claimed.is_empty() && own != Some(owner) {
                return Err(Refusal::unauthorized("caller ID does not match workspace auth token").into());
            }
            Ok(Caller {
                id: Some(owner),
                from_canvas: false,
                with_credential: false,
            })
        }
        _ => Ok(Caller {
            id: own,
            from_canvas: true,
            with_credential: true,
        }),
    }
}

fn reply(answer: Answer) -> Response {
    match answer {
        Answer::Replied(status, body) => raw(status, body),
        Answer::Queued { id, depth } => {
            let body = json!({
                "queued": true,
                "queue_id": id,
                "queue_depth": depth,
                "message": "workspace agent busy — request queued, will dispatch when capacity available",
            });
            (StatusCode::ACCEPTED, axum::Json(body)).into_response()
        }
        Answer::Polled { method } => {
            ok(json!({"status": "queued", "delivery_mode": "poll", "method": method}))
        }
    }
}

/// The agent's bytes, always called JSON.
fn raw(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// `GET /workspaces/:id/a2a/queue/:queue_id`: for who sent the message, whom it is for, and the org. To
/// everybody else there is no such message.
pub(crate) async fn queue_state(
    State(org): State<Arc<Org>>,
    Segment(queue_id): Segment,
    headers: HeaderMap,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let missing = || Refusal::not_found("queue item not found");
    let view = org
        .store
        .run(move |tx| {
            let credential = tx.identify(&bearer)?;
            let id = Id::parse(&queue_id).ok_or_else(missing)?;
            let (caller, target, view) = tx.message_state(id)?.ok_or_else(missing)?;
            let allowed = match credential {
                Credential::Org(_) | Credential::Admin => true,
                Credential::Workspace(owner) => caller == Some(owner) || target == owner,
                Credential::Nothing | Credential::Unknown => false,
            };
            if allowed {
                Ok(view)
            } else {
                Err(Fault::from(missing()))
            }
        })
        .await?;
    Ok(ok(view))
}
