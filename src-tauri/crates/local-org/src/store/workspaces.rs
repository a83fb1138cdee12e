//! Workspaces in the database.

use rusqlite::{OptionalExtension, Row};
use serde_json::{Map, Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;
use crate::secret::Secret;
use crate::status::Status;

/// A workspace.
pub(crate) struct Workspace {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    pub(crate) tier: i64,
    pub(crate) status: Status,
    pub(crate) runtime: String,
    pub(crate) agent_card: Option<Value>,
    /// Empty when the workspace has none.
    pub(crate) url: String,
    pub(crate) delivery_mode: Option<String>,
    pub(crate) parent_id: Option<Id>,
    pub(crate) workspace_dir: Option<String>,
    pub(crate) max_concurrent_tasks: i64,
    /// Cents.
    pub(crate) budget_limit: Option<i64>,
    /// Cents.
    pub(crate) monthly_spend: i64,
    pub(crate) active_tasks: i64,
    pub(crate) error_rate: f64,
    pub(crate) sample_error: String,
    pub(crate) uptime_seconds: i64,
    pub(crate) current_task: String,
    pub(crate) idle_timeout_s: Option<u32>,
    pub(crate) owns_sessions: bool,
    pub(crate) manages_status: bool,
    pub(crate) inbound_secret: Option<Secret>,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) collapsed: bool,
    pub(crate) last_heartbeat_at: Option<Stamp>,
    pub(crate) last_outbound_at: Option<Stamp>,
    pub(crate) register_failed_at: Option<Stamp>,
    pub(crate) removed_at: Option<Stamp>,
}

const COLUMNS: &str = "id, name, role, tier, status, runtime, agent_card, url, delivery_mode, parent_id, \
     workspace_dir, max_concurrent_tasks, budget_limit, monthly_spend, active_tasks, error_rate, \
     sample_error, uptime_seconds, current_task, idle_timeout_s, owns_sessions, inbound_secret, x, y, collapsed, \
     last_heartbeat_at, last_outbound_at, register_failed_at, removed_at, manages_status";

impl Workspace {
    fn read(row: &Row<'_>) -> rusqlite::Result<Workspace> {
        let card: Option<String> = row.get(6)?;
        Ok(Workspace {
            id: row.get(0)?,
            name: row.get(1)?,
            role: row.get(2)?,
            tier: row.get(3)?,
            status: row.get(4)?,
            runtime: row.get(5)?,
            agent_card: card.and_then(|text| serde_json::from_str(&text).ok()),
            url: row.get(7)?,
            delivery_mode: row.get(8)?,
            parent_id: row.get(9)?,
            workspace_dir: row.get(10)?,
            max_concurrent_tasks: row.get(11)?,
            budget_limit: row.get(12)?,
            monthly_spend: row.get(13)?,
            active_tasks: row.get(14)?,
            error_rate: row.get(15)?,
            sample_error: row.get(16)?,
            uptime_seconds: row.get(17)?,
            current_task: row.get(18)?,
            idle_timeout_s: row.get(19)?,
            owns_sessions: row.get(20)?,
            inbound_secret: row.get(21)?,
            x: row.get(22)?,
            y: row.get(23)?,
            collapsed: row.get(24)?,
            last_heartbeat_at: row.get(25)?,
            last_outbound_at: row.get(26)?,
            register_failed_at: row.get(27)?,
            removed_at: row.get(28)?,
            manages_status: row.get(29)?,
        })
    }

    /// Whether it is fulfilled from outside, and not by a container of the platform.
    pub(crate) fn is_external(&self) -> bool {
        self.runtime == "external"
    }

    /// As anybody who knows its id may see it.
    pub(crate) fn public_view(&self) -> Map<String, Value> {
        let view = json!({
            "id": self.id,
            "name": self.name,
            "role": self.role.as_deref().filter(|role| !role.is_empty()),
            "tier": self.tier,
            "status": self.status.as_str(),
            "agent_card": self.agent_card,
            "url": self.url,
            "parent_id": self.parent_id,
            "active_tasks": self.active_tasks,
            "max_concurrent_tasks": self.max_concurrent_tasks,
            "last_error_rate": self.error_rate,
            "uptime_seconds": self.uptime_seconds,
            "runtime": self.runtime,
            "x": self.x,
            "y": self.y,
            "collapsed": self.collapsed,
        });
        match view {
            Value::Object(view) => view,
            _ => Map::new(),
        }
    }

    /// As the org's own list shows it.
    pub(crate) fn org_view(&self) -> Map<String, Value> {
        let mut view = self.public_view();
        view.insert("last_sample_error".into(), json!(self.sample_error));
        view.insert("current_task".into(), json!(self.current_task));
        view.insert("workspace_dir".into(), json!(self.workspace_dir));
        view.insert("monthly_spend".into(), json!(self.monthly_spend));
        view.insert("budget_limit".into(), json!(self.budget_limit));
        view
    }

    /// As its neighbours see it.
    pub(crate) fn peer_view(&self) -> Value {
        let mut view = self.public_view();
        view.retain(|key, _| {
            matches!(
                key.as_str(),
                "id" | "name"
                    | "role"
                    | "tier"
                    | "status"
                    | "url"
                    | "parent_id"
                    | "active_tasks"
                    | "agent_card"
            )
        });
        Value::Object(view)
    }
}

/// A workspace that is made. What is not here begins empty.
pub(crate) struct NewRow<'a> {
    pub(crate) id: Id,
    pub(crate) name: &'a str,
    pub(crate) role: &'a str,
    pub(crate) tier: i64,
    pub(crate) status: Status,
    pub(crate) runtime: &'a str,
    pub(crate) parent_id: Option<Id>,
    pub(crate) workspace_dir: Option<&'a str>,
    pub(crate) max_concurrent_tasks: i64,
    pub(crate) budget_limit: Option<i64>,
    pub(crate) place: (f64, f64),
}

impl Tx<'_> {
    /// Adds a workspace.
    pub(crate) fn insert_workspace(&self, row: &NewRow<'_>) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO workspaces (id, name, role, tier, status, runtime, parent_id, workspace_dir,
                                     max_concurrent_tasks, budget_limit, x, y, created_at, updated_at)
             VALUES (?1, ?2, nullif(?3, ''), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)",
        )?
        .execute(rusqlite::params![
            row.id,
            row.name,
            row.role,
            row.tier,
            row.status,
            row.runtime,
            row.parent_id,
            row.workspace_dir,
            row.max_concurrent_tasks,
            row.budget_limit,
            row.place.0,
            row.place.1,
            self.now,
        ])?;
        Ok(())
    }

    /// A workspace, a removed one too.
    pub(crate) fn workspace(&self, id: Id) -> rusqlite::Result<Option<Workspace>> {
        self.prepare_cached(&format!("SELECT {COLUMNS} FROM workspaces WHERE id = ?1"))?
            .query_row([id], Workspace::read)
            .optional()
    }

    /// All that are not removed, oldest first.
    pub(crate) fn workspaces(&self) -> rusqlite::Result<Vec<Workspace>> {
        self.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM workspaces WHERE status <> 'removed' ORDER BY created_at, rowid"
        ))?
        .query_map([], Workspace::read)?
        .collect()
    }

    /// Those directly below a workspace (below nobody: `None`), without the removed ones.
    pub(crate) fn children(&self, parent: Option<Id>) -> rusqlite::Result<Vec<Workspace>> {
        self.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM workspaces WHERE parent_id IS ?1 AND status <> 'removed'
             ORDER BY created_at, rowid"
        ))?
        .query_map([parent], Workspace::read)?
        .collect()
    }

    /// Everybody below a workspace whose status passes `keep`, reached over such workspaces only, nearest
    /// first.
    pub(crate) fn descendants(
        &self,
        root: Id,
        keep: impl Fn(Status) -> bool,
    ) -> rusqlite::Result<Vec<Workspace>> {
        let mut found: Vec<Workspace> = Vec::new();
        let mut level = vec![root];
        while let Some(parent) = level.pop() {
            for child in self.children(Some(parent))? {
                // Parents can be set to a circle.
                let known = child.id == root || found.iter().any(|other| other.id == child.id);
                if !known && keep(child.status) {
                    level.push(child.id);
                    found.push(child);
                }
            }
        }
        Ok(found)
    }

    /// Sets the status.
    pub(crate) fn set_status(&self, id: Id, status: Status) -> rusqlite::Result<()> {
        self.prepare_cached("UPDATE workspaces SET status = ?2, updated_at = ?3 WHERE id = ?1")?
            .execute((id, status, self.now))?;
        Ok(())
    }

    /// Sets one column of a workspace. `column` is a name from this crate, never from outside.
    pub(crate) fn set_column(
        &self,
        id: Id,
        column: &'static str,
        value: impl rusqlite::ToSql,
    ) -> rusqlite::Result<()> {
        self.prepare_cached(&format!(
            "UPDATE workspaces SET {column} = ?2, updated_at = ?3 WHERE id = ?1"
        ))?
        .execute((id, value, self.now))?;
        Ok(())
    }

    /// The workspace's inbound secret; made when there is none. The second value says whether it was made
    /// now.
    pub(crate) fn inbound_secret(&self, workspace: &Workspace) -> rusqlite::Result<(Secret, bool)> {
        if let Some(secret) = &workspace.inbound_secret {
            return Ok((secret.clone(), false));
        }
        let secret = Secret::mint();
        self.prepare_cached("UPDATE workspaces SET inbound_secret = ?2 WHERE id = ?1")?
            .execute((workspace.id, &secret))?;
        Ok((secret, true))
    }
}
