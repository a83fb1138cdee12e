//! Who writes the journal: whoever comes, where nobody else is at it, or the journal's thread, which takes what has
//! gathered in one transaction and tidies up when nobody waits.
//!
//! A commit is a write into the system's page cache: less than handing it to another thread and back. What waits for the
//! disk itself (a checkpoint, and the first commit after one) is the thread's alone.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    JournalState, Marks,
    file::{self, OpenError},
    lock,
    records::{Records, Totals},
};
use crate::clock::wall_ms;

/// Jobs of one transaction.
const BATCH: usize = 64;
/// Transactions between two checkpoints: about 1 MB of log.
const CHECKPOINT_EVERY: u32 = 128;
/// How often what is too old is looked for, in milliseconds.
const PRUNE_EVERY: u64 = 60 * 60 * 1_000;

/// Something to do with the records, and someone who waits for it.
pub(super) trait Job: Send {
    /// Does it.
    fn run(&mut self, records: &mut Records<'_>) -> rusqlite::Result<()>;
    /// Tells that it was committed. One that is dropped instead was not.
    fn tell(self: Box<Self>);
}

/// A job with its result.
pub(super) struct Task<T, F> {
    work: Option<F>,
    made: Option<T>,
    reply: oneshot::Sender<T>,
}

impl<T, F> Task<T, F> {
    pub(super) fn new(work: F, reply: oneshot::Sender<T>) -> Self {
        Self {
            work: Some(work),
            made: None,
            reply,
        }
    }
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&mut Records<'_>) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, records: &mut Records<'_>) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.made = Some(work(records)?);
        }
        Ok(())
    }

    fn tell(self: Box<Self>) {
        if let Some(made) = self.made {
            // Who has gone does not need it.
            let _ = self.reply.send(made);
        }
    }
}

/// The file, and everyone who hears of it.
pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) marks: Arc<Mutex<Marks>>,
    pub(super) state: watch::Sender<JournalState>,
    pub(super) changes: watch::Sender<u64>,
    open: Option<Open>,
    /// Where a damaged journal of this run lies.
    aside: Option<PathBuf>,
    /// The file is a newer version's: it is not ours to write to, whatever happens to the disk.
    is_newer: bool,
}

/// An open journal.
struct Open {
    sql: Connection,
    totals: Totals,
    since_checkpoint: u32,
    prune_at: u64,
}

/// Starts the thread; it ends when nobody can send it anything. Says whether it runs.
pub(super) fn start(writer: &Arc<Mutex<Writer>>, inbox: mpsc::Receiver<Box<dyn Job>>) -> bool {
    let (ours, theirs) = (Arc::clone(writer), Arc::clone(writer));
    let started = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || serve(&theirs, inbox));
    match started {
        Ok(_) => true,
        Err(error) => {
            lock(&ours).is(JournalState::Off(error.to_string()));
            false
        }
    }
}

fn serve(writer: &Mutex<Writer>, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
    lock(writer).open();
    while let Some(first) = inbox.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < BATCH
            && let Ok(more) = inbox.try_recv()
        {
            jobs.push(more);
        }
        let mut writer = lock(writer);
        // One that could not be used a moment ago may be usable now: a disk gets space again.
        writer.open();
        if writer.write(&mut jobs) {
            jobs.into_iter().for_each(Job::tell);
            writer.tidy();
        }
    }
    lock(writer).close();
}

impl Writer {
    pub(super) fn new(
        path: PathBuf,
        marks: Arc<Mutex<Marks>>,
        state: watch::Sender<JournalState>,
        changes: watch::Sender<u64>,
    ) -> Self {
        Self {
            path,
            marks,
            state,
            changes,
            open: None,
            aside: None,
            is_newer: false,
        }
    }

    /// Writes a job at once where that is short: the file is open, and there is nothing to tidy up. Gives the job back
    /// otherwise.
    pub(super) fn write_now(&mut self, job: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        let is_short = self.open.as_ref().is_some_and(|open| !open.is_to_be_tidied());
        if !is_short {
            return Err(job);
        }
        let mut jobs = vec![job];
        if self.write(&mut jobs) {
            jobs.into_iter().for_each(Job::tell);
        }
        Ok(())
    }

    fn open(&mut self) {
        if self.open.is_some() || self.is_newer {
            return;
        }
        match self.try_open() {
            Ok((open, aside)) => {
                self.open = Some(open);
                self.aside = aside.or(self.aside.take());
                self.is_good();
            }
            Err(error) => {
                self.is_newer = matches!(error, OpenError::Newer { .. });
                self.is(JournalState::Off(error.to_string()));
            }
        }
    }

    fn try_open(&self) -> Result<(Open, Option<PathBuf>), OpenError> {
        let (mut sql, aside) = file::open(&self.path)?;
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut totals = Totals::default();
        Records::new(&tx, &mut totals, &mut lock(&self.marks)).recover()?;
        tx.commit()?;
        let open = Open {
            sql,
            totals,
            since_checkpoint: 0,
            prune_at: 0,
        };
        Ok((open, aside))
    }

    /// Writes a batch. Says whether it was committed; those who wait for one that was not are told by its end.
    fn write(&mut self, jobs: &mut [Box<dyn Job>]) -> bool {
        let Some(open) = &mut self.open else { return false };
        match open.commit(&self.marks, jobs) {
            Ok(has_changed) => {
                self.is_good();
                // Who follows reads after each change: a look that counted as one would be followed by the next.
                if has_changed {
                    self.changes.send_modify(|count| *count += 1);
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the journal of deliveries can't be written");
                self.is(JournalState::Off(error.to_string()));
                // What the failed batch changed in memory is read anew from the file.
                self.open = None;
                if file::is_damage(&error) {
                    self.aside = file::set_aside(&self.path).ok().or(self.aside.take());
                }
                false
            }
        }
    }

    /// Keeps the file in its bounds. Whatever fails here fails again where somebody hears of it.
    fn tidy(&mut self) {
        let Some(open) = &mut self.open else { return };
        if !open.is_to_be_tidied() {
            return;
        }
        let now = wall_ms();
        if open.totals.are_too_many() || now >= open.prune_at {
            open.prune_at = now + PRUNE_EVERY;
            if let Err(error) = open.prune(&self.marks, now) {
                tracing::debug!(%error, "the journal of deliveries could not be pruned");
            }
        }
        open.checkpoint();
    }

    fn close(&mut self) {
        if let Some(mut open) = self.open.take() {
            open.checkpoint();
        }
    }

    fn is_good(&self) {
        self.is(match &self.aside {
            None => JournalState::Good,
            Some(aside) => JournalState::Begun(format!(
                "the journal of deliveries was damaged and lies at {} now",
                aside.display()
            )),
        });
    }

    fn is(&self, state: JournalState) {
        self.state.send_if_modified(|before| {
            let is_new = *before != state;
            *before = state;
            is_new
        });
    }
}

impl Open {
    fn is_to_be_tidied(&self) -> bool {
        self.since_checkpoint >= CHECKPOINT_EVERY
            || self.totals.are_too_many()
            || self.totals.is_forgetting
            || wall_ms() >= self.prune_at
    }

    /// Says whether that changed anything.
    fn commit(&mut self, marks: &Mutex<Marks>, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
        let before = self.sql.total_changes();
        let tx = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut marks = lock(marks);
        let mut records = Records::new(&tx, &mut self.totals, &mut marks);
        for job in jobs {
            job.run(&mut records)?;
        }
        drop(marks);
        tx.commit()?;
        let has_changed = self.sql.total_changes() != before;
        self.since_checkpoint += u32::from(has_changed);
        Ok(has_changed)
    }

    fn prune(&mut self, marks: &Mutex<Marks>, now: u64) -> rusqlite::Result<()> {
        let tx = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Records::new(&tx, &mut self.totals, &mut lock(marks)).prune(now)?;
        tx.commit()
    }

    /// Brings the log into the file. The first commit after that begins the log anew, which waits for the disk too: it is
    /// made here, where nobody waits.
    fn checkpoint(&mut self) {
        self.since_checkpoint = 0;
        self.totals.is_forgetting = false;
        let copied = self
            .sql
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .and_then(|()| file::touch(&self.sql));
        if let Err(error) = copied {
            tracing::debug!(%error, "the journal of deliveries could not be checkpointed");
        }
    }
}
