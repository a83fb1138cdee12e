//! When laptops are to dial again after a relay that goes away: soon, and not all at once.

use std::time::Duration;

/// So many may be asked back per second: each costs a handshake, and perhaps a question to its platform.
const DIALS_PER_S: usize = 100;
/// Over so many seconds they are spread at the least.
const SHORTEST_S: u32 = 4;

/// In how many seconds one of so many laptops is to dial again. A few come back at once; as many as would crowd the next
/// relay come over the time for which this one drains, and at most that.
pub(crate) fn in_s(links: usize, drain: Duration) -> u32 {
    rand::random_range(1..=spread_s(links, drain))
}

fn spread_s(links: usize, drain: Duration) -> u32 {
    let wanted = u32::try_from(links / DIALS_PER_S).unwrap_or(u32::MAX);
    let longest = u32::try_from(drain.as_secs()).unwrap_or(u32::MAX);
    wanted.min(longest).max(SHORTEST_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_laptops_come_back_over_the_drain_and_a_few_within_seconds() {
        let drain = Duration::from_secs(30);
        assert_eq!(spread_s(1, drain), 4);
        assert_eq!(spread_s(2_000, drain), 20);
        assert_eq!(spread_s(16_000, drain), 30);
        assert_eq!(spread_s(16_000, Duration::ZERO), 4);
        for _ in 0..100 {
            assert!((1..=20).contains(&in_s(2_000, drain)));
        }
    }
}
