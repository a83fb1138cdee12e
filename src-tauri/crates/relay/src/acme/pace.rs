//! How long to wait between two orders.
//!
//! Not the retry delays of the rest: authorities count failed orders by the hour and the week, and one that is told too
//! often to look at a name that is not ready yet stops looking.

use std::time::Duration;

/// After the first failure. Let's Encrypt allows five in an hour; this makes four.
const FIRST: Duration = Duration::from_secs(300);
/// The longest: four tries a day, for the weeks that are left of a certificate.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// How much longer it may be, so that relays that lost their authority together do not come back together.
const SPREAD: f64 = 0.1;

/// The pause after so many failures in a row.
pub(super) fn after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    pause.mul_f64(1.0 + rand::random_range(0.0..SPREAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_orders_in_the_first_hour_and_four_a_day_later() {
        let mut at = Duration::ZERO;
        let mut first_hour = 1;
        for failures in 1..100 {
            at += after(failures);
            first_hour += u32::from(at < Duration::from_secs(3600));
            assert!(after(failures) <= LONGEST.mul_f64(1.0 + SPREAD));
        }
        assert_eq!(first_hour, 4);
        assert!(after(u32::MAX) >= LONGEST);
    }
}
