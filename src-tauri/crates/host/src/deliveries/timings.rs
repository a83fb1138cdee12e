//! Where the time of the last deliveries went, for whoever sent one and wants to know.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The last deliveries are enough: it is asked right after the answer.
const MOST: usize = 64;

/// Where the time of one delivery went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From the call to the agent to the end of its answer.
    pub agent: Duration,
    /// From the arrival at the host to the answer, the agent's time included.
    pub host: Duration,
}

/// The timings of the last deliveries, by message id, oldest first.
#[derive(Default)]
pub(super) struct Timings(Mutex<VecDeque<(String, Timing)>>);

impl Timings {
    /// Notes something of a delivery's timing.
    pub(super) fn note(&self, message_id: &str, note: impl FnOnce(&mut Timing)) {
        let mut timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, timing)) = timings.iter_mut().rev().find(|(id, _)| id == message_id) {
            return note(timing);
        }
        if timings.len() == MOST {
            timings.pop_front();
        }
        let mut timing = Timing::default();
        note(&mut timing);
        timings.push_back((message_id.to_owned(), timing));
    }

    pub(super) fn get(&self, message_id: &str) -> Option<Timing> {
        let timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        timings
            .iter()
            .rev()
            .find(|(id, _)| id == message_id)
            .map(|(_, timing)| *timing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_of_a_delivery_come_together_and_old_ones_are_forgotten() {
        let timings = Timings::default();
        let second = Duration::from_secs(1);
        timings.note("first", |timing| timing.agent = second);
        timings.note("first", |timing| timing.host = 2 * second);
        assert_eq!(
            timings.get("first"),
            Some(Timing {
                agent: second,
                host: 2 * second
            })
        );
        for number in 0..MOST {
            timings.note(&number.to_string(), |timing| timing.host = second);
        }
        assert_eq!(timings.get("first"), None);
        assert!(timings.get("0").is_some());
    }
}
