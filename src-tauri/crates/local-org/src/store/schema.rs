//! The file: opening it, its tables, and moving an older one to the present version.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::seed;
use crate::clock::Stamp;
use crate::secret::Secret;

/// Marks the file as a local org's, so that no other SQLite file is written into. "lgno" in ASCII.
const APPLICATION_ID: i32 = 0x6c67_6e6f;

/// Statements that are kept ready: more than this crate has.
const STATEMENTS: usize = 128;

/// One step per version of the file, the first from an empty one. Never changed after a release, only added
/// to.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
];

/// Why the data file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder can't be read or written.
    #[error("can't use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{0} is not a local org's data file; give another path with --data")]
    NotOurs(PathBuf),
    /// It was written by a later Ligand.
    #[error(
        "{path} has version {found}, this Ligand knows up to {known}; use the newer Ligand or another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// Another process has it open.
    #[error("{0} is in use by another local org; stop that one or give another path with --data")]
    InUse(PathBuf),
    /// SQLite failed otherwise.
    #[error("the data file can't be opened: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The database's thread can't be started.
    #[error("can't start a thread for the data file: {0}")]
    Thread(std::io::Error),
}

/// Opens the file, makes it when it is missing, and moves it to the present version.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)?;
    let explain = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(path.to_owned()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse(path.to_owned()),
        _ => OpenError::Sql(error),
    };
    let mut sql = Connection::open(path)?;
    // Long enough for a local org that is just stopping, short enough for a person to wait.
    sql.busy_timeout(Duration::from_secs(1))?;
    // One process at a time; also spares the shared-memory file.
    sql.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let version: u32 = sql
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(explain)?;
    let application: i32 = sql
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(explain)?;
    let tables: i64 = sql
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(explain)?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found: version,
            known,
        });
    }
    sql.pragma_update(None, "journal_mode", "WAL").map_err(explain)?;
    // Safe against a killed process; an fsync per heartbeat would be paid for a power cut only.
    sql.pragma_update(None, "synchronous", "NORMAL")?;
    sql.pragma_update(None, "foreign_keys", true)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    let tx = sql.transaction().map_err(explain)?;
    for (step, migration) in (1..=known).zip(MIGRATIONS) {
        if step > version {
            tx.execute_batch(migration)?;
            tx.pragma_update(None, "user_version", step)?;
        }
    }
    if version == 0 {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    tx.commit().map_err(explain)?;
    Ok(sql)
}

/// Makes the file readable for its owner alone before anything is written into it: it holds the admin token.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let explain = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(explain)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(explain)?;
    drop(file);
    Ok(())
}

/// Fills a new file with a small org, mends what a killed process left, and settles the admin token.
pub(super) fn prepare(sql: &mut Connection, now: Stamp, admin: Option<Secret>) -> Result<Secret, OpenError> {
    let tx = sql.transaction()?;
    let meta = |key: &str| -> rusqlite::Result<Option<Secret>> {
        tx.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
            .optional()
    };
    if meta("seeded")?.is_none() {
        seed::plant(&tx, now)?;
        tx.execute("INSERT INTO meta (key, value) VALUES ('seeded', '1')", [])?;
    }
    // A message that was on its way to an agent when the process died goes back into the queue: it was
    // acknowledged.
    tx.execute(
        "UPDATE messages SET state = 'queued', dispatched_at = NULL WHERE state = 'dispatched'",
        [],
    )?;
    let admin = match (admin, meta("admin_token")?) {
        (Some(given), _) => given,
        (None, Some(stored)) => stored,
        (None, None) => {
            let made = Secret::mint();
            tx.execute(
                "INSERT INTO meta (key, value) VALUES ('admin_token', ?1)",
                [&made],
            )?;
            made
        }
    };
    tx.commit()?;
    Ok(admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_first_version_keeps_its_rows_and_becomes_one_of_the_present() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        old.execute(
            "INSERT INTO workspaces (id, name, tier, status, runtime, created_at, updated_at)
             VALUES ('w', 'Laptop', 3, 'online', 'external', 1, 1)",
            [],
        )
        .unwrap();
        drop(old);
        let sql = open(&path).unwrap();
        let version: u32 = sql
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version as usize, MIGRATIONS.len());
        let row: (String, i64) = sql
            .query_row("SELECT name, last_acked_seq FROM workspaces", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(row, ("Laptop".to_owned(), 0));
    }
}
