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

/// The wall clock `from_now` in the future, in RFC 3339 and UTC, for people to read and for nothing else.
#[must_use]
pub(crate) fn wall_clock(from_now: Duration) -> String {
    let at = wall_now() + from_now;
    at.replace_nanosecond(0)
        .unwrap_or(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
