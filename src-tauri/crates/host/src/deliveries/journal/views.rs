//! Deliveries as people see them: a line of each, and everything about one.

use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::records::{Records, read_pairs, unsigned};
use crate::{clock::wall_text, mask};

/// One delivery, in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeliveryView {
    /// Its number: later ones have higher ones.
    #[ts(type = "number")]
    pub id: i64,
    /// When it came, as RFC 3339.
    pub at: String,
    /// By which way: `platform`, `platform/a2a`, `poll`, or `replay` where somebody wanted to see it again.
    pub door: String,
    /// The JSON-RPC method.
    pub method: String,
    /// The sender's id of the message.
    pub message_id: Option<String>,
    /// The length of the message.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The length of its answer, once it has one.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub bytes_out: Option<u64>,
    /// How many events the agent streamed, where it streamed its answer.
    #[serde(default)]
    pub events: Option<u32>,
    /// How long it took, once it has ended.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
    /// How it ended, in a word; nothing while the agent works on it.
    pub outcome: Option<String>,
}

/// Everything about one delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DeliveryDetail {
    /// What the list shows.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// Why it ended as it did, where there is more to say.
    pub words: Option<String>,
    /// The headers that it came with, without credentials, and with what looks like a secret masked.
    pub headers: Vec<(String, String)>,
    /// The agent's answer, where there is one.
    pub answer: Option<AnswerView>,
    /// The body of the message, where bodies are recorded.
    pub body: Option<String>,
    /// Whether the body was longer than what is kept of it.
    #[serde(default)]
    pub body_cut: bool,
}

/// An agent's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AnswerView {
    /// Its HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Its body, where bodies are recorded.
    pub body: Option<String>,
    /// Whether the body was longer than what is kept of it.
    #[serde(default)]
    pub body_cut: bool,
}

impl Records<'_> {
    pub(super) fn list(
        &self,
        workspace: Uuid,
        after: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<DeliveryView>> {
        let mut newest: Vec<DeliveryView> = self
            .tx
            .prepare_cached(
                "SELECT seq, arrived_ms, door, method, message_id, bytes, took_ms, outcome, status, answer_bytes,
                        events
                 FROM deliveries
                 WHERE workspace = ?1 AND seq > ?2 ORDER BY seq DESC LIMIT ?3",
            )?
            .query_map((workspace.to_string(), after, limit), read_view)?
            .collect::<rusqlite::Result<_>>()?;
        newest.reverse();
        Ok(newest)
    }

    pub(super) fn show(&self, workspace: Uuid, seq: i64) -> rusqlite::Result<Option<DeliveryDetail>> {
        self.tx
            .prepare_cached(
                "SELECT seq, arrived_ms, door, method, message_id, bytes, took_ms, outcome, status, answer_bytes,
                        events, words, headers, answer_headers, answer, request, recorded
                 FROM deliveries WHERE workspace = ?1 AND seq = ?2",
            )?
            .query_row((workspace.to_string(), seq), |row| {
                let shows_bodies: bool = row.get(16)?;
                let text = |at: usize| -> rusqlite::Result<Option<String>> {
                    let bytes = row.get::<_, Option<Vec<u8>>>(at)?;
                    let bytes = bytes.filter(|_| shows_bodies);
                    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
                };
                let status: Option<u16> = row.get(8)?;
                let answer = status.map(|status| {
                    Ok::<_, rusqlite::Error>(AnswerView {
                        status,
                        headers: masked(row.get(13)?),
                        bytes: unsigned(row.get(9)?),
                        body: text(14)?,
                        body_cut: false,
                    })
                });
                Ok(DeliveryDetail {
                    delivery: read_view(row)?,
                    words: row.get(11)?,
                    headers: masked(row.get(12)?),
                    answer: answer.transpose()?,
                    body: text(15)?,
                    body_cut: false,
                })
            })
            .optional()
    }
}

fn masked(headers: Option<String>) -> Vec<(String, String)> {
    let shown = |(name, value): (String, String)| {
        let value = mask::header(&name, &value).into_owned();
        (name, value)
    };
    read_pairs(headers).into_iter().map(shown).collect()
}

/// From the first eleven columns of what it is selected from.
fn read_view(row: &Row<'_>) -> rusqlite::Result<DeliveryView> {
    let has_answer = row.get::<_, Option<u16>>(8)?.is_some();
    Ok(DeliveryView {
        id: row.get(0)?,
        at: wall_text(unsigned(row.get(1)?)),
        door: row.get(2)?,
        method: row.get(3)?,
        message_id: row.get(4)?,
        bytes: unsigned(row.get(5)?),
        bytes_out: has_answer.then_some(unsigned(row.get(9)?)),
        events: row.get(10)?,
        took_ms: row.get::<_, Option<i64>>(6)?.map(unsigned),
        outcome: row.get(7)?,
    })
}
