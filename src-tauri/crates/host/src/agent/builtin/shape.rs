//! How messages, tasks and their updates are written in A2A 0.3 and 1.0.
//!
//! The shapes are written out here: they are few, and a typed library for each version would be more to read than
//! they are. Read from the protocol's `types.ts` at v0.3.0 and its `a2a.proto` at 1.0.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    speech::Version,
    task::{Ending, Moment, Stage},
};

/// The id of the one artifact that a task has: its answer.
const ARTIFACT: &str = "answer";

/// A result under its name, where the version has names for results.
pub(super) fn named(version: Version, name: &str, value: Value) -> Value {
    match version {
        Version::V0_3 => value,
        Version::V1_0 => json!({ name: value }),
    }
}

/// A message of ours.
pub(super) fn message(version: Version, context: Option<&str>, task: Option<&str>, text: &str) -> Value {
    let id = Uuid::new_v4();
    let mut message = match version {
        Version::V0_3 => json!({ "kind": "message", "role": "agent", "messageId": id }),
        Version::V1_0 => json!({ "role": "ROLE_AGENT", "messageId": id }),
    };
    message["parts"] = parts(version, text);
    for (name, id) in [("contextId", context), ("taskId", task)] {
        if let Some(id) = id {
            message[name] = json!(id);
        }
    }
    message
}

/// A task with all that it has said.
pub(super) fn task(version: Version, moment: Moment<'_>) -> Value {
    let mut task =
        json!({ "id": moment.task, "contextId": moment.context, "status": status(version, moment) });
    if version == Version::V0_3 {
        task["kind"] = json!("task");
    }
    if !moment.text.is_empty() {
        task["artifacts"] = json!([artifact(version, moment.text)]);
    }
    task
}

/// That a task is in another state.
pub(super) fn status_update(version: Version, moment: Moment<'_>) -> Value {
    let mut update = json!({
        "taskId": moment.task, "contextId": moment.context, "status": status(version, moment),
    });
    if version == Version::V0_3 {
        update["kind"] = json!("status-update");
        update["final"] = json!(moment.is_over());
    }
    named(version, "statusUpdate", update)
}

/// A piece of a task's answer.
pub(super) fn artifact_update(
    version: Version,
    moment: Moment<'_>,
    piece: &str,
    is_first: bool,
    is_last: bool,
) -> Value {
    let mut update = json!({
        "taskId": moment.task, "contextId": moment.context, "artifact": artifact(version, piece),
        "append": !is_first, "lastChunk": is_last,
    });
    if version == Version::V0_3 {
        update["kind"] = json!("artifact-update");
    }
    named(version, "artifactUpdate", update)
}

fn artifact(version: Version, text: &str) -> Value {
    json!({ "artifactId": ARTIFACT, "name": ARTIFACT, "parts": parts(version, text) })
}

fn parts(version: Version, text: &str) -> Value {
    match version {
        Version::V0_3 => json!([{ "kind": "text", "text": text }]),
        Version::V1_0 => json!([{ "text": text }]),
    }
}

fn status(version: Version, moment: Moment<'_>) -> Value {
    let (old, new) = match moment.stage {
        Stage::Submitted => ("submitted", "TASK_STATE_SUBMITTED"),
        Stage::Working => ("working", "TASK_STATE_WORKING"),
        Stage::Ended(Ending::Done) => ("completed", "TASK_STATE_COMPLETED"),
        Stage::Ended(Ending::Failed(_)) => ("failed", "TASK_STATE_FAILED"),
        Stage::Ended(Ending::Cancelled) => ("canceled", "TASK_STATE_CANCELED"),
    };
    let state = match version {
        Version::V0_3 => old,
        Version::V1_0 => new,
    };
    let mut status = json!({ "state": state, "timestamp": moment.since });
    if let Stage::Ended(Ending::Failed(words)) = moment.stage {
        status["message"] = message(version, Some(moment.context), Some(moment.task), words);
    }
    status
}
