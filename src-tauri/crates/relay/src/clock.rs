//! The one place of this crate that reads a clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::header::HeaderValue;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const DAY_S: u64 = 24 * 60 * 60;

/// Counts from the relay's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Days since 1970, for what outlives the relay. Good enough to say which of two is older, and for nothing else: people
/// set this clock.
#[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn today() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u32::try_from(since.as_secs() / DAY_S).unwrap_or(u32::MAX)
    })
}

/// Seconds since 1970, to compare with what a certificate says.
#[allow(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn unix_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// What answers say of the time: written once a second, and not once an answer.
#[derive(Default)]
pub(crate) struct Dates(Mutex<Option<(i64, HeaderValue)>>);

impl Dates {
    /// The value of a `Date` header. `None` for a time that it can't say.
    pub(crate) fn now(&self) -> Option<HeaderValue> {
        let second = unix_s();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = last.as_ref().filter(|(of, _)| *of == second) {
            return Some(value.clone());
        }
        let value = HeaderValue::from_str(&http_date(second)?).ok()?;
        *last = Some((second, value.clone()));
        Some(value)
    }
}

fn http_date(unix_s: i64) -> Option<String> {
    const FORM: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    OffsetDateTime::from_unix_timestamp(unix_s)
        .ok()?
        .format(FORM)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_the_form_that_http_wants() {
        assert_eq!(http_date(784_111_777).unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
        let dates = Dates::default();
        assert!(dates.now().is_some_and(|date| date.as_bytes().ends_with(b" GMT")));
    }
}
