//! Why an agent gave no answer, by stage: the stage tells whether the agent may have seen the call.

use std::{io, time::Duration};

use ligand_tunnel::WireError;

use super::{BoxError, CARD_LIMIT, NotWhole};

/// Why an agent gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The agent's address is not a plain HTTP address on this machine.
    #[error("the agent's address must be http:// on this machine (localhost, 127.0.0.1 or [::1])")]
    Address,
    /// A built-in agent lacks what it needs. The words say what to do about it.
    #[error("{0}")]
    Unready(String),
    /// It is started by Ligand, and was not ready for as long as a call waits.
    #[error("{0}")]
    NotReady(String),
    /// No connection: nothing listens there, or it refuses.
    #[error("nothing answers at the agent's address ({0})")]
    Connect(#[source] io::Error),
    /// No connection within the deadline.
    #[error("the agent took no connection within {} s", .0.as_secs())]
    ConnectTimeout(Duration),
    /// The connection ended before the request was begun, also a fresh one.
    #[error("the agent closes connections before a request")]
    Closed,
    /// The connection broke after bytes of the request had gone out.
    #[error("the agent broke the connection before it answered ({0})")]
    Broken(#[source] WireError),
    /// The answer, or the caller's own body, broke off on its way.
    #[error("the body broke off ({0})")]
    Body(#[source] BoxError),
    /// The card did not come within the deadline.
    #[error("the agent gave no card within {} s", .0.as_secs())]
    CardTimeout(Duration),
    /// The card's place answers with something else than success.
    #[error("the agent answers HTTP {0} where its card should be")]
    CardStatus(u16),
    /// The card is larger than any card needs to be.
    #[error("the agent's card is larger than {} KB", .0 / 1024)]
    CardTooLarge(usize),
    /// The card is not a JSON object.
    #[error("what the agent gives as its card is not a JSON object")]
    CardNotJson,
}

impl AgentError {
    /// Whether the agent may have seen some of the call. When not, calling again can't do anything twice.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Address
            | Self::NotReady(_)
            | Self::Unready(_)
            | Self::Connect(_)
            | Self::ConnectTimeout(_)
            | Self::Closed => false,
            Self::Broken(_)
            | Self::Body(_)
            | Self::CardTimeout(_)
            | Self::CardStatus(_)
            | Self::CardTooLarge(_)
            | Self::CardNotJson => true,
        }
    }
}

/// A card that could not be read whole.
impl From<NotWhole> for AgentError {
    fn from(not_whole: NotWhole) -> Self {
        match not_whole {
            NotWhole::TooLong => Self::CardTooLarge(CARD_LIMIT),
            NotWhole::Broken(error) => Self::Body(error),
        }
    }
}
