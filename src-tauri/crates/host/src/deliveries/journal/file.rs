//! The journal's file: opening it, its version, and what to do with one that can't be used.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode};

use crate::{clock::wall_ms, files};

/// Marks the file as ours. "lgjn" in ASCII.
const APPLICATION_ID: i32 = 0x6c67_6a6e;

/// One step per version of the file, the first from an empty one. Never changed after a release, only added to.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// Statements that are kept ready: more than there are.
const STATEMENTS: usize = 32;

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{} has version {found} and this Ligand knows up to {known}; use the newer Ligand again, or move the file away", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
}

/// Opens the journal, makes it when it is missing, and moves it to the present version. A damaged one is set aside for
/// a new one, and that it was is told.
pub(super) fn open(path: &Path) -> Result<(Connection, Option<PathBuf>), OpenError> {
    match open_as_it_is(path) {
        Err(OpenError::Sql(error)) if is_damage(&error) => {
            let aside = set_aside(path)?;
            Ok((open_as_it_is(path)?, Some(aside)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Whether the file itself is at fault, and not the disk around it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

fn open_as_it_is(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)?;
    let mut sql = Connection::open(path)?;
    // The host's lock has let nobody else in; also spares the shared-memory file.
    sql.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let version: u32 = sql.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        let path = path.to_owned();
        return Err(OpenError::Newer {
            path,
            found: version,
            known,
        });
    }
    sql.pragma_update(None, "journal_mode", "WAL")?;
    // A committed row outlives the process at once, and a power cut once the log was checkpointed. An fsync for every
    // message would cost more time than everything else that is done for it.
    sql.pragma_update(None, "synchronous", "NORMAL")?;
    // Done between batches instead, when nobody waits.
    sql.pragma_update(None, "wal_autocheckpoint", 0)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    let tx = sql.transaction()?;
    for (step, migration) in (1..=known).zip(MIGRATIONS) {
        if step > version {
            tx.execute_batch(migration)?;
            tx.pragma_update(None, "user_version", step)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
    }
    tx.commit()?;
    Ok(sql)
}

/// Writes a page that says nothing new.
pub(super) fn touch(sql: &Connection) -> rusqlite::Result<()> {
    sql.pragma_update(None, "application_id", APPLICATION_ID)
}

/// Nobody else may read the file from its first byte on.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files::make_dir(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| files::named(path, &error))?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(|error| files::named(path, &error))?;
    drop(file);
    Ok(())
}

/// Gives a damaged file another name, so that nothing of it is lost to whoever can read it.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = path.with_extension(format!("damaged-{}", wall_ms()));
    std::fs::rename(path, &aside).map_err(|error| files::named(path, &error))?;
    for log in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(log);
        files::remove(Path::new(&name))?;
    }
    Ok(aside)
}
