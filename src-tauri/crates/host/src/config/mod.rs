//! The config file: which profiles there are, and nothing secret.
//!
//! It is TOML, written by people and by Ligand. `read` turns it into [`Config`] and says of every mistake where it
//! is, what is wrong, why, and what to do; `edit` changes single values and leaves everything else as it was written,
//! comments and order included.
//!
//! ```toml
//! version = 1
//! proxy = "http://proxy.example:3128"   # or "direct"; left out, HTTPS_PROXY counts. NO_PROXY holds for both
//! log_level = "info"                    # or error, warn, debug, trace; LIGAND_LOG counts before it
//! keep_awake = false                    # whether the machine stays awake while the agent works
//! update_check = false                  # whether a newer version is looked for, and told
//! update_url = "https://acme.example/latest.json" # where; may be left out
//!
//! [profile.home]
//! platform = "https://acme.example"
//! workspace = "7d0f0f0e-0000-4000-8000-000000000001"
//! org_id = "acme"                       # only where the platform asks for it
//!
//! [profile.home.agent]
//! kind = "attach"                       # or "echo", or one of those below
//! url = "http://127.0.0.1:9000"
//!
//! # [profile.own.agent]
//! # kind = "command"                    # starts a program once, and watches it
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
//! # [profile.work.agent]
//! # kind = "exec"                       # runs a program for each message: text in, answer out
//! # argv = ["./answer.sh", "--brief"]   # no shell, and nothing of a message is ever among the arguments
//! # dir = "/home/ann/answers"
//! # time_limit_s = 600                  # may be left out
//! # env = { LANG = "C.UTF-8" }          # may be left out; no place for secrets
//!
//! # [profile.code.agent]
//! # kind = "claude"                     # asks Claude Code, whose own permission rules hold
//! # dir = "/home/ann/project"
//! # tools = ["Read", "Grep"]            # what it may do unasked; may be left out
//! # model = "sonnet"                    # may be left out
//! # time_limit_s = 600                  # may be left out
//!
//! [profile.home.exposure]
//! kind = "relay"                        # or "poll", "cloudflared", "ngrok", or the one below, or "auto": a relay where
//!                                       # one is named, else poll where the platform can, else what is installed
//! relay = "https://relay.example"
//! token_to = "https://relay.example"    # only where the platform hides its agent cards: shows this very relay the
//!                                       # workspace's token, so that whoever runs it could act as the workspace
//!
//! # [profile.work.exposure]
//! # kind = "url"                        # something of the user's own passes HTTP on
//! # url = "https://laptop.example"      # from here
//! # listen = "127.0.0.1:8474"           # to here; may be left out
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

mod agent;
mod command;
mod delivery;
mod edit;
mod error;
mod exposure;
mod general;
mod name;
mod read;
pub(crate) mod rules;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;
use uuid::Uuid;

pub use agent::{AgentConfig, ClaudeConfig, ExecConfig};
pub use command::{CommandConfig, READY_WITHIN_S, ReadyCheck, WithoutSecrets};
pub use delivery::{DeliveryConfig, TaskWords, WhileStopped};
pub use edit::ConfigFile;
pub use error::ConfigError;
pub use exposure::{ExposureConfig, LISTEN};
pub use general::{General, LogLevel};
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
    /// What holds for the whole host.
    pub general: General,
}

/// The proxy to platform and relay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProxyConfig {
    /// What the environment says.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one, whatever the environment says. Its credentials are not here.
    Through {
        /// Its address, without a login.
        url: Url,
    },
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
        self.agent.check()?;
        self.exposure.check()?;
        if let Some(trusted) = &self.token_to {
            rules::token_to(trusted.as_str(), self.exposure.relay())?;
        }
        self.delivery.check()
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
