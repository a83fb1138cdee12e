//! What is counted. A call costs a handful of additions to atomic numbers, and nothing here has a label that a stranger
//! chooses: no workspace, no address, no door.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::answers::Answer;
use crate::limit::Limit;

/// How a call to a door ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The laptop answered, whatever it said.
    Answered,
    /// Closed without a byte, for the platform to queue.
    Silent,
    /// No link, and a card that the relay had kept.
    Copied,
    /// No link.
    Away,
    /// No link, and its user wants callers told so.
    Stopped,
    /// Over a limit.
    Limited,
    /// The link broke under it.
    Broken,
    /// Not a request that can be passed on.
    Refused,
    /// The caller left before the answer.
    Left,
}

impl Outcome {
    pub(crate) const ALL: [Self; 9] = [
        Self::Answered,
        Self::Silent,
        Self::Copied,
        Self::Away,
        Self::Stopped,
        Self::Limited,
        Self::Broken,
        Self::Refused,
        Self::Left,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Silent => "silent",
            Self::Copied => "copied",
            Self::Away => "away",
            Self::Stopped => "stopped",
            Self::Limited => "limited",
            Self::Broken => "broken",
            Self::Refused => "refused",
            Self::Left => "left",
        }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Away | Answer::Draining => Self::Away,
            Answer::Stopped => Self::Stopped,
            Answer::Broken => Self::Broken,
            _ if answer.limit().is_some() => Self::Limited,
            _ => Self::Refused,
        }
    }
}

/// Upper ends of the histogram's buckets, in milliseconds; one more is for all above. Agents think for minutes.
pub(crate) const BUCKETS_MS: [u64; 14] = [
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000, 300_000,
];

/// Times from a call to the head of its answer.
#[derive(Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let index = BUCKETS_MS.partition_point(|ms| ms * 1000 < micros);
        if let Some(bucket) = self.buckets.get(index) {
            add(bucket, 1);
        }
        add(&self.micros, micros);
    }

    /// How many there are in each bucket, and all times together.
    pub(crate) fn read(&self) -> ([u64; BUCKETS_MS.len() + 1], Duration) {
        let buckets = self.buckets.each_ref().map(read);
        (buckets, Duration::from_micros(read(&self.micros)))
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Metrics {
    calls: [AtomicU64; Outcome::ALL.len()],
    limits: [AtomicU64; Limit::ALL.len()],
    /// Times to the heads of answered calls.
    pub(crate) heads: Histogram,
    from_callers: AtomicU64,
    to_callers: AtomicU64,
    unknown_paths: AtomicU64,
    links_welcomed: AtomicU64,
    links_refused: AtomicU64,
    links_taken_over: AtomicU64,
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Metrics {
    /// A call has ended, or its answer begins.
    pub(crate) fn call(&self, outcome: Outcome, took: Duration) {
        if let Some(counter) = self.calls.get(outcome as usize) {
            add(counter, 1);
        }
        if outcome == Outcome::Answered {
            self.heads.note(took);
        }
    }

    /// Somebody has met a limit.
    pub(crate) fn over(&self, limit: Limit) {
        if let Some(counter) = self.limits.get(limit as usize) {
            add(counter, 1);
        }
    }

    /// A caller's body is over.
    pub(crate) fn received(&self, bytes: u64) {
        if bytes > 0 {
            add(&self.from_callers, bytes);
        }
    }

    /// An answer's body is over.
    pub(crate) fn sent(&self, bytes: u64) {
        if bytes > 0 {
            add(&self.to_callers, bytes);
        }
    }

    pub(crate) fn unknown_path(&self) {
        add(&self.unknown_paths, 1);
    }

    pub(crate) fn link_welcomed(&self, took_over: bool) {
        add(&self.links_welcomed, 1);
        if took_over {
            add(&self.links_taken_over, 1);
        }
    }

    pub(crate) fn link_refused(&self) {
        add(&self.links_refused, 1);
    }

    pub(crate) fn calls(&self, outcome: Outcome) -> u64 {
        self.calls.get(outcome as usize).map_or(0, read)
    }

    pub(crate) fn limit(&self, limit: Limit) -> u64 {
        self.limits.get(limit as usize).map_or(0, read)
    }

    /// The plain counters: name, what it is, how many.
    pub(crate) fn plain(&self) -> [(&'static str, &'static str, u64); 6] {
        [
            (
                "received_bytes_total",
                "Bytes of callers' bodies.",
                read(&self.from_callers),
            ),
            (
                "sent_bytes_total",
                "Bytes of answers' bodies.",
                read(&self.to_callers),
            ),
            (
                "unknown_paths_total",
                "Requests for paths that are no door of this relay.",
                read(&self.unknown_paths),
            ),
            (
                "links_welcomed_total",
                "Links welcomed.",
                read(&self.links_welcomed),
            ),
            (
                "links_taken_over_total",
                "Links that took a workspace over from another one.",
                read(&self.links_taken_over),
            ),
            (
                "links_refused_total",
                "Hellos refused.",
                read(&self.links_refused),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_counted_at_a_place_of_its_own() {
        for (index, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(*outcome as usize, index, "{}", outcome.name());
        }
    }

    #[test]
    fn a_time_is_in_the_first_bucket_that_holds_it() {
        let metrics = Metrics::default();
        for ms in [0, 1, 3, 300_000, 400_000] {
            metrics.call(Outcome::Answered, Duration::from_millis(ms));
        }
        metrics.call(Outcome::Silent, Duration::from_millis(7));
        let (buckets, all) = metrics.heads.read();
        assert_eq!((buckets[0], buckets[2], buckets[13], buckets[14]), (2, 1, 1, 1));
        assert_eq!(buckets.iter().sum::<u64>(), 5);
        assert_eq!(all, Duration::from_millis(700_004));
    }
}
