//! What the platform has queued for us: it sends a message or two at each heartbeat, and the rest waits for the next one.
//!
//! Nothing says how much it has. But a delivery that comes on the heels of a heartbeat was probably queued, and when it
//! has ended the next beat need not wait for its turn: so a queue of thirty is empty after seconds, not a quarter of an
//! hour.

use std::time::Duration;

use super::{BEATS_APART, QUEUED_WITHIN};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Deliveries that are being worked on.
    working: usize,
    /// One of them, or of those that have just ended, was probably queued.
    probable: bool,
    /// When the next one is to be asked for.
    beat_at: Option<Duration>,
}

impl Queue {
    /// So many deliveries are being worked on now. `beat` is when the last good heartbeat was answered, or now if one is
    /// on its way.
    pub(super) fn working(&mut self, count: usize, beat: Option<Duration>, now: Duration) {
        self.probable |= beat.is_some_and(|at| now.saturating_sub(at) <= QUEUED_WITHIN);
        // Of a delivery that comes and goes at once only its end is seen.
        if count <= self.working && std::mem::take(&mut self.probable) {
            self.beat_at = Some(beat.map_or(now, |at| now.max(at + BEATS_APART)));
        }
        self.working = count;
    }

    /// When a heartbeat is to be sent for it.
    pub(super) fn beat_at(&self) -> Option<Duration> {
        self.beat_at
    }

    /// A heartbeat answers to it.
    pub(super) fn beats(&mut self) {
        self.beat_at = None;
    }
}
