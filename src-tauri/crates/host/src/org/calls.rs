//! Who spoke to whom within the last hour, from the events that tell of it. Bounded, in memory.
//!
//! A message is counted where it arrived, so that one that both sides log is counted once; a delegation where it was
//! handed over. Counts are kept per five minutes, which is as fine as an hour needs.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use ts_rs::TS;
use uuid::Uuid;

/// Pairs that are kept. More than anybody can tell apart on a screen.
const PAIRS: usize = 5_000;
/// The length of a slot, in seconds.
const SLOT: i64 = 300;
/// Slots of an hour.
const SLOTS: usize = 12;

/// One workspace spoke to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Call {
    /// Who spoke.
    pub from: Uuid,
    /// To whom.
    pub to: Uuid,
    /// Messages that arrived within the last hour.
    pub messages: u32,
    /// Tasks that were handed over within the last hour.
    pub delegations: u32,
    /// When the last was seen, RFC 3339 in UTC.
    pub last: String,
}

/// Who spoke to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrgCalls {
    /// Since when calls were seen, where that is less than an hour ago, RFC 3339 in UTC.
    pub since: Option<String>,
    /// The calls, the pair with the last one first.
    pub calls: Vec<Call>,
}

/// What a workspace did to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Delegation,
}

#[derive(Debug, Clone, Default)]
struct Pair {
    /// By the number of the five minutes, counted from 1970: only those of the last hour are right.
    slots: [(i64, u32, u32); SLOTS],
    last: i64,
}

/// The calls of the last hour.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pairs: HashMap<(Uuid, Uuid), Pair>,
    since: Option<i64>,
}

impl Calls {
    /// Events are heard from now on; whoever heard some before keeps them.
    pub(crate) fn listen(&mut self, now: OffsetDateTime) {
        self.since.get_or_insert(now.unix_timestamp());
    }

    /// Notes a call.
    pub(crate) fn note(&mut self, from: Uuid, to: Uuid, kind: Kind, now: OffsetDateTime) {
        let now = now.unix_timestamp();
        if !self.pairs.contains_key(&(from, to)) && self.pairs.len() >= PAIRS {
            self.make_room(now);
        }
        let pair = self.pairs.entry((from, to)).or_default();
        pair.last = pair.last.max(now);
        let number = now.div_euclid(SLOT);
        let place = usize::try_from(number.rem_euclid(SLOTS as i64)).unwrap_or_default();
        let Some(slot) = pair.slots.get_mut(place) else {
            return;
        };
        if slot.0 != number {
            *slot = (number, 0, 0);
        }
        match kind {
            Kind::Message => slot.1 = slot.1.saturating_add(1),
            Kind::Delegation => slot.2 = slot.2.saturating_add(1),
        }
    }

    /// Forgets what is older than an hour, or else the half that is oldest.
    fn make_room(&mut self, now: i64) {
        self.pairs.retain(|_, pair| is_fresh(pair, now));
        if self.pairs.len() >= PAIRS {
            let mut times: Vec<i64> = self.pairs.values().map(|pair| pair.last).collect();
            let middle = times.len() / 2;
            let (_, middle, _) = times.select_nth_unstable(middle);
            let middle = *middle;
            self.pairs.retain(|_, pair| pair.last > middle);
        }
    }

    /// The calls of the hour until now.
    pub(crate) fn read(&self, now: OffsetDateTime) -> OrgCalls {
        let now = now.unix_timestamp();
        let first = now.div_euclid(SLOT) - (SLOTS as i64 - 1);
        let count = |pair: &Pair, of: fn(&(i64, u32, u32)) -> u32| {
            let fresh = pair.slots.iter().filter(|slot| slot.0 >= first);
            fresh.map(of).fold(0, u32::saturating_add)
        };
        let mut fresh: Vec<_> = self
            .pairs
            .iter()
            .filter(|(_, pair)| is_fresh(pair, now))
            .collect();
        fresh.sort_unstable_by_key(|(ids, pair)| (std::cmp::Reverse(pair.last), **ids));
        let calls = fresh.into_iter().map(|((from, to), pair)| Call {
            from: *from,
            to: *to,
            messages: count(pair, |slot| slot.1),
            delegations: count(pair, |slot| slot.2),
            last: text(pair.last),
        });
        OrgCalls {
            since: self.since.filter(|since| now - since < hour()).map(text),
            calls: calls.collect(),
        }
    }
}

const fn hour() -> i64 {
    SLOT * SLOTS as i64
}

fn is_fresh(pair: &Pair, now: i64) -> bool {
    now - pair.last < hour()
}

fn text(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}
