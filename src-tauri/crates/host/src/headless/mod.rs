//! A host that runs on its environment alone, as in a container: one profile, its token, and no config.
//!
//! This module reads the variables and finds the platform where none is named. The token is handed in by whoever took
//! it out of the environment; from here on it is in the vault in memory and nowhere else. Starting all that is `host`'s
//! work, and answering health checks `probe`'s.
//!
//! | variable | |
//! |---|---|
//! | `PLATFORM_URL` | the platform; in a container that does not say, the machine that it runs on is tried |
//! | `WORKSPACE_ID` | our workspace |
//! | `MOLECULE_WORKSPACE_TOKEN` | its token |
//! | `MOLECULE_ORG_ID` | only where the platform asks for it |
//! | `PORT` | where health checks are answered; nowhere without it |
//! | `LIGAND_RELAY` | the relay that calls come through |
//! | `LIGAND_EXPOSURE` | without a relay, another way in: as `--exposure` has it; `auto` without it |
//! | `LIGAND_AGENT` | `echo`, the agent's loopback URL, `command`, `exec` or `claude`; `echo` without it |
//! | `LIGAND_AGENT_ARGV` | the program of `command` and `exec`, with its arguments, as a list in JSON |
//! | `LIGAND_AGENT_DIR` | the folder that it works in |
//! | `LIGAND_AGENT_TOOLS` | what Claude Code may do unasked, with commas between |

mod agent;
mod container;

use std::time::Duration;

use ligand_platform::{BaseUrl, Platform};
use uuid::Uuid;

pub use self::container::Container;
use crate::config::{BadValue, Config, DeliveryConfig, ExposureConfig, Profile, ProfileName, rules};
use crate::vault::{Account, Kind, Secret, Vault, VaultError};

/// The variable of the token, for whoever takes it out of the environment.
pub const TOKEN: &str = "MOLECULE_WORKSPACE_TOKEN";

const PLATFORM: &str = "PLATFORM_URL";
const WORKSPACE: &str = "WORKSPACE_ID";
const ORG: &str = "MOLECULE_ORG_ID";
const PORT: &str = "PORT";
const RELAY: &str = "LIGAND_RELAY";
const EXPOSURE: &str = "LIGAND_EXPOSURE";
const AGENT: &str = "LIGAND_AGENT";

/// The profile's name: commands without `--profile` mean it.
const NAME: &str = "default";

/// Where a platform listens by default on the machine that a container runs on.
const PLATFORM_BESIDE: &str = "http://host.docker.internal:8080";

/// The machine that a container runs on answers within milliseconds, or its name means nothing.
const TRIAL: Duration = Duration::from_secs(5);

/// What such a host runs on.
#[derive(Debug, Clone)]
pub struct Headless {
    name: ProfileName,
    profile: Profile,
    token: Secret,
    probe_port: Option<u16>,
}

/// Why a host cannot run on this environment. Each text is one line: what, why, what next.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// A variable without which it cannot be done.
    #[error("{variable} is not set, and a host without a config needs it. {next}")]
    Missing {
        /// Which.
        variable: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// A variable that says what cannot be.
    #[error("{variable} cannot be used: {bad}")]
    Bad {
        /// Which.
        variable: &'static str,
        /// What is wrong, and what would do. A secret is not repeated.
        bad: BadValue,
    },
    /// No platform is named, and none was found.
    #[error(
        "PLATFORM_URL is not set. This is a container ({container}), so {tried} was tried: {why}. Set PLATFORM_URL to the platform's address"
    )]
    NotBeside {
        /// Where one was looked for.
        tried: String,
        /// What says that it is one.
        container: Container,
        /// How that went.
        why: String,
    },
}

/// A variable of the environment without blanks around it, if it is set to anything.
pub type Look<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The same of this process's own environment.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    // One that is no text is none of the values that are asked for here, and is told as such.
    Some(value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
}

impl Headless {
    /// Whether this environment is meant for a host without a config: it names a workspace and has its token.
    #[must_use]
    pub fn is_meant(look: Look<'_>, token: Option<&Secret>) -> bool {
        token.is_some() && look(WORKSPACE).is_some()
    }

    /// Reads the environment. Where it names no platform and this is a container, the machine that it runs on is asked.
    ///
    /// # Errors
    /// Which variable is missing or wrong.
    pub async fn read(
        look: Look<'_>,
        token: Option<Secret>,
        container: Option<Container>,
    ) -> Result<Self, HeadlessError> {
        let workspace = needed(look, WORKSPACE, "Copy it from the Canvas")?;
        let workspace = Uuid::parse_str(&workspace)
            .map_err(|_| bad(WORKSPACE, "it is not a workspace's id", "Copy it from the Canvas"))?;
        let token = usable(token)?;
        let org_id = look(ORG);
        if let Some(org_id) = &org_id {
            rules::org_id(org_id).map_err(of(ORG))?;
        }
        let agent = agent::agent(look)?;
        let exposure = match (look(RELAY), look(EXPOSURE)) {
            (Some(relay), _) => ExposureConfig::Relay {
                url: rules::relay(&relay).map_err(of(RELAY))?,
            },
            (None, Some(exposure)) => exposure.parse().map_err(of(EXPOSURE))?,
            (None, None) => ExposureConfig::Auto { url: None },
        };
        let probe_port = match look(PORT) {
            Some(port) => Some(port.parse::<u16>().map_err(|_| {
                bad(
                    PORT,
                    "it is not a port",
                    "Give a number up to 65535, or 0 for a free one",
                )
            })?),
            None => None,
        };
        // The last, since it may take its time.
        let platform = match (look(PLATFORM), container) {
            (Some(named), container) => {
                rules::platform_seen_from(&named, container.is_some()).map_err(of(PLATFORM))?
            }
            (None, Some(container)) => beside(PLATFORM_BESIDE, org_id.clone(), container).await?,
            (None, None) => {
                let next = "Set it to the platform's address, such as https://acme.example";
                return Err(HeadlessError::Missing {
                    variable: PLATFORM,
                    next,
                });
            }
        };
        Ok(Self {
            name: name(),
            profile: Profile {
                platform,
                workspace,
                org_id,
                agent,
                exposure,
                token_to: None,
                shared_door: false,
                delivery: DeliveryConfig::default(),
            },
            token,
            probe_port,
        })
    }

    /// A config with its one profile.
    #[must_use]
    pub fn config(&self) -> Config {
        Config {
            profiles: [(self.name.clone(), self.profile.clone())].into(),
            ..Config::default()
        }
    }

    /// A vault in memory that has its token.
    ///
    /// # Errors
    /// When there can be none.
    pub async fn vault(&self) -> Result<Vault, VaultError> {
        let account = Account::new(&self.profile.platform, self.profile.workspace, Kind::Token);
        Vault::in_memory(&[(account, self.token.clone())]).await
    }

    /// The port for health checks.
    #[must_use]
    pub fn probe_port(&self) -> Option<u16> {
        self.probe_port
    }

    /// The platform that it is for.
    #[must_use]
    pub fn platform(&self) -> &str {
        &self.profile.platform
    }
}

fn name() -> ProfileName {
    #[allow(clippy::expect_used, reason = "a constant, and a test reads it")]
    NAME.parse().expect("a profile's name")
}

fn needed(look: Look<'_>, variable: &'static str, next: &'static str) -> Result<String, HeadlessError> {
    look(variable).ok_or(HeadlessError::Missing { variable, next })
}

/// Only a token that can stand in a header. One from a file often has the end of its line with it.
fn usable(token: Option<Secret>) -> Result<Secret, HeadlessError> {
    let next = "Give the workspace's token, as its connection block has it";
    let token = token.map(|token| Secret::new(token.expose().trim()));
    let token = token
        .filter(|token| !token.expose().is_empty())
        .ok_or(HeadlessError::Missing {
            variable: TOKEN,
            next,
        })?;
    if token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    Err(bad(TOKEN, "it holds characters that no token has", next))
}

fn bad(variable: &'static str, what: &str, next: &str) -> HeadlessError {
    of(variable)(BadValue {
        what: what.to_owned(),
        next: next.to_owned(),
    })
}

fn of(variable: &'static str) -> impl Fn(BadValue) -> HeadlessError {
    move |bad| HeadlessError::Bad { variable, bad }
}

/// The platform on the machine that this container runs on, if one answers there.
async fn beside(
    address: &str,
    org_id: Option<String>,
    container: Container,
) -> Result<String, HeadlessError> {
    let asked = async {
        let base: BaseUrl = address
            .parse()
            .map_err(|error: ligand_platform::BaseUrlError| error.to_string())?;
        let platform = Platform::new(base, org_id).map_err(|error| error.to_string())?;
        platform.health().await.map_err(|error| error.to_string())
    };
    let answered = tokio::time::timeout(TRIAL, asked).await;
    match answered.unwrap_or_else(|_| Err(format!("nothing answered within {} s", TRIAL.as_secs()))) {
        Ok(()) => {
            tracing::info!(%container, platform = address, "PLATFORM_URL is not set; a platform answers beside this container");
            Ok(address.to_owned())
        }
        Err(why) => Err(HeadlessError::NotBeside {
            tried: address.to_owned(),
            container,
            why,
        }),
    }
}

#[cfg(test)]
mod tests;
