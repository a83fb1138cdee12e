//! What became of every dial, and when it began.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ligand_tunnel::{DialError, Stage};

/// What became of one dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Welcomed,
    /// The relay said no, or had no room.
    TurnedAway,
    /// The relay was reached, and the dial broke off or took too long.
    Broke,
    /// Nobody listened.
    Unreachable,
}

impl Outcome {
    /// Of a dial that came to nothing.
    pub(crate) fn of(error: &DialError) -> Self {
        match error {
            DialError::Address
            | DialError::Setup(_)
            | DialError::Connect(_)
            | DialError::Timeout(Stage::Upgrade) => Self::Unreachable,
            DialError::Refused(_) | DialError::Unavailable { .. } => Self::TurnedAway,
            DialError::NotARelay { .. }
            | DialError::Protocol(_)
            | DialError::Broken { .. }
            | DialError::Timeout(Stage::Hello) => Self::Broke,
        }
    }
}

/// All dials of all hosts.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Vec<(Instant, Outcome)>>);

impl Attempts {
    /// Notes one that began at that time.
    pub(crate) fn note(&self, began: Instant, outcome: Outcome) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((began, outcome));
    }

    /// Takes those noted so far.
    pub(crate) fn take(&self) -> Vec<(Instant, Outcome)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many dials ended so.
pub(crate) fn count(dials: &[(Instant, Outcome)], outcome: Outcome) -> usize {
    dials.iter().filter(|(_, ended)| *ended == outcome).count()
}

/// The most dials that reached the relay and began within one second.
pub(crate) fn peak(dials: &[(Instant, Outcome)]) -> usize {
    let reached = dials.iter().filter(|(_, ended)| *ended != Outcome::Unreachable);
    let mut began: Vec<Instant> = reached.map(|(began, _)| *began).collect();
    began.sort_unstable();
    let (mut first, mut most) = (0, 0);
    for (last, at) in began.iter().enumerate() {
        while at.duration_since(began[first]) >= Duration::from_secs(1) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

#[cfg(test)]
mod tests {
    use ligand_e2e::now;

    use super::*;

    #[test]
    fn the_peak_is_over_any_second_and_only_of_dials_that_reached_the_relay() {
        let start = now();
        let at = |ms, outcome| (start + Duration::from_millis(ms), outcome);
        let dials = [
            at(2_100, Outcome::Welcomed),
            at(0, Outcome::Welcomed),
            at(900, Outcome::TurnedAway),
            at(1_050, Outcome::Broke),
            at(950, Outcome::Unreachable),
            at(1_800, Outcome::Welcomed),
        ];
        assert_eq!(peak(&dials), 3);
        assert_eq!(count(&dials, Outcome::Welcomed), 3);
        assert_eq!(peak(&[]), 0);
    }
}
