//! The one place of this crate that reads a clock.

use std::time::{Duration, Instant, SystemTime};

const DAY_S: u64 = 24 * 60 * 60;

/// Counts from the relay's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Days since 1970, for what outlives the relay. Good enough to say which of two is older, and for nothing else: people
/// set this clock.
#[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn today() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u32::try_from(since.as_secs() / DAY_S).unwrap_or(u32::MAX)
    })
}

/// Seconds since 1970, to compare with what a certificate says.
#[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn unix_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
