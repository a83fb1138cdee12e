//! What one reader of the events is told of deliveries: those that come or end while it reads, each as it changes, and
//! none twice as it was. What came before is for the list.

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::watch;

use super::api::DeliveryNews;
use crate::{clock::Clock, deliveries::DeliveryView, host::HostHandle};

/// Between two looks: a page shows no more than that, and a busy host has other things to do.
const EVERY: Duration = Duration::from_millis(250);
/// Deliveries of one profile that are looked at: more than the agent works on and a look's time brings.
const LOOKED_AT: u32 = 200;

/// What one reader knows.
pub(super) struct Followed {
    handle: HostHandle,
    changes: watch::Receiver<u64>,
    clock: Clock,
    /// Something has changed since the last look.
    is_due: bool,
    /// The next look is not before, in time awake.
    next_look: Duration,
    profiles: BTreeMap<String, Seen>,
    /// Found, and not told yet.
    found: Vec<DeliveryNews>,
}

/// What it knows of one profile.
struct Seen {
    /// All up to this one are over and told.
    up_to: i64,
    /// Later ones, as they were told.
    beyond: BTreeMap<i64, DeliveryView>,
}

impl Followed {
    /// From now on.
    pub(super) fn from_now(handle: HostHandle) -> Self {
        Self {
            changes: handle.delivery_changes(),
            clock: handle.clock(),
            handle,
            // The first look finds out where now is.
            is_due: true,
            next_look: Duration::ZERO,
            profiles: BTreeMap::new(),
            found: Vec::new(),
        }
    }

    /// The next news, when there are some; `None` when the host has gone. What is not waited for is not lost.
    pub(super) async fn next(&mut self) -> Option<Vec<DeliveryNews>> {
        loop {
            if !self.is_due {
                self.changes.changed().await.ok()?;
                self.is_due = true;
            }
            if self.next_look > self.clock.now() {
                tokio::time::sleep_until(self.clock.instant(self.next_look)).await;
            }
            self.look().await;
            self.is_due = false;
            self.next_look = self.clock.now() + EVERY;
            if !self.found.is_empty() {
                return Some(std::mem::take(&mut self.found));
            }
        }
    }

    async fn look(&mut self) {
        let names: Vec<String> = {
            let status = self.handle.status();
            let status = status.borrow();
            status
                .profiles
                .iter()
                .map(|profile| profile.name.clone())
                .collect()
        };
        self.profiles.retain(|name, _| names.contains(name));
        for profile in names {
            let after = self.profiles.get(&profile).map_or(0, |seen| seen.up_to);
            let listed = self
                .handle
                .deliveries(&profile, after, LOOKED_AT, Duration::ZERO)
                .await;
            let Ok(listed) = listed else { continue };
            match self.profiles.get_mut(&profile) {
                Some(seen) => {
                    let deliveries = seen.learn(listed);
                    if !deliveries.is_empty() {
                        self.found.push(DeliveryNews { profile, deliveries });
                    }
                }
                None => drop(self.profiles.insert(profile, Seen::of(listed))),
            }
        }
    }
}

impl Seen {
    /// All that there are, without telling them.
    fn of(listed: Vec<DeliveryView>) -> Self {
        let mut seen = Self {
            up_to: 0,
            beyond: BTreeMap::new(),
        };
        drop(seen.learn(listed));
        seen
    }

    /// What of these is new, or is not as it was told.
    fn learn(&mut self, listed: Vec<DeliveryView>) -> Vec<DeliveryView> {
        let is_known = |view: &DeliveryView| self.beyond.get(&view.id) == Some(view);
        let fresh: Vec<DeliveryView> = listed.iter().filter(|view| !is_known(view)).cloned().collect();
        let first_open = listed
            .iter()
            .find(|view| view.outcome.is_none())
            .map(|view| view.id);
        let last = listed.last().map_or(self.up_to, |view| view.id);
        self.up_to = first_open.map_or(last, |id| id - 1).max(self.up_to);
        let up_to = self.up_to;
        self.beyond = listed
            .into_iter()
            .filter(|view| view.id > up_to)
            .map(|view| (view.id, view))
            .collect();
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(id: i64, has_ended: bool) -> DeliveryView {
        DeliveryView {
            id,
            at: "2026-01-02T03:04:05.678Z".into(),
            door: "platform".into(),
            method: "message/send".into(),
            message_id: None,
            bytes: 1,
            bytes_out: None,
            events: None,
            took_ms: has_ended.then_some(3),
            outcome: has_ended.then(|| "answered".to_owned()),
        }
    }

    fn ids(views: Vec<DeliveryView>) -> Vec<(i64, bool)> {
        views
            .iter()
            .map(|view| (view.id, view.outcome.is_some()))
            .collect()
    }

    #[test]
    fn a_delivery_is_told_when_it_comes_and_when_it_ends_and_not_between() {
        let mut seen = Seen::of(vec![view(1, true), view(2, false), view(3, true)]);
        assert_eq!(seen.up_to, 1);
        assert_eq!(ids(seen.learn(vec![view(2, false), view(3, true)])), []);
        let told = seen.learn(vec![view(2, false), view(3, true), view(4, false)]);
        assert_eq!(ids(told), [(4, false)]);
        let told = seen.learn(vec![view(2, true), view(3, true), view(4, false)]);
        assert_eq!(ids(told), [(2, true)]);
        assert_eq!(seen.up_to, 3);
        assert_eq!(ids(seen.learn(vec![view(4, true)])), [(4, true)]);
        assert_eq!((seen.up_to, seen.beyond.len()), (4, 0));
        assert_eq!(ids(seen.learn(Vec::new())), []);
    }
}
