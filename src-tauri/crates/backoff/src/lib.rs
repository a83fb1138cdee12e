//! Retry delays: how long to wait before trying again.
//!
//! Exponential with full jitter between validated bounds, a server's own hint clamped into them, and three
//! near-immediate tries in any minute before that, so that a short break (Wi-Fi hand-over, a server's restart) is
//! over before anyone sees it while a crowd still spreads out. It holds no clock and never sleeps: the time awake is
//! passed in, and waiting is the caller's work.

use std::{collections::VecDeque, time::Duration};

use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Near-immediate tries in any [`FAST_WINDOW`]: what frp's client allows, enough for a Wi-Fi hand-over.
pub const FAST_TRIES: usize = 3;

/// The window in which [`FAST_TRIES`] are counted.
pub const FAST_WINDOW: Duration = Duration::from_secs(60);

/// The mean of a near-immediate delay. It varies by half of itself either way.
pub const FAST_DELAY: Duration = Duration::from_millis(200);

/// The longest delay that bounds may allow. Longer ones are no retries, and times as small as this never overflow.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The most that is added to a server's hint, as a share of it: all who were given the same hint must not come at the
/// same moment.
const HINT_SPREAD: f64 = 0.1;

/// The shortest ceiling and the longest delay of the exponential part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    first: Duration,
    max: Duration,
}

/// Bounds that make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundsError {
    /// The first delay is zero: nothing would ever be waited for.
    ZeroFirst,
    /// The longest delay is shorter than the first.
    MaxBelowFirst,
    /// The longest delay is longer than [`LONGEST`].
    MaxTooLong,
}

impl std::fmt::Display for BoundsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ZeroFirst => "the first retry delay must not be zero",
            Self::MaxBelowFirst => "the longest retry delay must not be below the first",
            Self::MaxTooLong => "the longest retry delay must not be above a day",
        })
    }
}

impl std::error::Error for BoundsError {}

impl Bounds {
    /// Bounds from the ceiling of the first exponential delay to the longest delay ever.
    ///
    /// # Errors
    /// When `first` is zero, or `max` is below it or above [`LONGEST`].
    pub fn new(first: Duration, max: Duration) -> Result<Self, BoundsError> {
        if first.is_zero() {
            return Err(BoundsError::ZeroFirst);
        }
        if max < first {
            return Err(BoundsError::MaxBelowFirst);
        }
        if max > LONGEST {
            return Err(BoundsError::MaxTooLong);
        }
        Ok(Self { first, max })
    }

    fn clamp(&self, hint: Duration) -> Duration {
        hint.clamp(self.first, self.max)
    }

    /// The ceiling of the delay after this many exponential ones.
    fn ceiling(&self, doublings: u32) -> Duration {
        let factor = 2u32.saturating_pow(doublings);
        self.first.saturating_mul(factor).min(self.max)
    }
}

/// The delays of one thing that is tried again.
#[derive(Debug)]
pub struct Backoff {
    bounds: Bounds,
    /// Exponential delays given since it was last good: how often the ceiling has doubled.
    doublings: u32,
    /// When near-immediate tries were given, the oldest first; at most [`FAST_TRIES`].
    fast: VecDeque<Duration>,
    rng: SmallRng,
}

impl Backoff {
    /// Delays with the operating system's randomness.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self::with_rng(bounds, rand::random())
    }

    /// The same delays for the same seed, for tests.
    #[must_use]
    pub fn with_rng(bounds: Bounds, seed: u64) -> Self {
        Self {
            bounds,
            doublings: 0,
            fast: VecDeque::new(),
            rng: SmallRng::seed_from_u64(seed),
        }
    }

    /// How long to wait before the next try. `now` is the time awake; `hint` is what the server asked for, which
    /// wins over our own delay but never leaves the bounds.
    pub fn next_delay(&mut self, now: Duration, hint: Option<Duration>) -> Duration {
        while self
            .fast
            .front()
            .is_some_and(|at| now.saturating_sub(*at) >= FAST_WINDOW)
        {
            self.fast.pop_front();
        }
        if let Some(hint) = hint {
            let spread = 1.0 + self.rng.random_range(0.0..HINT_SPREAD);
            return self.bounds.clamp(self.bounds.clamp(hint).mul_f64(spread));
        }
        if self.fast.len() < FAST_TRIES {
            self.fast.push_back(now);
            return FAST_DELAY
                .mul_f64(self.rng.random_range(0.5..1.5))
                .min(self.bounds.max);
        }
        let ceiling = self.bounds.ceiling(self.doublings);
        self.doublings = self.doublings.saturating_add(1);
        ceiling.mul_f64(self.rng.random_range(0.0..=1.0))
    }

    /// What was tried had been good: the exponential part starts over. Near-immediate tries stay counted, so that
    /// something that breaks as soon as it is good is not tried for ever at full speed.
    pub fn good(&mut self) {
        self.doublings = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounds() -> Bounds {
        Bounds::new(Duration::from_millis(500), Duration::from_secs(20)).unwrap()
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        assert_eq!(Bounds::new(Duration::ZERO, s(1)), Err(BoundsError::ZeroFirst));
        assert_eq!(Bounds::new(s(2), s(1)), Err(BoundsError::MaxBelowFirst));
        assert_eq!(Bounds::new(s(1), Duration::MAX), Err(BoundsError::MaxTooLong));
        assert!(Bounds::new(s(1), s(1)).is_ok());
        assert!(Bounds::new(Duration::from_nanos(1), LONGEST).is_ok());
    }

    #[test]
    fn three_tries_in_a_minute_are_near_immediate_and_the_fourth_is_not() {
        // Over many seeds, so that a lucky draw does not decide: a full-jitter delay may be short.
        let mut slow = 0;
        for seed in 0..200 {
            let mut backoff = Backoff::with_rng(bounds(), seed);
            for _ in 0..FAST_TRIES {
                let delay = backoff.next_delay(s(0), None);
                assert!((100..=300).contains(&delay.as_millis()), "{delay:?}");
            }
            let next: Vec<_> = (0..5).map(|_| backoff.next_delay(s(1), None)).collect();
            slow += usize::from(next.iter().any(|delay| *delay > s(1)));
        }
        assert!(slow > 150, "only {slow} of 200 slowed down");
    }

    #[test]
    fn a_minute_later_the_near_immediate_tries_are_back() {
        let mut backoff = Backoff::with_rng(bounds(), 1);
        for _ in 0..20 {
            backoff.next_delay(s(0), None);
        }
        let mut fast = 0;
        for _ in 0..20 {
            let delay = backoff.next_delay(FAST_WINDOW, None);
            fast += usize::from((100..=300).contains(&delay.as_millis()));
        }
        assert!((FAST_TRIES..10).contains(&fast), "{fast} near-immediate tries");
    }

    #[test]
    fn delays_reach_the_longest_and_cover_everything_below_it() {
        let mut backoff = Backoff::with_rng(bounds(), 5);
        for _ in 0..20 {
            backoff.next_delay(s(0), None);
        }
        let late: Vec<_> = (0..500).map(|_| backoff.next_delay(s(1), None)).collect();
        assert!(late.iter().any(|delay| *delay > s(19)));
        assert!(
            late.iter().any(|delay| *delay < s(1)),
            "full jitter goes down to zero"
        );
    }

    #[test]
    fn good_starts_the_exponential_part_over_but_gives_no_new_near_immediate_tries() {
        let mut backoff = Backoff::with_rng(bounds(), 1);
        for _ in 0..20 {
            backoff.next_delay(s(0), None);
        }
        let delays: Vec<_> = (0..50)
            .map(|_| {
                backoff.good();
                backoff.next_delay(s(1), None)
            })
            .collect();
        let first_ceiling = Duration::from_millis(500);
        assert!(delays.iter().all(|delay| *delay <= first_ceiling), "{delays:?}");
        let beyond_fast = |delay: &Duration| !(100..=300).contains(&delay.as_millis());
        assert!(delays.iter().any(beyond_fast), "{delays:?}");
    }

    #[test]
    fn a_hint_costs_no_near_immediate_try() {
        let mut backoff = Backoff::with_rng(bounds(), 1);
        for _ in 0..10 {
            assert!(backoff.next_delay(s(0), Some(s(5))) >= s(5));
        }
        assert!(backoff.next_delay(s(0), None) <= Duration::from_millis(300));
    }

    proptest! {
        #[test]
        fn no_delay_ever_leaves_the_bounds(
            seed: u64,
            first_ms in 1u64..10_000,
            more_ms in 0u64..100_000_000,
            steps in proptest::collection::vec((0u64..100, proptest::option::of(any::<u64>()), any::<bool>()), 0..200)
        ) {
            let first = Duration::from_millis(first_ms);
            let max = (first + Duration::from_millis(more_ms)).min(LONGEST);
            let mut backoff = Backoff::with_rng(Bounds::new(first, max).unwrap(), seed);
            let mut now = Duration::ZERO;
            for (pause, hint, good) in steps {
                now += s(pause);
                let delay = backoff.next_delay(now, hint.map(s));
                prop_assert!(delay <= max);
                if hint.is_some() {
                    prop_assert!(delay >= first);
                }
                if good {
                    backoff.good();
                }
            }
        }

        #[test]
        fn in_no_minute_are_there_more_than_three_near_immediate_tries(
            seed: u64,
            pauses_ms in proptest::collection::vec(0u64..30_000, 0..300)
        ) {
            // A near-immediate delay is one that does not double the ceiling.
            let mut backoff = Backoff::with_rng(bounds(), seed);
            let (mut now, mut fast) = (Duration::ZERO, VecDeque::new());
            for pause in pauses_ms {
                now += Duration::from_millis(pause);
                let before = backoff.doublings;
                backoff.next_delay(now, None);
                if backoff.doublings == before {
                    fast.push_back(now);
                    fast.retain(|at| now - *at < FAST_WINDOW);
                    prop_assert!(fast.len() <= FAST_TRIES);
                }
            }
        }

        #[test]
        fn a_hint_within_the_bounds_is_kept_to_a_tenth(seed: u64, hint in 1u64..18) {
            let mut backoff = Backoff::with_rng(bounds(), seed);
            let delay = backoff.next_delay(Duration::ZERO, Some(s(hint)));
            prop_assert!(delay >= s(hint) && delay <= s(hint).mul_f64(1.0 + HINT_SPREAD));
        }
    }
}
