//! Which agent an environment names: its kind or address, and for those that are programs which one, where, and with
//! what.

use super::{AGENT, HeadlessError, Look, bad, of};
use crate::config::{AgentConfig, ClaudeConfig, CommandConfig, ExecConfig};

/// A program and its arguments, for `command` and `exec`.
pub(super) const ARGV: &str = "LIGAND_AGENT_ARGV";
/// The folder that it works in, for all that are programs.
pub(super) const DIR: &str = "LIGAND_AGENT_DIR";
/// What Claude Code may do unasked.
pub(super) const TOOLS: &str = "LIGAND_AGENT_TOOLS";

const ARGV_NEXT: &str = "Write a list in JSON, such as [\"python\", \"agent.py\"]: no shell reads it";

/// The agent; the built-in echo where none is named.
pub(super) fn agent(look: Look<'_>) -> Result<AgentConfig, HeadlessError> {
    let kind = look(AGENT);
    let (argv, dir, tools): (&[&str], &[&str], &[&str]) =
        (&["command", "exec"], &["command", "exec", "claude"], &["claude"]);
    for (variable, kinds) in [(ARGV, argv), (DIR, dir), (TOOLS, tools)] {
        let is_for = kind.as_deref().is_some_and(|kind| kinds.contains(&kind));
        if look(variable).is_some() && !is_for {
            let next = format!("Set {AGENT} to {}, or leave {variable} out", kinds.join(" or "));
            return Err(bad(variable, "it is not for that agent", &next));
        }
    }
    let found = match kind.as_deref() {
        None => AgentConfig::Echo,
        Some("command") => AgentConfig::Command(CommandConfig {
            dir: look(DIR),
            ..CommandConfig::of(program(look)?)
        }),
        Some("exec") => AgentConfig::Exec(ExecConfig::new(program(look)?, folder(look)?)),
        Some("claude") => {
            let tools = look(TOOLS).unwrap_or_default();
            let tools = tools.split(',').map(str::trim).filter(|tool| !tool.is_empty());
            AgentConfig::Claude(ClaudeConfig::new(
                folder(look)?,
                tools.map(str::to_owned).collect(),
            ))
        }
        Some(other) => other.parse().map_err(of(AGENT))?,
    };
    found.check().map_err(of(AGENT))?;
    Ok(found)
}

fn program(look: Look<'_>) -> Result<Vec<String>, HeadlessError> {
    let text = look(ARGV).ok_or(HeadlessError::Missing {
        variable: ARGV,
        next: ARGV_NEXT,
    })?;
    serde_json::from_str(&text).map_err(|_| bad(ARGV, "it is no list of texts", ARGV_NEXT))
}

/// Where it is to work; where the host does, if nothing is said.
fn folder(look: Look<'_>) -> Result<String, HeadlessError> {
    if let Some(named) = look(DIR) {
        return Ok(named);
    }
    let here = std::env::current_dir().ok();
    let here = here.and_then(|here| here.to_str().map(str::to_owned));
    here.ok_or(HeadlessError::Missing {
        variable: DIR,
        next: "Name the folder in which the agent is to work",
    })
}
