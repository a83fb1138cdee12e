//! When the next list is due, and what came while one was under way.

use std::time::Duration;

use ligand_backoff::{Backoff, Bounds};

use super::{Pending, UnderWay};
use crate::org::{change::Change, source::Loaded};

/// Failed lists in a row after which events alone no longer make the picture right: a minute at most.
const FAILURES: u32 = 3;
/// Changes that are kept while a list is under way, to be applied again on top of it. More than a list's deadline of
/// 15 s lets come in the largest org; beyond that the next list tells.
const KEPT: usize = 10_000;

/// The lists.
pub(super) struct Lists {
    pub(super) loading: Pending<Loaded>,
    at: Duration,
    /// When the last was asked for, over the connections of now.
    began: Option<Duration>,
    backoff: Backoff,
    /// Failed ones in a row, and what the last one said.
    failures: u32,
    failure: Option<String>,
    /// Another is wanted, this long after the one under way began.
    again: Option<Duration>,
    meanwhile: Vec<(Change, String)>,
    /// There was no room for some.
    lost_some: bool,
}

impl Lists {
    pub(super) fn due_at(at: Duration, waits: Bounds) -> Self {
        Self {
            loading: None,
            at,
            began: None,
            backoff: Backoff::new(waits),
            failures: 0,
            failure: None,
            again: None,
            meanwhile: Vec::new(),
            lost_some: false,
        }
    }

    /// When the next is to be asked for; `None` while one is under way.
    pub(super) fn due(&self) -> Option<Duration> {
        self.loading.is_none().then_some(self.at)
    }

    /// When the last one was asked for, if one was.
    pub(super) fn began(&self) -> Option<Duration> {
        self.began
    }

    pub(super) fn begin(&mut self, loading: UnderWay<Loaded>, now: Duration) {
        (self.loading, self.began, self.again) = (Some(loading), Some(now), None);
        (self.meanwhile, self.lost_some) = (Vec::new(), false);
    }

    /// Keeps a change with its time, if a list is under way that may be older than it.
    pub(super) fn came_meanwhile(&mut self, change: Change, at: String) {
        if self.loading.is_none() {
            return;
        }
        if self.meanwhile.len() < KEPT {
            self.meanwhile.push((change, at));
        } else {
            self.lost_some = true;
        }
    }

    /// A list came: what came meanwhile, and whether that is all of it.
    pub(super) fn taken(&mut self) -> (Vec<(Change, String)>, bool) {
        self.backoff.good();
        (self.failures, self.failure) = (0, None);
        (std::mem::take(&mut self.meanwhile), !self.lost_some)
    }

    /// None came. Says whether that is news.
    pub(super) fn failed(&mut self, why: String, hint: Option<Duration>, now: Duration) -> bool {
        self.meanwhile = Vec::new();
        self.failures = self.failures.saturating_add(1);
        self.at = now + self.backoff.next_delay(now, hint);
        let is_news = self.failures == FAILURES || self.failure.as_ref() != Some(&why);
        self.failure = Some(why);
        is_news
    }

    /// Sets when the next is due, unless one was wanted sooner.
    pub(super) fn next_at(&mut self, at: Duration) {
        self.at = match self.again.take() {
            Some(apart) => at.min(self.apart_from_last(apart, at)),
            None => at,
        };
    }

    /// One is wanted, so long after the last was asked for. Failures have their own pace.
    pub(super) fn wanted(&mut self, apart: Duration, now: Duration) {
        if self.loading.is_some() {
            self.again = Some(self.again.map_or(apart, |again| again.min(apart)));
        } else if self.failures == 0 {
            self.at = self.at.min(self.apart_from_last(apart, now).max(now));
        }
    }

    /// So long after the last was asked for; `else_at` where none was.
    fn apart_from_last(&self, apart: Duration, else_at: Duration) -> Duration {
        self.began.map_or(else_at, |began| began + apart)
    }

    /// Forgets the one under way; another is asked for then.
    pub(super) fn abandon(&mut self, at: Duration) {
        (self.loading, self.began, self.at) = (None, None, at);
    }

    /// The platform answers again: what had failed is asked for then.
    pub(super) fn again_at(&mut self, at: Duration) {
        if self.loading.is_none() {
            self.at = at;
        }
    }

    /// Why there is none, if the last could not be had.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether the last one is young enough to go on with, as long as events arrive.
    pub(super) fn may_be_trusted(&self) -> bool {
        self.failures < FAILURES
    }
}
