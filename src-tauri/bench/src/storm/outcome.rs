//! What came of a storm, as figures, and whether it went as it must.

use std::time::Duration;

use super::Plan;
use super::caller::{CALL_EVERY, Counts};
use crate::figures::Figures;

/// Within so many seconds of the relay's start everybody must be back.
const BACK_WITHIN: f64 = 10.0;

/// One kill.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) all_back_s: f64,
    pub(super) half_back_s: f64,
    /// From the start of the process until it listened.
    pub(super) listens_s: f64,
    pub(super) peak: usize,
    /// Dials that found nobody.
    pub(super) unreachable: usize,
    pub(super) turned_away: usize,
    pub(super) broke: usize,
    pub(super) relay_cpu_s: f64,
    pub(super) hosts_cpu_s: f64,
    /// Hosts that never came back.
    pub(super) missing: usize,
    pub(super) calls: Counts,
}

impl Round {
    fn lost(&self) -> usize {
        self.missing + self.calls.made - self.calls.answered
    }
}

/// See the module.
pub(crate) struct Outcome {
    plan: Plan,
    pub(super) first_all_up_s: f64,
    pub(super) rounds: Vec<Round>,
}

impl Outcome {
    pub(super) fn new(plan: Plan, first_all_up_s: f64) -> Self {
        Self {
            plan,
            first_all_up_s,
            rounds: Vec::new(),
        }
    }

    /// Whether everybody was back in time and nothing was lost.
    pub(crate) fn held(&self) -> bool {
        self.rounds
            .iter()
            .all(|round| round.all_back_s <= BACK_WITHIN && round.lost() == 0)
    }

    /// As figures: of several rounds the worst, and sums of what is counted.
    #[allow(clippy::cast_precision_loss, reason = "counts of thousands")]
    pub(crate) fn figures(&self) -> Figures {
        let worst = |of: fn(&Round) -> f64| {
            let all = self.rounds.iter().map(of);
            all.fold(0.0, |worst, one| if one <= worst { worst } else { one })
        };
        let sum = |of: fn(&Round) -> usize| self.rounds.iter().map(of).sum::<usize>() as f64;
        let mut figures = Figures::new("storm");
        for (key, value, meaning) in [
            ("hosts", self.plan.hosts as f64, "hosts with a link each"),
            (
                "first_all_up_s",
                self.first_all_up_s,
                "all start at once at a relay that knows nobody: to the last welcome, seconds",
            ),
            (
                "all_back_s",
                worst(|round| round.all_back_s),
                "start of the relay's process to the last host's welcome, seconds (10 at the most)",
            ),
            (
                "half_back_s",
                worst(|round| round.half_back_s),
                "the same until half of them were welcomed",
            ),
            (
                "peak_connects_per_s",
                worst(|round| round.peak as f64),
                "most dials in any one second that reached the relay",
            ),
            (
                "turned_away",
                sum(|round| round.turned_away + round.broke),
                "dials that the relay refused, had no room for, or broke off",
            ),
            (
                "unreachable",
                sum(|round| round.unreachable),
                "dials while nobody listened",
            ),
            (
                "listens_s",
                worst(|round| round.listens_s),
                "start of the relay's process until it listened, seconds",
            ),
            (
                "relay_cpu_s",
                worst(|round| round.relay_cpu_s),
                "processor time of the relay until all were back, seconds",
            ),
            (
                "hosts_cpu_s",
                worst(|round| round.hosts_cpu_s),
                "the same of all hosts and their callers, which share one thread",
            ),
            ("calls", sum(|round| round.calls.made), "calls to platform doors"),
            (
                "queued",
                sum(|round| round.calls.queued),
                "of them refused or closed without a byte, and made again",
            ),
            (
                "lost",
                sum(Round::lost),
                "calls without their answer, and hosts that did not come back (none may be)",
            ),
        ] {
            figures.add(key, value, meaning);
        }
        figures.note(format!(
            "The relay is killed {} times with -9 and started again after {} ms; {} hosts are called every {} ms.",
            self.plan.rounds,
            self.plan.down.as_millis(),
            self.plan.called,
            CALL_EVERY.as_millis()
        ));
        if self.rounds.len() > 1 {
            figures.note("Of several rounds the worst; counts are sums.");
        }
        figures
    }
}

/// As a figure.
pub(super) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(all_back_s: f64, answered: usize, missing: usize) -> Round {
        Round {
            all_back_s,
            half_back_s: 0.5,
            listens_s: 0.1,
            peak: 1,
            unreachable: 0,
            turned_away: 0,
            broke: 0,
            relay_cpu_s: 1.0,
            hosts_cpu_s: 1.0,
            missing,
            calls: Counts {
                made: 10,
                answered,
                queued: 3,
            },
        }
    }

    fn held(rounds: Vec<Round>) -> bool {
        let plan = Plan {
            hosts: 2,
            called: 1,
            rounds: rounds.len(),
            down: Duration::ZERO,
        };
        let mut outcome = Outcome::new(plan, 1.0);
        outcome.rounds = rounds;
        outcome.held()
    }

    #[test]
    fn everybody_back_in_time_and_every_call_answered_is_what_must_be() {
        assert!(held(vec![round(9.9, 10, 0), round(3.0, 10, 0)]));
        assert!(!held(vec![round(9.9, 10, 0), round(10.1, 10, 0)]));
        assert!(!held(vec![round(1.0, 9, 0)]));
        assert!(!held(vec![round(f64::NAN, 10, 1)]));
    }
}
