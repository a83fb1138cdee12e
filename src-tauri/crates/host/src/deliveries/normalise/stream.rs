//! A stream of events that is over: what its last word is.
//!
//! The platform waits for the whole of it, so the pieces of an answer are put together here: a message or a task that
//! the agent sent whole at the end counts most, then what its artifacts came to, then its last words on the way.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Said, is_failure, keep_id, keep_metadata, message, of_result, parts};

/// Whether an answer says that it is a stream of server-sent events.
pub(super) fn says_so(content_type: Option<&str>) -> bool {
    let is_one = |kind: &str| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("text/event-stream")
    };
    content_type.is_some_and(is_one)
}

/// What a stream came to; `None` if to nothing, or if it is none.
pub(super) fn last_word(text: &str) -> Option<Said> {
    let mut heard = Heard::default();
    for event in events(text) {
        let Ok(mut event) = serde_json::from_str::<Value>(&event) else {
            continue;
        };
        if let Some(error) = event.get_mut("error").filter(|error| error.is_object()) {
            return Some(Said::Error(error.take()));
        }
        let result = match event.get_mut("result") {
            Some(result) => result.take(),
            None => event,
        };
        heard.hear(result);
    }
    heard.said().map(Said::Message)
}

/// The data of each event.
fn events(text: &str) -> Vec<String> {
    let (mut events, mut data) = (Vec::new(), Vec::new());
    for line in text.lines().chain([""]) {
        if let Some(value) = line.strip_prefix("data:") {
            data.push(value.strip_prefix(' ').unwrap_or(value));
        } else if line.is_empty() && !data.is_empty() {
            events.push(data.join("\n"));
            data.clear();
        }
    }
    events
}

/// How many events there are in a stream.
pub(super) fn count(stream: &[u8]) -> u32 {
    let (mut count, mut has_data) = (0, false);
    for line in stream.split(|byte| *byte == b'\n').chain([&b""[..]]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        has_data |= line.starts_with(b"data:");
        if line.is_empty() {
            count += u32::from(std::mem::take(&mut has_data));
        }
    }
    count
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    /// The last message or task that was sent whole, and whether pieces came after it.
    whole: Option<(Value, bool)>,
    artifacts: Vec<Vec<Value>>,
    /// Where the artifacts with an id are.
    named: HashMap<String, usize>,
    /// The last words on the way.
    words: Option<Vec<Value>>,
    /// The last state, as it is told.
    state: Option<Value>,
    /// Ids, usage and the like that came with the pieces.
    aside: Map<String, Value>,
}

impl Heard {
    fn hear(&mut self, mut result: Value) {
        let is = |kind: &str| result.get("kind").and_then(Value::as_str) == Some(kind);
        let (is_artifact, is_status) = (is("artifact-update"), is("status-update"));
        if is_artifact {
            self.artifact(result);
        } else if is_status {
            self.status(result);
        } else if let Some(update) = result.get_mut("artifactUpdate") {
            self.artifact(update.take());
        } else if let Some(update) = result.get_mut("statusUpdate") {
            self.status(update.take());
        } else if is_whole(&result) {
            self.whole = Some((result, false));
        }
    }

    fn artifact(&mut self, mut update: Value) {
        let appends = update.get("append").and_then(Value::as_bool).unwrap_or_default();
        let Some(artifact) = update.get_mut("artifact") else {
            return;
        };
        let parts = parts::of(artifact.get_mut("parts"));
        let id = artifact
            .get("artifactId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let known = id.as_ref().and_then(|id| self.named.get(id));
        match known.and_then(|at| self.artifacts.get_mut(*at)) {
            Some(known) if appends => parts.into_iter().for_each(|part| append(known, part)),
            Some(known) => *known = parts,
            None => {
                self.named.extend(id.map(|id| (id, self.artifacts.len())));
                self.artifacts.push(parts);
            }
        }
        self.piece(update);
    }

    fn status(&mut self, mut update: Value) {
        if let Some(status) = update.get_mut("status") {
            self.state = status.get("state").cloned().or(self.state.take());
            let said = parts::of(status.get_mut("message").and_then(|said| said.get_mut("parts")));
            if !said.is_empty() {
                self.words = Some(said);
            }
        }
        self.piece(update);
    }

    /// Keeps what comes with every piece.
    fn piece(&mut self, update: Value) {
        if let Some((_, is_followed)) = &mut self.whole {
            *is_followed = true;
        }
        if let Value::Object(mut update) = update {
            for name in ["taskId", "contextId"] {
                keep_id(&mut self.aside, name, update.remove(name));
            }
            keep_metadata(&mut self.aside, &mut update);
        }
    }

    fn said(mut self) -> Option<Map<String, Value>> {
        let mut brought: Vec<Value> = self.artifacts.into_iter().flatten().collect();
        let state = self.state.as_ref().and_then(Value::as_str);
        let why_no_more = self.words.clone().filter(|_| state.is_some_and(is_failure));
        let mut said = match (self.whole, self.words) {
            (Some((whole, is_followed)), _) if has_answer(&whole) && (brought.is_empty() || !is_followed) => {
                of_result(whole)
            }
            _ if !brought.is_empty() => {
                brought.extend(why_no_more.into_iter().flatten());
                message(brought)
            }
            // Words of a later piece go before those that the task had when it opened the stream.
            (Some((_, true)) | None, Some(words)) => message(words),
            (Some((mut whole, _)), _) => {
                if let (Some(state), Some(place)) = (self.state.take(), state_of(&mut whole)) {
                    *place = state;
                }
                of_result(whole)
            }
            (None, None) => return None,
        };
        for (name, value) in self.aside {
            said.entry(name).or_insert(value);
        }
        Some(said)
    }
}

/// Adds a part; pieces of one text become one text.
fn append(parts: &mut Vec<Value>, part: Value) {
    let is_text = |part: &Value| part.get("kind").and_then(Value::as_str) == Some("text");
    if let Some(last) = parts.last_mut().filter(|last| is_text(last))
        && is_text(&part)
        && let Some(Value::String(before)) = last.get_mut("text")
        && let Some(more) = part.get("text").and_then(Value::as_str)
    {
        before.push_str(more);
    } else {
        parts.push(part);
    }
}

/// Whether it is a message or a task, and not a word on the way.
fn is_whole(result: &Value) -> bool {
    let has = |name: &str| result.get(name).is_some_and(|value| !value.is_null());
    ["parts", "artifacts", "history", "status", "message", "task"]
        .into_iter()
        .any(has)
        || result.is_string()
}

/// The message or task itself, also under its name.
fn inner(whole: &Value) -> &Value {
    whole
        .get("task")
        .or_else(|| whole.get("message"))
        .unwrap_or(whole)
}

/// Whether it has an answer in it, and not only a word on the way.
fn has_answer(whole: &Value) -> bool {
    let inner = inner(whole);
    let list = |name: &str| inner.get(name).and_then(Value::as_array);
    let is_full = |name: &str| list(name).is_some_and(|list| !list.is_empty());
    let is_users = |message: &Value| {
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        role.to_ascii_lowercase().ends_with("user")
    };
    let has_said = list("history").is_some_and(|history| !history.iter().all(is_users));
    inner.is_string() || is_full("parts") || is_full("artifacts") || has_said
}

fn state_of(whole: &mut Value) -> Option<&mut Value> {
    let name = if whole.get("task").is_some() {
        "/task/status/state"
    } else {
        "/status/state"
    };
    whole.pointer_mut(name)
}
