//! The kept events, as they are listed.

use serde_json::{Value, json};

use super::Tx;
use crate::clock::Stamp;

/// The most that a listing shows; the platform's number.
const LISTED: u32 = 100;

impl Tx<'_> {
    /// The newest events, of one workspace or of all.
    pub(crate) fn events(&self, workspace: Option<&str>) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "SELECT id, kind, workspace_id, payload, at FROM events
             WHERE ?1 IS NULL OR workspace_id = ?1 ORDER BY seq DESC LIMIT ?2",
        )?
        .query_map((workspace, LISTED), |row| {
            let payload: String = row.get(3)?;
            Ok(json!({
                "id": row.get::<_, String>(0)?,
                "event_type": row.get::<_, String>(1)?,
                "workspace_id": row.get::<_, String>(2)?,
                "payload": serde_json::from_str::<Value>(&payload).unwrap_or_default(),
                "created_at": row.get::<_, Stamp>(4)?,
            }))
        })?
        .collect()
    }
}
