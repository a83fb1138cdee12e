//! Who may talk to whom: itself, its siblings, and everybody above or below it in the org.

use rusqlite::{Connection, OptionalExtension};

use crate::era::Era;
use crate::id::Id;

/// Steps up the parents before a chain is taken for a circle; the platform's number.
const MAX_HOPS: usize = 32;

/// The parent of a workspace: `None` when the workspace is unknown, `Some(None)` when it is at the top.
pub(crate) fn parent(sql: &Connection, id: Id) -> rusqlite::Result<Option<Option<Id>>> {
    sql.prepare_cached("SELECT parent_id FROM workspaces WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// Whether `a` may talk to `b`.
pub(crate) fn may_talk(sql: &Connection, era: Era, a: Id, b: Id) -> rusqlite::Result<bool> {
    if a == b {
        return Ok(true);
    }
    let (Some(above_a), Some(above_b)) = (parent(sql, a)?, parent(sql, b)?) else {
        return Ok(false);
    };
    let siblings = match (above_a, above_b) {
        (Some(a), Some(b)) => a == b,
        (None, None) => era.roots_are_siblings(),
        _ => false,
    };
    Ok(siblings || is_above(sql, a, above_b)? || is_above(sql, b, above_a)?)
}

/// Whether `ancestor` is `from` or above it.
fn is_above(sql: &Connection, ancestor: Id, mut from: Option<Id>) -> rusqlite::Result<bool> {
    for _ in 0..MAX_HOPS {
        match from {
            None => return Ok(false),
            Some(id) if id == ancestor => return Ok(true),
            Some(id) => from = parent(sql, id)?.flatten(),
        }
    }
    Ok(false)
}
