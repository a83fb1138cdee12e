//! An agent's answer in the one shape that every reader of the platform understands: a JSON-RPC result that is a
//! message with its parts, or a JSON-RPC error.
//!
//! The platform's readers (people's Canvas, delegations, the MCP bridge) each look for an answer's text at other
//! places; a message with `kind`ed parts is where all of them look. What the agent said is moved there, and nothing is
//! made up: an answer of which nothing can be made is an error in words. Streams are [`stream`]'s.

mod parts;
mod stream;

use hyper::{HeaderMap, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use uuid::Uuid;

use crate::agent::rpc;

/// Our own error, beside those of `replies`: the agent answered, and nothing can be made of it.
const NO_ANSWER: i32 = -32055;

/// How many events an answer was streamed in, if it was.
pub(super) fn events_of(headers: &HeaderMap, body: &[u8]) -> Option<u32> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    stream::says_so(Some(kind)).then(|| stream::count(body))
}

/// Brings an answer into that shape. `id` is the JSON-RPC id to answer under, as JSON.
pub(super) fn normalised(body: &[u8], content_type: Option<&str>, id: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(body) else {
        return no_answer(id, "The agent's answer is neither JSON nor text.");
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return no_answer(id, "The agent's answer was empty.");
    }
    if let Some(error) = error_as_it_is(text) {
        return written("error", error, id);
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return said(of_answer(value), id);
    }
    match stream::last_word(text) {
        Some(last) => said(last, id),
        None if stream::says_so(content_type) => no_answer(id, "The agent's stream ended without an answer."),
        None => said(Said::Message(of_text(text)), id),
    }
}

/// What an agent said.
enum Said {
    /// A JSON-RPC error, as it is.
    Error(Value),
    /// A message in the one shape.
    Message(Map<String, Value>),
}

fn said(said: Said, id: &str) -> Vec<u8> {
    match said {
        Said::Error(error) => written("error", &error.to_string(), id),
        Said::Message(message) => match message.get("parts").and_then(Value::as_array) {
            Some(parts) if !parts.is_empty() => written("result", &Value::Object(message).to_string(), id),
            _ => no_answer(id, "The agent's answer has no part that anybody could read."),
        },
    }
}

fn written(field: &str, json: &str, id: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"{field}":{json}}}"#).into_bytes()
}

fn no_answer(id: &str, words: &str) -> Vec<u8> {
    rpc::error(id, NO_ANSWER, words, Some(json!({"reason": "no_answer"}))).into_bytes()
}

/// The error of an answer that is one, to the letter: its data may have numbers that no type of ours holds.
fn error_as_it_is(text: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }
    let answer: Answer<'_> = serde_json::from_str(text).ok()?;
    let error = answer.error?.get();
    error.starts_with('{').then_some(error)
}

/// Reads a whole answer, with or without JSON-RPC around it.
fn of_answer(mut answer: Value) -> Said {
    let Some(result) = answer.get_mut("result") else {
        return Said::Message(of_result(answer));
    };
    let mut message = of_result(result.take());
    if let Value::Object(mut around) = answer {
        keep_metadata(&mut message, &mut around);
    }
    Said::Message(message)
}

/// A result: a message, a task, either under its name (as A2A 1.0 has it), or anything else.
fn of_result(result: Value) -> Map<String, Value> {
    let mut fields = match result {
        Value::String(text) => return of_text(&text),
        Value::Object(fields) => fields,
        other => return of_text(&other.to_string()),
    };
    for name in ["message", "task"] {
        if let Some(Value::Object(inner)) = fields.get_mut(name)
            && (inner.contains_key("parts") || is_task(inner))
        {
            let inner = std::mem::take(inner);
            let mut message = of_result(Value::Object(inner));
            keep_metadata(&mut message, &mut fields);
            return message;
        }
    }
    if fields.get("parts").is_some_and(Value::is_array) {
        of_message(fields)
    } else if is_task(&fields) {
        of_task(fields)
    } else {
        of_text(&Value::Object(fields).to_string())
    }
}

fn is_task(fields: &Map<String, Value>) -> bool {
    let has_list = |name: &str| fields.get(name).is_some_and(Value::is_array);
    let has_state = fields
        .get("status")
        .is_some_and(|status| status.get("state").is_some());
    has_list("artifacts") || has_list("history") || has_state
}

fn of_text(text: &str) -> Map<String, Value> {
    message(vec![json!({"kind": "text", "text": text})])
}

/// A message with these parts and nothing else.
fn message(parts: Vec<Value>) -> Map<String, Value> {
    let mut message = Map::new();
    message.insert("kind".into(), "message".into());
    message.insert("role".into(), "agent".into());
    message.insert("messageId".into(), Uuid::new_v4().to_string().into());
    message.insert("parts".into(), Value::Array(parts));
    message
}

fn of_message(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut whole = message(parts::of(fields.get_mut("parts")));
    for name in ["messageId", "taskId", "contextId"] {
        keep_id(&mut whole, name, fields.remove(name));
    }
    keep_metadata(&mut whole, &mut fields);
    whole
}

fn of_task(mut task: Map<String, Value>) -> Map<String, Value> {
    let state = task
        .get("status")
        .and_then(|status| status.get("state")?.as_str())
        .unwrap_or("unknown")
        .to_owned();
    let mut whole = message(task_parts(&mut task, &state));
    keep_id(&mut whole, "taskId", task.remove("id"));
    keep_id(&mut whole, "contextId", task.remove("contextId"));
    keep_metadata(&mut whole, &mut task);
    metadata(&mut whole).insert("task_state".into(), state.into());
    whole
}

/// Whether a task's state, in either version's word for it, is that it failed.
fn is_failure(state: &str) -> bool {
    matches!(state, "failed" | "TASK_STATE_FAILED")
}

/// What a task has brought: its artifacts, and why there are no more if it failed; else its last word, else the agent's
/// last message, else its state.
fn task_parts(task: &mut Map<String, Value>, state: &str) -> Vec<Value> {
    let artifacts = task.get_mut("artifacts").and_then(Value::as_array_mut);
    let mut brought: Vec<Value> = artifacts
        .into_iter()
        .flatten()
        .flat_map(|artifact| parts::of(artifact.get_mut("parts")))
        .collect();
    let last_word = task
        .get_mut("status")
        .and_then(|status| status.get_mut("message")?.get_mut("parts"));
    let last_word = parts::of(last_word);
    if !brought.is_empty() {
        // Half an answer must not look like a whole one.
        if is_failure(state) {
            brought.extend(last_word);
        }
        return brought;
    }
    if !last_word.is_empty() {
        return last_word;
    }
    let is_agents = |message: &&mut Value| {
        let role = message.get("role").and_then(Value::as_str);
        role.is_some_and(|role| role.eq_ignore_ascii_case("agent") || role == "ROLE_AGENT")
    };
    let history = task.get_mut("history").and_then(Value::as_array_mut);
    let last = history.and_then(|history| history.iter_mut().rev().find(is_agents));
    match parts::of(last.and_then(|message| message.get_mut("parts"))) {
        said if !said.is_empty() => said,
        _ => vec![json!({"kind": "text", "text": format!("The task is {state}.")})],
    }
}

fn keep_id(whole: &mut Map<String, Value>, name: &str, id: Option<Value>) {
    if let Some(Value::String(id)) = id
        && !id.is_empty()
    {
        whole.insert(name.into(), id.into());
    }
}

/// Metadata stays where readers look for a trace of tools; usage goes where they look for usage.
fn keep_metadata(whole: &mut Map<String, Value>, from: &mut Map<String, Value>) {
    if let Some(Value::Object(found)) = from.remove("metadata") {
        for (name, value) in found {
            keep_aside(whole, &name, value);
        }
    }
    for name in ["usage", "tool_trace"] {
        if let Some(value) = from.remove(name) {
            keep_aside(whole, name, value);
        }
    }
}

fn keep_aside(whole: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        return;
    }
    if name == "usage" {
        whole.insert(name.into(), value);
    } else {
        metadata(whole).insert(name.into(), value);
    }
}

fn metadata(whole: &mut Map<String, Value>) -> &mut Map<String, Value> {
    let place = whole.entry("metadata").or_insert_with(|| json!({}));
    if !place.is_object() {
        *place = json!({});
    }
    match place {
        Value::Object(fields) => fields,
        // Just made one.
        _ => unreachable!("metadata is an object"),
    }
}

#[cfg(test)]
mod tests;
