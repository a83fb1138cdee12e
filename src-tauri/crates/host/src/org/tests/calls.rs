//! Who spoke to whom.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::org::calls::{Calls, Kind};

fn at(minute: i64) -> OffsetDateTime {
    // Where five minutes begin.
    OffsetDateTime::from_unix_timestamp(1_780_000_200 + minute * 60).unwrap()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

#[test]
fn calls_of_the_last_hour_are_counted_and_older_ones_are_not() {
    let mut calls = Calls::default();
    calls.listen(at(0));
    for minute in [0, 1, 30, 59] {
        calls.note(id(1), id(2), Kind::Message, at(minute));
    }
    calls.note(id(2), id(1), Kind::Delegation, at(30));
    let read = calls.read(at(59));
    let first = &read.calls[0];
    assert_eq!((first.from, first.to, first.messages), (id(1), id(2), 4));
    assert_eq!((read.calls[1].messages, read.calls[1].delegations), (0, 1));
    assert!(read.since.is_some());
    let later = calls.read(at(70));
    assert_eq!(later.calls[0].messages, 2, "of the minutes 30 and 59");
    assert_eq!(later.since, None, "an hour is seen as a whole");
    assert_eq!(calls.read(at(119)).calls, []);
}

#[test]
fn the_newest_pair_comes_first_and_there_is_no_end_of_pairs_without_end() {
    let mut calls = Calls::default();
    for n in 0..12_000 {
        calls.note(
            id(0),
            id(n),
            Kind::Message,
            at(0) + time::Duration::milliseconds(n as i64),
        );
    }
    let read = calls.read(at(1));
    assert!(read.calls.len() <= 5_000, "{}", read.calls.len());
    calls.note(id(7), id(8), Kind::Message, at(2));
    assert_eq!(calls.read(at(2)).calls[0].from, id(7));
}
