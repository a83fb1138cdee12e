//! Secrets of the org and of its workspaces.
//!
//! In clear text in a file that only its owner can read: the local org is for trying, and its secrets are what the
//! trial's agent is to be given.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;
use crate::secret::Secret;

impl Tx<'_> {
    /// Sets a secret of a workspace.
    pub(crate) fn set_secret(&self, workspace: Id, name: &str, value: &str) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO secrets (workspace_id, name, value, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (workspace_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        )?
        .execute((workspace.to_string(), name, value, self.now))?;
        Ok(())
    }

    /// Deletes a secret of a workspace; false when there is none.
    pub(crate) fn delete_secret(&self, workspace: Id, name: &str) -> rusqlite::Result<bool> {
        let changed = self
            .prepare_cached("DELETE FROM secrets WHERE workspace_id = ?1 AND name = ?2")?
            .execute((workspace.to_string(), name))?;
        Ok(changed > 0)
    }

    /// What a workspace's agent gets: the org's secrets, and over them the workspace's own.
    pub(crate) fn secret_values(&self, workspace: Id) -> rusqlite::Result<BTreeMap<String, Secret>> {
        self.prepare_cached(
            "SELECT name, value FROM secrets WHERE workspace_id IN ('', ?1) ORDER BY workspace_id <> ''",
        )?
        .query_map([workspace.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
    }

    /// Which secrets a workspace has, without their values.
    pub(crate) fn secret_names(&self, workspace: Id) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "SELECT name, workspace_id <> '', created_at, updated_at FROM secrets s
             WHERE workspace_id = ?1 OR (workspace_id = '' AND NOT EXISTS
                (SELECT 1 FROM secrets own WHERE own.workspace_id = ?1 AND own.name = s.name))
             ORDER BY workspace_id = '', name",
        )?
        .query_map([workspace.to_string()], |row| {
            let own: bool = row.get(1)?;
            Ok(json!({
                "key": row.get::<_, String>(0)?,
                "has_value": true,
                "scope": if own { "workspace" } else { "global" },
                "created_at": row.get::<_, Stamp>(2)?,
                "updated_at": row.get::<_, Stamp>(3)?,
            }))
        })?
        .collect()
    }
}
