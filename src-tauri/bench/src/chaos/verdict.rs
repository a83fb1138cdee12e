//! What became of each message: read from the files of host, org and agent, and from nobody's word.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use ligand_e2e::Era;
use rusqlite::{Connection, OpenFlags};

use super::Outcome;
use super::scene::Scene;

/// What is known of messages, by their ids.
pub(super) struct Fates {
    /// The host's journal: the best that became of each, and whether an answer is still owed.
    journal: HashMap<String, (String, bool)>,
    /// The platform's queue: the state of each.
    queue: HashMap<String, String>,
}

impl Fates {
    /// Reads copies of the files: their owners keep them locked.
    pub(super) fn read(scene: &Scene) -> Self {
        let mut journal: HashMap<String, (String, bool)> = HashMap::new();
        rows(
            &scene.journal(),
            "SELECT message_id, coalesce(outcome, 'working'), owed IS NOT NULL FROM deliveries ORDER BY seq",
            |row| {
                let Some(id) = row.get::<_, Option<String>>(0)? else {
                    return Ok(());
                };
                let (outcome, owed): (String, bool) = (row.get(1)?, row.get(2)?);
                let is_final = |outcome: &str| matches!(outcome, "answered" | "unknown");
                let known = journal.get(&id).is_some_and(|(known, _)| is_final(known));
                if !known || is_final(&outcome) {
                    journal.insert(id, (outcome, owed));
                }
                Ok(())
            },
        );
        let mut queue = HashMap::new();
        // One that waits anywhere waits; it may have been queued before and be done there.
        let sql = "SELECT message_id, state FROM messages WHERE message_id IS NOT NULL
                   ORDER BY state IN ('queued', 'dispatched'), seq";
        rows(&scene.org_file(), sql, |row| {
            queue.insert(row.get(0)?, row.get(1)?);
            Ok(())
        });
        Self { journal, queue }
    }

    fn outcome(&self, id: &str) -> Option<&str> {
        self.journal.get(id).map(|(outcome, _)| outcome.as_str())
    }

    /// Whether something may still become of it.
    pub(super) fn is_open(&self, id: &str) -> bool {
        match self.journal.get(id) {
            Some((outcome, owed)) if matches!(outcome.as_str(), "answered" | "unknown") => *owed,
            // What the platform has given up does not come again.
            _ => !matches!(
                self.queue.get(id).map(String::as_str),
                Some("completed" | "failed" | "dropped")
            ),
        }
    }
}

/// Counts.
pub(super) fn of(scene: &Scene, acknowledged: &HashSet<String>) -> Outcome {
    let fates = Fates::read(scene);
    let log = std::fs::read_to_string(scene.agent_log()).unwrap_or_default();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for id in log.lines() {
        *seen.entry(id).or_default() += 1;
    }
    let mut outcome = Outcome {
        sent: acknowledged.len(),
        ..Outcome::default()
    };
    for (id, times) in seen.into_iter().filter(|(_, times)| *times > 1) {
        eprintln!("    doubled: {id} was seen {times} times");
        outcome.doubled += 1;
    }
    for id in acknowledged {
        let is_owed = fates.journal.get(id).is_some_and(|(_, owed)| *owed);
        match fates.outcome(id) {
            Some("answered") if !is_owed => outcome.answered += 1,
            Some("unknown") if !is_owed => outcome.unknown += 1,
            // The older generation takes a drained message that met a busy agent for done.
            _ if scene.era == Era::S
                && matches!(
                    fates.queue.get(id).map(String::as_str),
                    Some("completed" | "failed")
                ) =>
            {
                outcome.lost_by_platform += 1;
            }
            other => {
                eprintln!("    lost: {id} ({other:?}, queue {:?})", fates.queue.get(id));
                outcome.lost += 1;
            }
        }
    }
    outcome
}

/// Reads rows of a copy of a database that another process has open.
fn rows(file: &Path, sql: &str, mut each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>) {
    let copy = tempfile(file);
    let Ok(db) = Connection::open_with_flags(&copy.0, OpenFlags::SQLITE_OPEN_READ_WRITE) else {
        return;
    };
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = db.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            each(row)?;
        }
        Ok(())
    };
    // A copy that was taken in the middle of a checkpoint can't be read; the next one can.
    let _torn = read();
}

/// A copy of a database and its log, gone when it is dropped.
struct Copy(std::path::PathBuf);

fn tempfile(file: &Path) -> Copy {
    let place = std::env::temp_dir().join(format!("ligand-chaos-{}.db", uuid::Uuid::new_v4()));
    for end in ["", "-wal"] {
        let with = |path: &Path| format!("{}{end}", path.display());
        let _absent = std::fs::copy(with(file), with(&place));
    }
    Copy(place)
}

impl Drop for Copy {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}
