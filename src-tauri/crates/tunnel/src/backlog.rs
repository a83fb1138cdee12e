//! How much of what a link is to send the system should keep: on a slow way little, since every short answer goes behind it;
//! on a fast one so much that neither end has to be woken for every message.
//!
//! How fast a way is, is seen from how long it is waited for. What is not here: reading a clock, and telling the system.

use std::time::Duration;

/// The least, and what a link begins with: a message of the tunnel.
pub(crate) const LEAST_BYTES: u32 = 16 * 1024;
/// The most. With 128 KB a gigabyte a second is a tenth faster than with 16, and with more no faster.
const MOST_BYTES: u32 = 128 * 1024;
/// How long it should take to go out.
const LASTS: Duration = Duration::from_millis(2);
/// After so much was sent, or waited for so long, the way is judged anew.
const JUDGED_BYTES: u64 = 256 * 1024;
const JUDGED_WAIT: Duration = Duration::from_millis(20);

/// See the module.
pub(crate) struct Backlog {
    limit: u32,
    /// Since the way was last judged.
    sent: u64,
    waited: Duration,
    waits_since: Option<Duration>,
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self {
            limit: LEAST_BYTES,
            sent: 0,
            waited: Duration::ZERO,
            waits_since: None,
        }
    }

    /// The connection takes no more for now.
    pub(crate) fn waits(&mut self, now: Duration) {
        self.waits_since.get_or_insert(now);
    }

    /// How much should go out in one message, while there is so much: half of what the system keeps, so that it has some left
    /// while the next is made.
    pub(crate) fn message_bytes(&self) -> usize {
        (self.limit / 2).max(LEAST_BYTES) as usize
    }

    /// Whether the connection is waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waits_since.is_some()
    }

    /// The connection has taken everything.
    pub(crate) fn took_all(&mut self, now: Duration) {
        if let Some(since) = self.waits_since.take() {
            self.waited += now.saturating_sub(since);
        }
    }

    /// So much more goes out. Gives the new limit where there is to be another.
    pub(crate) fn sends(&mut self, bytes: usize) -> Option<u32> {
        self.sent += bytes as u64;
        if self.sent < JUDGED_BYTES && self.waited < JUDGED_WAIT {
            return None;
        }
        let sent = std::mem::take(&mut self.sent);
        let waited = std::mem::take(&mut self.waited);
        if waited.is_zero() {
            // Whoever never waits is limited by nothing here.
            return None;
        }
        let lasting = u128::from(sent) * LASTS.as_nanos() / waited.as_nanos();
        let lasting = u32::try_from(lasting)
            .unwrap_or(MOST_BYTES)
            .clamp(LEAST_BYTES, MOST_BYTES);
        // In steps: not every small change is worth a system call.
        let limit = 1 << lasting.ilog2();
        (limit != std::mem::replace(&mut self.limit, limit)).then_some(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: usize = 16 * 1024;

    /// Sends so many messages on a way that takes one in so many microseconds, and gives the last limit.
    fn last_limit(backlog: &mut Backlog, messages: u64, each_us: u64) -> Option<u32> {
        let at = |number: u64| Duration::from_micros(number * each_us);
        let mut last = None;
        for number in 0..messages {
            backlog.waits(at(number));
            backlog.took_all(at(number + 1));
            last = backlog.sends(MESSAGE).or(last);
        }
        last
    }

    #[test]
    fn a_fast_way_has_much_and_a_slow_one_little_again_at_once() {
        let mut backlog = Backlog::new();
        assert_eq!(last_limit(&mut backlog, 100, 10), Some(MOST_BYTES));
        // 300 KB/s.
        assert_eq!(last_limit(&mut backlog, 1, 50_000), Some(LEAST_BYTES));
        assert_eq!(last_limit(&mut backlog, 100, 50_000), None);
    }

    #[test]
    fn messages_are_long_on_a_fast_way_alone() {
        let mut backlog = Backlog::new();
        assert_eq!(backlog.message_bytes(), MESSAGE);
        last_limit(&mut backlog, 100, 10);
        assert_eq!(backlog.message_bytes(), 4 * MESSAGE);
        last_limit(&mut backlog, 1, 50_000);
        assert_eq!(backlog.message_bytes(), MESSAGE);
    }

    #[test]
    fn what_is_kept_goes_out_in_two_milliseconds() {
        // 20 MB/s.
        assert_eq!(last_limit(&mut Backlog::new(), 100, 800), Some(32 * 1024));
    }

    #[test]
    fn time_without_anything_to_send_says_nothing_of_the_way() {
        let mut backlog = Backlog::new();
        for _ in 0..1000 {
            assert_eq!(backlog.sends(MESSAGE), None);
        }
        backlog.waits(Duration::from_secs(1));
        backlog.took_all(Duration::from_secs(1) + Duration::from_micros(5));
        backlog.took_all(Duration::from_secs(100));
        assert!(!backlog.is_waiting());
        let limits = (0..100).find_map(|_| backlog.sends(MESSAGE));
        assert_eq!(limits, Some(MOST_BYTES));
    }
}
