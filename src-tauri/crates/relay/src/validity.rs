//! From when until when a certificate is valid.
//!
//! Reads just so much of its DER as is needed for that. What a certificate says is believed by nobody because of this:
//! it is about our own, to know when it needs another.

use time::macros::format_description;
use time::{Date, Month, OffsetDateTime, Time, UtcDateTime};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which the oldest certificates do not have.
const EXPLICIT_0: u8 = 0xa0;

/// In seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Validity {
    /// That of a certificate, if it can be read.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = take(certificate, SEQUENCE)?;
        let (signed, _) = take(certificate, SEQUENCE)?;
        let rest = take(signed, EXPLICIT_0).map_or(signed, |(_, rest)| rest);
        let (_serial, rest) = take(rest, INTEGER)?;
        let (_algorithm, rest) = take(rest, SEQUENCE)?;
        let (_issuer, rest) = take(rest, SEQUENCE)?;
        let (validity, _) = take(rest, SEQUENCE)?;
        let (from, rest) = moment(validity)?;
        let (until, _) = moment(rest)?;
        Some(Self { from, until })
    }

    pub(crate) fn holds_at(&self, unix_s: i64) -> bool {
        (self.from..=self.until).contains(&unix_s)
    }

    /// When to have the next one: a third of its time before it runs out, so that there is time for trouble.
    pub(crate) fn renew_at(&self) -> i64 {
        self.until - self.until.saturating_sub(self.from) / 3
    }

    /// The end, for people.
    pub(crate) fn until_text(&self) -> String {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        OffsetDateTime::from_unix_timestamp(self.until)
            .ok()
            .and_then(|until| until.format(format).ok())
            .unwrap_or_default()
    }
}

/// Takes the element of this kind at the beginning: its content, and what follows.
fn take(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk::<2>()?;
    if found != kind {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // Three bytes are more than any certificate has.
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if length.is_empty() || length.len() > 3 {
            return None;
        }
        let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        (length, rest)
    };
    rest.split_at_checked(length)
}

/// A time in one of its two spellings, and what follows.
fn moment(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (text, rest, years) = match take(bytes, UTC_TIME) {
        Some((text, rest)) => (text, rest, 2),
        None => {
            let (text, rest) = take(bytes, GENERALIZED_TIME)?;
            (text, rest, 4)
        }
    };
    let digits = text.strip_suffix(b"Z")?;
    if digits.len() != years + 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, length: usize| {
        let digits = digits.get(from..from + length)?;
        Some(
            digits
                .iter()
                .fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0')),
        )
    };
    let two = |at| u8::try_from(number(years + at, 2)?).ok();
    let year = match (years, number(0, years)?) {
        (2, year @ 0..50) => 2000 + year,
        (2, year) => 1900 + year,
        (_, year) => year,
    };
    let date = Date::from_calendar_date(year.into(), Month::try_from(two(0)?).ok()?, two(2)?).ok()?;
    let time = Time::from_hms(two(4)?, two(6)?, two(8)?).ok()?;
    Some((UtcDateTime::new(date, time).unix_timestamp(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(["relay.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_spellings_of_a_time_are_read() {
        let validity = Validity::of(&certificate((2026, 1, 1), (2026, 4, 1))).unwrap();
        assert_eq!((validity.from, validity.until), (1_767_225_600, 1_775_001_600));
        assert_eq!(validity.until_text(), "2026-04-01 00:00 UTC");
        assert_eq!(validity.renew_at(), validity.until - 30 * 86_400);
        // After 2049 a certificate spells its years in full.
        let validity = Validity::of(&certificate((1999, 12, 31), (4096, 1, 1))).unwrap();
        assert_eq!((validity.from, validity.until), (946_598_400, 67_090_118_400));
        assert!(validity.holds_at(0x7fff_ffff) && !validity.holds_at(0));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_never_more_than_unreadable() {
        let whole = certificate((2026, 1, 1), (2026, 4, 1));
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&whole[..length]), None, "{length} bytes");
        }
        for at in 0..whole.len() {
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                // No panic is all that is asked.
                let _ = Validity::of(&changed);
            }
        }
    }
}
