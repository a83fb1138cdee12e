//! Time awake, reckoned from the runtime's clock and from ticks. Pure: what the clocks say is passed in.
//!
//! The runtime's clock runs on while the process is stopped (SIGSTOP, a frozen container, a paused virtual machine).
//! So it is believed for little more than a tick after the last one, and of a longer silence one tick counts as awake.

use std::time::Duration;

/// How often a tick comes.
pub(crate) const TICK: Duration = Duration::from_secs(15);

/// When it is the next turn of something that comes `every` so often: beside a tick, if it comes as seldom as ticks do.
/// So the machine is woken once for all of it. Each host has ticks of its own, because each starts at a time of its own.
pub(crate) fn next_turn(now: Duration, every: Duration) -> Duration {
    let next = now + every;
    if every < TICK {
        return next;
    }
    let ticks = (next + TICK / 2).as_millis() / TICK.as_millis();
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// A tick that comes after more than this was not merely late.
const OVERDUE: Duration = Duration::from_secs(30);

/// For so long after a tick the runtime's clock is believed: ticks are late by a moment on a busy machine, and time
/// stands still until they come.
const BELIEVED: Duration = Duration::from_secs(17);

/// A difference between the boot clock and the monotonic one that is no sleep: the two are not read at one moment.
const NO_SLEEP: Duration = Duration::from_millis(100);

/// What is known since the last tick.
#[derive(Debug, Clone)]
pub(super) struct Awake {
    /// The runtime's clock at the last tick; none before the first, and then nothing is overdue.
    ticked: Option<Duration>,
    /// How much of the runtime's clock was no time awake.
    lost: Duration,
    /// The latest time awake that was told: time does not go back.
    told: Duration,
    /// How long the machine had slept at the last tick.
    slept: Duration,
}

impl Awake {
    /// Time zero; `slept` is how long the machine has slept since it was switched on.
    pub(super) fn new(slept: Duration) -> Self {
        Self {
            ticked: None,
            lost: Duration::ZERO,
            told: Duration::ZERO,
            slept,
        }
    }

    /// The time awake when the runtime's clock says `raw`.
    pub(super) fn now(&mut self, raw: Duration) -> Duration {
        let raw = self.ticked.map_or(raw, |ticked| raw.min(ticked + BELIEVED));
        self.told = self.told.max(raw.saturating_sub(self.lost));
        self.told
    }

    /// What the runtime's clock says at a time awake, as far as can be known now.
    pub(super) fn raw(&self, at: Duration) -> Duration {
        at + self.lost
    }

    /// A tick came; gives how long was slept since the last one.
    pub(super) fn tick(&mut self, raw: Duration, slept: Duration) -> Duration {
        let mut gap = slept.saturating_sub(self.slept);
        if gap < NO_SLEEP {
            gap = Duration::ZERO;
        }
        self.slept = slept;
        if let Some(ticked) = self.ticked
            && raw.saturating_sub(ticked) > OVERDUE
        {
            let awake = (ticked + TICK).saturating_sub(self.lost).max(self.told);
            let lost = raw.saturating_sub(awake);
            gap += lost.saturating_sub(self.lost);
            self.lost = lost;
        }
        self.ticked = Some(raw);
        self.now(raw);
        gap
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ticking() -> Awake {
        let mut awake = Awake::new(s(0));
        assert_eq!(awake.tick(s(0), s(0)), s(0));
        awake
    }

    #[test]
    fn what_comes_seldom_comes_at_the_nearest_tick_and_the_rest_when_it_is_due() {
        let ms = Duration::from_millis;
        for (now, every, next) in [
            (0, 15_000, 15_000),
            (15_003, 15_000, 30_000),
            (7_400, 30_000, 30_000),
            (7_600, 30_000, 45_000),
            (7_600, 10_000, 17_600),
        ] {
            assert_eq!(next_turn(ms(now), ms(every)), ms(next), "{now} + {every}");
        }
    }

    #[test]
    fn ticks_that_come_on_time_are_no_sleep_and_neither_are_late_ones() {
        let mut awake = ticking();
        assert_eq!(awake.tick(s(15), s(0)), s(0));
        assert_eq!(awake.tick(s(44), s(0)), s(0));
        assert_eq!(awake.now(s(50)), s(50));
    }

    #[test]
    fn a_process_that_was_stopped_was_awake_for_one_tick_of_it() {
        let mut awake = ticking();
        assert_eq!(awake.tick(s(600), s(0)), s(585));
        assert_eq!(awake.now(s(601)), s(16));
        assert_eq!(awake.raw(s(20)), s(605));
    }

    #[test]
    fn whoever_reads_the_clock_before_the_tick_does_not_see_the_stop_either() {
        let mut awake = ticking();
        assert_eq!(awake.now(s(600)), BELIEVED);
        awake.tick(s(600), s(0));
        assert_eq!(awake.now(s(600)), BELIEVED, "it does not go back");
        assert_eq!(awake.now(s(602)), BELIEVED + s(2));
    }

    #[test]
    fn a_sleep_that_the_boot_clock_tells_takes_no_time_awake() {
        let mut awake = ticking();
        assert_eq!(awake.tick(s(15), s(3_600)), s(3_600));
        assert_eq!(awake.now(s(15)), s(15));
        assert_eq!(awake.tick(s(30), s(3_600)), s(0), "told once");
    }

    #[test]
    fn without_ticks_nothing_is_overdue() {
        let mut awake = Awake::new(s(0));
        assert_eq!(awake.now(s(600)), s(600));
    }

    proptest! {
        #[test]
        fn time_awake_never_goes_back_and_never_outruns_the_ticks(
            steps in proptest::collection::vec((0u64..100_000, any::<bool>()), 0..200)
        ) {
            let mut awake = ticking();
            let (mut raw, mut last, mut ticks) = (s(0), s(0), 0u32);
            for (pause_ms, is_tick) in steps {
                raw += Duration::from_millis(pause_ms);
                if is_tick {
                    awake.tick(raw, s(0));
                    ticks += 1;
                }
                let now = awake.now(raw);
                prop_assert!(now >= last);
                prop_assert!(now <= OVERDUE * (ticks + 1));
                last = now;
            }
        }
    }
}
