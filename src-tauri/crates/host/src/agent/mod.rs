//! The agent: what answers A2A calls on this laptop.
//!
//! An [`Agent`] takes an HTTP request whose path is one of its own and gives the answer, streaming both ways. It is
//! built in, running in the host and on no port (`echo`; `exec`, which runs a program for each message; `claude`, which
//! asks Claude Code), `attach`, a program that somebody else runs on loopback, or `command`, one that Ligand starts and
//! watches.
//!
//! What is not here: which calls may come in (`doors`), and how many at a time and which are known already
//! (`deliveries`).

mod attach;
mod body;
mod builtin;
mod card;
mod claude;
mod command;
mod echo;
mod error;
mod exec;
mod interfaces;
mod process;
pub(crate) mod rpc;
#[cfg(test)]
pub(crate) mod test_agent;
pub(crate) mod variables;

use std::{path::Path, sync::Arc, time::Duration};

use hyper::{Request, Response};
pub(crate) use ligand_tunnel::card::CARD_PATHS;
use ligand_tunnel::door::DoorUrl;
use serde_json::Value;
use url::Url;

use self::{
    attach::Attach,
    builtin::{Bounds, BuiltIn},
    command::Command,
};
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
    process::found,
};
use crate::{
    config::{AgentConfig, ClaudeConfig, CommandConfig, ExecConfig, Profile},
    supervise::Output,
};

/// A card is a local file of a few KB: an agent that needs longer for it would keep every caller waiting.
pub const CARD_DEADLINE: Duration = Duration::from_secs(5);

/// Real cards have a few KB; one of this size is a mistake or an attack.
pub const CARD_LIMIT: usize = 1024 * 1024;

/// How the files' names begin that keep what an agent's programs say.
const LOG: &str = "agent";

/// How many messages a built-in works on at a time where the profile does not say: as many as a workspace may have.
const AT_WORK: usize = 5;

/// What answers A2A calls. Clones share their connections.
#[derive(Clone)]
pub struct Agent(Arc<Kind>);

enum Kind {
    BuiltIn(BuiltIn),
    Attach(Attach),
    Command(Command),
}

impl Agent {
    /// The built-in agent that says what it is told, under this name.
    #[must_use]
    pub fn echo(name: &str) -> Self {
        Self(Arc::new(Kind::BuiltIn(echo::new(name))))
    }

    /// The built-in agent that runs a program for each message, `at_work` of them at a time.
    fn exec(config: &ExecConfig, at_work: usize, log: Output) -> Self {
        Self(Arc::new(Kind::BuiltIn(exec::new(
            config,
            Bounds { at_work },
            log,
        ))))
    }

    /// The built-in agent that asks Claude Code, `at_work` messages at a time.
    fn claude(config: &ClaudeConfig, at_work: usize, log: Output) -> Self {
        Self(Arc::new(Kind::BuiltIn(claude::new(
            config,
            Bounds { at_work },
            log,
        ))))
    }

    /// The agent that a profile names. What its programs write to standard error goes to the files of `log_dir`.
    ///
    /// # Errors
    /// With the program that the profile wants started and watched, which takes a supervisor.
    pub fn of<'a>(profile: &'a Profile, log_dir: &Path) -> Result<Self, &'a CommandConfig> {
        let tasks = profile
            .delivery
            .max_tasks
            .and_then(|tasks| usize::try_from(tasks).ok());
        let at_work = tasks.unwrap_or(AT_WORK);
        let log = || Output::open(log_dir, LOG);
        Ok(match &profile.agent {
            AgentConfig::Echo => Self::echo("Echo"),
            AgentConfig::Attach { url } => Self::attach(url.clone()),
            AgentConfig::Command(config) => return Err(config),
            AgentConfig::Exec(config) => Self::exec(config, at_work, log()),
            AgentConfig::Claude(config) => Self::claude(config, at_work, log()),
        })
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
    /// future, or the body of the answer before its end, cancels the agent's work, unless the caller was told of a task:
    /// that goes on, and can be asked for.
    ///
    /// # Errors
    /// When there is no answer; see [`AgentError::may_have_arrived`].
    pub async fn call(&self, request: Request<Body>) -> Result<Response<Body>, AgentError> {
        match &*self.0 {
            Kind::BuiltIn(agent) => Ok(agent.call(request).await),
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
            Kind::BuiltIn(agent) => agent.card(),
            Kind::Attach(attach) => attach.fetch_card().await?,
            Kind::Command(command) => command.card().await?,
        };
        if let Some(door) = public {
            // Whatever came of it, this is how it reads.
            let _ = rewrite(&mut card, door.expose());
        }
        Ok(card)
    }

    /// Whether the agent would take a call now: whether it gives its card, or has what it needs if it is built in.
    ///
    /// # Errors
    /// Why it is not ready.
    pub async fn ready(&self) -> Result<(), AgentError> {
        self.ready_card().await.map(drop)
    }

    /// The card of an agent that would take a call now.
    ///
    /// # Errors
    /// Why it is not ready.
    pub(crate) async fn ready_card(&self) -> Result<Value, AgentError> {
        if let Kind::BuiltIn(agent) = &*self.0 {
            agent.ready().await?;
        }
        self.card(None).await
    }

    /// Where the agent takes calls, from its card, which is asked for if it was never read. Without a card: the
    /// configured address alone.
    pub async fn interfaces(&self) -> Arc<Interfaces> {
        match &*self.0 {
            Kind::BuiltIn(agent) => agent.interfaces(),
            Kind::Attach(attach) => attach.interfaces().await,
            Kind::Command(command) => command.interfaces().await,
        }
    }

    /// Whether the last card that was read is signed, and so must keep an address that only this machine can reach.
    pub(crate) fn is_sealed(&self) -> bool {
        match &*self.0 {
            Kind::BuiltIn(_) => false,
            Kind::Attach(attach) => attach.is_sealed(),
            Kind::Command(command) => command.is_sealed(),
        }
    }

    /// Takes note of a card that the agent gave on some other occasion.
    pub(crate) fn learn(&self, card: &Value) {
        match &*self.0 {
            Kind::BuiltIn(_) => {}
            Kind::Attach(attach) => attach.learn(card),
            Kind::Command(command) => command.learn(card),
        }
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.0 {
            Kind::BuiltIn(_) => "Agent(built in)",
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
