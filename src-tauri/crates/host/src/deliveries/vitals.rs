//! How the agent fares, for the heartbeat: what it works on, the part of its answers that failed, and whether it is
//! stuck.
//!
//! The platform shows a workspace as degraded from an error rate of a half on, or while its runtime is *wedged*.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{delivery::Ending, message::Message};
use crate::{agent::rpc, config::TaskWords};

/// Answers that count.
const LAST: usize = 20;
/// With fewer answers than this, the missing ones count as good: a first failure is not the half of everything.
const AT_LEAST: usize = 5;
/// So many time-outs in a row mean that the agent is stuck.
const STUCK_AFTER: u32 = 3;
/// Characters of an error that the org is shown.
const MOST_ERROR: usize = 200;

/// What a heartbeat says of the agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vitals {
    /// The part of the last 20 answers that failed, 0 to 1.
    pub error_rate: f64,
    /// The last failure in words, while any of these failed.
    pub sample_error: String,
    /// What it works on, as far as the profile tells.
    pub current_task: String,
    /// Whether it gave no answer in time three times in a row.
    pub is_wedged: bool,
}

/// Keeps count. Clones are the same count.
#[derive(Clone)]
pub(super) struct Watch(Arc<Mutex<Seen>>);

struct Seen {
    tells: TaskWords,
    last: VecDeque<bool>,
    error: String,
    timeouts: u32,
    under_way: BTreeMap<u64, String>,
    number: u64,
}

/// A delivery that the agent works on, until this is dropped.
pub(super) struct UnderWay {
    watch: Watch,
    number: u64,
}

impl Watch {
    pub(super) fn new(tells: TaskWords) -> Self {
        Self(Arc::new(Mutex::new(Seen {
            tells,
            last: VecDeque::with_capacity(LAST),
            error: String::new(),
            timeouts: 0,
            under_way: BTreeMap::new(),
            number: 0,
        })))
    }

    /// The agent begins to work on this.
    pub(super) fn begins(&self, message: &Message) -> UnderWay {
        let mut seen = self.lock();
        let words = match seen.tells {
            TaskWords::None | TaskWords::Count => String::new(),
            TaskWords::Method => message.method.clone(),
            TaskWords::Words => message.first_words().unwrap_or_else(|| message.method.clone()),
        };
        seen.number += 1;
        let number = seen.number;
        seen.under_way.insert(number, words);
        drop(seen);
        UnderWay {
            watch: self.clone(),
            number,
        }
    }

    /// A delivery that the agent had has ended. `timed_out`: it gave no answer for as long as anyone waits.
    pub(super) fn ended(&self, ending: &Ending, timed_out: bool) {
        let mut seen = self.lock();
        seen.timeouts = if timed_out { seen.timeouts + 1 } else { 0 };
        let failure = failure_of(ending);
        if seen.last.len() == LAST {
            seen.last.pop_front();
        }
        seen.last.push_back(failure.is_some());
        if let Some(failure) = failure {
            seen.error = failure.chars().take(MOST_ERROR).collect();
        }
    }

    /// What to say now.
    pub(super) fn vitals(&self) -> Vitals {
        let seen = self.lock();
        let failed = seen.last.iter().filter(|failed| **failed).count();
        #[allow(clippy::cast_precision_loss, reason = "at most twenty")]
        let error_rate = failed as f64 / seen.last.len().max(AT_LEAST) as f64;
        let under_way = seen.under_way.len();
        let mut words = seen.under_way.values();
        let current_task = match (seen.tells, under_way) {
            (TaskWords::None, _) | (_, 0) => String::new(),
            (TaskWords::Count, 1) => "1 task".to_owned(),
            (TaskWords::Count, more) => format!("{more} tasks"),
            (TaskWords::Method | TaskWords::Words, more) => {
                let first = words.next().cloned().unwrap_or_default();
                match more {
                    1 => first,
                    more => format!("{first} (+{})", more - 1),
                }
            }
        };
        Vitals {
            error_rate,
            sample_error: if failed > 0 {
                seen.error.clone()
            } else {
                String::new()
            },
            current_task,
            is_wedged: seen.timeouts >= STUCK_AFTER,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.watch.lock().under_way.remove(&self.number);
    }
}

/// In words, if the agent is to blame. What the caller did wrong is no failure of the agent's: of JSON-RPC's errors
/// only "internal error" is.
fn failure_of(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Answered(answer) => {
            let error = rpc::error_of(&answer.body)?;
            (error.code == i64::from(rpc::INTERNAL_ERROR)).then(|| error.message.into_owned())
        }
        Ending::Rejected { status, words } if status.is_server_error() => Some(match words {
            Some(words) => format!("HTTP {}: {words}", status.as_u16()),
            None => format!("HTTP {}", status.as_u16()),
        }),
        Ending::Oversized => Some("an answer was longer than 64 MB".to_owned()),
        Ending::Unknown(why) | Ending::Unreachable(why) => Some(why.clone()),
        Ending::Rejected { .. }
        | Ending::Busy(_)
        | Ending::Misread(_)
        | Ending::BadBody(_)
        | Ending::Hushed => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyper::{HeaderMap, StatusCode};

    use super::*;
    use crate::deliveries::{delivery::Answer, intake::Taken};

    fn answered(body: &'static str) -> Ending {
        Ending::Answered(Arc::new(Answer {
            id: "1".into(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.into(),
            events: None,
        }))
    }

    fn message(words: &str) -> Message {
        let body = serde_json::json!({"method": "message/send",
            "params": {"message": {"parts": [{"kind": "text", "text": words}]}}});
        let bytes = body.to_string().into();
        Message::read(Taken { bytes, room: None }).ok().unwrap()
    }

    #[test]
    fn the_rate_is_that_of_the_last_twenty_and_one_failure_is_not_everything() {
        let watch = Watch::new(TaskWords::Count);
        watch.ended(&Ending::Unknown("it broke".into()), false);
        assert!((watch.vitals().error_rate - 0.2).abs() < 1e-9);
        assert_eq!(watch.vitals().sample_error, "it broke");
        for _ in 0..19 {
            watch.ended(&answered("{}"), false);
        }
        assert!((watch.vitals().error_rate - 0.05).abs() < 1e-9);
        watch.ended(&answered("{}"), false);
        assert_eq!(watch.vitals(), Vitals::default(), "it is forgotten");
    }

    #[test]
    fn what_a_caller_did_wrong_does_not_count_against_the_agent() {
        let watch = Watch::new(TaskWords::Count);
        watch.ended(
            &answered(r#"{"error":{"code":-32601,"message":"no such method"}}"#),
            false,
        );
        watch.ended(
            &Ending::Rejected {
                status: StatusCode::BAD_REQUEST,
                words: None,
            },
            false,
        );
        assert_eq!(watch.vitals().error_rate, 0.0);
        watch.ended(&answered(r#"{"error":{"code":-32603,"message":"boom"}}"#), false);
        assert_eq!(watch.vitals().sample_error, "boom");
    }

    #[test]
    fn three_time_outs_in_a_row_and_nothing_else_are_being_stuck() {
        let watch = Watch::new(TaskWords::Count);
        let late = Ending::Unknown("late".into());
        for _ in 0..2 {
            watch.ended(&late, true);
        }
        watch.ended(&answered("{}"), false);
        for stuck in [false, false, true] {
            watch.ended(&late, true);
            assert_eq!(watch.vitals().is_wedged, stuck);
        }
        watch.ended(&answered("{}"), false);
        assert!(!watch.vitals().is_wedged);
    }

    #[test]
    fn the_org_is_told_of_the_work_what_the_profile_tells() {
        let long = "one  two\nthree ".repeat(20);
        for (tells, one, two) in [
            (TaskWords::None, "", ""),
            (TaskWords::Count, "1 task", "2 tasks"),
            (TaskWords::Method, "message/send", "message/send (+1)"),
        ] {
            let watch = Watch::new(tells);
            let first = watch.begins(&message(&long));
            assert_eq!(watch.vitals().current_task, one);
            let second = watch.begins(&message("b"));
            assert_eq!(watch.vitals().current_task, two);
            drop((first, second));
            assert_eq!(watch.vitals().current_task, "");
        }
        let watch = Watch::new(TaskWords::Words);
        let _first = watch.begins(&message(&long));
        let words = watch.vitals().current_task;
        assert!(
            words.starts_with("one two three one") && words.ends_with('…'),
            "{words}"
        );
        assert_eq!(words.chars().count(), 81);
    }
}
