//! The clock that every window, sweep and timeout of the local org runs on. A test can move it forward;
//! nothing else in the crate reads the time.

use std::fmt;
use std::time::Duration;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;

/// The wall clock plus an offset that tests move. Clones share the offset.
///
/// Wall clock and not a monotonic one: what is stored must keep its age over a restart, and a real platform
/// does not sleep when a laptop does.
#[derive(Clone, Debug)]
pub struct Clock {
    offset: watch::Sender<Duration>,
}

impl Clock {
    /// A clock that shows the real time until it is moved.
    pub fn new() -> Clock {
        Clock {
            offset: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Moves the clock forward. Whoever sleeps on it until a time that has now passed wakes up.
    pub fn advance(&self, by: Duration) {
        self.offset
            .send_modify(|offset| *offset = offset.saturating_add(by));
    }

    /// What the clock shows.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place of this crate that reads the time"
    )]
    pub(crate) fn now(&self) -> Stamp {
        let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000;
        let offset = i64::try_from(self.offset.borrow().as_micros()).unwrap_or(i64::MAX);
        Stamp(i64::try_from(now).unwrap_or(i64::MAX).saturating_add(offset))
    }

    /// Sleeps until the clock shows `until`.
    pub(crate) async fn sleep_until(&self, until: Stamp) {
        let mut moved = self.offset.subscribe();
        loop {
            moved.mark_unchanged();
            let left = until.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                // The sender lives in `self`, so this can't fail.
                _ = moved.changed() => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }

    /// Sleeps for `span` on this clock.
    pub(crate) async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new()
    }
}

/// A moment: microseconds since the Unix epoch, as the database keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(i64);

impl Stamp {
    /// Microseconds since the Unix epoch.
    pub(crate) fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Stamp> {
        let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
        i64::try_from(nanos / 1_000).ok().map(Stamp)
    }

    /// How long before `self` the `earlier` moment was; zero if it was later.
    pub(crate) fn since(self, earlier: Stamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Stamp {
    type Output = Stamp;

    fn add(self, span: Duration) -> Stamp {
        Stamp(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl std::ops::Sub<Duration> for Stamp {
    type Output = Stamp;

    fn sub(self, span: Duration) -> Stamp {
        Stamp(
            self.0
                .saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

/// As on the wire: RFC 3339 in UTC.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        // Only a year beyond 9999 can't be written so; no stored time is.
        f.write_str(&time.format(&Rfc3339).unwrap_or_default())
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToSql for Stamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Stamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Stamp> {
        value.as_i64().map(Stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_sleeps_on_the_clock_wakes_when_it_is_moved() {
        let clock = Clock::new();
        let until = clock.now() + Duration::from_secs(3_600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(until).await }
        });
        clock.advance(Duration::from_secs(1_800));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished(), "half the time is not all of it");
        clock.advance(Duration::from_secs(1_800));
        sleeper.await.unwrap();
    }

    #[test]
    fn a_moment_is_written_as_rfc_3339_with_its_microseconds() {
        assert_eq!(
            Stamp(1_777_716_000_123_456).to_string(),
            "2026-05-02T10:00:00.123456Z"
        );
    }
}
