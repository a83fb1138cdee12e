//! Making a profile and taking one away: vault and config together, or neither.
//!
//! These are functions and not a part of the running host: the CLI uses them without one (it then holds the lock),
//! and the host for `POST /v1/profiles`. The platform is asked first, so that a wrong address or token is told before
//! anything is written. The token goes to the vault before the config names the profile, and is taken back when the
//! config cannot be written.

mod block;
mod error;
mod everything;
mod forget;
mod org_key;

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use error::SetupError;
pub use everything::{everything, remove_everything, remove_folders};
pub use forget::{forget, forget_all, move_own, traces};
pub use ligand_platform::{BaseUrl, BaseUrlError, Connection, ConnectionError, NewWorkspace, Token};
pub use org_key::{forget_org_key, keep_org_key};

use crate::config::{AgentConfig, BadValue, Config, ConfigFile, ExposureConfig, Profile, ProfileName};
use crate::places::Places;
use crate::proxy::Proxies;
use crate::vault::{Account, Kind, Secret, Vault};
use ligand_platform::Platform;

/// What a profile is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewProfile {
    /// Its name on this laptop.
    pub name: ProfileName,
    /// What the platform handed out for the workspace.
    #[serde(with = "block")]
    pub connection: Connection,
    /// The org's id, where the platform asks for it.
    pub org_id: Option<String>,
    /// The relay that calls come through. It can be left out when a profile is connected again.
    pub relay: Option<Url>,
    /// How calls reach the host, where no relay is named. Left out, a profile that is connected again keeps its way, and a
    /// new one finds it by itself.
    #[serde(default)]
    pub exposure: Option<ExposureConfig>,
    /// Whether the user trusts this very relay with the workspace's token. A relay that was trusted stays so.
    #[serde(default)]
    pub trust_relay_with_token: bool,
    /// What answers. Left out, a profile that is connected again keeps its agent, and a new one says what it heard.
    #[serde(default)]
    pub agent: Option<AgentConfig>,
    /// The org's key, where the whole org is to be shown. Without one, a key that was kept earlier stays.
    #[serde(default)]
    pub org_key: Option<Token>,
    /// Write it without asking the platform whether all this is right.
    #[serde(default)]
    pub offline: bool,
}

/// A workspace that is to be made in the org, and the profile for it.
#[derive(Debug, Clone)]
pub struct NewWorkspaceProfile {
    /// The platform's address.
    pub platform: BaseUrl,
    /// The org's key or the platform's admin token. It is used once, and kept nowhere unless that is wished.
    pub org_key: Token,
    /// Keep the key in the vault, to show the whole org with it.
    pub keep_org_key: bool,
    /// What the org shall see.
    pub workspace: NewWorkspace,
    /// The profile's name on this laptop.
    pub name: ProfileName,
    /// The org's id, where the platform asks for it.
    pub org_id: Option<String>,
    /// The relay that calls come through.
    pub relay: Option<Url>,
    /// How calls reach the host, where no relay is named.
    pub exposure: Option<ExposureConfig>,
    /// Whether the user trusts this very relay with the workspace's token.
    pub trust_relay_with_token: bool,
    /// What answers.
    pub agent: AgentConfig,
}

/// Makes a profile of a workspace that exists, or connects a profile again with a new token.
pub async fn connect(places: &Places, vault: &Vault, new: NewProfile) -> Result<ProfileName, SetupError> {
    let profile = planned(places, &new)?;
    if !new.offline {
        ask(places, &new).await?;
    }
    let account = |kind| Account::new(&profile.platform, profile.workspace, kind);
    let secret = |token: &Token| Secret::new(token.expose());
    let mut secrets = vec![(account(Kind::Token), secret(&new.connection.auth_token))];
    secrets.extend(new.org_key.iter().map(|key| (account(Kind::OrgKey), secret(key))));
    let (places, vault, name) = (places.clone(), vault.clone(), new.name.clone());
    // On a task of its own: whoever asked may go away, and it is still written as a whole or not at all.
    let written = tokio::spawn(async move {
        keep(&vault, &secrets, move || {
            let mut file = ConfigFile::open(&places)?;
            file.set_profile(&new.name, &profile)?.save()
        })
        .await
    });
    written.await.map_err(|_| SetupError::Interrupted)??;
    Ok(name)
}

/// Makes a workspace in the org. What it gives is for [`connect`], here or in the running host; the workspace exists
/// from now on, so a failure of that is [`SetupError::orphan`].
pub async fn create_workspace(places: &Places, new: NewWorkspaceProfile) -> Result<NewProfile, SetupError> {
    // Everything that can be wrong here is found before the org has a workspace that nobody answers for.
    let draft = Connection {
        platform_url: new.platform.clone(),
        workspace_id: Uuid::nil(),
        auth_token: Token::new(""),
    };
    let NewWorkspaceProfile {
        platform,
        org_key,
        keep_org_key,
        workspace,
        name,
        org_id,
        relay,
        exposure,
        trust_relay_with_token,
        agent,
    } = new;
    let mut profile = NewProfile {
        name,
        connection: draft,
        org_id,
        relay,
        exposure,
        trust_relay_with_token,
        agent: Some(agent),
        org_key: keep_org_key.then(|| org_key.clone()),
        offline: false,
    };
    let config = Config::load(places)?;
    if config.profiles.contains_key(&profile.name) {
        return Err(SetupError::Exists { name: profile.name });
    }
    planned(places, &profile)?;
    let client = Platform::through(
        platform.clone(),
        profile.org_id.clone(),
        Proxies::of(&config).configured(),
    )
    .map_err(|error| SetupError::platform(&platform, error))?;
    client
        .health()
        .await
        .map_err(|error| SetupError::platform(&platform, error))?;
    let made = client
        .create_workspace(&org_key, &workspace)
        .await
        .map_err(|error| SetupError::org_key(&platform, error))?;
    match made.connection {
        // The address that the user gave is the one that works from here; the platform may know another for itself.
        Some(connection) => {
            profile.connection = Connection {
                platform_url: platform,
                ..connection
            };
            Ok(profile)
        }
        None => Err(SetupError::NoConnection { workspace: made.id }),
    }
}

/// Makes a workspace in the org, and a profile of it.
pub async fn create(
    places: &Places,
    vault: &Vault,
    new: NewWorkspaceProfile,
) -> Result<ProfileName, SetupError> {
    let profile = create_workspace(places, new).await?;
    let workspace = profile.connection.workspace_id;
    connect(places, vault, profile)
        .await
        .map_err(|error| SetupError::orphan(workspace, error))
}

/// The profile as it will stand in the config. Refuses what would take another profile's place or workspace.
fn planned(places: &Places, new: &NewProfile) -> Result<Profile, SetupError> {
    let config = Config::load(places)?;
    let platform = new.connection.platform_url.to_string();
    let workspace = new.connection.workspace_id;
    let is_same = |profile: &Profile| profile.platform == platform && profile.workspace == workspace;
    if let Some((name, _)) = config
        .profiles
        .iter()
        .find(|(name, profile)| **name != new.name && is_same(profile))
    {
        return Err(SetupError::Taken {
            name: name.clone(),
            workspace,
        });
    }
    let before = config.profiles.get(&new.name);
    if before.is_some_and(|profile| !is_same(profile)) {
        return Err(SetupError::Exists {
            name: new.name.clone(),
        });
    }
    let exposure = match (&new.relay, &new.exposure, before) {
        (Some(relay), ..) => ExposureConfig::Relay { url: relay.clone() },
        (None, Some(exposure), _) => exposure.clone(),
        (None, None, Some(before)) => before.exposure.clone(),
        // A relay can be named later; until then messages are fetched where the platform keeps them.
        (None, None, None) => ExposureConfig::Auto { url: None },
    };
    let relay = exposure.relay();
    let is_trusted = |trusted: &Url| relay.is_some_and(|relay| relay.origin() == trusted.origin());
    let token_to = if new.trust_relay_with_token {
        Some(relay.ok_or_else(no_relay_to_trust)?.clone())
    } else {
        let trusted = before.and_then(|profile| profile.token_to.clone());
        trusted.filter(is_trusted)
    };
    let kept = || before.map(|profile| profile.agent.clone());
    let agent = new.agent.clone().or_else(kept).unwrap_or(AgentConfig::Echo);
    let profile = Profile {
        token_to,
        platform,
        workspace,
        org_id: new.org_id.clone().or_else(|| before?.org_id.clone()),
        agent,
        exposure,
        shared_door: before.is_some_and(|profile| profile.shared_door),
        delivery: before.map(|profile| profile.delivery.clone()).unwrap_or_default(),
    };
    profile.check().map_err(SetupError::Value)?;
    Ok(profile)
}

fn no_relay_to_trust() -> SetupError {
    SetupError::Value(BadValue {
        what: "no relay is named that could be trusted with the workspace's token".to_owned(),
        next: "Name it with --relay".to_owned(),
    })
}

/// Whether there is a platform, and whether it takes the token for this workspace.
async fn ask(places: &Places, new: &NewProfile) -> Result<(), SetupError> {
    let Connection {
        platform_url,
        workspace_id,
        auth_token,
    } = &new.connection;
    let fail = |error| SetupError::platform(platform_url, error);
    let proxies = Proxies::of(&Config::load(places)?);
    let platform =
        Platform::through(platform_url.clone(), new.org_id.clone(), proxies.configured()).map_err(fail)?;
    platform.health().await.map_err(fail)?;
    let state = platform.state(auth_token, *workspace_id).await.map_err(fail)?;
    match state.deleted {
        true => Err(SetupError::Removed {
            workspace: *workspace_id,
        }),
        false => Ok(()),
    }
}

/// Keeps secrets and then writes something; where any of that fails the vault is again as it was.
async fn keep<E: Into<SetupError> + Send + 'static>(
    vault: &Vault,
    secrets: &[(Account, Secret)],
    write: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<(), SetupError> {
    let mut before = Vec::new();
    for (account, _) in secrets {
        before.push((account, vault.get(account).await?));
    }
    let set = async {
        for (account, secret) in secrets {
            vault.set(account, secret).await?;
        }
        Ok::<_, SetupError>(())
    };
    let written = match set.await {
        Ok(()) => blocking(write).await,
        failed => failed,
    };
    if written.is_err() {
        put_back(vault, before).await;
    }
    written
}

async fn put_back(vault: &Vault, before: Vec<(&Account, Option<Secret>)>) {
    for (account, secret) in before {
        let back = match &secret {
            Some(secret) => vault.set(account, secret).await,
            None => vault.delete(account).await,
        };
        if let Err(error) = back {
            tracing::warn!(%account, %error, "nothing was set up, and the vault could not be put back");
        }
    }
}

async fn blocking<E: Into<SetupError> + Send + 'static>(
    work: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<(), SetupError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| SetupError::Interrupted)?
        .map_err(Into::into)
}

#[cfg(test)]
mod tests;
