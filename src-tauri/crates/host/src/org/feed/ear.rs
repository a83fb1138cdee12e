//! The way to the org's events: shut until a time → being opened → open → shut again, by a backoff.

use std::time::Duration;

use ligand_backoff::{Backoff, Bounds};
use ligand_platform::Events;

use super::{Pending, UnderWay};

/// A feed that was open for this long was good: the waits start over. One that is cut at once is not.
const GOOD_AFTER: Duration = Duration::from_secs(30);

/// The ear.
pub(super) struct Ear {
    pub(super) opening: Pending<Events>,
    pub(super) open: Option<Events>,
    /// Whether it is the org key's.
    with_key: bool,
    /// When it was opened, while it is open.
    since: Duration,
    /// When it is opened next, while it is shut.
    open_at: Duration,
    backoff: Backoff,
    /// Why it is shut.
    why: Option<String>,
}

impl Ear {
    pub(super) fn shut_until(open_at: Duration, waits: Bounds) -> Self {
        Self {
            opening: None,
            open: None,
            with_key: false,
            since: open_at,
            open_at,
            backoff: Backoff::new(waits),
            why: None,
        }
    }

    /// When it is to be opened; `None` while it is open or being opened.
    pub(super) fn due(&self) -> Option<Duration> {
        (self.open.is_none() && self.opening.is_none()).then_some(self.open_at)
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether it was open at that time already, if there was one, and still is.
    pub(super) fn is_open_since(&self, then: Option<Duration>) -> bool {
        self.open.is_some() && then.is_some_and(|then| self.since <= then)
    }

    /// Whether it is the org key's; `None` while it is shut.
    pub(super) fn with_key(&self) -> Option<bool> {
        self.due().is_none().then_some(self.with_key)
    }

    /// Why it is shut, if it had to be.
    pub(super) fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    pub(super) fn begin(&mut self, opening: UnderWay<Events>, with_key: bool) {
        (self.opening, self.with_key) = (Some(opening), with_key);
    }

    pub(super) fn opened(&mut self, events: Events, now: Duration) {
        (self.open, self.since, self.why) = (Some(events), now, None);
    }

    /// Shuts it, to be opened again then.
    pub(super) fn shut(&mut self, open_at: Duration) {
        (self.open, self.opening, self.open_at) = (None, None, open_at);
    }

    /// The platform answers again: it is opened now, if it is shut.
    pub(super) fn again_at(&mut self, at: Duration) {
        self.open_at = self.open_at.min(at);
    }

    /// It could not be opened, or broke. Says whether that is news.
    pub(super) fn failed(&mut self, why: &str, hint: Option<Duration>, now: Duration) -> bool {
        let was_open = self.open.is_some();
        if was_open && now.saturating_sub(self.since) >= GOOD_AFTER {
            self.backoff.good();
        }
        let is_news = was_open || self.why.as_deref() != Some(why);
        self.why = Some(why.to_owned());
        let wait = self.backoff.next_delay(now, hint);
        self.shut(now + wait);
        is_news
    }
}
