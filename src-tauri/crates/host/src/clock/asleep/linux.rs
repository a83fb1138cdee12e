//! The boot clock counts sleep, the monotonic one does not.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

pub(in crate::clock) fn asleep() -> Duration {
    // The one that counts less is read first, so that what passes between the two never hides a sleep.
    let monotonic = span(clock_gettime(ClockId::Monotonic));
    span(clock_gettime(ClockId::Boottime)).saturating_sub(monotonic)
}

fn span(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
