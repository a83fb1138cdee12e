//! The journal: what became of every delivery, on disk before it goes to the agent and before its answer goes out.
//!
//! It tells after a crash what had reached the agent, gives the same delivery its answer again, and shows people what
//! came. It is bounded in age, rows and bytes, and holds no credentials. It decides nothing: where it can't be written
//! the deliveries go on without it, and [`JournalState`] says so.
//!
//! A commit outlives the process; a power cut can take the last few. Who writes it says [`thread`].

mod file;
mod records;
#[cfg(test)]
mod tests;
mod thread;
mod views;

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

pub(super) use records::Entry;
pub(crate) use records::Owed;
use records::Records;
use thread::{Job, Writer};
pub use views::{AnswerView, DeliveryDetail, DeliveryView};

use super::{
    delivery::Ending,
    message::Key,
    recorder::{Recorded, Recorder},
    replay::NoReplay,
};

/// Jobs that may wait for the journal's thread; who comes later waits outside.
const INBOX: usize = 256;

/// How the journal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalState {
    /// It is written.
    Good,
    /// It is written, but an older one was damaged and lies aside: what it knew is not known any more.
    Begun(String),
    /// It can't be written, for this reason. It is tried again with every delivery, unless it is a newer version's.
    Off(String),
}

/// Marks of the keys that are in the file; none before the file was read.
type Marks = Option<HashSet<u64>>;

/// The journal of one host. Clones are the same journal.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    writer: Option<Arc<Mutex<Writer>>>,
    work: Option<mpsc::Sender<Box<dyn Job>>>,
    /// A new message need not be looked up in the file.
    marks: Arc<Mutex<Marks>>,
    recorder: Recorder,
    state: watch::Receiver<JournalState>,
    /// The number of the newest change, for those who follow.
    changes: watch::Receiver<u64>,
}

impl Journal {
    /// Does something while nobody writes the file or its log: a copy of the two is then what a kill leaves.
    #[cfg(test)]
    pub(crate) fn while_at_rest(&self, act: impl FnOnce()) {
        let _writer = self.0.writer.as_ref().map(|writer| lock(writer));
        act();
    }

    /// Opens the journal at this path; one that can't be opened is one that is off. Never fails: deliveries go on.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let marks = Arc::<Mutex<Marks>>::default();
        let (work, inbox) = mpsc::channel(INBOX);
        let (tell_state, state) = watch::channel(JournalState::Good);
        let (tell_change, changes) = watch::channel(0);
        let writer = Writer::new(path.to_owned(), Arc::clone(&marks), tell_state, tell_change);
        let writer = Arc::new(Mutex::new(writer));
        let work = thread::start(&writer, inbox).then_some(work);
        Self(Arc::new(Inner {
            writer: Some(writer),
            work,
            marks,
            recorder: Recorder::default(),
            state,
            changes,
        }))
    }

    /// One that keeps nothing, for what needs none.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new(Inner {
            writer: None,
            work: None,
            marks: Arc::default(),
            recorder: Recorder::default(),
            state: watch::channel(JournalState::Good).1,
            changes: watch::channel(0).1,
        }))
    }

    /// How it is, and how it becomes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<JournalState> {
        self.0.state.clone()
    }

    /// Counts changes of deliveries.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.clone()
    }

    /// How the same delivery ended before, if it is known.
    pub(super) async fn recall(&self, workspace: Uuid, key: Key) -> Option<Ending> {
        let is_new = |marks: &HashSet<u64>| !marks.contains(&mark(workspace, key));
        if lock(&self.0.marks).as_ref().is_some_and(is_new) {
            return None;
        }
        self.run(move |records| records.recall(workspace, key)).await?
    }

    /// Writes that a delivery goes to the agent now. Gives its number, or none where it can't be written.
    pub(super) async fn begin(&self, entry: Entry) -> Option<i64> {
        self.run(move |records| records.begin(&entry)).await
    }

    /// Writes how it ended: once this returns, the same delivery gets this ending again.
    pub(super) async fn end(&self, seq: i64, took_ms: u64, ending: Ending) {
        self.run(move |records| records.end(seq, took_ms, &ending)).await;
    }

    /// Writes a delivery that ended without having reached the agent.
    pub(super) async fn note(&self, entry: Entry, took_ms: u64, ending: Ending) {
        self.run(move |records| {
            let seq = records.begin(&entry)?;
            records.end(seq, took_ms, &ending)
        })
        .await;
    }

    /// The answers that are still to be sent to those who asked.
    pub(super) async fn owed(&self, workspace: Uuid) -> Vec<(i64, Owed, Ending)> {
        self.run(move |records| records.owed(workspace))
            .await
            .unwrap_or_default()
    }

    /// Writes that an answer was sent.
    pub(super) async fn paid(&self, seq: i64) {
        self.run(move |records| records.paid(seq)).await;
    }

    /// Up to where a workspace has fetched its messages.
    pub(super) async fn cursor(&self, workspace: Uuid) -> Option<String> {
        self.run(move |records| records.cursor(workspace)).await?
    }

    /// Moves that; `None` forgets it.
    pub(super) async fn set_cursor(&self, workspace: Uuid, row: Option<String>) {
        self.run(move |records| records.set_cursor(workspace, row.as_deref()))
            .await;
    }

    /// The last deliveries of a workspace with a number above `after`, oldest first, at most `limit`.
    pub(crate) async fn list(&self, workspace: Uuid, after: i64, limit: u32) -> Vec<DeliveryView> {
        let listed = self
            .run(move |records| records.list(workspace, after, limit))
            .await;
        listed.unwrap_or_default()
    }

    /// Everything about one delivery, with its bodies where they are recorded.
    pub(crate) async fn show(&self, workspace: Uuid, seq: i64) -> Option<DeliveryDetail> {
        let mut detail = self.run(move |records| records.show(workspace, seq)).await??;
        if let Some(Recorded { request, answer, .. }) = self.0.recorder.get(seq) {
            if detail.body.is_none() {
                detail.body = Some(request.text());
                detail.body_cut = request.is_cut;
            }
            if let (Some(shown), Some(answer)) = (&mut detail.answer, answer)
                && shown.body.is_none()
            {
                shown.body = Some(answer.text());
                shown.body_cut = answer.is_cut;
            }
        }
        Some(detail)
    }

    /// The bodies that are kept in memory.
    pub(crate) fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// What a delivery brought, whole.
    pub(super) async fn body_to_replay(&self, workspace: Uuid, seq: i64) -> Result<Bytes, NoReplay> {
        match self.0.recorder.get(seq) {
            Some(recorded) if recorded.request.is_cut => Err(NoReplay::Cut),
            Some(recorded) => Ok(recorded.request.bytes),
            None => {
                let body = self.run(move |records| records.request(workspace, seq)).await;
                body.flatten().map(Bytes::from).ok_or(NoReplay::NotRecorded)
            }
        }
    }

    /// How many deliveries of a workspace are known.
    pub(crate) async fn count(&self, workspace: Uuid) -> u64 {
        let counted = self.run(move |records| records.count_of(workspace)).await;
        counted.unwrap_or(0)
    }

    /// Forgets everything about a workspace. Says whether that could be written.
    pub(crate) async fn forget(&self, workspace: Uuid) -> bool {
        if self.0.writer.is_none() {
            return true;
        }
        let forgotten = self.run(move |records| records.forget(workspace)).await;
        // The next look at the file is its thread's, which brings the log into it.
        self.run(|_| Ok(())).await;
        forgotten.is_some()
    }

    /// Does something with the rows, and waits until that is committed. `None` where it could not be.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Records<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(thread::Task::new(work, reply));
        if let Err(job) = self.write_now(job) {
            self.0.work.as_ref()?.send(job).await.ok()?;
        }
        answer.await.ok()
    }

    /// Where nobody else is at the file.
    fn write_now(&self, job: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        match self.0.writer.as_deref().map(Mutex::try_lock) {
            Some(Ok(mut writer)) => writer.write_now(job),
            _ => Err(job),
        }
    }
}

/// A short mark of a key. Two keys with the same mark cost one look into the file.
fn mark(workspace: Uuid, key: Key) -> u64 {
    let (high, low) = workspace.as_u64_pair();
    key.mark() ^ high ^ low
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
