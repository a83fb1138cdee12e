//! The rows of the journal: what is written of a delivery, and how it is read again. SQL and nothing else.

use std::{collections::HashSet, str::FromStr as _, sync::Arc};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    header::{HeaderName, HeaderValue},
};
use rusqlite::{OptionalExtension as _, Row, ToSql, Transaction, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Marks, mark};
use crate::deliveries::{
    delivery::{Answer, Ending},
    message::Key,
};

/// Deliveries that are kept.
const MOST_ROWS: i64 = 20_000;
/// Their answers and recorded bodies together.
const MOST_BYTES: i64 = 64 * 1024 * 1024;
/// How long one is kept, in milliseconds: as long as the platform keeps its own log.
const KEPT_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
/// How long an answer is owed, in milliseconds.
const OWED_MS: u64 = 24 * 60 * 60 * 1_000;
/// A longer answer is not kept; that it was given is.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
/// The part of the rows that goes when there are too many.
const AT_ONCE: i64 = MOST_ROWS / 20;

/// What is known of a delivery when it goes to the agent.
#[derive(Debug, Clone)]
pub(in crate::deliveries) struct Entry {
    pub(in crate::deliveries) workspace: Uuid,
    pub(in crate::deliveries) key: Option<Key>,
    /// By which way it came, in a word.
    pub(in crate::deliveries) door: &'static str,
    pub(in crate::deliveries) method: String,
    pub(in crate::deliveries) message_id: Option<String>,
    pub(in crate::deliveries) headers: HeaderMap,
    pub(in crate::deliveries) bytes: usize,
    /// The body, where the profile records bodies.
    pub(in crate::deliveries) request: Option<Bytes>,
    pub(in crate::deliveries) records_bodies: bool,
    pub(in crate::deliveries) arrived_ms: u64,
    /// Whom the answer is owed to when there is no connection that waits for it.
    pub(in crate::deliveries) owed: Option<Owed>,
}

/// Who waits for the answer of a fetched message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owed {
    /// The people who watch the workspace.
    People,
    /// Another workspace.
    Peer(Uuid),
}

/// How much is in the file.
#[derive(Debug, Default)]
pub(super) struct Totals {
    rows: i64,
    bytes: i64,
    /// Something was removed for good that still stands in the log beside the file.
    pub(super) is_forgetting: bool,
}

impl Totals {
    pub(super) fn are_too_many(&self) -> bool {
        self.rows > MOST_ROWS || self.bytes > MOST_BYTES
    }
}

/// The rows, within one transaction.
pub(super) struct Records<'a> {
    pub(super) tx: &'a Transaction<'a>,
    totals: &'a mut Totals,
    marks: &'a mut Marks,
}

impl<'a> Records<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, totals: &'a mut Totals, marks: &'a mut Marks) -> Self {
        Self { tx, totals, marks }
    }

    /// At a start: what the agent worked on when the last process ended has an outcome that nobody knows.
    pub(super) fn recover(&mut self) -> rusqlite::Result<()> {
        self.tx.execute(
            "UPDATE deliveries SET outcome = 'unknown', words = ?1 WHERE outcome IS NULL",
            ["Ligand ended while the agent worked on it"],
        )?;
        self.count()?;
        let mut keys = self
            .tx
            .prepare("SELECT workspace, key FROM deliveries WHERE key IS NOT NULL")?;
        let mut rows = keys.query([])?;
        let mut marks = HashSet::new();
        while let Some(row) = rows.next()? {
            marks.extend(read_mark(row)?);
        }
        *self.marks = Some(marks);
        Ok(())
    }

    fn count(&mut self) -> rusqlite::Result<()> {
        let (rows, bytes) = self.tx.query_row(
            "SELECT count(*), coalesce(sum(coalesce(length(answer), 0) + coalesce(length(request), 0)), 0)
             FROM deliveries",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        (self.totals.rows, self.totals.bytes) = (rows, bytes);
        Ok(())
    }

    /// Writes a delivery that goes to the agent; one that had the same key before is not known by it any more.
    pub(super) fn begin(&mut self, entry: &Entry) -> rusqlite::Result<i64> {
        let workspace = entry.workspace.to_string();
        let key = entry.key.map(Key::bytes);
        if let Some(key) = key {
            self.tx
                .prepare_cached("UPDATE deliveries SET key = NULL WHERE workspace = ?1 AND key = ?2")?
                .execute((&workspace, key))?;
        }
        let owed = entry.owed.as_ref().map(json);
        let seq = self
            .tx
            .prepare_cached(
                "INSERT INTO deliveries (workspace, key, door, method, message_id, headers, bytes, request,
                                         recorded, arrived_ms, owed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .insert(params![
                workspace,
                key,
                entry.door,
                entry.method,
                entry.message_id,
                json(&pairs(&entry.headers)),
                integer(entry.bytes),
                entry.request.as_deref(),
                entry.records_bodies,
                signed(entry.arrived_ms),
                owed,
            ])?;
        self.totals.rows += 1;
        self.totals.bytes += integer(entry.request.as_ref().map_or(0, Bytes::len));
        if let Some(key) = entry.key {
            let mark = mark(entry.workspace, key);
            self.marks.get_or_insert_default().insert(mark);
        }
        Ok(seq)
    }

    /// Writes how a delivery ended. What never reached the agent may come again as a new one.
    pub(super) fn end(&mut self, seq: i64, took_ms: u64, ending: &Ending) -> rusqlite::Result<()> {
        let mut words = ending.reason();
        let (mut answer, mut status) = (None, None);
        if let Ending::Answered(given) = ending {
            status = Some(given.status.as_u16());
            answer = Some(given);
        } else if let Ending::Rejected { status: given, .. } = ending {
            status = Some(given.as_u16());
        }
        let kept = answer.filter(|answer| answer.body.len() <= LONGEST_ANSWER);
        if answer.is_some() && kept.is_none() {
            words = Some("its answer was too long to be kept".to_owned());
        }
        self.tx
            .prepare_cached(
                "UPDATE deliveries
                 SET outcome = ?2, words = ?3, took_ms = ?4, status = ?5, call_id = ?6, answer_headers = ?7,
                     answer = ?8, answer_bytes = ?9, key = CASE WHEN ?10 THEN key END,
                     owed = CASE WHEN ?10 THEN owed END, events = ?11
                 WHERE seq = ?1",
            )?
            .execute(params![
                seq,
                ending.word(),
                words,
                signed(took_ms),
                status,
                answer.map(|answer| &answer.id),
                answer.map(|answer| json(&pairs(&answer.headers))),
                kept.map(|answer| &answer.body[..]),
                integer(answer.map_or(0, |answer| answer.body.len())),
                ending.is_final(),
                answer.and_then(|answer| answer.events),
            ])?;
        self.totals.bytes += integer(kept.map_or(0, |answer| answer.body.len()));
        Ok(())
    }

    /// How a delivery with this key ended.
    pub(super) fn recall(&self, workspace: Uuid, key: Key) -> rusqlite::Result<Option<Ending>> {
        let found = self
            .tx
            .prepare_cached(
                "SELECT outcome, words, call_id, status, answer_headers, answer FROM deliveries
                 WHERE workspace = ?1 AND key = ?2 AND outcome IS NOT NULL",
            )?
            .query_row((workspace.to_string(), key.bytes()), read_ending)
            .optional()?;
        Ok(found)
    }

    /// The answers that are still to be sent.
    pub(super) fn owed(&self, workspace: Uuid) -> rusqlite::Result<Vec<(i64, Owed, Ending)>> {
        self.tx
            .prepare_cached(
                "SELECT outcome, words, call_id, status, answer_headers, answer, seq, owed FROM deliveries
                 WHERE workspace = ?1 AND owed IS NOT NULL AND outcome IS NOT NULL ORDER BY seq",
            )?
            .query_map([workspace.to_string()], |row| {
                let owed: String = row.get(7)?;
                let owed = serde_json::from_str(&owed).unwrap_or(Owed::People);
                Ok((row.get(6)?, owed, read_ending(row)?))
            })?
            .collect()
    }

    pub(super) fn paid(&self, seq: i64) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached("UPDATE deliveries SET owed = NULL WHERE seq = ?1")?
            .execute([seq])?;
        Ok(())
    }

    pub(super) fn cursor(&self, workspace: Uuid) -> rusqlite::Result<Option<String>> {
        self.tx
            .prepare_cached("SELECT row_id FROM cursors WHERE workspace = ?1")?
            .query_row([workspace.to_string()], |row| row.get(0))
            .optional()
    }

    pub(super) fn set_cursor(&self, workspace: Uuid, row: Option<&str>) -> rusqlite::Result<()> {
        let workspace = workspace.to_string();
        match row {
            Some(row) => self
                .tx
                .prepare_cached("INSERT OR REPLACE INTO cursors (workspace, row_id) VALUES (?1, ?2)")?
                .execute((workspace, row))?,
            None => self
                .tx
                .prepare_cached("DELETE FROM cursors WHERE workspace = ?1")?
                .execute([workspace])?,
        };
        Ok(())
    }

    /// What a delivery brought, where the profile records bodies.
    pub(super) fn request(&self, workspace: Uuid, seq: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        let found = self
            .tx
            .prepare_cached("SELECT request FROM deliveries WHERE workspace = ?1 AND seq = ?2")?
            .query_row((workspace.to_string(), seq), |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    pub(super) fn count_of(&self, workspace: Uuid) -> rusqlite::Result<u64> {
        self.tx
            .prepare_cached("SELECT count(*) FROM deliveries WHERE workspace = ?1")?
            .query_row([workspace.to_string()], |row| row.get(0).map(unsigned))
    }

    /// Removes everything about a workspace, and writes zeros over where it stood.
    pub(super) fn forget(&mut self, workspace: Uuid) -> rusqlite::Result<()> {
        self.tx.pragma_update(None, "secure_delete", "ON")?;
        self.set_cursor(workspace, None)?;
        self.delete("workspace = ?1", workspace.to_string())?;
        self.totals.is_forgetting = true;
        self.tx.pragma_update(None, "secure_delete", "OFF")
    }

    /// Has the file stay as long as it is, as on a full disk, until it is opened anew.
    #[cfg(test)]
    pub(super) fn pretend_full(&mut self) -> rusqlite::Result<()> {
        self.tx.query_row("PRAGMA max_page_count = 1", [], |_| Ok(()))
    }

    /// Removes what is too old, and the oldest where there is too much. What is under way or owed stays.
    pub(super) fn prune(&mut self, now_ms: u64) -> rusqlite::Result<()> {
        const OVER: &str = "outcome IS NOT NULL AND owed IS NULL";
        // Who has not taken an answer for a day does not wait for it any more.
        self.tx.execute(
            "UPDATE deliveries SET owed = NULL WHERE owed IS NOT NULL AND arrived_ms < ?1",
            [signed(now_ms.saturating_sub(OWED_MS))],
        )?;
        self.delete(
            &format!("{OVER} AND arrived_ms < ?1"),
            signed(now_ms.saturating_sub(KEPT_MS)),
        )?;
        while self.totals.are_too_many() {
            let oldest = format!("seq IN (SELECT seq FROM deliveries WHERE {OVER} ORDER BY seq LIMIT ?1)");
            if self.delete(&oldest, AT_ONCE)? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn delete(&mut self, which: &str, value: impl ToSql) -> rusqlite::Result<usize> {
        let mut deleted = 0;
        {
            let sql = format!("DELETE FROM deliveries WHERE {which} RETURNING workspace, key");
            let mut delete = self.tx.prepare(&sql)?;
            let mut rows = delete.query([value])?;
            while let Some(row) = rows.next()? {
                deleted += 1;
                if let Some(mark) = read_mark(row)? {
                    self.marks.get_or_insert_default().remove(&mark);
                }
            }
        }
        if deleted > 0 {
            self.count()?;
        }
        Ok(deleted)
    }
}

fn read_mark(row: &Row<'_>) -> rusqlite::Result<Option<u64>> {
    let (workspace, key): (String, Option<[u8; 32]>) = (row.get(0)?, row.get(1)?);
    Ok(workspace
        .parse()
        .ok()
        .zip(key)
        .map(|(workspace, key)| mark(workspace, Key::from(key))))
}

/// The ending as it is told to who sends the same again.
fn read_ending(row: &Row<'_>) -> rusqlite::Result<Ending> {
    let (outcome, words): (String, Option<String>) = (row.get(0)?, row.get(1)?);
    let status: Option<u16> = row.get(3)?;
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let body: Option<Vec<u8>> = row.get(5)?;
    Ok(match (outcome.as_str(), status, body) {
        ("answered", Some(status), Some(body)) => Ending::Answered(Arc::new(Answer {
            id: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            status,
            headers: headers(&read_pairs(row.get(4)?)),
            body: body.into(),
            events: None,
        })),
        ("rejected", Some(status), _) => Ending::Rejected { status, words },
        ("oversized", ..) => Ending::Oversized,
        ("unreachable", ..) => Ending::Unreachable(words.unwrap_or_default()),
        _ => Ending::Unknown(words.unwrap_or_else(|| "Ligand does not know more".to_owned())),
    })
}

fn pairs(headers: &HeaderMap) -> Vec<(&str, String)> {
    let open = headers.iter().filter(|(_, value)| !value.is_sensitive());
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    open.map(|(name, value)| (name.as_str(), text(value))).collect()
}

pub(super) fn read_pairs(text: Option<String>) -> Vec<(String, String)> {
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let header = |(name, value): &(String, String)| {
        Some((
            HeaderName::from_str(name).ok()?,
            HeaderValue::from_str(value).ok()?,
        ))
    };
    pairs.iter().filter_map(header).collect()
}

/// What is written is always JSON: names, numbers and texts.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// SQLite's integers are signed.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
