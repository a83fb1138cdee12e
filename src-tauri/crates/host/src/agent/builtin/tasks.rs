//! The tasks of one built-in: how many are worked on, how many wait, and how many that have ended are remembered.
//!
//! They are in memory alone. What must survive the host is in the journal of deliveries.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Answer, Heard, Work,
    task::{Ending, EndsAnyway, Task},
};
use crate::agent::AgentError;

/// How many tasks a built-in has at a time.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Bounds {
    /// How many it works on; at least one.
    pub(in crate::agent) at_work: usize,
}

/// How many more may wait for their turn: as many calls as the shared door takes at a time.
const WAITING: usize = 64;

/// Bytes of messages that may wait: one of the longest, or many of the usual ones.
const WAITING_BYTES: usize = super::BODY_LIMIT;

/// How many that have ended are remembered, for callers that come back for them.
const REMEMBERED: usize = 100;

/// Bytes of answers that are remembered: four of the longest.
const REMEMBERED_BYTES: usize = 4 * super::task::ANSWER_LIMIT;

pub(super) struct Tasks {
    work: Arc<dyn Work>,
    turns: Arc<Semaphore>,
    most: usize,
    shelf: Mutex<VecDeque<Arc<Task>>>,
    /// Ends all of them when this is dropped.
    all: CancellationToken,
    _ends_all: DropGuard,
}

/// Too many tasks wait already.
#[derive(Debug)]
pub(super) struct Crowded;

impl Tasks {
    pub(super) fn new(work: Arc<dyn Work>, bounds: Bounds) -> Self {
        let at_work = bounds.at_work.max(1);
        let all = CancellationToken::new();
        Self {
            work,
            turns: Arc::new(Semaphore::new(at_work)),
            most: at_work + WAITING,
            shelf: Mutex::default(),
            _ends_all: all.clone().drop_guard(),
            all,
        }
    }

    pub(super) async fn ready(&self) -> Result<(), AgentError> {
        self.work.ready().await
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Task>> {
        self.shelf().iter().find(|task| task.id() == id).cloned()
    }

    /// Takes a message as a task, which [`Tasks::begin`] then begins.
    pub(super) fn admit(&self, heard: Heard) -> Result<Arc<Task>, Crowded> {
        let mut shelf = self.shelf();
        let seen: Vec<(bool, usize)> = shelf
            .iter()
            .map(|task| task.look(|moment| (moment.is_over(), moment.text.len())))
            .collect();
        let waiting: usize = shelf.iter().map(|task| task.look(|moment| moment.waiting)).sum();
        let over = seen.iter().filter(|(is_over, _)| *is_over);
        let (mut count, mut bytes) = over.fold((0, 0), |(n, sum), (_, len)| (n + 1, sum + len));
        if seen.len() - count >= self.most || waiting + heard.text.len() > WAITING_BYTES {
            return Err(Crowded);
        }
        let mut seen = seen.into_iter();
        shelf.retain(|_| {
            // As many as there are tasks.
            let (is_over, len) = seen.next().unwrap_or_default();
            let goes = is_over && (count > REMEMBERED || bytes > REMEMBERED_BYTES);
            if goes {
                count -= 1;
                bytes -= len;
            }
            !goes
        });
        let task = Arc::new(Task::new(heard, &self.all));
        shelf.push_back(task.clone());
        Ok(task)
    }

    /// Works on a task when its turn has come, on a task of the runtime's own.
    pub(super) fn begin(&self, task: Arc<Task>) {
        let (work, turns) = (self.work.clone(), self.turns.clone());
        tokio::spawn(async move {
            let ends_anyway = EndsAnyway(task);
            let task = &ends_anyway.0;
            let stop = task.stop();
            let turn = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                turn = turns.acquire_owned() => turn.ok(),
            };
            let heard = turn.as_ref().and_then(|_| task.take_up());
            let ending = match heard {
                Some(heard) => work.answer(heard, Answer::to(task.clone()), stop).await,
                None => Ending::Cancelled,
            };
            task.end(ending);
        });
    }

    fn shelf(&self) -> MutexGuard<'_, VecDeque<Arc<Task>>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
