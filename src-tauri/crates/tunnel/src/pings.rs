//! When to ping, what came back, and when to call a link dead. A value without I/O: the time is passed in, as time
//! since the link's beginning.
//!
//! States: *waiting* for the next ping's time, or *asked* and waiting for the pong.

use std::time::Duration;

/// How long a ping may go unanswered, with nothing else heard either, until the link is dead. With an interval of
/// 15 s it makes the 20 s within which a link counts as verified; 5 s is far above any round trip that is of use.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// A pong within this time makes a link *verified*.
pub(crate) const VERIFIED_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug)]
enum State {
    Waiting { due: Duration },
    Asked { number: u64, at: Duration },
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
}

impl Pings {
    /// The first ping is due at once: a link is not verified before its first pong.
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval,
            state: State::Waiting { due: Duration::ZERO },
            last_number: 0,
        }
    }

    /// Makes the next ping due at once, unless one is under way.
    pub(crate) fn hurry(&mut self) {
        if let State::Waiting { due } = &mut self.state {
            *due = Duration::ZERO;
        }
    }

    /// `heard` is when anything at all was last received: an upload or download that fills the link may delay a
    /// pong for long, but then other bytes arrive.
    pub(crate) fn next(&mut self, now: Duration, heard: Duration) -> Next {
        match self.state {
            State::Waiting { due } if now < due => Next::WaitUntil(due),
            State::Waiting { .. } => {
                self.last_number += 1;
                self.state = State::Asked {
                    number: self.last_number,
                    at: now,
                };
                Next::Send(self.last_number)
            }
            State::Asked { at, .. } => {
                let deadline = at.max(heard) + PATIENCE;
                if now < deadline {
                    Next::WaitUntil(deadline)
                } else {
                    Next::Dead
                }
            }
        }
    }

    /// A pong arrived. `Some` round trip when it answers the ping that is under way.
    pub(crate) fn pong(&mut self, number: u64, now: Duration) -> Option<Duration> {
        match self.state {
            State::Asked { number: asked, at } if asked == number => {
                self.state = State::Waiting {
                    due: at + self.interval,
                };
                Some(now.saturating_sub(at))
            }
            State::Asked { .. } | State::Waiting { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(15);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_ping_is_due_at_once_and_the_next_one_an_interval_later() {
        let mut pings = Pings::new(INTERVAL);
        assert_eq!(pings.next(seconds(3), seconds(3)), Next::Send(1));
        let answered = seconds(3) + Duration::from_millis(40);
        assert_eq!(pings.pong(1, answered), Some(Duration::from_millis(40)));
        assert_eq!(pings.next(answered, answered), Next::WaitUntil(seconds(18)));
        assert_eq!(pings.next(seconds(18), answered), Next::Send(2));
    }

    #[test]
    fn a_link_on_which_nothing_is_heard_for_five_seconds_after_a_ping_is_dead() {
        let mut pings = Pings::new(INTERVAL);
        assert_eq!(pings.next(seconds(10), seconds(0)), Next::Send(1));
        assert_eq!(pings.next(seconds(10), seconds(0)), Next::WaitUntil(seconds(15)));
        assert_eq!(pings.next(seconds(15), seconds(0)), Next::Dead);
    }

    #[test]
    fn bytes_that_arrive_while_a_pong_is_late_keep_the_link_alive() {
        let mut pings = Pings::new(INTERVAL);
        assert_eq!(pings.next(seconds(10), seconds(10)), Next::Send(1));
        assert_eq!(pings.next(seconds(15), seconds(14)), Next::WaitUntil(seconds(19)));
        assert_eq!(pings.pong(1, seconds(18)), Some(seconds(8)));
    }

    #[test]
    fn a_pong_that_nobody_asked_for_changes_nothing() {
        let mut pings = Pings::new(INTERVAL);
        assert_eq!(pings.pong(1, seconds(1)), None);
        assert_eq!(pings.next(seconds(1), seconds(1)), Next::Send(1));
        assert_eq!(pings.pong(9, seconds(2)), None);
        assert_eq!(pings.next(seconds(2), seconds(1)), Next::WaitUntil(seconds(6)));
    }

    #[test]
    fn a_hurried_ping_goes_out_now() {
        let mut pings = Pings::new(INTERVAL);
        assert_eq!(pings.next(seconds(0), seconds(0)), Next::Send(1));
        pings.hurry();
        assert_eq!(
            pings.next(seconds(1), seconds(0)),
            Next::WaitUntil(seconds(5)),
            "one is under way"
        );
        assert!(pings.pong(1, seconds(1)).is_some());
        pings.hurry();
        assert_eq!(pings.next(seconds(2), seconds(1)), Next::Send(2));
    }
}
