//! What answers a profile's calls: the table `[profile.NAME.agent]`.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use toml_edit::{Array, TableLike};
use ts_rs::TS;
use url::Url;

use super::{
    CommandConfig, ConfigError,
    edit::{put, put_texts, put_url},
    rules::{self, BadValue},
    table::{Table, put_in},
};

/// Seconds that a program may take for a message, unless the profile says otherwise.
const TIME_LIMIT_S: u32 = 600;

/// The most seconds: a day.
const TIME_LIMIT_S_MOST: u32 = 24 * 60 * 60;

/// What answers a profile's calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentConfig {
    /// The built-in one that says what it heard.
    Echo,
    /// An A2A agent that runs on this laptop already.
    Attach {
        /// Its address, on loopback.
        url: Url,
    },
    /// One that Ligand starts and watches.
    Command(CommandConfig),
    /// The built-in one that runs a program for each message.
    Exec(ExecConfig),
    /// The built-in one that asks Claude Code.
    Claude(ClaudeConfig),
}

/// A program that is run for each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExecConfig {
    /// The program and its arguments. A name without a slash is looked up on PATH, any other is below `dir`.
    pub argv: Vec<String>,
    /// The folder that it works in, as an absolute path.
    pub dir: String,
    /// Seconds that it may take for a message.
    #[serde(default = "time_limit_s")]
    pub time_limit_s: u32,
    /// Variables of its environment besides the host's own. No place for secrets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Claude Code, asked once for each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClaudeConfig {
    /// The folder that it works in, as an absolute path.
    pub dir: String,
    /// The tools that it may use without being asked, as its own permission rules name them.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The model, unless it is to be the one that Claude Code takes by itself.
    #[serde(default)]
    pub model: Option<String>,
    /// Seconds that it may take for a message.
    #[serde(default = "time_limit_s")]
    pub time_limit_s: u32,
}

fn time_limit_s() -> u32 {
    TIME_LIMIT_S
}

/// Each kind with the keys that it knows.
const KINDS: [(&str, &[&str]); 5] = [
    ("echo", &["kind"]),
    ("attach", &["kind", "url"]),
    ("command", &CommandConfig::KEYS),
    ("exec", &["kind", "argv", "dir", "time_limit_s", "env"]),
    ("claude", &["kind", "dir", "tools", "model", "time_limit_s"]),
];

/// Keys by which somebody might want Claude Code to be given more than this table does.
const NO_ARGUMENTS: [&str; 5] = [
    "args",
    "argv",
    "permission_mode",
    "permission-mode",
    "dangerously_skip_permissions",
];

impl AgentConfig {
    /// Its name in the config.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Attach { .. } => "attach",
            Self::Command(_) => "command",
            Self::Exec(_) => "exec",
            Self::Claude(_) => "claude",
        }
    }

    /// Reads the table.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, ConfigError> {
        if table.keys.get("kind").and_then(|kind| kind.as_str()) == Some("claude") {
            for key in NO_ARGUMENTS {
                if table.keys.contains_key(key) {
                    return Err(table.source.wrong(table.key_span(key), no_arguments(key)));
                }
            }
        }
        let mut all: Vec<&str> = KINDS.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        table.only(&all)?;
        let kind = table.kind(&KINDS.map(|(kind, _)| kind))?;
        table.only(keys_of(kind))?;
        let dir = || {
            table.needed("dir", "dir = \"/a/folder\"", |text| {
                dir(text).map(|()| text.to_owned())
            })
        };
        let limit = || {
            table
                .number("time_limit_s", limit)
                .map(|found| found.unwrap_or(TIME_LIMIT_S))
        };
        Ok(match kind {
            "attach" => Self::Attach {
                url: table.needed("url", "url = \"http://127.0.0.1:9000\"", rules::agent)?,
            },
            "command" => Self::Command(CommandConfig::read(table)?),
            "exec" => Self::Exec(ExecConfig {
                argv: match table.texts("argv", argv)? {
                    Some(argv) => argv,
                    None => return Err(table.missing("argv", "argv = [\"./answer.sh\"]")),
                },
                dir: dir()?,
                time_limit_s: limit()?,
                env: table.named_texts("env", variable)?.unwrap_or_default(),
            }),
            "claude" => Self::Claude(ClaudeConfig {
                dir: dir()?,
                tools: table.texts("tools", tools)?.unwrap_or_default(),
                model: table
                    .text("model", |text| model(text).map(|()| text.to_owned()))?
                    .map(|(model, _)| model),
                time_limit_s: limit()?,
            }),
            _ => Self::Echo,
        })
    }

    /// Says what of it would not be read from a file.
    pub(crate) fn check(&self) -> Result<(), BadValue> {
        match self {
            Self::Echo => Ok(()),
            Self::Attach { url } => rules::agent(url.as_str()).map(drop),
            Self::Command(command) => command.check(),
            Self::Exec(exec) => {
                argv(&exec.argv)?;
                dir(&exec.dir)?;
                limit(i64::from(exec.time_limit_s))?;
                exec.env
                    .iter()
                    .try_for_each(|(name, value)| variable(name, value))
            }
            Self::Claude(claude) => {
                dir(&claude.dir)?;
                tools(&claude.tools)?;
                claude.model.as_deref().map_or(Ok(()), model)?;
                limit(i64::from(claude.time_limit_s)).map(drop)
            }
        }
    }

    /// Writes it into its table, and takes out what belongs to another kind.
    pub(super) fn write(&self, table: &mut dyn TableLike) -> Result<(), ConfigError> {
        put(table, "kind", self.kind());
        let others: Vec<&str> = KINDS.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        for key in others {
            if !keys_of(self.kind()).contains(&key) {
                table.remove(key);
            }
        }
        let list = |texts: &[String]| texts.iter().collect::<Array>();
        match self {
            Self::Echo => {}
            Self::Attach { url } => put_url(table, "url", url),
            Self::Command(command) => command.write(table)?,
            Self::Exec(exec) => {
                put(table, "argv", list(&exec.argv));
                put(table, "dir", &exec.dir);
                put_limit(table, exec.time_limit_s);
                put_texts(table, "env", &exec.env)?;
            }
            Self::Claude(claude) => {
                put(table, "dir", &claude.dir);
                if !claude.tools.is_empty() || table.contains_key("tools") {
                    put(table, "tools", list(&claude.tools));
                }
                match &claude.model {
                    Some(model) => put(table, "model", model),
                    None => drop(table.remove("model")),
                }
                put_limit(table, claude.time_limit_s);
            }
        }
        Ok(())
    }
}

/// As it is typed, and given in an environment: `echo`, or the agent's address.
impl FromStr for AgentConfig {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "echo" => Ok(Self::Echo),
            url => Ok(Self::Attach {
                url: rules::agent(url)?,
            }),
        }
    }
}

impl ExecConfig {
    /// The usual settings for this program in this folder.
    #[must_use]
    pub fn new(argv: Vec<String>, dir: String) -> Self {
        Self {
            argv,
            dir,
            time_limit_s: TIME_LIMIT_S,
            env: BTreeMap::new(),
        }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// Its arguments.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// What the agent is called: the program without its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        let program = self.program();
        program.rsplit(std::path::is_separator).next().unwrap_or(program)
    }
}

impl ClaudeConfig {
    /// The usual settings in this folder.
    #[must_use]
    pub fn new(dir: String, tools: Vec<String>) -> Self {
        Self {
            dir,
            tools,
            model: None,
            time_limit_s: TIME_LIMIT_S,
        }
    }
}

fn keys_of(kind: &str) -> &'static [&'static str] {
    let found = KINDS.iter().find(|(name, _)| *name == kind);
    found.map_or(&[], |(_, keys)| keys)
}

fn put_limit(table: &mut dyn TableLike, seconds: u32) {
    put_in(table, "time_limit_s", i64::from(seconds), i64::from(TIME_LIMIT_S));
}

fn no_arguments(key: &str) -> BadValue {
    BadValue::new(
        format!(
            "{key} is not for Claude Code: strangers' messages drive it, so nothing may change how it asks for permission"
        ),
        "Name what it may do in tools, and model if you want another one",
    )
}

/// A folder to work in.
fn dir(text: &str) -> Result<(), BadValue> {
    if std::path::Path::new(text).is_absolute() && !text.contains('\0') {
        return Ok(());
    }
    Err(BadValue::new(
        format!("dir \"{text}\" is no absolute path, and would be another folder wherever Ligand starts"),
        "Write the whole path",
    ))
}

fn limit(seconds: i64) -> Result<u32, BadValue> {
    match u32::try_from(seconds) {
        Ok(seconds) if (1..=TIME_LIMIT_S_MOST).contains(&seconds) => Ok(seconds),
        _ => Err(BadValue::new(
            format!("time_limit_s is {seconds}, and nobody waits for an answer as long as that"),
            format!("Use 1 to {TIME_LIMIT_S_MOST}; {TIME_LIMIT_S} is usual"),
        )),
    }
}

fn argv(argv: &[String]) -> Result<(), BadValue> {
    if argv.first().is_none_or(String::is_empty) {
        return Err(BadValue::new(
            "argv names no program",
            "Write the program and its arguments, such as argv = [\"./answer.sh\", \"--brief\"]",
        ));
    }
    no_nul("argv", argv.iter())
}

/// A variable's name and value.
fn variable(name: &str, value: &str) -> Result<(), BadValue> {
    let mut characters = name.chars();
    let begins_well = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || !characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(BadValue::new(
            format!("env has \"{name}\", which cannot name a variable"),
            "Use letters, digits and _",
        ));
    }
    if name.starts_with("LIGAND_") || name.starts_with("MOLECULE_") {
        return Err(BadValue::new(
            format!("env has {name}, and names like that are Ligand's own"),
            "Give it another name",
        ));
    }
    no_nul("env", std::iter::once(&value.to_owned()))
}

fn no_nul<'a>(key: &str, mut texts: impl Iterator<Item = &'a String>) -> Result<(), BadValue> {
    if texts.any(|text| text.contains('\0')) {
        let what = format!("{key} has a NUL character in it, which no program can be given");
        return Err(BadValue::new(what, "Take it out"));
    }
    Ok(())
}

/// Tools as Claude Code's permission rules name them: `Read`, `Bash(git log:*)`, `mcp__server__tool`.
fn tools(tools: &[String]) -> Result<(), BadValue> {
    let next = "Name tools one by one, such as \"Read\", \"Grep\" or \"Bash(git log:*)\"";
    for tool in tools {
        let (name, rule) = match tool.split_once('(') {
            Some((name, rule)) => (name, rule.strip_suffix(')')),
            None => (tool.as_str(), Some("")),
        };
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let rule = rule.filter(|rule| !rule.contains(|c: char| c.is_control() || c == ','));
        let Some(rule) = rule.filter(|_| is_name) else {
            return Err(BadValue::new(
                format!("tools has \"{}\", which is no tool's name", tool.escape_debug()),
                next,
            ));
        };
        if name == "Bash" && rule.trim_matches([':', '*', ' ']).is_empty() {
            return Err(BadValue::new(
                format!(
                    "tools has \"{tool}\", with which strangers' messages could run any command on this laptop"
                ),
                next,
            ));
        }
    }
    Ok(())
}

fn model(text: &str) -> Result<(), BadValue> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:/@[]".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_plain) {
        return Ok(());
    }
    Err(BadValue::new(
        format!("model \"{}\" is no model's name", text.escape_debug()),
        "Use a name that Claude Code knows, such as sonnet",
    ))
}

#[cfg(test)]
#[path = "agent_tests.rs"]
mod tests;
