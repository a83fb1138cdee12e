//! The host's clocks: the only place of this crate where time is read.
//!
//! State machines get time from here, as *time awake* since the host started. Telling sleep from a busy machine is
//! not done here yet: the operating system's monotonic clock, which on Linux stands still during sleep, is used.

use std::time::Duration;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;

/// Time awake since the host started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock that starts at zero, now.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place where the host reads its clock"
    )]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// The time awake.
    #[must_use]
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The process's own clock, for the tunnel, which marks its pongs with it.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place where the host reads its clock"
    )]
    pub(crate) fn instant_now(&self) -> std::time::Instant {
        std::time::Instant::now()
    }

    /// The runtime's instant of a time awake, to sleep until it.
    #[must_use]
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.started + at
    }
}

/// The wall clock, for people to read and to tell how old a picture is; nothing is decided by it.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "this is the place where the host reads the wall clock"
)]
pub(crate) fn wall_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The wall clock in milliseconds since 1970, for the journal, which outlives every other clock.
#[must_use]
pub(crate) fn wall_ms() -> u64 {
    u64::try_from(wall_now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// A time of [`wall_ms`] in RFC 3339 and UTC, to the millisecond.
#[must_use]
pub(crate) fn wall_text(ms: u64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// The wall clock `from_now` in the future, in RFC 3339 and UTC, for people to read and for nothing else.
#[must_use]
pub(crate) fn wall_clock(from_now: Duration) -> String {
    let at = wall_now() + from_now;
    at.replace_nanosecond(0)
        .unwrap_or(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
