//! The activity log: what was asked of a workspace and what it answered.

use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, Row};
use serde_json::{Map, Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;

/// Something to be logged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    pub(crate) activity_type: &'static str,
    pub(crate) source: Option<Id>,
    pub(crate) target: Option<Id>,
    pub(crate) method: String,
    pub(crate) summary: String,
    /// JSON text.
    pub(crate) request_body: Option<String>,
    /// JSON text.
    pub(crate) response_body: Option<String>,
    /// JSON text.
    pub(crate) tool_trace: Option<String>,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) status: String,
    pub(crate) error_detail: Option<String>,
    /// Rows with the same message are one row, where the generation keeps it so.
    pub(crate) message_id: Option<String>,
    /// A request that comes again under this key is the same one.
    pub(crate) idempotency_key: Option<String>,
}

/// Which rows are wanted.
#[derive(Default)]
pub(crate) struct ActivityQuery {
    pub(crate) activity_type: Option<String>,
    /// `Some(true)`: from people; `Some(false)`: from workspaces.
    pub(crate) from_canvas: Option<bool>,
    pub(crate) since_id: Option<String>,
    pub(crate) since: Option<Stamp>,
    pub(crate) peer: Option<Id>,
    pub(crate) before: Option<Stamp>,
    pub(crate) limit: u32,
}

/// What was found.
pub(crate) enum Page {
    /// The rows, as JSON.
    Rows(Vec<Value>),
    /// The cursor is not a row of this workspace (any more).
    CursorGone,
}

impl Tx<'_> {
    /// Logs something about `workspace` and tells everybody.
    pub(crate) fn log_activity(&mut self, workspace: Id, entry: &Activity) -> rusqlite::Result<()> {
        self.insert_activity(workspace, entry)?;
        self.announce_activity(workspace, entry);
        Ok(())
    }

    /// Logs something about `workspace`. Empty texts are absent.
    pub(crate) fn insert_activity(&self, workspace: Id, entry: &Activity) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO activity (id, workspace_id, activity_type, source_id, target_id, method, summary,
                                   request_body, response_body, tool_trace, duration_ms, status, error_detail,
                                   message_id, created_at, idempotency_key)
             VALUES (?1, ?2, ?3, ?4, ?15, nullif(?5, ''), nullif(?6, ''), ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                     ?16)
             ON CONFLICT (workspace_id, message_id) WHERE message_id IS NOT NULL DO UPDATE SET
                summary = excluded.summary,
                response_body = coalesce(excluded.response_body, response_body),
                tool_trace = coalesce(excluded.tool_trace, tool_trace),
                duration_ms = coalesce(excluded.duration_ms, duration_ms),
                status = excluded.status,
                error_detail = excluded.error_detail",
        )?
        .execute(rusqlite::params![
            Id::new(),
            workspace,
            entry.activity_type,
            entry.source,
            entry.method,
            entry.summary,
            entry.request_body,
            entry.response_body,
            entry.tool_trace,
            entry.duration_ms,
            entry.status,
            entry.error_detail,
            entry.message_id,
            self.now,
            entry.target,
            entry.idempotency_key,
        ])?;
        Ok(())
    }

    fn announce_activity(&mut self, workspace: Id, entry: &Activity) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut payload = json!({
            "activity_type": entry.activity_type,
            "method": text(&entry.method),
            "summary": text(&entry.summary),
            "status": entry.status,
            "source_id": entry.source,
            "target_id": entry.target,
            "duration_ms": entry.duration_ms,
        });
        let mut add = |key: &str, value: Value| {
            payload[key] = value;
        };
        if let Some(trace) = &entry.tool_trace {
            add("tool_trace", raw(trace));
        }
        if self.realm.era.keeps_one_row_per_message() {
            add(
                "request_body",
                entry.request_body.as_deref().map_or(Value::Null, raw),
            );
            add(
                "response_body",
                entry.response_body.as_deref().map_or(Value::Null, raw),
            );
            add("error_detail", json!(entry.error_detail));
            add("message_id", json!(entry.message_id));
        }
        self.announce(workspace, "ACTIVITY_LOGGED", payload);
    }

    /// Marks everything up to a number as seen by the workspace's agent, and gives the number that counts now: it
    /// never goes back.
    pub(crate) fn ack_activity(&self, workspace: Id, seq: i64) -> rusqlite::Result<i64> {
        self.prepare_cached(
            "UPDATE workspaces SET last_acked_seq = max(last_acked_seq, ?2) WHERE id = ?1
             RETURNING last_acked_seq",
        )?
        .query_row((workspace, seq), |row| row.get(0))
        .optional()
        .map(|acked| acked.unwrap_or(seq))
    }

    /// Reads the log of a workspace: newest first, or from a cursor on, oldest first.
    pub(crate) fn activity(&self, workspace: Id, query: &ActivityQuery) -> rusqlite::Result<Page> {
        let mut clauses = vec!["workspace_id = ?".to_owned()];
        let mut values: Vec<Sql> = vec![workspace.to_string().into()];
        let mut order = "DESC";
        if let Some(cursor) = &query.since_id {
            let seq: Option<i64> = self
                .prepare_cached("SELECT seq FROM activity WHERE id = ?1 AND workspace_id = ?2")?
                .query_row((cursor, workspace), |row| row.get(0))
                .optional()?;
            let Some(seq) = seq else {
                return Ok(Page::CursorGone);
            };
            clauses.push("seq > ?".into());
            values.push(seq.into());
            order = "ASC";
        }
        if let Some(wanted) = &query.activity_type {
            clauses.push("activity_type = ?".into());
            values.push(wanted.clone().into());
        }
        if let Some(from_canvas) = query.from_canvas {
            clauses.push(
                if from_canvas {
                    "source_id IS NULL"
                } else {
                    "source_id IS NOT NULL"
                }
                .into(),
            );
        }
        if let Some(peer) = query.peer {
            clauses.push("(source_id = ? OR target_id = ?)".into());
            values.extend([peer.to_string().into(), peer.to_string().into()]);
        }
        for (bound, clause) in [(query.since, "created_at >= ?"), (query.before, "created_at < ?")] {
            if let Some(bound) = bound {
                clauses.push(clause.into());
                values.push(Sql::Integer(bound.micros()));
            }
        }
        values.push(i64::from(query.limit).into());
        let statement = format!(
            "SELECT id, workspace_id, activity_type, source_id, target_id, method, summary, duration_ms,
                    status, error_detail, created_at, request_body, response_body, tool_trace, seq
             FROM activity WHERE {} ORDER BY seq {order} LIMIT ?",
            clauses.join(" AND ")
        );
        let numbered = self.realm.era.has_activity_cursor();
        let rows = self
            .prepare_cached(&statement)?
            .query_map(rusqlite::params_from_iter(values), |row| view(row, numbered))?
            .collect::<Result<_, _>>()?;
        Ok(Page::Rows(rows))
    }
}

/// JSON text as a value; `null` when it isn't JSON.
fn raw(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn view(row: &Row<'_>, numbered: bool) -> rusqlite::Result<Value> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let mut view = Map::new();
    for (index, key) in [
        "id",
        "workspace_id",
        "activity_type",
        "source_id",
        "target_id",
        "method",
        "summary",
    ]
    .into_iter()
    .enumerate()
    {
        view.insert(key.into(), json!(text(index)?));
    }
    view.insert("duration_ms".into(), json!(row.get::<_, Option<i64>>(7)?));
    view.insert("status".into(), json!(text(8)?));
    view.insert("error_detail".into(), json!(text(9)?));
    view.insert("created_at".into(), json!(row.get::<_, Stamp>(10)?));
    for (index, key) in [(11, "request_body"), (12, "response_body"), (13, "tool_trace")] {
        if let Some(body) = text(index)? {
            view.insert(key.into(), raw(&body));
        }
    }
    if numbered {
        view.insert("seq".into(), json!(row.get::<_, i64>(14)?));
    }
    Ok(Value::Object(view))
}
