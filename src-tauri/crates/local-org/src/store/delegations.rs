//! Work that one workspace hands to another. It has no table of its own: a delegation is a row in the activity log of
//! the workspace that hands it out, and its result is another.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use super::{Activity, Tx};
use crate::clock::Stamp;
use crate::id::Id;

/// The most that a listing shows; the platform's number.
const LISTED: u32 = 50;
/// Characters of an answer in an event, in a listing, and in a row's summary; the platform's numbers.
const PREVIEW: usize = 200;
const LISTED_PREVIEW: usize = 300;
const SUMMARY: usize = 80;

/// One delegation, as far as its rows and events need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegation {
    pub(crate) id: Id,
    pub(crate) source: Id,
    pub(crate) target: Id,
}

impl Tx<'_> {
    /// A delegation that was asked for before under this key: its id, status and target. One that failed frees its
    /// key.
    pub(crate) fn known_delegation(&self, source: Id, key: &str) -> rusqlite::Result<Option<Value>> {
        let found: Option<(String, String, Option<String>)> = self
            .prepare_cached(
                "SELECT request_body ->> 'delegation_id', status, target_id FROM activity
                 WHERE workspace_id = ?1 AND idempotency_key = ?2",
            )?
            .query_row((source, key), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        match found {
            Some((_, status, _)) if status == "failed" => {
                self.prepare_cached("DELETE FROM activity WHERE workspace_id = ?1 AND idempotency_key = ?2")?
                    .execute((source, key))?;
                Ok(None)
            }
            Some((id, status, target)) => Ok(Some(json!({
                "delegation_id": id, "status": status, "target_id": target, "idempotent_hit": true,
            }))),
            None => Ok(None),
        }
    }

    /// Notes a delegation, in this state.
    pub(crate) fn note_delegation(
        &mut self,
        work: &Delegation,
        task: &str,
        status: &'static str,
        key: Option<&str>,
    ) -> rusqlite::Result<()> {
        let row = Activity {
            method: "delegate".into(),
            summary: format!("Delegating to {}", work.target),
            request_body: Some(json!({"task": task, "delegation_id": work.id}).to_string()),
            status: status.into(),
            idempotency_key: key.map(str::to_owned),
            ..work.row()
        };
        self.insert_activity(work.source, &row)?;
        let preview = cut(task, 100);
        self.record(
            work.source,
            "DELEGATION_SENT",
            json!({"delegation_id": work.id, "target_id": work.target, "task_preview": preview}),
        )
    }

    /// Changes where a delegation stands.
    pub(crate) fn set_delegation(
        &mut self,
        source: Id,
        delegation: &str,
        status: &str,
        error: &str,
    ) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE activity SET status = ?3, error_detail = coalesce(nullif(?4, ''), error_detail)
             WHERE workspace_id = ?1 AND method = 'delegate' AND request_body ->> 'delegation_id' = ?2",
        )?
        .execute((source, delegation, status, error))?;
        Ok(())
    }

    /// Tells where a delegation stands that is under way.
    pub(crate) fn delegation_stands(
        &mut self,
        work: &Delegation,
        status: &'static str,
    ) -> rusqlite::Result<()> {
        self.set_delegation(work.source, &work.id.to_string(), status, "")?;
        self.record(
            work.source,
            "DELEGATION_STATUS",
            json!({"delegation_id": work.id, "target_id": work.target, "status": status}),
        )
    }

    /// The target was busy: the message waits in its queue.
    pub(crate) fn delegation_queued(&mut self, work: &Delegation) -> rusqlite::Result<()> {
        let row = Activity {
            method: "delegate_result".into(),
            summary: "Delegation queued — target at capacity".into(),
            response_body: Some(json!({"delegation_id": work.id, "queued": true}).to_string()),
            status: "queued".into(),
            ..work.row()
        };
        self.insert_activity(work.source, &row)?;
        self.delegation_stands(work, "queued")
    }

    /// The target answered.
    pub(crate) fn delegation_answered(&mut self, work: &Delegation, text: &str) -> rusqlite::Result<()> {
        let row = Activity {
            method: "delegate_result".into(),
            summary: completed(text),
            response_body: Some(json!({"text": text, "delegation_id": work.id}).to_string()),
            status: "completed".into(),
            ..work.row()
        };
        self.insert_activity(work.source, &row)?;
        self.set_delegation(work.source, &work.id.to_string(), "completed", "")?;
        self.record(
            work.source,
            "DELEGATION_COMPLETE",
            json!({"delegation_id": work.id, "target_id": work.target, "response_preview": cut(text, PREVIEW)}),
        )
    }

    /// The target could not be asked.
    pub(crate) fn delegation_failed(&mut self, work: &Delegation, error: &str) -> rusqlite::Result<()> {
        let row = Activity {
            method: "delegate_result".into(),
            summary: "Delegation failed".into(),
            status: "failed".into(),
            error_detail: Some(error.to_owned()),
            ..work.row()
        };
        self.insert_activity(work.source, &row)?;
        self.set_delegation(work.source, &work.id.to_string(), "failed", error)?;
        self.record(
            work.source,
            "DELEGATION_FAILED",
            json!({"delegation_id": work.id, "target_id": work.target, "error": error}),
        )
    }

    /// The agent says how a delegation ended that it sent itself.
    pub(crate) fn delegation_ended(
        &mut self,
        source: Id,
        delegation: &str,
        status: &str,
        error: &str,
        text: &str,
    ) -> rusqlite::Result<()> {
        self.set_delegation(source, delegation, status, error)?;
        if status != "completed" {
            let payload = json!({"delegation_id": delegation, "error": error});
            return self.record(source, "DELEGATION_FAILED", payload);
        }
        let row = Activity {
            activity_type: "delegation",
            source: Some(source),
            method: "delegate_result".into(),
            summary: completed(text),
            response_body: Some(json!({"text": text, "delegation_id": delegation}).to_string()),
            status: "completed".into(),
            ..Activity::default()
        };
        self.insert_activity(source, &row)?;
        let payload = json!({"delegation_id": delegation, "response_preview": cut(text, PREVIEW)});
        self.record(source, "DELEGATION_COMPLETE", payload)
    }

    /// A queued delegation's message was delivered after all: its queued row becomes the completed one.
    pub(crate) fn delegation_drained(
        &mut self,
        source: Id,
        target: Id,
        delegation: &str,
        text: &str,
    ) -> rusqlite::Result<()> {
        let changed = self
            .prepare_cached(
                "UPDATE activity SET status = 'completed', summary = ?4, response_body = ?5
                 WHERE workspace_id = ?1 AND method = 'delegate_result' AND target_id = ?2
                   AND response_body ->> 'delegation_id' = ?3",
            )?
            .execute((
                source,
                target,
                delegation,
                completed(text),
                json!({"text": text, "delegation_id": delegation}).to_string(),
            ))?;
        if changed == 0 {
            return Ok(());
        }
        let preview = cut(text, PREVIEW);
        self.record(
            source,
            "DELEGATION_COMPLETE",
            json!({"delegation_id": delegation, "target_id": target, "response_preview": preview,
                   "via": "queue_drain"}),
        )
    }

    /// A workspace's delegations and their results, newest first.
    pub(crate) fn delegations(&self, source: Id) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "SELECT id, activity_type, coalesce(source_id, ''), coalesce(target_id, ''), coalesce(summary, ''),
                    status, coalesce(error_detail, ''), coalesce(response_body ->> 'text', response_body, ''),
                    coalesce(request_body ->> 'delegation_id', response_body ->> 'delegation_id', ''), created_at
             FROM activity WHERE workspace_id = ?1 AND method IN ('delegate', 'delegate_result')
             ORDER BY seq DESC LIMIT ?2",
        )?
        .query_map((source, LISTED), |row| {
            let text = |index| row.get::<_, String>(index);
            let mut view = json!({
                "id": text(0)?,
                "type": text(1)?,
                "source_id": text(2)?,
                "target_id": text(3)?,
                "summary": text(4)?,
                "status": text(5)?,
                "created_at": row.get::<_, Stamp>(9)?,
            });
            for (key, value) in [
                ("error", text(6)?),
                ("response_preview", cut(&text(7)?, LISTED_PREVIEW)),
                ("delegation_id", text(8)?),
            ] {
                if !value.is_empty() {
                    view[key] = json!(value);
                }
            }
            Ok(view)
        })?
        .collect()
    }
}

impl Delegation {
    fn row(&self) -> Activity {
        Activity {
            activity_type: "delegation",
            source: Some(self.source),
            target: Some(self.target),
            ..Activity::default()
        }
    }
}

fn completed(text: &str) -> String {
    format!("Delegation completed ({})", cut(text, SUMMARY))
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        format!("{start}…")
    } else {
        start
    }
}
