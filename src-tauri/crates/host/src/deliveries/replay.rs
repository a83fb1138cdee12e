//! A delivery given to the agent once more, because somebody who looks on wants it: never through the platform, marked
//! as what it is, and not taken for the one that it repeats.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::{Deliveries, intake::Taken, message::Message, work::Arrival};

/// By which way it came, in a word.
const DOOR: &str = "replay";

/// The header that says of which delivery it is a replay.
const HEADER: HeaderName = HeaderName::from_static("ligand-replay");

/// The same in the message's metadata, for agents that see no headers.
const METADATA: &str = "urn:ligand:replay:v1";

/// What became of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Replayed {
    /// Its own number in the list of deliveries, where it reached the agent.
    #[ts(type = "number | null")]
    pub id: Option<i64>,
    /// How it ended, in a word.
    pub outcome: String,
    /// Why, where there is more to say.
    pub words: Option<String>,
}

/// Why a delivery cannot be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReplay {
    /// Its body is not kept.
    #[error(
        "what it brought was not recorded; switch recording on (`ligand deliveries record on`), and it is from then on"
    )]
    NotRecorded,
    /// Only a part of its body is kept.
    #[error("it was too long to be recorded whole")]
    Cut,
    /// What is kept cannot be read as a call.
    #[error("what is kept of it is no call")]
    Unreadable,
}

impl NoReplay {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotRecorded => "not_recorded",
            Self::Cut => "recorded_in_part",
            Self::Unreadable => "not_a_call",
        }
    }
}

impl Deliveries {
    /// Gives a delivery to the agent once more; returns when it has ended. It ends with whoever waits for it.
    pub(crate) async fn replay(&self, seq: i64) -> Result<Replayed, NoReplay> {
        let body = self.0.journal.body_to_replay(self.0.workspace, seq).await?;
        let marked = marked(&body, seq).ok_or(NoReplay::Unreadable)?;
        let taken = Taken {
            bytes: marked,
            room: None,
        };
        let mut message = Message::read(taken).map_err(|_| NoReplay::Unreadable)?;
        // It is not the one before, which would be answered from memory.
        message.key = None;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HEADER, HeaderValue::from(seq));
        let arrival = Arrival {
            door: DOOR,
            headers,
            message,
            owed: None,
        };
        let settled = self.settle(arrival).await;
        Ok(Replayed {
            id: settled.seq,
            outcome: settled.ending.word().to_owned(),
            words: settled.ending.reason(),
        })
    }
}

/// The same call with the mark in its message's metadata.
fn marked(body: &[u8], seq: i64) -> Option<Bytes> {
    let mut call: Value = serde_json::from_slice(body).ok()?;
    if let Some(message) = call.pointer_mut("/params/message").and_then(Value::as_object_mut) {
        let metadata = message
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert(METADATA.to_owned(), serde_json::json!({ "delivery": seq }));
        }
    }
    serde_json::to_vec(&call).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_is_marked_in_its_metadata_and_otherwise_the_same() {
        let body = br#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"messageId":"m","metadata":{"a":1}}}}"#;
        let marked: Value = serde_json::from_slice(&marked(body, 7).unwrap()).unwrap();
        let mut expected: Value = serde_json::from_slice(body).unwrap();
        expected["params"]["message"]["metadata"][METADATA] = serde_json::json!({ "delivery": 7 });
        assert_eq!(marked, expected);
        assert!(super::marked(b"no json", 7).is_none());
        assert!(super::marked(br#"{"method":"x"}"#, 7).is_some());
    }
}
