//! How often the platform may be asked: a bucket of questions that fills with time. A value without I/O.

use std::time::Duration;

/// Most questions in a row.
const CAPACITY: f64 = 60.0;
/// Questions per second in the long run: 200 a minute, a third of what a platform allows by default.
const PER_SECOND: f64 = 200.0 / 60.0;
/// Background questions leave this much for laptops that wait.
const RESERVE: f64 = CAPACITY / 2.0;

/// See the module.
#[derive(Debug)]
pub(crate) struct Budget {
    left: f64,
    at: Duration,
}

impl Budget {
    /// Full.
    pub(crate) fn new() -> Self {
        Self {
            left: CAPACITY,
            at: Duration::ZERO,
        }
    }

    /// Takes one question for a laptop that waits.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.take_above(now, 0.0)
    }

    /// Takes one question that can wait.
    pub(crate) fn take_spare(&mut self, now: Duration) -> bool {
        self.take_above(now, RESERVE)
    }

    fn take_above(&mut self, now: Duration, floor: f64) -> bool {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.left = (self.left + passed.as_secs_f64() * PER_SECOND).min(CAPACITY);
        let enough = self.left - 1.0 >= floor;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_questions_is_cut_to_the_rate_and_recovers() {
        let mut budget = Budget::new();
        let now = Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| budget.take(now)).count(), 60);
        let later = now + Duration::from_secs(3);
        assert_eq!((0..1000).filter(|_| budget.take(later)).count(), 10);
    }

    #[test]
    fn what_can_wait_leaves_half_for_what_can_not() {
        let mut budget = Budget::new();
        assert_eq!(
            (0..1000).filter(|_| budget.take_spare(Duration::ZERO)).count(),
            30
        );
        assert!(budget.take(Duration::ZERO));
    }
}
