//! What an agent says of its own accord: a row for the activity log, a message to the people, how far it has read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asked::Segment;
use super::{Reply, body, enter, ok, workspace_not_found};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::store::Activity;

/// What an agent may log.
const TYPES: [&str; 7] = [
    "a2a_send",
    "a2a_receive",
    "task_update",
    "agent_log",
    "skill_promotion",
    "memory_write",
    "error",
];

/// Bytes of a message in its row's summary; the platform's number.
const PREVIEW: usize = 80;

#[derive(Deserialize)]
struct Row {
    activity_type: String,
    #[serde(default, deserialize_with = "body::or_default")]
    method: String,
    #[serde(default, deserialize_with = "body::or_default")]
    summary: String,
    #[serde(default, deserialize_with = "body::or_default")]
    target_id: String,
    #[serde(default, deserialize_with = "body::or_default")]
    source_id: String,
    #[serde(default, deserialize_with = "body::or_default")]
    status: String,
    #[serde(default, deserialize_with = "body::or_default")]
    error_detail: String,
    duration_ms: Option<i64>,
    request_body: Option<Value>,
    response_body: Option<Value>,
    metadata: Option<Value>,
}

/// `POST /workspaces/:id/activity`
pub(crate) async fn log(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let row: Row = body::json(body, "invalid request body").await?;
    let Some(activity_type) = TYPES.iter().find(|known| **known == row.activity_type) else {
        return Err(Refusal::bad_request(format!(
            "invalid activity_type, must be one of: {}",
            TYPES.join(", ")
        )));
    };
    if !row.source_id.is_empty() && Id::parse(&row.source_id) != Some(id) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "source_id must match authenticated workspace",
        ));
    }
    let status = if row.status.is_empty() {
        "ok".into()
    } else {
        row.status
    };
    let entry = Activity {
        activity_type,
        source: Some(id),
        target: Id::parse(&row.target_id),
        method: row.method,
        summary: row.summary,
        request_body: row.request_body.or(row.metadata).map(|body| body.to_string()),
        response_body: row.response_body.map(|body| body.to_string()),
        duration_ms: row.duration_ms,
        status,
        error_detail: Some(row.error_detail).filter(|detail| !detail.is_empty()),
        ..Activity::default()
    };
    org.store
        .run(move |tx| {
            // The platform only logs that a row could not be written.
            if tx.workspace(id)?.is_some() {
                tx.log_activity(id, &entry)?;
            }
            Ok(())
        })
        .await?;
    Ok(ok(json!({"status": "logged"})))
}

/// `POST /workspaces/:id/activity/ack`
pub(crate) async fn ack(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let missing = "acked_seq is required";
    let fields: Map<String, Value> = body::json(body, missing).await?;
    let seq = fields.get("acked_seq").and_then(Value::as_i64);
    let seq = seq.ok_or_else(|| Refusal::bad_request(missing))?;
    if seq < 0 {
        return Err(Refusal::bad_request("acked_seq must be >= 0"));
    }
    let acked = org.store.run(move |tx| Ok(tx.ack_activity(id, seq)?)).await?;
    Ok(ok(json!({"last_acked_seq": acked})))
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "body::or_default")]
    message: String,
    #[serde(default, deserialize_with = "body::or_default")]
    attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    #[serde(default, deserialize_with = "body::or_default")]
    uri: String,
    #[serde(default, deserialize_with = "body::or_default")]
    name: String,
    #[serde(default, deserialize_with = "body::or_default")]
    mime_type: String,
    #[serde(default, deserialize_with = "body::or_default")]
    size: i64,
}

impl Attachment {
    fn view(&self) -> Value {
        let mut view = json!({"uri": self.uri, "name": self.name});
        if !self.mime_type.is_empty() {
            view["mimeType"] = json!(self.mime_type);
        }
        if self.size > 0 {
            view["size"] = json!(self.size);
        }
        view
    }
}

/// `POST /workspaces/:id/notify`: a message of the agent to the people who watch.
pub(crate) async fn notify(
    State(org): State<Arc<Org>>,
    Segment(id): Segment,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let id = enter(&org, &headers, id).await?;
    let missing = "message is required";
    let said: Message = body::json(body, missing).await?;
    if said.message.is_empty() {
        return Err(Refusal::bad_request(missing));
    }
    let incomplete = |one: &Attachment| one.uri.is_empty() || one.name.is_empty();
    if let Some(at) = said.attachments.iter().position(incomplete) {
        return Err(Refusal::bad_request(format!(
            "attachment[{at}]: uri and name are required"
        )));
    }
    let files: Vec<Value> = said.attachments.iter().map(Attachment::view).collect();
    let mut kept = json!({"result": said.message});
    if !files.is_empty() {
        let parts = files.iter().map(|file| json!({"kind": "file", "file": file}));
        kept["parts"] = parts.collect();
    }
    // The row looks like an answer without a question, which is how people's clients show it.
    let entry = Activity {
        activity_type: "a2a_receive",
        method: "notify".into(),
        summary: format!("Agent message: {}", preview(&said.message)),
        response_body: Some(kept.to_string()),
        status: "ok".into(),
        ..Activity::default()
    };
    org.store
        .run(move |tx| {
            let row = tx.workspace(id)?.filter(|row| row.status != Status::Removed);
            let row = row.ok_or_else(workspace_not_found)?;
            let mut event = json!({"message": said.message, "workspace_id": id, "name": row.name});
            if !files.is_empty() {
                event["attachments"] = Value::Array(files);
            }
            tx.insert_activity(id, &entry)?;
            tx.announce(id, "AGENT_MESSAGE", event);
            Ok(())
        })
        .await?;
    Ok(ok(json!({"status": "sent"})))
}

fn preview(text: &str) -> String {
    if text.len() <= PREVIEW {
        return text.to_owned();
    }
    let end = (0..=PREVIEW).rev().find(|end| text.is_char_boundary(*end));
    format!("{}…", text.get(..end.unwrap_or(0)).unwrap_or_default())
}
