//! Messages that wait for a busy agent.
//!
//! ```text
//!   queued ──claimed by a drain──▶ dispatched ──answered──▶ completed
//!      ▲                               │
//!      └── failed, tries are left ─────┤
//!                                      └── failed, none left ──▶ failed
//!   queued, too old ──▶ dropped
//! ```

use std::time::Duration;

use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;

/// Deliveries that are tried before a message is given up; the platform's number.
const MAX_ATTEMPTS: i64 = 5;
/// Messages that may wait for one workspace. The platform has no bound; this one only keeps the file from
/// growing for ever.
const MAX_WAITING: i64 = 1_000;
/// The priority of everything that is queued today.
const PRIORITY: i64 = 50;

/// A message that is to wait.
pub(crate) struct Queued {
    pub(crate) workspace: Id,
    pub(crate) caller: Option<Id>,
    pub(crate) from_canvas: bool,
    pub(crate) method: String,
    pub(crate) body: bytes::Bytes,
    pub(crate) message_id: Option<String>,
    pub(crate) expires_at: Option<Stamp>,
}

/// A message that a drain has claimed.
pub(crate) struct QueuedMessage {
    pub(crate) id: Id,
    pub(crate) caller: Option<Id>,
    pub(crate) from_canvas: bool,
    pub(crate) method: String,
    pub(crate) body: Vec<u8>,
    pub(crate) message_id: Option<String>,
}

impl Tx<'_> {
    /// Puts a message into the queue, and gives its id and how many wait now; `None` when too many do. One
    /// that waits or is on its way already is not queued twice.
    pub(crate) fn enqueue(&self, message: &Queued) -> rusqlite::Result<Option<(Id, i64)>> {
        self.drop_expired(message.workspace)?;
        let known = self
            .prepare_cached(
                "SELECT id FROM messages
                 WHERE workspace_id = ?1 AND message_id = ?2 AND state IN ('queued', 'dispatched')",
            )?
            .query_row((message.workspace, &message.message_id), |row| row.get(0))
            .optional()?;
        let waiting: i64 = self
            .prepare_cached("SELECT count(*) FROM messages WHERE workspace_id = ?1 AND state = 'queued'")?
            .query_row([message.workspace], |row| row.get(0))?;
        if let Some(known) = known {
            return Ok(Some((known, waiting)));
        }
        if waiting >= MAX_WAITING {
            return Ok(None);
        }
        let id = Id::new();
        self.prepare_cached(
            "INSERT INTO messages (id, workspace_id, caller_id, from_canvas, priority, method, body,
                                   message_id, state, enqueued_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', ?9, ?10)",
        )?
        .execute(rusqlite::params![
            id,
            message.workspace,
            message.caller,
            message.from_canvas,
            PRIORITY,
            message.method,
            &message.body[..],
            message.message_id,
            self.now,
            message.expires_at,
        ])?;
        Ok(Some((id, waiting + 1)))
    }

    fn drop_expired(&self, workspace: Id) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE messages SET state = 'dropped', last_error = 'expired', completed_at = ?2
             WHERE workspace_id = ?1 AND state = 'queued' AND expires_at <= ?2",
        )?
        .execute((workspace, self.now))?;
        Ok(())
    }

    /// Claims the next message of a workspace for delivery; this counts as an attempt.
    pub(crate) fn claim_message(&self, workspace: Id) -> rusqlite::Result<Option<QueuedMessage>> {
        self.drop_expired(workspace)?;
        let found = self
            .prepare_cached(
                "SELECT id, caller_id, from_canvas, method, body, message_id FROM messages
                 WHERE workspace_id = ?1 AND state = 'queued' AND (not_before IS NULL OR not_before <= ?2)
                 ORDER BY priority DESC, seq LIMIT 1",
            )?
            .query_row((workspace, self.now), |row: &Row<'_>| {
                Ok(QueuedMessage {
                    id: row.get(0)?,
                    caller: row.get(1)?,
                    from_canvas: row.get(2)?,
                    method: row.get(3)?,
                    body: row.get(4)?,
                    message_id: row.get(5)?,
                })
            })
            .optional()?;
        if let Some(message) = &found {
            self.prepare_cached(
                "UPDATE messages SET state = 'dispatched', dispatched_at = ?2, attempts = attempts + 1
                 WHERE id = ?1",
            )?
            .execute((message.id, self.now))?;
        }
        Ok(found)
    }

    /// The message was answered (or, in the older generation, lost).
    pub(crate) fn complete_message(&self, id: Id, answer: Option<&[u8]>) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE messages SET state = 'completed', completed_at = ?2, response_body = ?3 WHERE id = ?1",
        )?
        .execute((id, self.now, answer))?;
        Ok(())
    }

    /// The delivery failed: back into the queue, or given up when it was the last attempt.
    pub(crate) fn fail_message(&self, id: Id, error: &str) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE messages SET state = CASE WHEN attempts >= ?2 THEN 'failed' ELSE 'queued' END,
                                 last_error = ?3, dispatched_at = NULL WHERE id = ?1",
        )?
        .execute((id, MAX_ATTEMPTS, error))?;
        Ok(())
    }

    /// The delivery failed on the way, not at the agent: back into the queue as if it had not been tried, and
    /// not again before `pause` is over.
    pub(crate) fn put_back_message(&self, id: Id, error: &str, pause: Duration) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE messages SET state = 'queued', attempts = max(attempts - 1, 0), last_error = ?2,
                                 dispatched_at = NULL, not_before = ?3 WHERE id = ?1",
        )?
        .execute((id, error, self.now + pause))?;
        Ok(())
    }

    /// The state of a message as its caller may see it, with the caller's and the target's id.
    pub(crate) fn message_state(&self, id: Id) -> rusqlite::Result<Option<(Option<Id>, Id, Value)>> {
        self.prepare_cached(
            "SELECT caller_id, workspace_id, state, priority, attempts, last_error, enqueued_at,
                    dispatched_at, completed_at, expires_at, response_body
             FROM messages WHERE id = ?1",
        )?
        .query_row([id], |row| {
            let (caller, workspace): (Option<Id>, Id) = (row.get(0)?, row.get(1)?);
            let state: String = row.get(2)?;
            let mut view = json!({
                "queue_id": id,
                "workspace_id": workspace,
                "status": state,
                "priority": row.get::<_, i64>(3)?,
                "attempts": row.get::<_, i64>(4)?,
                "enqueued_at": row.get::<_, Stamp>(6)?,
            });
            if let Some(error) = row.get::<_, Option<String>>(5)? {
                view["last_error"] = json!(error);
            }
            for (index, key) in [(7, "dispatched_at"), (8, "completed_at"), (9, "expires_at")] {
                if let Some(at) = row.get::<_, Option<Stamp>>(index)? {
                    view[key] = json!(at);
                }
            }
            if let Some(answer) = row
                .get::<_, Option<Vec<u8>>>(10)?
                .filter(|_| state == "completed")
            {
                use base64::Engine as _;
                // The platform sends the bytes as its language's JSON encoder does.
                view["response_body"] = json!(base64::engine::general_purpose::STANDARD.encode(answer));
            }
            Ok((caller, workspace, view))
        })
        .optional()
    }
}
