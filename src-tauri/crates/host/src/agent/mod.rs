//! The agent: what answers A2A calls on this laptop.
//!
//! An [`Agent`] takes an HTTP request whose path is one of its own and gives the answer, streaming both ways. It is
//! `echo`, which runs in the host and on no port, `attach`, a program that somebody else runs on loopback, or `command`,
//! one that Ligand starts and watches.
//!
//! What is not here: which calls may come in (`doors`), and how many at a time and which are known already
//! (`deliveries`).

mod attach;
mod body;
mod card;
mod command;
mod echo;
mod error;
mod interfaces;
pub(crate) mod rpc;
#[cfg(test)]
pub(crate) mod test_agent;
pub(crate) mod variables;

use std::{sync::Arc, time::Duration};

use hyper::{Request, Response};
pub(crate) use ligand_tunnel::card::CARD_PATHS;
use ligand_tunnel::door::DoorUrl;
use serde_json::Value;
use url::Url;

#[cfg(unix)]
pub use self::command::guard_if_asked;
use self::{attach::Attach, command::Command, echo::Echo};
pub use self::{
    body::{Body, BoxError, empty, full},
    card::{Rewrite, rewrite},
    error::AgentError,
    interfaces::Interfaces,
};
pub(crate) use self::{
    body::{NotWhole, Pieces, json, json_text, keeping, whole},
    card::from_outside,
    command::{AgentWatch, Kit, Supervisor, View},
};

/// A card is a local file of a few KB: an agent that needs longer for it would keep every caller waiting.
pub const CARD_DEADLINE: Duration = Duration::from_secs(5);

/// Real cards have a few KB; one of this size is a mistake or an attack.
pub const CARD_LIMIT: usize = 1024 * 1024;

/// What answers A2A calls. Clones share their connections.
#[derive(Clone)]
pub struct Agent(Arc<Kind>);

enum Kind {
    Echo(Echo),
    Attach(Attach),
    Command(Command),
}

impl Agent {
    /// The built-in agent that says what it is told, under this name.
    #[must_use]
    pub fn echo(name: &str) -> Self {
        Self(Arc::new(Kind::Echo(Echo::new(name))))
    }

    /// A program that listens on this machine. An address elsewhere makes every call an [`AgentError::Address`].
    #[must_use]
    pub fn attach(url: Url) -> Self {
        Self(Arc::new(Kind::Attach(Attach::new(&url))))
    }

    /// The program that this supervisor starts and watches.
    pub(crate) fn command(supervisor: &Supervisor) -> Self {
        Self(Arc::new(Kind::Command(supervisor.command())))
    }

    /// Passes a call on. The path of its URI is the agent's own; host and scheme are not looked at. Dropping the
    /// future, or the body of the answer before its end, cancels the agent's work.
    ///
    /// # Errors
    /// When there is no answer; see [`AgentError::may_have_arrived`].
    pub async fn call(&self, request: Request<Body>) -> Result<Response<Body>, AgentError> {
        match &*self.0 {
            Kind::Echo(echo) => Ok(echo.call(request).await),
            Kind::Attach(attach) => attach.call(request).await,
            Kind::Command(command) => command.call(request).await,
        }
    }

    /// The agent's card as it reads from the door at `public`, or, without one, as the agent gives it.
    ///
    /// # Errors
    /// When there is no card within [`CARD_DEADLINE`].
    pub async fn card(&self, public: Option<&DoorUrl>) -> Result<Value, AgentError> {
        let mut card = match &*self.0 {
            Kind::Echo(echo) => echo.card(),
            Kind::Attach(attach) => attach.fetch_card().await?,
            Kind::Command(command) => command.card().await?,
        };
        if let Some(door) = public {
            // Whatever came of it, this is how it reads.
            let _ = rewrite(&mut card, door.expose());
        }
        Ok(card)
    }

    /// Whether the agent would take a call now: whether it gives its card.
    ///
    /// # Errors
    /// Why it is not ready.
    pub async fn ready(&self) -> Result<(), AgentError> {
        self.card(None).await.map(drop)
    }

    /// Where the agent takes calls, from its card, which is asked for if it was never read. Without a card: the
    /// configured address alone.
    pub async fn interfaces(&self) -> Arc<Interfaces> {
        match &*self.0 {
            Kind::Echo(echo) => echo.interfaces(),
            Kind::Attach(attach) => attach.interfaces().await,
            Kind::Command(command) => command.interfaces().await,
        }
    }

    /// Whether the last card that was read is signed, and so must keep an address that only this machine can reach.
    pub(crate) fn is_sealed(&self) -> bool {
        match &*self.0 {
            Kind::Echo(_) => false,
            Kind::Attach(attach) => attach.is_sealed(),
            Kind::Command(command) => command.is_sealed(),
        }
    }

    /// Takes note of a card that the agent gave on some other occasion.
    pub(crate) fn learn(&self, card: &Value) {
        match &*self.0 {
            Kind::Echo(_) => {}
            Kind::Attach(attach) => attach.learn(card),
            Kind::Command(command) => command.learn(card),
        }
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.0 {
            Kind::Echo(_) => "Agent(echo)",
            Kind::Attach(_) => "Agent(attach)",
            Kind::Command(_) => "Agent(command)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_card_for_a_door_names_the_door_and_one_for_nobody_is_the_agents_own() {
        let agent = Agent::echo("Echo");
        let door = DoorUrl::new("https://relay.example/w/door".to_owned());
        assert_eq!(agent.card(Some(&door)).await.unwrap()["url"], door.expose());
        assert_eq!(agent.card(None).await.unwrap()["url"], "http://localhost");
        agent.ready().await.unwrap();
    }
}
