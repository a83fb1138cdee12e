//! The next morning at a place. Pure: the time and the place's rules are passed in.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use time::OffsetDateTime;

/// When a day begins for people, by the clock on the wall.
const BEGINS: i8 = 6;
/// Whoever says "tomorrow" at four in the night means after the sleep, and not in two hours.
const AT_LEAST_HOURS: i64 = 3;

/// The next six o'clock that is not too near.
pub(super) fn after(now: OffsetDateTime, zone: TimeZone) -> OffsetDateTime {
    let found = || {
        let here = Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone);
        let earliest = here.checked_add(AT_LEAST_HOURS.hours()).ok()?;
        let mut morning = here.date().at(BEGINS, 0, 0, 0);
        while morning < earliest.datetime() {
            morning = morning.checked_add(1.day()).ok()?;
        }
        let morning = morning.to_zoned(here.time_zone().clone()).ok()?;
        OffsetDateTime::from_unix_timestamp(morning.timestamp().as_second()).ok()
    };
    // Only at the end of the calendar is there none.
    found().unwrap_or(now + time::Duration::DAY)
}

/// The same moment with the place's offset.
pub(super) fn at(moment: OffsetDateTime, zone: &TimeZone) -> OffsetDateTime {
    let offset = Timestamp::from_second(moment.unix_timestamp())
        .ok()
        .and_then(|then| time::UtcOffset::from_whole_seconds(zone.to_offset(then).seconds()).ok());
    offset.map_or(moment, |offset| moment.to_offset(offset))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn tomorrow_begins_in_the_morning_of_the_place() {
        let east = || TimeZone::fixed(jiff::tz::offset(2));
        for (now, then) in [
            (datetime!(2026-03-01 10:00 UTC), datetime!(2026-03-02 04:00 UTC)),
            (datetime!(2026-03-01 21:50 UTC), datetime!(2026-03-02 04:00 UTC)),
            (datetime!(2026-03-01 00:30 UTC), datetime!(2026-03-01 04:00 UTC)),
            (datetime!(2026-03-01 03:30 UTC), datetime!(2026-03-02 04:00 UTC)),
        ] {
            assert_eq!(after(now, east()), then, "{now}");
            assert_eq!(at(then, &east()).time(), time::macros::time!(6:00));
        }
    }
}
