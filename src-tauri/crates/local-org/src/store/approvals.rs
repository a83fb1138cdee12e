//! What agents ask people to allow.

use std::time::Duration;

use serde_json::{Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;

/// A question that nobody answers for so long is answered with no; the platform's number.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// The most that a listing shows; the platform's number.
const LISTED: u32 = 50;

impl Tx<'_> {
    /// Notes a question.
    pub(crate) fn ask_approval(
        &self,
        workspace: Id,
        task: &str,
        action: &str,
        reason: &str,
    ) -> rusqlite::Result<Id> {
        let id = Id::new();
        self.prepare_cached(
            "INSERT INTO approvals (id, workspace_id, task_id, action, reason, status, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6)",
        )?
        .execute((id, workspace, task, action, reason, self.now))?;
        Ok(id)
    }

    /// The org's open questions, newest first. Those that are too old are closed on the way.
    pub(crate) fn pending_approvals(&self) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "UPDATE approvals SET status = 'denied', decided_by = 'auto-expired', decided_at = ?1
             WHERE status = 'pending' AND created_at < ?2",
        )?
        .execute((self.now, self.now - PATIENCE))?;
        self.prepare_cached(
            "SELECT a.id, a.workspace_id, w.name, a.action, a.reason, a.status, a.created_at
             FROM approvals a JOIN workspaces w ON w.id = a.workspace_id
             WHERE a.status = 'pending' ORDER BY a.created_at DESC, a.rowid DESC LIMIT ?1",
        )?
        .query_map([LISTED], |row| {
            Ok(json!({
                "id": row.get::<_, String>(0)?,
                "workspace_id": row.get::<_, String>(1)?,
                "workspace_name": row.get::<_, String>(2)?,
                "action": row.get::<_, String>(3)?,
                "reason": row.get::<_, String>(4)?,
                "status": row.get::<_, String>(5)?,
                "created_at": row.get::<_, Stamp>(6)?,
            }))
        })?
        .collect()
    }

    /// A workspace's questions, newest first.
    pub(crate) fn approvals_of(&self, workspace: Id) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "SELECT id, task_id, action, reason, status, decided_by, decided_at, created_at
             FROM approvals WHERE workspace_id = ?1 ORDER BY created_at DESC, rowid DESC LIMIT ?2",
        )?
        .query_map((workspace, LISTED), |row| {
            Ok(json!({
                "id": row.get::<_, String>(0)?,
                "task_id": row.get::<_, String>(1)?,
                "action": row.get::<_, String>(2)?,
                "reason": row.get::<_, String>(3)?,
                "status": row.get::<_, String>(4)?,
                "decided_by": row.get::<_, Option<String>>(5)?,
                "decided_at": row.get::<_, Option<Stamp>>(6)?,
                "created_at": row.get::<_, Stamp>(7)?,
            }))
        })?
        .collect()
    }

    /// Answers an open question of a workspace; false when there is none of that id.
    pub(crate) fn decide_approval(
        &self,
        workspace: Id,
        approval: &str,
        decision: &str,
        by: &str,
    ) -> rusqlite::Result<bool> {
        let changed = self
            .prepare_cached(
                "UPDATE approvals SET status = ?3, decided_by = ?4, decided_at = ?5
                 WHERE id = ?2 AND workspace_id = ?1 AND status = 'pending'",
            )?
            .execute((workspace, approval, decision, by, self.now))?;
        Ok(changed > 0)
    }
}
