//! One task: a message that is worked on, what was said of the answer so far, and how it ended.
//!
//! ```text
//! Submitted ──its turn──▶ Working ──▶ Ended: done, failed with words, or cancelled
//!     └──cancelled──▶ Ended
//! ```
//!
//! The answer's text is kept whole, up to [`ANSWER_LIMIT`]; whoever watches reads on in it at a pace of their own, so
//! that a slow watcher holds up nobody and nothing queues.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Heard;
use crate::clock::wall_text;

/// Bytes of an answer: written as JSON, it is still within the 16 MiB that newer platforms take, unless half of it is
/// line breaks.
pub(in crate::agent) const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::agent) enum Ending {
    /// All of the answer was said.
    Done,
    /// It was not, for this reason.
    Failed(String),
    /// Somebody did not want it any more.
    Cancelled,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Submitted,
    Working,
    Ended(Ending),
}

/// A task as it is now.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) task: &'a str,
    pub(super) context: &'a str,
    pub(super) stage: &'a Stage,
    /// Since when, in RFC 3339.
    pub(super) since: &'a str,
    /// The answer so far.
    pub(super) text: &'a str,
    /// Bytes of the message, while it waits for its turn.
    pub(super) waiting: usize,
}

impl Moment<'_> {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_))
    }
}

/// A task.
pub(super) struct Task {
    id: String,
    context: String,
    stop: CancellationToken,
    now: Mutex<Now>,
    changed: watch::Sender<()>,
}

struct Now {
    stage: Stage,
    since: String,
    text: String,
    /// What the message said, until somebody works on it.
    heard: Option<Heard>,
}

impl Task {
    /// A new one, which ends at the latest when `all` end.
    pub(super) fn new(heard: Heard, all: &CancellationToken) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            context: heard.context.clone(),
            stop: all.child_token(),
            now: Mutex::new(Now {
                stage: Stage::Submitted,
                since: now_text(),
                text: String::new(),
                heard: Some(heard),
            }),
            changed: watch::Sender::new(()),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Is cancelled when the work is to end.
    pub(super) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Tells of changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Looks at it as it is now, for as long as `see` takes: not at length.
    pub(super) fn look<T>(&self, see: impl FnOnce(Moment<'_>) -> T) -> T {
        let now = self.lock();
        see(Moment {
            task: &self.id,
            context: &self.context,
            stage: &now.stage,
            since: &now.since,
            text: &now.text,
            waiting: now.heard.as_ref().map_or(0, |heard| heard.text.len()),
        })
    }

    /// Its turn has come: gives what to work on, unless it has ended.
    pub(super) fn take_up(&self) -> Option<Heard> {
        let heard = {
            let mut now = self.lock();
            if now.stage != Stage::Submitted {
                return None;
            }
            now.stage = Stage::Working;
            now.since = now_text();
            now.heard.take()
        };
        self.changed.send_replace(());
        heard
    }

    /// Ends it; says whether it had not ended yet.
    pub(super) fn end(&self, ending: Ending) -> bool {
        {
            let mut now = self.lock();
            if matches!(now.stage, Stage::Ended(_)) {
                return false;
            }
            now.stage = Stage::Ended(ending);
            now.since = now_text();
            now.heard = None;
        }
        self.changed.send_replace(());
        true
    }

    /// Ends it because nobody wants it any more; says whether it had not ended yet.
    pub(super) fn cancel(&self) -> bool {
        let had_not = self.end(Ending::Cancelled);
        self.stop.cancel();
        had_not
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) {
        let mut changes = self.changes();
        while !self.look(|moment| moment.is_over()) {
            // The sender lives as long as the task.
            let _ = changes.changed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_text() -> String {
    wall_text(crate::clock::wall_ms())
}

/// Where work says its answer, piece by piece.
#[derive(Clone)]
pub(in crate::agent) struct Answer(Arc<Task>);

/// The answer is longer than anybody takes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::agent) struct TooLong;

impl Answer {
    pub(super) fn to(task: Arc<Task>) -> Self {
        Self(task)
    }

    /// Says a piece more. What comes after the end is not heard.
    ///
    /// # Errors
    /// When it would be more than [`ANSWER_LIMIT`]; nothing of the piece is said then.
    pub(in crate::agent) fn say(&self, piece: &str) -> Result<(), TooLong> {
        if piece.is_empty() {
            return Ok(());
        }
        {
            let mut now = self.0.lock();
            if now.text.len() + piece.len() > ANSWER_LIMIT {
                return Err(TooLong);
            }
            if now.stage != Stage::Working {
                return Ok(());
            }
            now.text.push_str(piece);
        }
        self.0.changed.send_replace(());
        Ok(())
    }

    /// Whether nothing has been said yet.
    pub(in crate::agent) fn is_silent(&self) -> bool {
        self.0.look(|moment| moment.text.is_empty())
    }
}

/// Cancels a task when dropped: its caller waited for the answer and has left, and nobody else knows of the task.
pub(super) struct EndsWithCaller(Option<Arc<Task>>);

impl EndsWithCaller {
    pub(super) fn new(task: Arc<Task>) -> Self {
        Self(Some(task))
    }

    /// Leaves the task alone from now on.
    pub(super) fn no_more(mut self) {
        self.0 = None;
    }
}

impl Drop for EndsWithCaller {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.cancel();
        }
    }
}

/// Ends a task as failed when dropped before it has ended: the work on it broke off.
pub(super) struct EndsAnyway(pub(super) Arc<Task>);

impl Drop for EndsAnyway {
    fn drop(&mut self) {
        self.0.end(Ending::Failed("The work on it broke off.".to_owned()));
    }
}
