//! What a delivery says, as far as it must be understood: the id to answer under, and what makes it the same
//! delivery as another.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::intake::Taken;
use crate::agent::rpc::{self, Misread};

/// A message id that is remembered for its timing is no longer than this; real ones are UUIDs.
const LONGEST_NOTED: usize = 256;

/// Characters of a message's first words.
const MOST_WORDS: usize = 80;

/// What a delivery is known by: a digest of its message id, method, context, task and parts. Two messages with the
/// same id and different content are two deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

/// One delivery.
pub(super) struct Message {
    /// The JSON-RPC id, as JSON.
    pub(super) id: String,
    /// `None` when there is no message id: it can't be told from another, and is never taken for one.
    pub(super) key: Option<Key>,
    /// The JSON-RPC method.
    pub(super) method: String,
    /// The message id, unless it is absurdly long.
    pub(super) message_id: Option<String>,
    /// The body as it came.
    pub(super) body: Bytes,
    /// Its part of the room for long bodies.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    message_id: Option<&'a RawValue>,
    #[serde(borrow)]
    context_id: Option<&'a RawValue>,
    #[serde(borrow)]
    task_id: Option<&'a RawValue>,
    #[serde(borrow)]
    parts: Option<&'a RawValue>,
}

impl Message {
    /// The first words of its first text, in one line, for people.
    pub(super) fn first_words(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Part<'a> {
            #[serde(borrow)]
            text: Option<&'a RawValue>,
        }
        let params = rpc::read(&self.body).ok()?.params?;
        let message = rpc::fields::<Params<'_>>(params)?.message?;
        let parts = rpc::fields::<Fields<'_>>(message)?.parts?;
        let parts: Vec<Part<'_>> = serde_json::from_str(parts.get()).ok()?;
        let text = parts.iter().find_map(|part| rpc::text(part.text?))?;
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = words.char_indices().nth(MOST_WORDS) {
            words.truncate(end);
            words.push('…');
        }
        Some(words)
    }

    /// Reads a body as a delivery.
    pub(super) fn read(taken: Taken) -> Result<Self, Misread> {
        let call = rpc::read(&taken.bytes)?;
        let id = call.id.to_owned();
        let params = call.params.and_then(rpc::fields::<Params<'_>>);
        let fields = params.and_then(|params| rpc::fields::<Fields<'_>>(params.message?));
        let message_id = fields.as_ref().and_then(|fields| rpc::text(fields.message_id?));
        let message_id = message_id.filter(|id| !id.is_empty());
        let key = match (&fields, &message_id) {
            (Some(fields), Some(message_id)) => Some(Key::of(message_id, &call.method, fields)),
            _ => None,
        };
        let message_id = message_id
            .filter(|id| id.len() <= LONGEST_NOTED)
            .map(String::from);
        Ok(Self {
            id,
            key,
            method: call.method.into_owned(),
            message_id,
            body: taken.bytes,
            _room: taken.room,
        })
    }
}

impl Key {
    /// As it is written.
    pub(super) fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// A part of it, for a set that is kept in memory.
    pub(super) fn mark(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn of(message_id: &str, method: &str, fields: &Fields<'_>) -> Self {
        // As text: the platform writes a message the same way each time that it sends it.
        fn raw(field: Option<&RawValue>) -> &[u8] {
            field.map_or("", RawValue::get).as_bytes()
        }
        let mut digest = Sha256::new();
        for part in [
            message_id.as_bytes(),
            method.as_bytes(),
            raw(fields.context_id),
            raw(fields.task_id),
            raw(fields.parts),
        ] {
            // The length keeps one field's end apart from the next one's beginning.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl From<[u8; 32]> for Key {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> Message {
        let bytes = Bytes::from(body.to_string());
        Message::read(Taken { bytes, room: None }).ok().unwrap()
    }

    fn call(id: Value, message: Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "method": "message/send", "params": { "message": message } })
    }

    #[test]
    fn a_delivery_is_the_same_under_another_json_rpc_id_and_with_other_metadata() {
        let message =
            |metadata: &str| json!({"messageId": "m", "parts": [{"text": "a"}], "metadata": metadata});
        let (a, b) = (
            read(&call(json!(1), message("x"))),
            read(&call(json!("2"), message("y"))),
        );
        assert_eq!(a.key, b.key);
        assert!(a.key.is_some());
        assert_eq!((a.id.as_str(), b.id.as_str()), ("1", r#""2""#));
        assert_eq!(a.message_id.as_deref(), Some("m"));
    }

    #[test]
    fn other_content_makes_another_delivery() {
        let base = json!({"messageId": "m", "contextId": "c", "taskId": "t", "parts": [{"text": "a"}]});
        let key = read(&call(json!(1), base.clone())).key;
        for (field, other) in [
            ("messageId", json!("n")),
            ("contextId", json!("d")),
            ("taskId", json!(null)),
            ("parts", json!([])),
        ] {
            let mut changed = base.clone();
            changed[field] = other;
            assert_ne!(read(&call(json!(1), changed)).key, key, "{field}");
        }
        let mut method = call(json!(1), base);
        method["method"] = json!("message/stream");
        assert_ne!(read(&method).key, key);
    }

    #[test]
    fn what_has_no_message_id_has_no_key() {
        for body in [
            json!({"method": "tasks/get", "params": {"id": "t"}}),
            json!({"method": "x"}),
            json!({"method": "x", "params": [{"message": {"messageId": "m"}}]}),
            call(json!(1), json!({"messageId": 5})),
            call(json!(1), json!({"messageId": ""})),
            call(json!(1), json!("text")),
        ] {
            assert!(read(&body).key.is_none(), "{body}");
        }
    }

    #[test]
    fn a_very_long_message_id_is_known_but_not_noted() {
        let read = read(&call(json!(1), json!({"messageId": "m".repeat(300)})));
        assert!(read.key.is_some() && read.message_id.is_none());
    }
}
