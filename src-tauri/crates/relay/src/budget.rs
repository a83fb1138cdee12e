//! How often the platform may be asked: a bucket of questions that fills with time. A value without I/O.

use std::time::Duration;

/// Most questions in a row, in seconds of the rate.
const BURST_S: f64 = 18.0;
/// Background questions leave this share of those for laptops that wait.
const RESERVE: f64 = 0.5;

/// See the module.
#[derive(Debug)]
pub(crate) struct Budget {
    per_second: f64,
    capacity: f64,
    left: f64,
    at: Duration,
}

impl Budget {
    /// Full; so many questions a minute in the long run.
    pub(crate) fn new(per_minute: u32) -> Self {
        let per_second = f64::from(per_minute) / 60.0;
        // Two at least: one for a laptop that waits, and one that can wait.
        let capacity = (per_second * BURST_S).max(2.0);
        Self {
            per_second,
            capacity,
            left: capacity,
            at: Duration::ZERO,
        }
    }

    /// Takes one question for a laptop that waits.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.take_above(now, 0.0)
    }

    /// Takes one question that can wait.
    pub(crate) fn take_spare(&mut self, now: Duration) -> bool {
        self.take_above(now, self.capacity * RESERVE)
    }

    fn take_above(&mut self, now: Duration, floor: f64) -> bool {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.left = (self.left + passed.as_secs_f64() * self.per_second).min(self.capacity);
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
        let mut budget = Budget::new(200);
        let now = Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| budget.take(now)).count(), 60);
        let later = now + Duration::from_secs(3);
        assert_eq!((0..1000).filter(|_| budget.take(later)).count(), 10);
    }

    #[test]
    fn what_can_wait_leaves_half_for_what_can_not() {
        let mut budget = Budget::new(200);
        assert_eq!(
            (0..1000).filter(|_| budget.take_spare(Duration::ZERO)).count(),
            30
        );
        assert!(budget.take(Duration::ZERO));
    }

    #[test]
    fn one_question_a_minute_is_enough_for_one_of_each_kind() {
        let mut budget = Budget::new(1);
        assert!(
            budget.take_spare(Duration::ZERO) && budget.take(Duration::ZERO) && !budget.take(Duration::ZERO)
        );
        assert!(budget.take(Duration::from_secs(60)));
    }
}
