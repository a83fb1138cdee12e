//! Tokens of workspaces and of the org. Only their hashes are kept.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use super::Tx;
use crate::clock::Stamp;
use crate::id::Id;
use crate::secret::{Digest, Secret};

/// A live token of the org, as it is listed.
pub(crate) struct OrgToken {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    pub(crate) created_by: String,
    pub(crate) prefix: String,
    pub(crate) created_at: Stamp,
    pub(crate) last_used_at: Option<Stamp>,
}

/// The most that a listing shows; the platform's number.
const LISTED_ORG_TOKENS: u32 = 500;

impl Tx<'_> {
    /// Makes a token for a workspace.
    pub(crate) fn mint_token(&self, workspace: Id) -> rusqlite::Result<Secret> {
        let token = Secret::mint();
        self.prepare_cached(
            "INSERT INTO tokens (id, workspace_id, digest, prefix, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((Id::new(), workspace, token.digest(), token.prefix(), self.now))?;
        Ok(token)
    }

    /// The live tokens of a workspace, newest first.
    pub(crate) fn tokens(&self, workspace: Id, limit: u32, offset: u32) -> rusqlite::Result<Vec<Value>> {
        self.prepare_cached(
            "SELECT id, prefix, created_at, last_used_at FROM tokens
             WHERE workspace_id = ?1 AND revoked_at IS NULL ORDER BY created_at DESC, rowid DESC
             LIMIT ?2 OFFSET ?3",
        )?
        .query_map((workspace, limit, offset), |row| {
            Ok(json!({
                "id": row.get::<_, Id>(0)?,
                "prefix": row.get::<_, String>(1)?,
                "created_at": row.get::<_, Stamp>(2)?,
                "last_used_at": row.get::<_, Option<Stamp>>(3)?,
            }))
        })?
        .collect()
    }

    /// How many live tokens a workspace has.
    pub(crate) fn live_tokens(&self, workspace: Id) -> rusqlite::Result<u32> {
        self.prepare_cached("SELECT count(*) FROM tokens WHERE workspace_id = ?1 AND revoked_at IS NULL")?
            .query_row([workspace], |row| row.get(0))
    }

    /// Revokes one token of a workspace; false when there is none alive of that id.
    pub(crate) fn revoke_token(&self, workspace: Id, token: Id) -> rusqlite::Result<bool> {
        let changed = self
            .prepare_cached(
                "UPDATE tokens SET revoked_at = ?3 WHERE id = ?2 AND workspace_id = ?1 AND revoked_at IS NULL",
            )?
            .execute((workspace, token, self.now))?;
        Ok(changed > 0)
    }

    /// Whether a workspace has a token that was not revoked.
    pub(crate) fn has_live_token(&self, workspace: Id) -> rusqlite::Result<bool> {
        self.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM tokens WHERE workspace_id = ?1 AND revoked_at IS NULL)",
        )?
        .query_row([workspace], |row| row.get(0))
    }

    /// The workspace that a token belongs to. A token of a removed workspace is never valid, even one made
    /// afterwards.
    pub(crate) fn owner_of_token(&self, digest: &Digest) -> rusqlite::Result<Option<Id>> {
        let found: Option<(Id, Id)> = self
            .prepare_cached(
                "SELECT t.id, t.workspace_id FROM tokens t JOIN workspaces w ON w.id = t.workspace_id
                 WHERE t.digest = ?1 AND t.revoked_at IS NULL AND w.status <> 'removed'",
            )?
            .query_row([digest], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((token, owner)) = found else {
            return Ok(None);
        };
        self.prepare_cached("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1")?
            .execute((token, self.now))?;
        Ok(Some(owner))
    }

    /// Revokes all tokens of a workspace.
    pub(crate) fn revoke_tokens(&self, workspace: Id) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE tokens SET revoked_at = ?2 WHERE workspace_id = ?1 AND revoked_at IS NULL",
        )?
        .execute((workspace, self.now))?;
        Ok(())
    }

    /// Makes a token of the org.
    pub(crate) fn mint_org_token(&self, name: &str, created_by: &str) -> rusqlite::Result<(Id, Secret)> {
        let (id, token) = (Id::new(), Secret::mint());
        self.prepare_cached(
            "INSERT INTO org_tokens (id, name, created_by, digest, prefix, created_at)
             VALUES (?1, nullif(?2, ''), ?3, ?4, ?5, ?6)",
        )?
        .execute((id, name, created_by, token.digest(), token.prefix(), self.now))?;
        Ok((id, token))
    }

    /// The prefix of a live token of the org.
    pub(crate) fn org_token(&self, digest: &Digest) -> rusqlite::Result<Option<String>> {
        let found: Option<(Id, String)> = self
            .prepare_cached("SELECT id, prefix FROM org_tokens WHERE digest = ?1 AND revoked_at IS NULL")?
            .query_row([digest], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, prefix)) = found else {
            return Ok(None);
        };
        self.prepare_cached("UPDATE org_tokens SET last_used_at = ?2 WHERE id = ?1")?
            .execute((id, self.now))?;
        Ok(Some(prefix))
    }

    /// The live tokens of the org, newest first.
    pub(crate) fn org_tokens(&self) -> rusqlite::Result<Vec<OrgToken>> {
        self.prepare_cached(
            "SELECT id, name, created_by, prefix, created_at, last_used_at FROM org_tokens
             WHERE revoked_at IS NULL ORDER BY created_at DESC, rowid DESC LIMIT ?1",
        )?
        .query_map([LISTED_ORG_TOKENS], |row| {
            Ok(OrgToken {
                id: row.get(0)?,
                name: row.get(1)?,
                created_by: row.get(2)?,
                prefix: row.get(3)?,
                created_at: row.get(4)?,
                last_used_at: row.get(5)?,
            })
        })?
        .collect()
    }

    /// Revokes a token of the org; false when there is none alive.
    pub(crate) fn revoke_org_token(&self, id: Id) -> rusqlite::Result<bool> {
        let changed = self
            .prepare_cached("UPDATE org_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
            .execute((id, self.now))?;
        Ok(changed > 0)
    }
}
