//! A task as server-sent events: the task, that work began, the pieces of its answer, and its end.
//!
//! Each event is written when it is asked for, from the task's own text: a watcher that reads slowly gets larger pieces,
//! and one that leaves ends nothing, because the task goes on and can be watched again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use tokio::{sync::watch, time::timeout};

use super::{
    shape,
    speech::Version,
    task::{Moment, Stage, Task},
};
use crate::agent::{Body, BoxError, rpc};

/// Bytes of one piece: events of a size that every reader takes.
const PIECE: usize = 64 * 1024;

/// After this long without an event comes a comment: things between us and the caller close what is silent for a
/// minute.
const SILENCE: Duration = Duration::from_secs(15);

/// One event with this text, which has no line break in it.
pub(super) fn event(text: &str) -> String {
    format!("data: {text}\n\n")
}

/// A watcher of a task.
pub(super) struct Following {
    task: Arc<Task>,
    version: Version,
    /// The JSON-RPC id of every event.
    id: String,
    changes: watch::Receiver<()>,
    /// The task as it was when the watcher came.
    first: Option<Value>,
    /// How much of the answer was told.
    told: usize,
    knows_of_work: bool,
    is_over: bool,
}

impl Following {
    pub(super) fn new(task: &Arc<Task>, version: Version, id: &str) -> Self {
        let changes = task.changes();
        let (first, told, knows_of_work, is_over) = task.look(|moment| {
            (
                shape::named(version, "task", shape::task(version, moment)),
                moment.text.len(),
                *moment.stage != Stage::Submitted,
                moment.is_over(),
            )
        });
        Self {
            task: task.clone(),
            version,
            id: id.to_owned(),
            changes,
            first: Some(first),
            told,
            knows_of_work,
            is_over,
        }
    }

    /// All that it will hear.
    pub(super) fn body(self) -> Body {
        let events = stream::unfold(self, |mut following| async move {
            let text = following.next().await?;
            Some((Ok::<_, BoxError>(Frame::data(Bytes::from(text))), following))
        });
        StreamBody::new(events).boxed()
    }

    /// The next event, or a comment where there was none for a while; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            let task = self.task.clone();
            let next = self
                .first
                .take()
                .or_else(|| task.look(|moment| self.news(moment)));
            if let Some(next) = next {
                return Some(event(&rpc::result(&self.id, &next)));
            }
            if self.is_over {
                return None;
            }
            if timeout(SILENCE, self.changes.changed()).await.is_err() {
                return Some(":\n\n".to_owned());
            }
        }
    }

    /// What has happened that was not told yet, one thing at a time.
    fn news(&mut self, moment: Moment<'_>) -> Option<Value> {
        if self.is_over {
            return None;
        }
        if !self.knows_of_work && *moment.stage != Stage::Submitted {
            self.knows_of_work = true;
            if *moment.stage == Stage::Working {
                return Some(shape::status_update(self.version, moment));
            }
        }
        if self.told < moment.text.len() {
            let rest = &moment.text[self.told..];
            let piece = &rest[..rest.floor_char_boundary(PIECE)];
            let is_first = self.told == 0;
            self.told += piece.len();
            let is_last = moment.is_over() && self.told == moment.text.len();
            return Some(shape::artifact_update(
                self.version,
                moment,
                piece,
                is_first,
                is_last,
            ));
        }
        if moment.is_over() {
            self.is_over = true;
            return Some(shape::status_update(self.version, moment));
        }
        None
    }
}
