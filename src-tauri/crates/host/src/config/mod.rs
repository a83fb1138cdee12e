//! The config file: which profiles there are, and nothing secret.
//!
//! It is TOML, written by people and by Ligand. `read` turns it into [`Config`] and says of every mistake where it
//! is, what is wrong, why, and what to do; `edit` changes single values and leaves everything else as it was written,
//! comments and order included.
//!
//! ```toml
//! version = 1
//! proxy = "http://proxy.example:3128"   # or "direct"; left out, HTTPS_PROXY counts. NO_PROXY holds for both
//!
//! [profile.home]
//! platform = "https://acme.example"
//! workspace = "7d0f0f0e-0000-4000-8000-000000000001"
//! org_id = "acme"                       # only where the platform asks for it
//!
//! [profile.home.agent]
//! kind = "attach"                       # or "echo", or "command"
//! url = "http://127.0.0.1:9000"
//!
//! # An agent that Ligand starts and watches:
//! # kind = "command"
//! # argv = ["python", "agent.py"]       # as it is: no shell reads it
//! # dir = "/home/ada/agent"             # its working folder; the home folder, if left out
//! # env = { MODE = "fast" }             # never secrets: those are the workspace's, fetched at each start
//! # ready = "card"                      # or a path, "/health" or { http = "/health" }, that answers with success
//! # ready_within_s = 30
//! # give_token = false                  # whether it gets MOLECULE_WORKSPACE_TOKEN, and can act as the workspace
//! # allow_env = ["HTTPS_PROXY"]         # names that the workspace's secrets may set although they are refused
//! #                                     # otherwise, because they change how programs load or are set already
//! # without_secrets = "fail"            # or "start": what it does when they cannot be fetched
//!
//! [profile.home.exposure]
//! kind = "relay"                        # or "poll", or "auto": a relay where one is named, else poll
//! relay = "https://relay.example"
//! token_to = "https://relay.example"    # only where the platform hides its agent cards: shows this very relay the
//!                                       # workspace's token, so that whoever runs it could act as the workspace
//!
//! [profile.home.doors]
//! shared = false
//!
//! [profile.home.delivery]               # all of it may be left out
//! hold_s = 20
//! stopped = "queue"                     # or "refuse": what the platform's messages meet while stopped
//! normalise = true                      # answers in the one shape that all readers of the platform know
//! replay_unknown = false                # whether a message with an unknown outcome goes to the agent again
//! record_bodies = false                 # whether the journal keeps messages for people to read
//! max_tasks = 2                         # the workspace has a limit of its own
//! current_task = "count"                # or "none", "method", "words": what the org is told
//! ```

mod command;
mod delivery;
mod edit;
mod error;
mod name;
mod read;
pub(crate) mod rules;
mod table;

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use command::{CommandConfig, READY_WITHIN_S, ReadyCheck, WithoutSecrets};
pub use delivery::{DeliveryConfig, TaskWords, WhileStopped};
pub use edit::ConfigFile;
pub use error::ConfigError;
pub use name::{ProfileName, ProfileNameError};
pub use rules::BadValue;
pub(crate) use rules::is_loopback;

use crate::files;
use crate::places::Places;

/// The version of the file's schema.
pub const SCHEMA: u32 = 1;

/// Seconds that the relay holds a call while the laptop is away, unless the profile says otherwise.
pub const HOLD_S: u32 = 20;

/// Every profile of this user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The profiles by name.
    pub profiles: BTreeMap<ProfileName, Profile>,
    /// How this machine gets out.
    pub proxy: ProxyConfig,
}

/// The proxy to platform and relay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ProxyConfig {
    /// What the environment says.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one, whatever the environment says. Its credentials are not here.
    Through(Url),
}

/// One platform, one workspace, one agent, one exposure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The platform's base URL, without a slash at its end.
    pub platform: String,
    /// Our workspace.
    pub workspace: Uuid,
    /// What the platform wants in `X-Molecule-Org-Id`, where it wants anything.
    pub org_id: Option<String>,
    /// What answers.
    pub agent: AgentConfig,
    /// How calls reach the host.
    pub exposure: ExposureConfig,
    /// The relay that the user trusts with the workspace's token; the one of the exposure or none.
    #[serde(default)]
    pub token_to: Option<Url>,
    /// Whether other A2A callers may use the shared door.
    pub shared_door: bool,
    /// How deliveries are treated.
    pub delivery: DeliveryConfig,
}

impl Profile {
    /// Says what of it would not be read from a file.
    pub fn check(&self) -> Result<(), BadValue> {
        rules::platform(&self.platform)?;
        if let Some(org_id) = &self.org_id {
            rules::org_id(org_id)?;
        }
        match &self.agent {
            AgentConfig::Echo => {}
            AgentConfig::Attach { url } => drop(rules::agent(url.as_str())?),
            AgentConfig::Command(command) => command.check()?,
        }
        if let Some(url) = self.exposure.relay() {
            rules::relay(url.as_str())?;
        }
        if let Some(trusted) = &self.token_to {
            rules::token_to(trusted.as_str(), self.exposure.relay())?;
        }
        self.delivery.check()
    }
}

/// What answers a profile's calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl AgentConfig {
    /// Its name in the config.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Attach { .. } => "attach",
            Self::Command(_) => "command",
        }
    }

    /// The keys of its table.
    fn keys(&self) -> &'static [&'static str] {
        match self {
            Self::Echo => &["kind"],
            Self::Attach { .. } => &["kind", "url"],
            Self::Command(_) => &CommandConfig::KEYS,
        }
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

/// How calls reach the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExposureConfig {
    /// Through a relay.
    Relay {
        /// The relay's public address.
        url: Url,
    },
    /// The host fetches its messages from the platform, which keeps them (newer platforms).
    Poll,
    /// Through a relay where one is named, else by fetching where the platform can.
    Auto {
        /// The relay's public address, if there is a relay.
        url: Option<Url>,
    },
}

impl ExposureConfig {
    /// Its name in the config.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Relay { .. } => "relay",
            Self::Poll => "poll",
            Self::Auto { .. } => "auto",
        }
    }

    /// The relay that it names.
    #[must_use]
    pub fn relay(&self) -> Option<&Url> {
        match self {
            Self::Relay { url } => Some(url),
            Self::Poll => None,
            Self::Auto { url } => url.as_ref(),
        }
    }
}

impl Config {
    /// Reads the config; a file that is not there is one without profiles.
    pub fn load(places: &Places) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(&places.config) {
            Ok(text) => Self::parse(&places.config, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ConfigError::Read(files::named(&places.config, &error))),
        }
    }
}
