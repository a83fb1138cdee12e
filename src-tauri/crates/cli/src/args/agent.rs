//! Which agent a command line names, and what of it goes together. Nothing is started here.

use std::{path::Path, str::FromStr};

use ligand_host::config::{AgentConfig, BadValue, ClaudeConfig, CommandConfig, ExecConfig};

use super::NewAgent;
use crate::failure::{Exit, Failure};

/// What is named with `--agent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AgentKind {
    /// A program for each message.
    Exec,
    /// Claude Code.
    Claude,
    /// One that needs nothing besides: the built-in echo, or one that runs already.
    Whole(AgentConfig),
}

impl FromStr for AgentKind {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "exec" => Ok(Self::Exec),
            "claude" => Ok(Self::Claude),
            other => other.parse().map(Self::Whole),
        }
    }
}

impl NewAgent {
    /// What answers, from all that was said of it; `here` is the folder in which it was said.
    pub(crate) fn agent(&self, here: &Path) -> Result<AgentConfig, Failure> {
        let wrong = |words: &str| Failure::new(Exit::Usage, words.to_owned());
        let (kind, has_program) = (self.agent.as_ref(), !self.argv.is_empty());
        match kind {
            Some(AgentKind::Exec) if !has_program => {
                return Err(wrong(
                    "--agent exec goes with a program at the end: --agent exec -- ./answer.sh",
                ));
            }
            Some(AgentKind::Claude | AgentKind::Whole(_)) if has_program => {
                return Err(wrong(
                    "a program at the end goes with --agent exec, or with no --agent if Ligand is to start and watch it",
                ));
            }
            _ => {}
        }
        if !self.agent_tools.is_empty() && kind != Some(&AgentKind::Claude) {
            return Err(wrong(
                "--agent-tools are Claude Code's: use it with --agent claude",
            ));
        }
        if self.agent_dir.is_some() && !has_program && kind != Some(&AgentKind::Claude) {
            return Err(wrong(
                "--agent-dir goes with a program at the end, or with --agent claude",
            ));
        }
        let dir = || {
            let dir = match &self.agent_dir {
                Some(dir) => here.join(dir),
                None => here.to_owned(),
            };
            dir.to_str().map(str::to_owned).ok_or_else(|| {
                wrong("the folder's name is not UTF-8, so it cannot be written into the config")
            })
        };
        let argv = self.argv.clone();
        Ok(match kind {
            None if has_program => AgentConfig::Command(CommandConfig {
                dir: Some(dir()?),
                ..CommandConfig::of(argv)
            }),
            None => AgentConfig::Echo,
            Some(AgentKind::Exec) => AgentConfig::Exec(ExecConfig::new(argv, dir()?)),
            Some(AgentKind::Claude) => {
                AgentConfig::Claude(ClaudeConfig::new(dir()?, self.agent_tools.clone()))
            }
            Some(AgentKind::Whole(agent)) => agent.clone(),
        })
    }

    /// The same, where any is named.
    pub(crate) fn named(&self, here: &Path) -> Result<Option<AgentConfig>, Failure> {
        let agent = self.agent(here)?;
        let is_named = self.agent.is_some() || !self.argv.is_empty();
        Ok(is_named.then_some(agent))
    }
}
