//! When to ping, what came back, and when to call a link dead. A value without I/O: the time is passed in, as time
//! since the link's beginning.
//!
//! States: *waiting* for the next ping's time, or *asked* and waiting for the pong.

use std::time::Duration;

/// How long a ping may go unanswered, with nothing else heard either, until the link is dead: so many of the last round
/// trip, within these bounds, which are iroh's. With an interval of 15 s the longest makes the 20 s within which a link
/// counts as verified.
const ROUND_TRIPS: u32 = 3;
const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);
const LONGEST_PATIENCE: Duration = Duration::from_secs(5);
/// A link on which something was heard so shortly before a ping carries calls. Its pong may stand behind them, and behind
/// what TCP sends again, so that the last round trip says nothing: it has the longest patience.
const BUSY_WITHIN: Duration = Duration::from_secs(1);
/// A process that was busy or stopped learns at the same time that time is up and that the pong is there: it looks for so
/// long before it believes the clock.
const LAST_LOOK: Duration = Duration::from_millis(100);
/// Intervals are longer by up to this share, so that links which came up together do not ping together. Longer, so that
/// whoever asks for a ping at times of its own, as often, is first.
const SPREAD: f64 = 0.2;
/// A pong within this time makes a link *verified*.
pub(crate) const VERIFIED_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug)]
enum State {
    Waiting {
        due: Duration,
        /// Somebody doubts the link and wants to know soon.
        hurried: bool,
    },
    Asked {
        number: u64,
        at: Duration,
        patience: Duration,
        /// The time was up, and what may have arrived meanwhile is waited for until then.
        last_look: Option<Duration>,
    },
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send a ping with this number, and ask again.
    Send(u64),
    /// Nothing until then.
    WaitUntil(Duration),
    /// Nothing came back in time.
    Dead,
}

/// The pings of one link.
#[derive(Debug)]
pub(crate) struct Pings {
    interval: Duration,
    state: State,
    last_number: u64,
    round_trip: Option<Duration>,
    /// A number from 0 to 1.
    jitter: fn() -> f64,
}

impl Pings {
    /// The first ping is due at once: a link is not verified before its first pong.
    /// `jitter` gives a number from 0 to 1.
    pub(crate) fn new(interval: Duration, jitter: fn() -> f64) -> Self {
        Self {
            interval,
            state: State::Waiting {
                due: Duration::ZERO,
                hurried: false,
            },
            last_number: 0,
            round_trip: None,
            jitter,
        }
    }

    fn patience(&self, is_busy: bool) -> Duration {
        match self.round_trip {
            Some(trip) if !is_busy => (trip * ROUND_TRIPS).clamp(SHORTEST_PATIENCE, LONGEST_PATIENCE),
            Some(_) | None => LONGEST_PATIENCE,
        }
    }

    /// Makes the next ping due at once, unless one is under way.
    pub(crate) fn hurry(&mut self) {
        if let State::Waiting { due, hurried } = &mut self.state {
            (*due, *hurried) = (Duration::ZERO, true);
        }
    }

    /// `heard` is when anything at all was last received: an upload or download that fills the link may delay a
    /// pong for long, but then other bytes arrive.
    pub(crate) fn next(&mut self, now: Duration, heard: Duration) -> Next {
        match self.state {
            State::Waiting { due, .. } if now < due => Next::WaitUntil(due),
            State::Waiting { hurried, .. } => {
                let is_busy = !hurried && now.saturating_sub(heard) < BUSY_WITHIN;
                self.last_number += 1;
                self.state = State::Asked {
                    number: self.last_number,
                    at: now,
                    patience: self.patience(is_busy),
                    last_look: None,
                };
                Next::Send(self.last_number)
            }
            State::Asked {
                at,
                patience,
                last_look,
                ..
            } => {
                let deadline = at.max(heard) + patience;
                if now < deadline {
                    return Next::WaitUntil(deadline);
                }
                let until = last_look.unwrap_or(now + LAST_LOOK);
                if let State::Asked { last_look, .. } = &mut self.state {
                    *last_look = Some(until);
                }
                if now < until {
                    Next::WaitUntil(until)
                } else {
                    Next::Dead
                }
            }
        }
    }

    /// A pong arrived. `Some` round trip when it answers the ping that is under way.
    pub(crate) fn pong(&mut self, number: u64, now: Duration) -> Option<Duration> {
        match self.state {
            State::Asked {
                number: asked, at, ..
            } if asked == number => {
                let interval = self.interval.mul_f64(1.0 + SPREAD * (self.jitter)());
                self.state = State::Waiting {
                    due: at + interval,
                    hurried: false,
                };
                let round_trip = now.saturating_sub(at);
                self.round_trip = Some(round_trip);
                Some(round_trip)
            }
            State::Asked { .. } | State::Waiting { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(15);

    fn pings() -> Pings {
        Pings::new(INTERVAL, || 0.0)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_ping_is_due_at_once_and_the_next_one_an_interval_later() {
        let mut pings = pings();
        assert_eq!(pings.next(seconds(3), seconds(3)), Next::Send(1));
        let answered = seconds(3) + Duration::from_millis(40);
        assert_eq!(pings.pong(1, answered), Some(Duration::from_millis(40)));
        assert_eq!(pings.next(answered, answered), Next::WaitUntil(seconds(18)));
        assert_eq!(pings.next(seconds(18), answered), Next::Send(2));
    }

    #[test]
    fn a_link_on_which_nothing_is_heard_for_five_seconds_after_a_ping_is_dead() {
        let mut pings = pings();
        assert_eq!(pings.next(seconds(10), seconds(0)), Next::Send(1));
        assert_eq!(pings.next(seconds(10), seconds(0)), Next::WaitUntil(seconds(15)));
        let last_look = seconds(15) + Duration::from_millis(100);
        assert_eq!(pings.next(seconds(15), seconds(0)), Next::WaitUntil(last_look));
        assert_eq!(pings.next(last_look, seconds(0)), Next::Dead);
    }

    #[test]
    fn a_pong_that_lay_there_while_the_process_was_stopped_keeps_the_link() {
        let mut pings = pings();
        assert_eq!(pings.next(seconds(10), seconds(0)), Next::Send(1));
        assert!(matches!(pings.next(seconds(300), seconds(0)), Next::WaitUntil(_)));
        assert!(pings.pong(1, seconds(300)).is_some());
    }

    #[test]
    fn bytes_that_arrive_while_a_pong_is_late_keep_the_link_alive() {
        let mut pings = pings();
        assert_eq!(pings.next(seconds(10), seconds(10)), Next::Send(1));
        assert_eq!(pings.next(seconds(15), seconds(14)), Next::WaitUntil(seconds(19)));
        assert_eq!(pings.pong(1, seconds(18)), Some(seconds(8)));
    }

    #[test]
    fn a_pong_that_nobody_asked_for_changes_nothing() {
        let mut pings = pings();
        assert_eq!(pings.pong(1, seconds(1)), None);
        assert_eq!(pings.next(seconds(1), seconds(1)), Next::Send(1));
        assert_eq!(pings.pong(9, seconds(2)), None);
        assert_eq!(pings.next(seconds(2), seconds(1)), Next::WaitUntil(seconds(6)));
    }

    #[test]
    fn a_link_that_answers_fast_is_dead_sooner_but_not_at_once() {
        for (round_trip_ms, patience_ms) in [(1, 500), (300, 900), (4_000, 5_000)] {
            let mut pings = pings();
            assert_eq!(pings.next(seconds(0), seconds(0)), Next::Send(1));
            let answered = Duration::from_millis(round_trip_ms);
            assert!(pings.pong(1, answered).is_some());
            assert_eq!(pings.next(seconds(15), answered), Next::Send(2));
            let dead = seconds(15) + Duration::from_millis(patience_ms);
            assert_eq!(pings.next(seconds(15), answered), Next::WaitUntil(dead));
        }
    }

    #[test]
    fn a_link_that_carries_calls_has_the_longest_patience_unless_somebody_doubts_it() {
        for (hurried, patience) in [(false, seconds(5)), (true, Duration::from_millis(500))] {
            let mut pings = pings();
            assert_eq!(pings.next(seconds(0), seconds(0)), Next::Send(1));
            assert!(pings.pong(1, Duration::from_millis(50)).is_some());
            if hurried {
                pings.hurry();
            }
            let heard = seconds(15) - Duration::from_millis(900);
            assert_eq!(pings.next(seconds(15), heard), Next::Send(2));
            assert_eq!(
                pings.next(seconds(15), heard),
                Next::WaitUntil(seconds(15) + patience)
            );
        }
    }

    #[test]
    fn links_that_came_up_together_do_not_ping_together() {
        let mut pings = Pings::new(INTERVAL, || 1.0);
        assert_eq!(pings.next(seconds(0), seconds(0)), Next::Send(1));
        assert!(pings.pong(1, seconds(0)).is_some());
        assert_eq!(pings.next(seconds(1), seconds(0)), Next::WaitUntil(seconds(18)));
    }

    #[test]
    fn a_hurried_ping_goes_out_now() {
        let mut pings = pings();
        assert_eq!(pings.next(seconds(0), seconds(0)), Next::Send(1));
        pings.hurry();
        assert_eq!(
            pings.next(seconds(1), seconds(0)),
            Next::WaitUntil(seconds(5)),
            "one is under way"
        );
        assert!(pings.pong(1, seconds(1)).is_some(), "its answer counts for both");
        pings.hurry();
        assert_eq!(pings.next(seconds(2), seconds(1)), Next::Send(2));
    }
}
