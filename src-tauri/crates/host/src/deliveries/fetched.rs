//! Messages that the host has fetched from the platform: the way through the deliveries is that of pushed ones, but
//! nobody waits on a connection, so the answer is sent as a message of its own, and owed until it is.

use bytes::Bytes;
use hyper::{
    HeaderMap,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};

use super::{
    Deliveries,
    delivery::Ending,
    intake::Taken,
    journal::Owed,
    message::Message,
    replies,
    work::{Arrival, Settled},
};
use crate::agent::rpc;

/// A message of the platform's log.
pub(crate) struct Fetched {
    /// The JSON-RPC call, as JSON.
    pub(crate) body: Bytes,
    /// Who waits for its answer.
    pub(crate) from: Owed,
}

/// What became of a fetched message.
pub(crate) enum Outcome {
    /// It has ended with this answer, which is owed under that number where the journal could be written.
    Ended {
        /// The number.
        seq: Option<i64>,
        /// The answer.
        reply: Reply,
    },
    /// It was taken care of before, by this process or an earlier one: what is still owed is in the journal.
    Known,
    /// The agent did not take it: it is to be tried again.
    NotYet,
}

/// An answer as a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// For people: its texts.
    pub(crate) text: String,
    /// For another agent: its parts.
    pub(crate) parts: Vec<Value>,
}

impl Reply {
    /// One text.
    pub(crate) fn of_text(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = vec![json!({"kind": "text", "text": text})];
        Self { text, parts }
    }
}

impl Deliveries {
    /// Brings a fetched message to the agent, when its turn has come.
    pub(crate) async fn fetched(&self, fetched: Fetched) -> Outcome {
        let taken = Taken {
            bytes: fetched.body,
            room: None,
        };
        let Ok(message) = Message::read(taken) else {
            // The platform has checked what it wrote into its log, so this is nothing that anybody waits for.
            tracing::warn!("a fetched message is no call");
            return Outcome::Known;
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let arrival = Arrival {
            door: "poll",
            headers,
            message,
            owed: Some(fetched.from),
        };
        let settled = self.settle(arrival).await;
        match settled {
            Settled { is_new: false, .. } => Outcome::Known,
            Settled { ending, seq, .. } if ending.is_final() => Outcome::Ended {
                seq,
                reply: reply(&ending),
            },
            Settled { .. } => Outcome::NotYet,
        }
    }

    /// The answers that were given but not sent, oldest first.
    pub(crate) async fn owed(&self) -> Vec<(i64, Owed, Reply)> {
        let owed = self.0.journal.owed(self.0.workspace).await;
        let owed = owed.into_iter();
        owed.map(|(seq, to, ending)| (seq, to, reply(&ending))).collect()
    }

    /// An answer was sent.
    pub(crate) async fn paid(&self, seq: i64) {
        self.0.journal.paid(seq).await;
    }

    /// Up to which row of the platform's log messages were fetched.
    pub(crate) async fn cursor(&self) -> Option<String> {
        self.0.journal.cursor(self.0.workspace).await
    }

    /// Moves that; `None` begins anew.
    pub(crate) async fn set_cursor(&self, row: Option<String>) {
        self.0.journal.set_cursor(self.0.workspace, row).await;
    }
}

/// An ending as a message. An error is told in words: whoever sent the message waits for some answer.
fn reply(ending: &Ending) -> Reply {
    let body = match ending {
        Ending::Answered(answer) => answer.body.clone(),
        other => replies::words(other, rpc::NO_ID).into(),
    };
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(error) = rpc::error_of(&body) {
        return Reply::of_text(format!("The agent could not answer: {}", error.message));
    }
    let parts = answer["result"]["parts"].as_array().cloned().unwrap_or_default();
    let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
    let text = match texts.join("\n\n") {
        text if text.trim().is_empty() => "The agent's answer has no text.".to_owned(),
        text => text,
    };
    Reply { text, parts }
}
