//! The task that keeps one profile's picture of its org: reads lists, listens to events, and hangs the picture up.
//!
//! A list is read at the start, whenever events begin to arrive, every 30 s, every 10 s while none arrive, and soon
//! after an event that only a list explains. The 30 s count with and without events: a change of a name or a place
//! makes none, and a full buffer at the platform loses some without a word. `lists` says when the next is due, `ear`
//! keeps the way to the events, `heard` reads what they tell besides states, `approvals` what people are asked, `saver`
//! keeps the last picture on the disk, `note` says what is missing; they meet in `task`.

mod approvals;
mod ear;
mod heard;
mod lists;
mod note;
mod saver;
mod task;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use ligand_backoff::Bounds;
use ligand_platform::{Error, Platform, Token};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use self::task::FeedTask;
use super::{
    board::{Board, OrgBoard},
    record::Record,
    thread::Threads,
};
use crate::{clock::Clock, config::ProfileName};

/// How often things are done.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// A list while events arrive: how long the platform's own canvas trusts a silence.
    refresh: Duration,
    /// A list while none do: as the platform's own canvas.
    poll: Duration,
    /// The least between two lists: as the platform's own canvas.
    apart: Duration,
    /// The least between two pictures: what faces see may be so late, and a large org changes all the time.
    publish: Duration,
}

const PACE: Pace = Pace {
    refresh: Duration::from_secs(30),
    poll: Duration::from_secs(10),
    apart: Duration::from_millis(1_500),
    publish: Duration::from_millis(50),
};

/// What a feed needs.
pub(crate) struct FeedKit {
    /// Whose picture it is.
    pub(crate) profile: ProfileName,
    /// Who is asked. A new one is the same platform over new connections, because those of before lead nowhere.
    pub(crate) platform: watch::Receiver<Platform>,
    /// Our workspace.
    pub(crate) workspace: Uuid,
    /// Its token.
    pub(crate) token: Token,
    /// Opens the whole org.
    pub(crate) org_key: Option<Token>,
    /// Waits after a failure.
    pub(crate) waits: Bounds,
    /// The host's clock.
    pub(crate) clock: Clock,
    /// Where the picture hangs.
    pub(crate) board: OrgBoard,
    /// What is seen happening.
    pub(crate) record: Record,
    /// What was said to the workspaces, where answers may come by events.
    pub(crate) threads: Board<Threads>,
    /// The file of the last picture.
    pub(crate) snapshot: PathBuf,
    /// Told when something puts in doubt what presence knows of our workspace or its platform.
    pub(crate) doubt: Arc<Notify>,
    /// Whether the platform answers, as far as presence knows. While it does not, presence alone asks.
    pub(crate) answers: watch::Receiver<bool>,
}

/// A feed that runs. It ends when dropped.
pub(crate) struct Feed {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Feed {
    /// Starts one, on the picture that an earlier feed of the profile has left.
    pub(crate) fn start(kit: FeedKit) -> Self {
        Self::start_at(kit, PACE)
    }

    fn start_at(kit: FeedKit, pace: Pace) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(FeedTask::new(kit, pace).run(stop.clone()));
        Self {
            stop: stop.drop_guard(),
            task,
        }
    }

    /// Ends it; the picture stays, as one of the past.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the org feed's task failed");
        }
    }
}

/// A call that is under way, and one that may be.
type UnderWay<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;
type Pending<T> = Option<UnderWay<T>>;
