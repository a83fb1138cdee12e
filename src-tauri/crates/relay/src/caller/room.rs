//! Room for new callers when there are as many connections as may be: those that are not in a call make it.
//!
//! Without this a stranger could take every place by connecting and saying nothing, or by asking something cheap now and
//! then, and the platform's calls would wait outside.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;

use super::{CALL, Watch, Watched};

/// How long a connection is left alone, in ticks: its head may be on its way.
const YOUNG: u32 = 2;
/// One of so many makes room at once, so that a flood does not have all looked through for each new caller.
const SHARE: usize = 16;

impl Watched {
    /// Cuts the connections that have been without a call for longest.
    pub(crate) fn make_room(&self) {
        let now = self.ticks.load(Ordering::Relaxed);
        let connections = self.connections();
        let age = |watch: &Watch| now.wrapping_sub(watch.since.load(Ordering::Relaxed));
        let mut waiting: Vec<(u32, &Watch)> = connections
            .values()
            .filter(|watch| watch.phase.load(Ordering::Relaxed) != CALL)
            .map(|watch| (age(watch), &**watch))
            .filter(|(age, _)| *age >= YOUNG)
            .collect();
        let share = (connections.len() / SHARE).max(1);
        if share < waiting.len() {
            waiting.select_nth_unstable_by_key(share, |(age, _)| Reverse(*age));
        }
        for (_, watch) in waiting.into_iter().take(share) {
            watch.cut.notify_one();
        }
    }
}
