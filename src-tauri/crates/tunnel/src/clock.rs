//! The one place of this crate that reads a clock.

use std::time::{Duration, Instant};

/// Counts from a link's beginning. Like every clock in use here it stands still while the machine sleeps: what
/// follows from sleep is the host's to decide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// The runtime's clock, which a test can move.
    start: tokio::time::Instant,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
    pub(crate) fn start() -> Self {
        Self {
            start: tokio::time::Instant::now(),
        }
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// The instant of a time since the start.
    pub(crate) fn instant(&self, since_start: Duration) -> Instant {
        (self.start + since_start).into_std()
    }
}
