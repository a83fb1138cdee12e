//! Delivering what waits in the queue, when a heartbeat says that the agent has room.
//!
//! The older generation takes one message per heartbeat, burns an attempt for every failure, and loses a
//! message that meets an agent which is busy again. The later one takes as many as fit, keeps busy ones, and
//! does not count failures of the way against an agent that was just heard of.

use std::time::Duration;

use bytes::Bytes;

use super::attempt::{Attempt, CEILING, attempt};
use super::failure::Failure;
use super::normalise::Message;
use super::proxy::unreachable;
use super::target::{Caller, Errand, load_target, route};
use super::{log, outcome};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::Fault;

/// How long a message rests that failed on the way; the platform's number.
const REST: Duration = Duration::from_secs(5);
/// An agent that was heard of within this time is alive, whatever the way to it says; the platform's number.
const HEARD_LATELY: Duration = Duration::from_secs(15);

/// Delivers up to `room` waiting messages of a workspace, one after the other.
pub(crate) async fn drain(org: &Org, workspace: Id, room: i64) {
    let room = if org.era.drains_to_capacity() {
        room
    } else {
        room.min(1)
    };
    for _ in 0..room {
        match drain_one(org, workspace).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(refusal) => {
                tracing::warn!(%workspace, error = refusal.error(), "the queue could not be drained");
                return;
            }
        }
    }
}

/// Delivers the next message; false when none waits.
async fn drain_one(org: &Org, workspace: Id) -> Result<bool, Refusal> {
    let claimed = org
        .store
        .run(move |tx| {
            let Some(row) = tx.workspace(workspace)? else {
                return Ok(None);
            };
            let Some(message) = tx.claim_message(workspace)? else {
                return Ok(None);
            };
            Ok::<_, Fault>(Some((load_target(tx, &row)?, message)))
        })
        .await?;
    let Some((target, queued)) = claimed else {
        return Ok(false);
    };
    let id = queued.id;
    let errand = Errand {
        target,
        caller: Caller {
            id: queued.caller,
            from_canvas: queued.from_canvas,
            with_credential: false,
        },
        message: Message {
            body: queued.body.into(),
            method: queued.method,
            message_id: queued.message_id,
            expires_in_s: None,
        },
    };
    let delegation = errand.caller.id.zip(delegation_of(&errand.message.body));
    let end = redeliver(org, &errand).await?;
    let forgiving = org.era.keeps_busy_drains();
    let heard_lately = errand
        .target
        .last_heartbeat_at
        .is_some_and(|at| org.clock.now().since(at) < HEARD_LATELY);
    org.store
        .run(move |tx| {
            match end {
                Redelivery::Answered(answer) => {
                    tx.complete_message(id, Some(&answer))?;
                    if let Some((source, delegation)) = delegation {
                        tx.delegation_drained(
                            source,
                            workspace,
                            &delegation,
                            &outcome::answer_text(&answer),
                        )?;
                    }
                }
                Redelivery::Busy(reason) if forgiving => tx.put_back_message(id, reason, REST)?,
                Redelivery::Busy(_) => tx.complete_message(id, None)?,
                Redelivery::Failed(refusal) if forgiving && heard_lately && is_of_the_way(&refusal) => {
                    tx.put_back_message(id, refusal.error(), REST)?;
                }
                Redelivery::Failed(refusal) => tx.fail_message(id, refusal.error())?,
            }
            Ok(())
        })
        .await?;
    Ok(true)
}

/// The delegation that a message belongs to.
fn delegation_of(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let id = body.pointer("/params/message/metadata/delegation_id")?;
    id.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Whether a status speaks of the way to an agent and not of the agent: those of gateways, and of the edge in
/// front of the hosted platform.
fn is_of_the_way(refusal: &Refusal) -> bool {
    matches!(refusal.status.as_u16(), 502..=504 | 521..=524)
}

/// How a drained message fared.
enum Redelivery {
    Answered(Bytes),
    Busy(&'static str),
    Failed(Refusal),
}

async fn redeliver(org: &Org, errand: &Errand) -> Result<Redelivery, Refusal> {
    let url = match route(org, &errand.target).await {
        Ok(url) => url,
        Err(refusal) => return Ok(Redelivery::Failed(refusal)),
    };
    let begun = org.clock.now();
    let limit = errand.caller.id.map(|_| begun + CEILING);
    let answer = match attempt(org, errand, url, limit).await {
        Attempt::Answered(answer) => answer,
        Attempt::Refused(refusal) => return Ok(Redelivery::Failed(refusal)),
        Attempt::Failed(Failure::Busy(reason)) => return Ok(Redelivery::Busy(reason)),
        Attempt::Failed(Failure::Unreachable(_)) => return Ok(Redelivery::Failed(unreachable())),
    };
    let judged = outcome::judge(org.era, &answer);
    if judged.delivered && org.era.keeps_one_row_per_message() {
        log::answered(org, errand, begun, &answer, false).await?;
    }
    Ok(match judged.refusal {
        Some(refusal) => Redelivery::Failed(refusal),
        None => Redelivery::Answered(answer.body),
    })
}
