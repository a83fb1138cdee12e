//! What a call that brought no answer means: the agent is busy, or it is not there.
//!
//! The platform reads "busy" out of an answered connection that then gave nothing (end of stream, reset) and
//! out of its own deadlines. A connection that can't be made at all (refused, no such name, bad certificate)
//! means that nobody is there. The rule is the platform's; the errors are told apart by their types, down the
//! chain of causes.

use std::error::Error;
use std::io;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The agent may be alive and working: the message is queued.
    Busy(&'static str),
    /// Nobody answers: the caller is told.
    Unreachable(&'static str),
}

impl Failure {
    /// For the activity log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Failure::Busy(reason) | Failure::Unreachable(reason) => reason,
        }
    }
}

/// Judges an error of the HTTP client.
pub(crate) fn judge(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Busy("connect timed out");
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(failure) = judge_cause(current) {
            return failure;
        }
        cause = current.source();
    }
    if error.is_redirect() {
        Failure::Unreachable("too many redirects")
    } else {
        Failure::Unreachable("connection failed")
    }
}

fn judge_cause(cause: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            return Some(Failure::Busy("EOF"));
        }
        if error.is_parse() {
            return Some(Failure::Unreachable("malformed HTTP response"));
        }
    }
    let error = cause.downcast_ref::<io::Error>()?;
    // One I/O error may carry another.
    if let Some(inner) = error.get_ref().and_then(|inner| judge_cause(inner)) {
        return Some(inner);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Some(Failure::Busy("EOF")),
        // A write meets the same closed connection as "broken pipe" when it comes after the read that met it
        // as "reset".
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(Failure::Busy("connection reset by peer"))
        }
        io::ErrorKind::TimedOut => Some(Failure::Busy("connect timed out")),
        io::ErrorKind::ConnectionRefused => Some(Failure::Unreachable("connection refused")),
        _ => None,
    }
}
