//! An agent that Ligand starts: `[profile.NAME.agent]` with `kind = "command"`.
//!
//! Only what the config says; how it is started and watched is `agent::command`'s.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml_edit::{Array, TableLike};
use ts_rs::TS;

use super::{
    ConfigError, edit,
    rules::BadValue,
    table::{Table, put_in},
};
use crate::agent::variables;

/// Seconds that an agent has to become ready, unless the profile says otherwise.
pub const READY_WITHIN_S: u32 = 30;

/// The longest that it may be given: what loads a model for longer is better attached.
const LONGEST_READY_S: u32 = 600;

/// Bytes of one argument or value: what Linux takes (`MAX_ARG_STRLEN`).
const TEXT_LIMIT: usize = 128 * 1024;

/// A program that Ligand starts and watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommandConfig {
    /// The program and its arguments, as they are: no shell reads them.
    pub argv: Vec<String>,
    /// Its working folder; the user's home folder if none is named.
    #[serde(default)]
    pub dir: Option<String>,
    /// Variables that it gets besides Ligand's own. Nothing secret.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How it shows that it takes calls.
    #[serde(default)]
    pub ready: ReadyCheck,
    /// Seconds that it has for that.
    #[serde(default = "ready_within_s")]
    pub ready_within_s: u32,
    /// Whether it gets the workspace's token, with which it can act as the workspace.
    #[serde(default)]
    pub give_token: bool,
    /// Variables that the workspace's secrets may set although they are refused otherwise.
    #[serde(default)]
    pub allow_env: Vec<String>,
    /// What becomes of it when the workspace's secrets cannot be fetched.
    #[serde(default)]
    pub without_secrets: WithoutSecrets,
}

/// How an agent shows that it takes calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReadyCheck {
    /// Its card answers.
    #[default]
    Card,
    /// This path of it answers with success.
    Http(String),
}

/// What becomes of an agent when the workspace's secrets cannot be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WithoutSecrets {
    /// It waits for them.
    #[default]
    Fail,
    /// It starts without them.
    Start,
}

fn ready_within_s() -> u32 {
    READY_WITHIN_S
}

impl CommandConfig {
    /// The keys of its table.
    pub(super) const KEYS: [&'static str; 9] = [
        "kind",
        "argv",
        "dir",
        "env",
        "ready",
        "ready_within_s",
        "give_token",
        "allow_env",
        "without_secrets",
    ];

    /// This program, and everything else as it usually is.
    #[must_use]
    pub fn of(argv: Vec<String>) -> Self {
        Self {
            argv,
            dir: None,
            env: BTreeMap::new(),
            ready: ReadyCheck::default(),
            ready_within_s: READY_WITHIN_S,
            give_token: false,
            allow_env: Vec::new(),
            without_secrets: WithoutSecrets::default(),
        }
    }

    /// Reads the table.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, ConfigError> {
        let Some(argv) = table.texts("argv", argv_rule)? else {
            return Err(table.missing("argv", "argv = [\"python\", \"agent.py\"]"));
        };
        let dir = table.text("dir", |text| dir_rule(text).map(|()| text.to_owned()))?;
        let env = table.named_texts("env", variable_rule)?;
        let ready = match table.keys.get("ready") {
            Some(item) if item.is_table_like() => {
                let path = table.table("ready")?.map(|http| {
                    http.only(&["http"])?;
                    http.needed("http", "http = \"/health\"", path_rule)
                });
                path.transpose()?.map_or(ReadyCheck::Card, ReadyCheck::Http)
            }
            _ => table
                .text("ready", ready_rule)?
                .map_or(ReadyCheck::Card, |(ready, _)| ready),
        };
        let ready_within_s = table.number("ready_within_s", within_rule)?;
        let allow_env = table.texts("allow_env", allowed_rule)?;
        let without_secrets = table.text("without_secrets", |text| match text {
            "fail" => Ok(WithoutSecrets::Fail),
            "start" => Ok(WithoutSecrets::Start),
            other => Err(BadValue::new(
                format!("without_secrets \"{other}\" is not known"),
                "Known here: fail, start",
            )),
        })?;
        Ok(Self {
            argv,
            dir: dir.map(|(dir, _)| dir),
            env: env.unwrap_or_default(),
            ready,
            ready_within_s: ready_within_s.unwrap_or(READY_WITHIN_S),
            give_token: table.boolean("give_token")?.unwrap_or(false),
            allow_env: allow_env.unwrap_or_default(),
            without_secrets: without_secrets.map_or_else(WithoutSecrets::default, |(rule, _)| rule),
        })
    }

    /// Says what of it would not be read from a file.
    pub(super) fn check(&self) -> Result<(), BadValue> {
        argv_rule(&self.argv)?;
        self.dir.as_deref().map_or(Ok(()), dir_rule)?;
        self.env
            .iter()
            .try_for_each(|(name, value)| variable_rule(name, value))?;
        if let ReadyCheck::Http(path) = &self.ready {
            path_rule(path)?;
        }
        within_rule(self.ready_within_s.into())?;
        allowed_rule(&self.allow_env)
    }

    /// Writes it over what the table has. What is as usual is not written where it does not stand already.
    pub(super) fn write(&self, table: &mut dyn TableLike) -> Result<(), ConfigError> {
        edit::put(table, "argv", self.argv.iter().collect::<Array>());
        match &self.dir {
            Some(dir) => edit::put(table, "dir", dir),
            None => drop(table.remove("dir")),
        }
        edit::put_texts(table, "env", &self.env)?;
        let ready = match &self.ready {
            ReadyCheck::Card => "card",
            ReadyCheck::Http(path) => path.as_str(),
        };
        // Written as a table it may stay so.
        let stands = table.get("ready").and_then(|ready| ready.get("http")?.as_str());
        if stands != Some(ready) {
            put_in(table, "ready", ready, "card");
        }
        put_in(
            table,
            "ready_within_s",
            i64::from(self.ready_within_s),
            i64::from(READY_WITHIN_S),
        );
        put_in(table, "give_token", self.give_token, false);
        if self.allow_env.is_empty() {
            table.remove("allow_env");
        } else {
            edit::put(table, "allow_env", self.allow_env.iter().collect::<Array>());
        }
        let rule = match self.without_secrets {
            WithoutSecrets::Fail => "fail",
            WithoutSecrets::Start => "start",
        };
        put_in(table, "without_secrets", rule, "fail");
        Ok(())
    }
}

fn argv_rule(argv: &[String]) -> Result<(), BadValue> {
    let next = "Write the program and its arguments as a list, such as [\"python\", \"agent.py\"]";
    match argv.first() {
        None => {
            return Err(BadValue::new(
                "argv is empty, and there is nothing to start",
                next,
            ));
        }
        Some(program) if program.is_empty() => {
            return Err(BadValue::new("argv names no program", next));
        }
        Some(_) => {}
    }
    if argv
        .iter()
        .any(|text| text.len() > TEXT_LIMIT || text.contains('\0'))
    {
        return Err(BadValue::new(
            "an argument is longer than 128 KB or has a zero byte",
            next,
        ));
    }
    Ok(())
}

fn dir_rule(text: &str) -> Result<(), BadValue> {
    if Path::new(text).is_absolute() && !text.contains('\0') {
        return Ok(());
    }
    Err(BadValue::new(
        format!("dir \"{text}\" depends on where Ligand happens to start"),
        "Give the folder's whole path",
    ))
}

/// A name that the user gives: any that a variable can have, but not those that are Ligand's to set.
fn own_name_rule(key: &str, name: &str) -> Result<(), BadValue> {
    if let Err(why) = variables::name(name) {
        return Err(BadValue::new(
            format!("{key} has a name that no variable can have: {why}"),
            "Use letters, digits and underscores",
        ));
    }
    if variables::is_ligands(name) {
        return Err(BadValue::new(
            format!("{key} has {name}, which Ligand sets itself or gives to no agent"),
            "Leave it out; give_token = true gives the agent the workspace's token",
        ));
    }
    Ok(())
}

fn allowed_rule(names: &[String]) -> Result<(), BadValue> {
    names.iter().try_for_each(|name| own_name_rule("allow_env", name))
}

fn variable_rule(name: &str, value: &str) -> Result<(), BadValue> {
    own_name_rule("env", name)?;
    if value.len() <= TEXT_LIMIT && !value.contains('\0') {
        return Ok(());
    }
    Err(BadValue::new(
        format!("the value of {name} is longer than 128 KB or has a zero byte"),
        "Put it into a file, and name that",
    ))
}

fn ready_rule(text: &str) -> Result<ReadyCheck, BadValue> {
    match text {
        "card" => Ok(ReadyCheck::Card),
        path => path_rule(path).map(ReadyCheck::Http),
    }
}

fn path_rule(text: &str) -> Result<String, BadValue> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err(BadValue::new(
        format!("ready \"{text}\" is neither card nor a path of the agent"),
        "Use \"card\", or a path that answers with success when the agent is ready, such as \"/health\"",
    ))
}

fn within_rule(seconds: i64) -> Result<u32, BadValue> {
    match u32::try_from(seconds) {
        Ok(seconds) if (1..=LONGEST_READY_S).contains(&seconds) => Ok(seconds),
        _ => Err(BadValue::new(
            format!("ready_within_s is {seconds}, and nobody waits for an agent longer than 10 minutes"),
            format!("Use 1 to {LONGEST_READY_S} seconds; {READY_WITHIN_S} is usual"),
        )),
    }
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
