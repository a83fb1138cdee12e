//! What holds for the whole host: the keys at the top of the file besides the proxy.

use serde::{Deserialize, Serialize};
use toml_edit::TableLike;
use ts_rs::TS;
use url::Url;

use super::{
    ConfigError,
    edit::put_url,
    rules::{self, BadValue},
    table::{Table, put_in},
};

/// What holds for the whole host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct General {
    /// What is logged, unless `LIGAND_LOG` says otherwise.
    #[serde(default)]
    pub log_level: LogLevel,
    /// Whether the machine is kept awake while the agent works.
    #[serde(default)]
    pub keep_awake: bool,
    /// Whether it is looked for a newer version now and then. One that is found is told, and never installed.
    #[serde(default)]
    pub update_check: bool,
    /// Where that is looked up.
    #[serde(default)]
    pub update_url: Option<Url>,
}

/// How much is logged of our own parts, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What may fail, or did for a moment.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// What is done about it.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// As it is written in the config and in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl std::str::FromStr for LogLevel {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let found = Self::ALL
            .into_iter()
            .find(|level| level.word().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            BadValue::new(
                format!("log_level \"{}\" is not known", text.escape_debug()),
                format!("Known here: {}", Self::ALL.map(Self::word).join(", ")),
            )
        })
    }
}

impl General {
    /// The keys at the top of the file.
    pub(super) const KEYS: [&'static str; 4] = ["log_level", "keep_awake", "update_check", "update_url"];

    /// Reads them.
    pub(super) fn read(root: &Table<'_>) -> Result<Self, ConfigError> {
        let level = root.text("log_level", str::parse)?;
        let url = root.text("update_url", rules::update_url)?;
        Ok(Self {
            log_level: level.map(|(level, _)| level).unwrap_or_default(),
            keep_awake: root.boolean("keep_awake")?.unwrap_or(false),
            update_check: root.boolean("update_check")?.unwrap_or(false),
            update_url: url.map(|(url, _)| url),
        })
    }

    /// Says what of it would not be read from a file.
    pub(super) fn check(&self) -> Result<(), BadValue> {
        match &self.update_url {
            Some(url) => rules::update_url(url.as_str()).map(drop),
            None => Ok(()),
        }
    }

    /// Writes them. What is as usual is not written where it does not stand already.
    pub(super) fn write(&self, root: &mut dyn TableLike) {
        put_in(
            root,
            "log_level",
            self.log_level.word(),
            LogLevel::default().word(),
        );
        put_in(root, "keep_awake", self.keep_awake, false);
        put_in(root, "update_check", self.update_check, false);
        match &self.update_url {
            Some(url) => put_url(root, "update_url", url),
            None => drop(root.remove("update_url")),
        }
    }
}
