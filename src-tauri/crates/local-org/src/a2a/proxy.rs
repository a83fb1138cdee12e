//! The way of one message: to the agent, into the queue, or back to the caller with the reason why not.

use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;

use super::attempt::{Attempt, CEILING, attempt};
use super::dispatch::AgentAnswer;
use super::failure::Failure;
use super::normalise::{FromCanvas, normalise};
use super::target::{Caller, Errand, Target, route};
use super::{log, outcome};
use crate::clock::Stamp;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::Queued;

/// When a caller whose message could not even be queued should try again, in seconds.
const BUSY_RETRY_S: u32 = 30;

/// A message on its way.
pub(crate) struct Delivery {
    pub(crate) target: Target,
    pub(crate) caller: Caller,
    /// What the caller sent, untouched.
    pub(crate) body: Bytes,
    /// The caller set a time limit of its own, which only lifts the platform's.
    pub(crate) unlimited: bool,
}

/// What became of a message.
pub(crate) enum Answer {
    /// The agent's own answer.
    Replied(StatusCode, Bytes),
    /// It waits in the queue.
    Queued {
        id: Id,
        /// How many wait there now.
        depth: i64,
    },
    /// It waits in the activity log, where the agent will fetch it.
    Polled { method: String },
}

/// Brings a message to its target.
pub(crate) async fn deliver(org: &Org, delivery: Delivery) -> Result<Answer, Refusal> {
    let Delivery {
        target,
        caller,
        body,
        unlimited,
    } = delivery;
    let person = FromCanvas {
        target: target.id,
        with_credential: caller.with_credential,
    };
    let parse = || normalise(org.era, &body, caller.from_canvas.then_some(person));
    let (errand, url) = if org.era.resolves_before_parsing() {
        let url = route(org, &target).await?;
        (
            Errand {
                message: parse()?,
                target,
                caller,
            },
            url,
        )
    } else {
        let errand = Errand {
            message: parse()?,
            target,
            caller,
        };
        log::ingest(org, &errand).await?;
        if errand.target.polls {
            log::polled(org, &errand).await?;
            return Ok(Answer::Polled {
                method: errand.message.method,
            });
        }
        let settling = matches!(errand.target.status, Status::Provisioning | Status::AwaitingAgent);
        if errand.target.url.is_empty() && settling && org.era.queues_for_settling() {
            return enqueue(org, &errand, Duration::ZERO).await;
        }
        let url = route(org, &errand.target).await?;
        (errand, url)
    };
    let begun = org.clock.now();
    let limit = (caller.id.is_some() && !unlimited).then(|| begun + CEILING);
    match attempt(org, &errand, url, limit).await {
        Attempt::Answered(answer) => finish(org, &errand, begun, answer).await,
        Attempt::Refused(refusal) => Err(refusal),
        Attempt::Failed(failure) => fail(org, &errand, failure, org.clock.now().since(begun)).await,
    }
}

/// Logs an answer and hands it to the caller.
async fn finish(org: &Org, errand: &Errand, begun: Stamp, answer: AgentAnswer) -> Result<Answer, Refusal> {
    let judged = outcome::judge(org.era, &answer);
    if judged.delivered {
        log::answered(org, errand, begun, &answer, true).await?;
    }
    match judged.refusal {
        Some(refusal) => Err(refusal),
        None => Ok(Answer::Replied(answer.status, answer.body)),
    }
}

/// Tells the caller that nobody answers, or queues the message for an agent that is busy.
async fn fail(org: &Org, errand: &Errand, failure: Failure, took: Duration) -> Result<Answer, Refusal> {
    let busy_agent = matches!(failure, Failure::Busy(_));
    // Where a message has one row, being queued is no failure.
    if !busy_agent || !org.era.keeps_one_row_per_message() {
        log::failed(org, errand, failure.reason(), took).await?;
    }
    if !busy_agent {
        return Err(unreachable());
    }
    if errand.target.owns_sessions && org.era.sessions_skip_queue() {
        return Err(busy().with("native_session", true));
    }
    enqueue(org, errand, took).await
}

/// The refusal when nobody listens where an agent should be.
pub(crate) fn unreachable() -> Refusal {
    Refusal::new(StatusCode::BAD_GATEWAY, "failed to reach workspace agent")
}

/// The refusal when a message can be neither delivered nor queued now.
pub(crate) fn busy() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "workspace agent busy — retry after a short backoff",
    )
    .with("busy", true)
    .with("retry_after", BUSY_RETRY_S)
    .retry_after(BUSY_RETRY_S)
}

/// Puts a message into the queue.
async fn enqueue(org: &Org, errand: &Errand, took: Duration) -> Result<Answer, Refusal> {
    let Errand {
        target,
        caller,
        message,
    } = errand;
    let lives = message
        .expires_in_s
        .map(|seconds| Duration::from_secs(seconds.into()));
    let queued = Queued {
        workspace: target.id,
        caller: caller.id,
        from_canvas: caller.from_canvas,
        method: message.method.clone(),
        body: message.body.clone(),
        message_id: message.message_id.clone(),
        expires_at: lives.map(|lives| org.clock.now() + lives),
    };
    let place = org
        .store
        .run(move |tx| Ok(tx.enqueue(&queued)?))
        .await
        .ok()
        .flatten();
    let (id, depth) = place.ok_or_else(busy)?;
    log::queued(org, errand, took).await?;
    Ok(Answer::Queued { id, depth })
}
