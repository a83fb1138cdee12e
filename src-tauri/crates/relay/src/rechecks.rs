//! When a running link's right is looked at again, and when the link has lost it. A value without I/O.
//!
//! Every ten minutes; soon, when it was admitted from memory alone. A right that seems gone is looked at once more
//! before the link ends: a card can be without our key for a moment, while somebody writes it anew. Times are spread,
//! and what finds no room in the budget comes back soon, so that thousands of links that came at once are looked at one
//! after the other, at the rate that the budget allows.

use std::time::Duration;

use crate::admission::Standing;

/// Soon is this part of the usual time: half a minute of ten minutes.
const SOON: u32 = 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct Rechecks {
    every: Duration,
    doubted: bool,
}

impl Rechecks {
    /// For a link that was just welcomed.
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            every: every.mul_f64(rand::random_range(0.9..1.1)),
            doubted: false,
        }
    }

    /// Until the first look; `read_ago` says how old what it was admitted with is, if that is known.
    pub(crate) fn first(&self, read_ago: Option<Duration>) -> Duration {
        let soon = self.soon();
        read_ago.map_or(soon, |ago| self.every.saturating_sub(ago).max(soon))
    }

    /// Until the next look after one; `None` = the right has gone, and the link must end.
    pub(crate) fn after(&mut self, standing: Standing) -> Option<Duration> {
        match standing {
            Standing::Good => {
                self.doubted = false;
                Some(self.every)
            }
            Standing::Gone if self.doubted => None,
            Standing::Gone => {
                self.doubted = true;
                Some(self.soon())
            }
            Standing::NotNow => Some(self.soon()),
            Standing::Unknown if self.doubted => Some(self.soon()),
            Standing::Unknown => Some(self.every),
        }
    }

    fn soon(&self) -> Duration {
        (self.every / SOON).mul_f64(rand::random_range(0.5..1.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(600);

    fn is_soon(time: Duration) -> bool {
        (Duration::from_secs(13)..Duration::from_secs(50)).contains(&time)
    }

    fn is_usual(time: Duration) -> bool {
        (Duration::from_secs(540)..=Duration::from_secs(660)).contains(&time)
    }

    #[test]
    fn what_was_admitted_from_memory_alone_is_looked_at_soon_and_the_rest_when_it_is_old() {
        let rechecks = Rechecks::new(EVERY);
        assert!(is_soon(rechecks.first(None)));
        assert!(is_usual(rechecks.first(Some(Duration::ZERO))));
        let half = rechecks.first(Some(EVERY / 2));
        assert!((Duration::from_secs(240)..Duration::from_secs(360)).contains(&half));
        assert!(is_soon(rechecks.first(Some(EVERY * 9))));
    }

    #[test]
    fn a_right_that_is_gone_twice_ends_the_link_whatever_could_not_be_asked_between() {
        let mut rechecks = Rechecks::new(EVERY);
        assert!(is_soon(rechecks.after(Standing::Gone).unwrap()));
        assert!(is_soon(rechecks.after(Standing::NotNow).unwrap()));
        assert!(is_soon(rechecks.after(Standing::Unknown).unwrap()));
        assert_eq!(rechecks.after(Standing::Gone), None);
    }

    #[test]
    fn a_right_that_is_back_is_not_doubted_any_more() {
        let mut rechecks = Rechecks::new(EVERY);
        rechecks.after(Standing::Gone);
        assert!(is_usual(rechecks.after(Standing::Good).unwrap()));
        assert!(is_soon(rechecks.after(Standing::Gone).unwrap()));
    }

    #[test]
    fn a_platform_that_is_down_is_left_alone_and_a_full_budget_is_waited_for() {
        let mut rechecks = Rechecks::new(EVERY);
        assert!(is_usual(rechecks.after(Standing::Unknown).unwrap()));
        assert!(is_soon(rechecks.after(Standing::NotNow).unwrap()));
    }
}
