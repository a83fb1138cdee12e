//! Keeps the picture on the disk: soon after the first list, then every ten minutes in which something changed, and at
//! the end.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::org::{Snapshot, view::Org};

/// Soon after the first list, when who is online has settled.
const FIRST: Duration = Duration::from_secs(30);
/// Then so seldom: a picture of a large org has some MB.
const APART: Duration = Duration::from_secs(600);

/// The saver.
pub(super) struct Saver {
    path: PathBuf,
    workspace: Uuid,
    due: Option<Duration>,
    writing: Option<JoinHandle<()>>,
}

impl Saver {
    pub(super) fn new(path: PathBuf, workspace: Uuid) -> Self {
        Self {
            path,
            workspace,
            due: None,
            writing: None,
        }
    }

    /// There is something to keep.
    pub(super) fn begin(&mut self, now: Duration) {
        self.due.get_or_insert(now + FIRST);
    }

    /// Keeps the picture, if it is time to.
    pub(super) fn save(&mut self, org: impl FnOnce() -> Option<Arc<Org>>, now: Duration) {
        let is_writing = self.writing.as_ref().is_some_and(|task| !task.is_finished());
        if self.due.is_none_or(|due| due > now) || is_writing {
            return;
        }
        self.due = Some(now + APART);
        self.writing = org().map(|org| self.write(org));
    }

    /// Keeps the picture at the end, if it is more than what was there in the beginning.
    pub(super) async fn finish(mut self, org: Option<Arc<Org>>) {
        if let Some(writing) = self.writing.take() {
            let _ = writing.await;
        }
        if let (Some(org), Some(_)) = (org, self.due) {
            let _ = self.write(org).await;
        }
    }

    fn write(&self, org: Arc<Org>) -> JoinHandle<()> {
        let (path, workspace) = (self.path.clone(), self.workspace);
        tokio::task::spawn_blocking(move || {
            let snapshot = Snapshot {
                workspace,
                org: &*org,
            };
            if let Err(error) = snapshot.write(&path) {
                tracing::warn!(profile = %org.profile, %error, "the org's picture cannot be kept");
            }
        })
    }
}
