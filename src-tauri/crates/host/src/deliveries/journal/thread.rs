//! The journal's thread: takes what has gathered, writes it in one transaction, tells everyone, and tidies up when
//! nobody waits.

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

/// What the thread works with.
pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) marks: Arc<Mutex<Marks>>,
    pub(super) state: watch::Sender<JournalState>,
    pub(super) changes: watch::Sender<u64>,
    /// Where a damaged journal of this run lies.
    pub(super) aside: Option<PathBuf>,
    /// The file is a newer version's: it is not ours to write to, whatever happens to the disk.
    pub(super) is_newer: bool,
}

/// An open journal.
struct Open {
    sql: Connection,
    totals: Totals,
    since_checkpoint: u32,
    prune_at: u64,
}

impl Writer {
    /// Starts the thread; it ends when nobody can send it anything. Says whether it runs.
    pub(super) fn start(self, inbox: mpsc::Receiver<Box<dyn Job>>) -> bool {
        let state = self.state.clone();
        let started = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || self.serve(inbox));
        match started {
            Ok(_) => true,
            Err(error) => {
                state.send_replace(JournalState::Off(error.to_string()));
                false
            }
        }
    }

    fn serve(mut self, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
        let mut open = self.open();
        while let Some(first) = inbox.blocking_recv() {
            let mut jobs = vec![first];
            while jobs.len() < BATCH
                && let Ok(more) = inbox.try_recv()
            {
                jobs.push(more);
            }
            // One that could not be used a moment ago may be usable now: a disk gets space again.
            let ready = match open.take() {
                Some(ready) => Some(ready),
                None if self.is_newer => None,
                None => self.open(),
            };
            open = ready.and_then(|ready| self.write(ready, jobs));
        }
        if let Some(open) = open {
            open.close();
        }
    }

    fn open(&mut self) -> Option<Open> {
        match self.try_open() {
            Ok((open, aside)) => {
                self.aside = aside.or(self.aside.take());
                self.is_good();
                Some(open)
            }
            Err(error) => {
                self.is_newer = matches!(error, OpenError::Newer { .. });
                self.is(JournalState::Off(error.to_string()));
                None
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

    /// Writes a batch. Gives the journal back unless it is to be opened anew.
    fn write(&mut self, mut open: Open, mut jobs: Vec<Box<dyn Job>>) -> Option<Open> {
        let written = self.commit(&mut open, &mut jobs);
        if let Err(error) = written {
            tracing::warn!(%error, "the journal of deliveries can't be written");
            self.is(JournalState::Off(error.to_string()));
            // What the failed batch changed in memory is read anew from the file.
            drop(open);
            if file::is_damage(&error) {
                self.aside = file::set_aside(&self.path).ok().or(self.aside.take());
            }
            return None;
        }
        self.is_good();
        for job in jobs {
            job.tell();
        }
        self.changes.send_modify(|count| *count += 1);
        self.tidy(&mut open);
        Some(open)
    }

    fn commit(&self, open: &mut Open, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        let tx = open
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut marks = lock(&self.marks);
        let mut records = Records::new(&tx, &mut open.totals, &mut marks);
        for job in jobs {
            job.run(&mut records)?;
        }
        drop(marks);
        tx.commit()
    }

    /// Keeps the file in its bounds. Whatever fails here fails again where somebody hears of it.
    fn tidy(&self, open: &mut Open) {
        let now = wall_ms();
        if open.totals.are_too_many() || now >= open.prune_at {
            open.prune_at = now + PRUNE_EVERY;
            if let Err(error) = self.prune(open, now) {
                tracing::debug!(%error, "the journal of deliveries could not be pruned");
            }
        }
        open.since_checkpoint += 1;
        if open.since_checkpoint >= CHECKPOINT_EVERY {
            open.checkpoint();
        }
    }

    fn prune(&self, open: &mut Open, now: u64) -> rusqlite::Result<()> {
        let tx = open
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Records::new(&tx, &mut open.totals, &mut lock(&self.marks)).prune(now)?;
        tx.commit()
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
    fn checkpoint(&mut self) {
        self.since_checkpoint = 0;
        let copied = self
            .sql
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = copied {
            tracing::debug!(%error, "the journal of deliveries could not be checkpointed");
        }
    }

    fn close(mut self) {
        self.checkpoint();
    }
}
