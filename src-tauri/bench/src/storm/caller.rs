//! The caller: calls a few hosts through their platform doors, evenly, whether they are there or not.
//!
//! It does as the platform does with a call that is refused or ends without a byte: it keeps it, and calls again when
//! the host is back. It is not the platform: a host that is back is called at once, and not with its next heartbeat.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ligand_e2e::now;
use reqwest::Client;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::simulated::call::{Sent, client, message, send};
use crate::simulated::laptop::Up;

/// How often each host is called.
pub(super) const CALL_EVERY: Duration = Duration::from_millis(250);
/// Between a call that was kept and its next try, at the least.
const AGAIN: Duration = Duration::from_millis(100);

/// What became of the calls. A call is in `made` and, in the end, in `answered`.
#[derive(Debug, Default)]
struct Tally {
    made: AtomicUsize,
    answered: AtomicUsize,
    queued: AtomicUsize,
}

/// Calls on their way.
pub(super) struct Calls {
    tally: Arc<Tally>,
    no_more: CancellationToken,
    tasks: TaskTracker,
}

/// How many calls were made, answered at last, and kept at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) made: usize,
    pub(super) answered: usize,
    pub(super) queued: usize,
}

impl Calls {
    /// Starts calling these hosts, all of which are up.
    pub(super) fn start(hosts: Vec<watch::Receiver<Option<Up>>>) -> Self {
        let calls = Self {
            tally: Arc::default(),
            no_more: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let client = client();
        let count = u32::try_from(hosts.len().max(1)).unwrap();
        for (number, host) in (0_u32..).zip(hosts) {
            let door = host.borrow().as_ref().unwrap().door.clone();
            let (client, tally, no_more) = (client.clone(), calls.tally.clone(), calls.no_more.clone());
            let tasks = calls.tasks.clone();
            calls.tasks.spawn(async move {
                sleep(CALL_EVERY * number / count).await;
                let mut rhythm = interval(CALL_EVERY);
                rhythm.set_missed_tick_behavior(MissedTickBehavior::Skip);
                while no_more.run_until_cancelled(rhythm.tick()).await.is_some() {
                    tally.made.fetch_add(1, Ordering::Relaxed);
                    tasks.spawn(one(client.clone(), door.clone(), host.clone(), tally.clone()));
                }
            });
        }
        calls
    }

    /// Makes no more calls, and gives those on their way until `deadline`.
    pub(super) async fn done(self, deadline: Instant) -> Counts {
        self.no_more.cancel();
        self.tasks.close();
        let left = deadline.saturating_duration_since(now());
        // What is still on its way then is lost.
        let _late = tokio::time::timeout(left, self.tasks.wait()).await;
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        Counts {
            made: of(&self.tally.made),
            answered: of(&self.tally.answered),
            queued: of(&self.tally.queued),
        }
    }
}

/// One call, until it is answered or can't be any more.
async fn one(client: Client, door: String, mut host: watch::Receiver<Option<Up>>, tally: Arc<Tally>) {
    let body = message();
    let mut was_queued = false;
    loop {
        match send(&client, &door, &body).await {
            Sent::Answered => {
                tally.answered.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Sent::Wrong(why) => {
                eprintln!("    a call is lost: {why}");
                return;
            }
            Sent::NoByte => {
                if !was_queued {
                    tally.queued.fetch_add(1, Ordering::Relaxed);
                    was_queued = true;
                }
                sleep(AGAIN).await;
                if host.wait_for(Option::is_some).await.is_err() {
                    return;
                }
            }
        }
    }
}
