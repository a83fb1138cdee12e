//! One notification: another workspace of the org went offline and stayed so, while we ourselves were well connected.
//!
//! `policy` decides, pure; `words` says it; `sender` hands it to the desktop. Here is the task between them. It runs
//! only where there is a desktop to notify, and nothing that goes wrong with it reaches the host.

mod policy;
mod sender;
mod words;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::policy::{Look, Policy};
use crate::{
    clock::Clock,
    host::HostHandle,
    org::{Org, Orgs},
    status::{PresenceWord, ProfileStatus, Status},
};

/// The least between two looks: a large org changes all the time, and nothing here is urgent to the second.
const LOOKS_APART: Duration = Duration::from_secs(1);

/// The task that notifies. It ends when dropped.
pub(crate) struct Notify {
    _stop: Option<DropGuard>,
}

impl Notify {
    /// Starts it, where there is a desktop.
    pub(crate) fn start(handle: &HostHandle) -> Self {
        if !sender::has_desktop() {
            tracing::debug!("no desktop to notify");
            return Self { _stop: None };
        }
        let stop = CancellationToken::new();
        let watcher = Watcher {
            status: handle.status(),
            orgs: handle.orgs(),
            clock: handle.clock(),
            policies: BTreeMap::new(),
        };
        let stopped = stop.clone();
        tokio::spawn(async move { stopped.run_until_cancelled(watcher.run()).await });
        Self {
            _stop: Some(stop.drop_guard()),
        }
    }
}

struct Watcher {
    status: watch::Receiver<Arc<Status>>,
    orgs: watch::Receiver<Arc<Orgs>>,
    clock: Clock,
    policies: BTreeMap<String, Policy>,
}

impl Watcher {
    async fn run(mut self) {
        loop {
            let due = self.look().await;
            tokio::time::sleep(LOOKS_APART).await;
            let timer = async {
                match due {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = self.status.changed() => if changed.is_err() { return },
                changed = self.orgs.changed() => if changed.is_err() { return },
                () = timer => {}
            }
        }
    }

    /// Looks at every profile's org, notifies, and says when time alone changes something.
    async fn look(&mut self) -> Option<Duration> {
        let (status, orgs) = (
            self.status.borrow_and_update().clone(),
            self.orgs.borrow_and_update().clone(),
        );
        let now = self.clock.now();
        let mut due = None;
        for org in orgs.values() {
            let ours = status.profile(&org.profile);
            let policy = self.policies.entry(org.profile.clone()).or_default();
            let told = policy.look(&Look {
                now,
                well: ours.is_some_and(|ours| is_well(ours, org)),
                workspaces: &org.workspaces,
            });
            if let Some(notification) = words::of(&told) {
                sender::send(notification).await;
            }
            due = due.into_iter().chain(policy.due(now)).min();
        }
        due
    }
}

/// Whether what the picture says of others can be believed: a bad link of ours looks like an outage of theirs.
fn is_well(ours: &ProfileStatus, org: &Org) -> bool {
    ours.presence.state == PresenceWord::Online && ours.link.verified && org.live
}
