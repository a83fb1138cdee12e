//! What can be set, as faces see it, and the changes that they can ask for. Only shapes: `host` reads and changes them.
//!
//! None of it is secret: a proxy's login, tokens and keys are only said to be there. What runs as a command, what a
//! relay is trusted with, and where requests are led are changes of their own, because they need the user's own word.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;
use uuid::Uuid;

use crate::{
    config::{AgentConfig, Config, ExposureConfig, General, LogLevel, Profile, ProfileName, ProxyConfig},
    status::VaultStatus,
};

/// Everything that can be set, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// The file that they stand in.
    pub config_file: String,
    /// Whether they can be changed: a host that runs on its environment alone keeps none.
    pub can_change: bool,
    /// What holds for the whole host.
    pub general: General,
    /// The value of `LIGAND_LOG` where it is set: it counts before the log level.
    pub log_override: Option<String>,
    /// The proxy to platform and relay.
    pub proxy: ProxyConfig,
    /// Whether `LIGAND_PROXY_LOGIN` gives a login for it.
    pub proxy_login: bool,
    /// Where secrets are kept.
    pub secrets: VaultStatus,
    /// The profiles, by name.
    pub profiles: Vec<ProfileSettings>,
}

/// What is set for one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileSettings {
    /// Its name.
    pub name: String,
    /// The platform's base URL.
    pub platform: String,
    /// Our workspace.
    pub workspace: Uuid,
    /// The org's id, where the platform asks for it.
    pub org_id: Option<String>,
    /// What answers.
    pub agent: AgentConfig,
    /// How calls reach the host.
    pub exposure: ExposureConfig,
    /// Whether the relay is shown the workspace's token.
    pub trusts_relay_with_token: bool,
    /// Whether the shared door is open.
    pub shared_door: bool,
}

impl ProfileSettings {
    fn of(name: &ProfileName, profile: &Profile) -> Self {
        Self {
            name: name.to_string(),
            platform: profile.platform.clone(),
            workspace: profile.workspace,
            org_id: profile.org_id.clone(),
            agent: profile.agent.clone(),
            exposure: profile.exposure.clone(),
            trusts_relay_with_token: profile.token_to.is_some(),
            shared_door: profile.shared_door,
        }
    }
}

impl Settings {
    /// What this config says, with what is known of the process besides.
    #[must_use]
    pub fn of(config: &Config, config_file: String, can_change: bool, secrets: VaultStatus) -> Self {
        Self {
            config_file,
            can_change,
            general: config.general.clone(),
            log_override: crate::logging::asked_by_environment(),
            proxy: config.proxy.clone(),
            proxy_login: crate::proxy::has_login(),
            secrets,
            profiles: config
                .profiles
                .iter()
                .map(|(name, profile)| ProfileSettings::of(name, profile))
                .collect(),
        }
    }
}

/// What is to be changed of what holds for the whole host; what is left out stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeGeneral {
    /// How much is logged, from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub log_level: Option<LogLevel>,
    /// Whether the machine is kept awake while the agent works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub keep_awake: Option<bool>,
    /// Whether a newer version is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub update_check: Option<bool>,
}

impl ChangeGeneral {
    /// What comes of it.
    #[must_use]
    pub fn made_to(self, general: General) -> General {
        General {
            log_level: self.log_level.unwrap_or(general.log_level),
            keep_awake: self.keep_awake.unwrap_or(general.keep_awake),
            update_check: self.update_check.unwrap_or(general.update_check),
            ..general
        }
    }
}

/// Where newer versions are to be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeUpdateUrl {
    /// An https address, or none.
    pub url: Option<Url>,
}

/// How calls are to reach the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeExposure {
    /// The exposure.
    pub exposure: ExposureConfig,
    /// Whether the user trusts its relay with the workspace's token.
    #[serde(default)]
    pub trust_relay_with_token: bool,
}

/// What a profile is to be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenameProfile {
    /// Its new name.
    #[ts(type = "string")]
    pub name: ProfileName,
}

/// Something that Ligand keeps on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Trace {
    /// What kind of thing.
    pub kind: TraceKind,
    /// What it is, in words.
    pub what: String,
    /// Where it is.
    pub place: String,
}

/// The kinds of things that Ligand keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A table of the config, or all of it.
    Config,
    /// A token, key or secret.
    Secret,
    /// What the journal knows of deliveries.
    Deliveries,
    /// A log.
    Log,
    /// Plugins.
    Plugins,
    /// What starts Ligand at login.
    AtLogin,
    /// Another file or folder.
    File,
}

/// What Ligand keeps, or has removed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct TraceList {
    /// The things, in the order in which they are removed.
    pub traces: Vec<Trace>,
}
