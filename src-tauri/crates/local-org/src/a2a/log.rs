//! What is kept of messages in the activity log, and whom it is told to.
//!
//! The older generation writes one row per call that a caller waited for, and nothing of drained messages.
//! The later one has one row per message, written when it comes in and completed with whatever becomes of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::dispatch::AgentAnswer;
use super::outcome::tool_trace;
use super::target::Errand;
use crate::clock::Stamp;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::store::{Activity, Fault, Tx};

/// Notes a message before anything else happens to it, where one message has one row.
pub(crate) async fn ingest(org: &Org, errand: &Errand) -> Result<(), Refusal> {
    let message = &errand.message;
    if !org.era.keeps_one_row_per_message()
        || message.method != "message/send"
        || message.message_id.is_none()
    {
        return Ok(());
    }
    good(org, errand, "ingest", None).await
}

/// Notes that a message waits to be fetched.
pub(crate) async fn polled(org: &Org, errand: &Errand) -> Result<(), Refusal> {
    good(org, errand, "queued for poll", None).await
}

/// Notes that a message waits for its agent, where that is noted.
pub(crate) async fn queued(org: &Org, errand: &Errand, took: Duration) -> Result<(), Refusal> {
    if org.era.keeps_one_row_per_message() {
        good(org, errand, "queued: target busy", Some(took)).await
    } else {
        Ok(())
    }
}

async fn good(org: &Org, errand: &Errand, what: &str, took: Option<Duration>) -> Result<(), Refusal> {
    let summary = format!("{} → {} ({what})", errand.message.method, errand.target.name);
    let entry = Activity {
        summary,
        duration_ms: took.map(millis),
        status: "ok".into(),
        ..row(org, errand)
    };
    write(org, errand, entry, |_| Ok(())).await
}

/// Notes that a call brought no answer.
pub(crate) async fn failed(org: &Org, errand: &Errand, reason: &str, took: Duration) -> Result<(), Refusal> {
    let entry = Activity {
        summary: format!("A2A request to {} failed: {reason}", errand.target.name),
        duration_ms: Some(millis(took)),
        status: "error".into(),
        // As the platform's HTTP client puts it, the agent's URL included.
        error_detail: Some(format!("Post {:?}: {reason}", errand.target.url)),
        ..row(org, errand)
    };
    write(org, errand, entry, |_| Ok(())).await
}

/// Notes an agent's answer. With `tell`, a person who waits for it is told by an event, and the sending
/// workspace is marked as having sent.
pub(crate) async fn answered(
    org: &Org,
    errand: &Errand,
    begun: Stamp,
    answer: &AgentAnswer,
    tell: bool,
) -> Result<(), Refusal> {
    let took = millis(org.clock.now().since(begun));
    let good = answer.status.as_u16() < 400;
    // What is not JSON is kept as null.
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let entry = Activity {
        summary: format!("{} → {}", errand.message.method, errand.target.name),
        response_body: Some(body.to_string()),
        tool_trace: tool_trace(&answer.body),
        duration_ms: Some(took),
        status: if good { "ok" } else { "error" }.into(),
        ..row(org, errand)
    };
    let (target, caller) = (errand.target.id, errand.caller);
    let mut event = json!({"response_body": body, "method": entry.method, "duration_ms": took});
    if org.era.keeps_one_row_per_message() {
        event["message_id"] = json!(entry.message_id);
    }
    write(org, errand, entry, move |tx| {
        if let Some(caller) = caller.id.filter(|_| tell && good) {
            tx.execute(
                "UPDATE workspaces SET last_outbound_at = ?2 WHERE id = ?1",
                (caller, tx.now),
            )?;
        }
        if tell && caller.from_canvas && good && !event["response_body"].is_null() {
            tx.announce(target, "A2A_RESPONSE", event);
        }
        Ok(())
    })
    .await
}

/// What every row of a message has.
fn row(org: &Org, errand: &Errand) -> Activity {
    let message = &errand.message;
    Activity {
        activity_type: "a2a_receive",
        source: errand.caller.id,
        target: Some(errand.target.id),
        method: message.method.clone(),
        request_body: String::from_utf8(message.body.to_vec()).ok(),
        message_id: message
            .message_id
            .clone()
            .filter(|_| org.era.keeps_one_row_per_message()),
        ..Activity::default()
    }
}

async fn write(
    org: &Org,
    errand: &Errand,
    entry: Activity,
    then: impl FnOnce(&mut Tx<'_>) -> Result<(), Fault> + Send + 'static,
) -> Result<(), Refusal> {
    let id = errand.target.id;
    org.store
        .run(move |tx| {
            tx.log_activity(id, &entry)?;
            then(tx)
        })
        .await
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
