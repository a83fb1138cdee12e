//! How fast calls may come: a bucket of tokens that fills with time, as the time at which it will be full. A value
//! without I/O. Calls that find it empty are given a time to wait for, one after the other.

use std::time::Duration;

/// So many seconds' worth may come at once.
const BURST: Duration = Duration::from_secs(2);
/// Longest that a call is made to wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// How fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    interval: Duration,
}

impl Rate {
    pub(crate) fn per_second(calls: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / calls.max(1),
        }
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    full_at: Duration,
}

impl Pace {
    /// How long a call has to wait, or in how long another try makes sense.
    pub(crate) fn take(&mut self, rate: Rate, now: Duration) -> Result<Duration, Duration> {
        let full_at = self.full_at.max(now) + rate.interval;
        let wait = full_at.saturating_sub(now + BURST);
        if wait > PATIENCE {
            return Err(wait - PATIENCE);
        }
        self.full_at = full_at;
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_the_next_ones_wait_and_the_rest_are_told_when() {
        let (rate, now) = (Rate::per_second(10), Duration::from_secs(100));
        let mut pace = Pace::default();
        for _ in 0..20 {
            assert_eq!(pace.take(rate, now), Ok(Duration::ZERO));
        }
        for number in 1..=20 {
            assert_eq!(pace.take(rate, now), Ok(Duration::from_millis(100) * number));
        }
        assert_eq!(pace.take(rate, now), Err(Duration::from_millis(100)));
        assert_eq!(pace.take(rate, now + Duration::from_millis(100)), Ok(PATIENCE));
    }

    #[test]
    fn whoever_stays_below_the_rate_never_waits() {
        let rate = Rate::per_second(10);
        let mut pace = Pace::default();
        for tenth in 0..1000 {
            assert_eq!(
                pace.take(rate, Duration::from_millis(100) * tenth),
                Ok(Duration::ZERO)
            );
        }
    }
}
