//! One delivery after it was understood and found to be new: what can happen to it, and how it ends.
//!
//! ```text
//! Waiting ──permit──▶ Working ──the agent answers, breaks off, or takes too long──▶ Ended
//!    └──no permit, or the host stops──▶ Ended
//! ```
//!
//! The step is pure. Only in `Working` may the agent have seen the delivery, so that is where an end without an answer
//! is an unknown outcome, and not one that may be tried again.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};

use super::{intake::BadBody, permits::NoPermit};
use crate::agent::{AgentError, rpc::Misread};

/// Where a delivery stands.
#[derive(Debug)]
pub(super) enum State {
    /// It is new, and waits for a permit.
    Waiting,
    /// It has a permit, and the agent may have seen it.
    Working,
    /// It is over.
    Ended(Ending),
}

/// What happens to a delivery.
#[derive(Debug)]
pub(super) enum Event {
    /// It may go to the agent.
    Permitted,
    /// It may not.
    NotPermitted(NoPermit),
    /// The host takes no deliveries any more.
    Stopping,
    /// The agent answered.
    Answered(Answer),
    /// The agent did not, or not to the end.
    Failed(Failure),
    /// The host's patience with its deliveries is over.
    CutOff,
}

/// Why there is no answer of the agent.
#[derive(Debug)]
pub(super) enum Failure {
    /// No answer came, or none to its end.
    Agent(AgentError),
    /// It is longer than the platform takes.
    Oversized,
    /// It took longer than anyone waits.
    TooSlow,
}

/// What the agent said, whole.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The JSON-RPC id under which it was asked, as JSON.
    pub(super) id: String,
    pub(super) status: StatusCode,
    /// Without what is between neighbours.
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How many events it was streamed in, if it was.
    pub(super) events: Option<u32>,
}

/// How a delivery ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// The agent answered, and this is passed on as it is.
    Answered(Arc<Answer>),
    /// The agent answered with an HTTP error, and with these words if it gave any.
    Rejected {
        status: StatusCode,
        words: Option<String>,
    },
    /// The agent's answer is longer than the platform takes.
    Oversized,
    /// It reached the agent, and what came of it is not known. It is not tried again.
    Unknown(String),
    /// It did not reach the agent, which can't be reached.
    Unreachable(String),
    /// It did not reach the agent, which has too much to do.
    Busy(NoPermit),
    /// It is no call.
    Misread(Misread),
    /// Its body was not taken.
    BadBody(BadBody),
    /// Closed without a byte, so that the platform keeps it.
    Hushed,
}

/// Answers with these say "not now": the agent has done nothing, and may be asked again.
const NOT_NOW: [StatusCode; 2] = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];

impl State {
    /// The one place where a delivery goes from state to state.
    pub(super) fn step(self, event: Event) -> Self {
        match (self, event) {
            // Its turn has come.
            (Self::Waiting, Event::Permitted) => Self::Working,
            // Nothing has reached the agent, so it is refused in words, or left to the platform to keep.
            (Self::Waiting, Event::NotPermitted(why)) => Self::Ended(Ending::Busy(why)),
            (Self::Waiting, Event::Stopping | Event::CutOff) => Self::Ended(Ending::Hushed),
            // The agent has the last word.
            (Self::Working, Event::Answered(answer)) => Self::Ended(Ending::of(answer)),
            (Self::Working, Event::Failed(failure)) => Self::Ended(Ending::without_answer(failure)),
            (Self::Working, Event::CutOff) => Self::Ended(Ending::Unknown(
                "Ligand was stopped while the agent worked on it".to_owned(),
            )),
            // Who has its turn keeps it; what has ended stays so; nothing else can happen.
            (state, _) => state,
        }
    }
}

impl Ending {
    fn of(answer: Answer) -> Self {
        if answer.status.is_success() {
            return Self::Answered(Arc::new(answer));
        }
        match serde_json::from_slice::<serde_json::Value>(&answer.body) {
            // The platform would replace the body of any other status than success, and the error with it.
            Ok(body) if body.get("jsonrpc").is_some() && body.get("error").is_some() => {
                Self::Answered(Arc::new(Answer {
                    status: StatusCode::OK,
                    ..answer
                }))
            }
            body => {
                let error = body
                    .ok()
                    .and_then(|body| body.get("error")?.as_str().map(str::to_owned));
                Self::Rejected {
                    status: answer.status,
                    words: error,
                }
            }
        }
    }

    fn without_answer(failure: Failure) -> Self {
        match failure {
            Failure::Agent(error) if error.may_have_arrived() => Self::Unknown(error.to_string()),
            Failure::Agent(error) => Self::Unreachable(error.to_string()),
            Failure::Oversized => Self::Oversized,
            Failure::TooSlow => {
                Self::Unknown("the agent gave no answer for as long as anyone waits".to_owned())
            }
        }
    }

    /// Whether the same delivery, when it comes again, gets this ending again: whether the agent has seen it.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Oversized | Self::Unknown(_) => true,
            Self::Rejected { status, .. } => !NOT_NOW.contains(status),
            Self::Unreachable(_) | Self::Busy(_) | Self::Misread(_) | Self::BadBody(_) | Self::Hushed => {
                false
            }
        }
    }

    /// Why it ended so, where there is more to say than its word does.
    pub(super) fn reason(&self) -> Option<String> {
        match self {
            Self::Rejected { words, .. } => words.clone(),
            Self::Unknown(why) | Self::Unreachable(why) => Some(why.clone()),
            Self::Misread(misread) => Some(misread.message.to_owned()),
            Self::Answered(_) | Self::Oversized | Self::Busy(_) | Self::BadBody(_) | Self::Hushed => None,
        }
    }

    /// One word for the log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Rejected { .. } => "rejected",
            Self::Oversized => "oversized",
            Self::Unknown(_) => "unknown",
            Self::Unreachable(_) => "unreachable",
            Self::Busy(_) => "busy",
            Self::Misread(_) => "misread",
            Self::BadBody(_) => "bad body",
            Self::Hushed => "hushed",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            id: "1".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            events: None,
        }
    }

    fn ended(state: State, event: Event) -> Ending {
        match state.step(event) {
            State::Ended(ending) => ending,
            other => panic!("not ended: {other:?}"),
        }
    }

    #[test]
    fn before_its_turn_nothing_has_reached_the_agent_and_every_ending_may_be_tried_again() {
        for event in [
            Event::NotPermitted(NoPermit::Full),
            Event::Stopping,
            Event::CutOff,
        ] {
            assert!(!ended(State::Waiting, event).is_final());
        }
    }

    #[test]
    fn with_its_turn_every_end_without_an_answer_is_final_unless_not_a_byte_went_out() {
        let working = || State::Waiting.step(Event::Permitted);
        assert!(matches!(working(), State::Working));
        for event in [
            Event::CutOff,
            Event::Failed(Failure::TooSlow),
            Event::Failed(Failure::Oversized),
            Event::Failed(Failure::Agent(AgentError::Body("broken".into()))),
        ] {
            assert!(ended(working(), event).is_final());
        }
        let refused = AgentError::Connect(io::ErrorKind::ConnectionRefused.into());
        let ending = ended(working(), Event::Failed(Failure::Agent(refused)));
        assert!(matches!(ending, Ending::Unreachable(_)) && !ending.is_final());
    }

    #[test]
    fn the_host_stopping_takes_nobodys_turn() {
        assert!(matches!(State::Working.step(Event::Stopping), State::Working));
    }

    #[test]
    fn a_success_and_a_json_rpc_error_under_any_status_are_passed_on_with_success() {
        for (status, body) in [
            (200, "anything"),
            (202, ""),
            (500, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1}}"#),
        ] {
            let ending = ended(State::Working, Event::Answered(answer(status, body)));
            assert!(
                matches!(&ending, Ending::Answered(answer) if answer.status.is_success()),
                "{status}"
            );
            assert!(ending.is_final());
        }
    }

    #[test]
    fn another_status_is_told_with_the_agents_words_and_not_now_may_be_tried_again() {
        for (status, body, told, is_final) in [
            (500, "<html>", None, true),
            (302, "", None, true),
            (400, r#"{"error":"no tea"}"#, Some("no tea"), true),
            (503, r#"{"error":{"deep":1}}"#, None, false),
            (429, "", None, false),
        ] {
            let ending = ended(State::Working, Event::Answered(answer(status, body)));
            assert_eq!(ending.is_final(), is_final, "{status}");
            let Ending::Rejected { words, .. } = ending else {
                panic!("{ending:?}")
            };
            assert_eq!(words.as_deref(), told);
        }
    }
}
