//! The local org that comes along: with its relay in this process, on loopback, and a profile on them.
//!
//! Their addresses stand in the profile itself: the next start listens there again, and where a port has been taken
//! since, it takes another one and mends the profile.

mod profile;

pub(crate) use profile::VAULT_RETRY;

use std::{
    fs::DirBuilder,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use ligand_host::{
    config::{Config, ConfigError, Profile, ProfileName},
    lock::HostLock,
    places::Places,
    setup::SetupError,
    vault::{Vault, VaultError},
};
use ligand_local_org::Era;
use ligand_relay::AllowedPlatform;
use url::Url;

/// How long org and relay may take to stop once the host has: together with it less than the 2 s in which an idle
/// host must be gone.
const STOP: Duration = Duration::from_millis(800);

/// Its folder, in the state folder.
const FOLDER: &str = "local";
/// The org's data, in that folder.
const DATA: &str = "org.db";

/// The profile's name.
pub const PROFILE: &str = "local";

/// The same, as a name.
#[must_use]
pub fn profile_name() -> ProfileName {
    #[allow(clippy::expect_used, reason = "a constant, and a test reads it")]
    PROFILE.parse().expect("a profile's name")
}

/// Why the embedded org and relay are not there.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The name of their profile stands for something else.
    #[error(
        "profile {PROFILE} is already there, for {platform}. The local org needs that name: give the profile another, in the \
         settings or with `ligand profile rename`"
    )]
    NameTaken {
        /// The platform of that profile.
        platform: String,
    },
    /// The folder of their files.
    #[error("{} cannot be made: {error}. Make the folder above it writable", folder.display())]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// The org.
    #[error("the local org did not start: {0}")]
    Org(#[from] ligand_local_org::StartError),
    /// The relay.
    #[error("the local relay did not start: {0}")]
    Relay(#[from] ligand_relay::StartError),
    /// The profile on them could not be put in place.
    #[error(transparent)]
    Profile(#[from] SetupError),
}

impl EmbeddedError {
    /// Whether only the user can mend it.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::NameTaken { .. } => true,
            Self::Profile(error) => error.needs_user(),
            Self::Folder { .. } | Self::Org(_) | Self::Relay(_) => false,
        }
    }
}

impl From<ConfigError> for EmbeddedError {
    fn from(error: ConfigError) -> Self {
        Self::Profile(error.into())
    }
}

impl From<VaultError> for EmbeddedError {
    fn from(error: VaultError) -> Self {
        Self::Profile(error.into())
    }
}

/// The embedded org and relay. Dropping it stops them without waiting.
pub struct Embedded {
    org: ligand_local_org::Running,
    relay: ligand_relay::Running,
    data: PathBuf,
    era: Era,
}

impl Embedded {
    /// Starts both and puts the profile in place. The lock is the proof that config and vault are ours to change.
    /// A locked keychain is waited for as long as it takes, and `on_locked` is called once.
    ///
    /// # Errors
    /// When they cannot listen, their files or the config cannot be used, or the profile's name is taken.
    pub async fn start(
        places: &Places,
        _lock: &HostLock,
        era: Era,
        on_locked: impl FnOnce(),
    ) -> Result<Self, EmbeddedError> {
        // Told before anybody is asked to unlock a keychain for it.
        addresses(configured(places)?.as_ref())?;
        let vault = profile::unlocked(places, on_locked).await?;
        Self::begin(places, &vault, era).await
    }

    /// The same with an open vault. Config and vault are the caller's to change.
    pub(crate) async fn begin(places: &Places, vault: &Vault, era: Era) -> Result<Self, EmbeddedError> {
        let before = configured(places)?;
        let (org_at, relay_at) = addresses(before.as_ref())?;
        let folder = places.state.join(FOLDER);
        let data = folder.join(DATA);
        let is_new_org = !data.exists();
        make_folder(&folder).map_err(|error| EmbeddedError::Folder {
            folder: folder.clone(),
            error,
        })?;
        let org = start_org(ligand_local_org::Options {
            allow_loopback_agents: true,
            ..ligand_local_org::Options::new(org_at, data.clone(), era)
        })
        .await?;
        let platform = org.url().parse().map_err(SetupError::from)?;
        let relay = start_relay(ligand_relay::Options {
            platforms: vec![AllowedPlatform {
                base: platform,
                org_id: None,
                takes_tokens: false,
            }],
            ..ligand_relay::Options::new(relay_at, folder.join("relay-secret"))
        })
        .await?;
        let begun = Self {
            org,
            relay,
            data,
            era,
        };
        begun
            .put_profile(places, vault, before.filter(|_| !is_new_org))
            .await?;
        Ok(begun)
    }

    /// Puts the profile in place once more, whatever has become of it.
    pub(crate) async fn renew_profile(&self, places: &Places, vault: &Vault) -> Result<(), EmbeddedError> {
        let before = configured(places)?;
        // Refuses somebody's profile for another org.
        addresses(before.as_ref())?;
        self.put_profile(places, vault, before).await
    }

    async fn put_profile(
        &self,
        places: &Places,
        vault: &Vault,
        known: Option<Profile>,
    ) -> Result<(), EmbeddedError> {
        let (name, relay) = (profile_name(), self.relay.public_url());
        profile::put_in_place(places, vault, &name, known, &self.org, self.era, relay).await
    }

    /// Whether there is one from an earlier start, with a profile in the config that needs it.
    pub(crate) fn is_there(places: &Places) -> bool {
        let has_profile = configured(places)
            .is_ok_and(|profile| profile.is_some_and(|profile| addresses(Some(&profile)).is_ok()));
        has_profile && places.state.join(FOLDER).join(DATA).exists()
    }

    /// The org's base URL.
    #[must_use]
    pub fn org_url(&self) -> String {
        self.org.url()
    }

    /// Has the org's page link to the Canvas that the host serves to browsers, without the secret in its address.
    pub fn link_canvas(&self, web_url: &str) {
        let open_part = web_url.split('#').next().unwrap_or_default();
        self.org.link_canvas(open_part);
    }

    /// The relay's public URL.
    #[must_use]
    pub fn relay_url(&self) -> &Url {
        self.relay.public_url()
    }

    /// The file with the org's data and admin token.
    #[must_use]
    pub fn org_data(&self) -> &Path {
        &self.data
    }

    /// Stops both.
    pub async fn stop(self) {
        let both = async { tokio::join!(self.relay.stop(), self.org.stop()) };
        if tokio::time::timeout(STOP, both).await.is_err() {
            tracing::debug!("local org and relay were cut at the end");
        }
    }
}

/// The profile of its name, if there is one.
fn configured(places: &Places) -> Result<Option<Profile>, ConfigError> {
    Ok(Config::load(places)?.profiles.remove(&profile_name()))
}

/// Where org and relay listened the last time, or any free ports.
fn addresses(before: Option<&Profile>) -> Result<(SocketAddr, SocketAddr), EmbeddedError> {
    let Some(profile) = before else {
        return Ok((any_port(), any_port()));
    };
    let platform = Url::parse(&profile.platform).ok();
    let relay = profile.exposure.relay().and_then(loopback);
    // Anything else is somebody's profile for a real org, which must not be taken over.
    match (platform.as_ref().and_then(loopback), relay) {
        (Some(org), relay) => Ok((org, relay.unwrap_or(any_port()))),
        (None, _) => Err(EmbeddedError::NameTaken {
            platform: profile.platform.clone(),
        }),
    }
}

/// For the user alone: the org's data holds its admin token.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn loopback(url: &Url) -> Option<SocketAddr> {
    let address: SocketAddr = format!("{}:{}", url.host_str()?, url.port()?).parse().ok()?;
    (url.scheme() == "http" && address.ip().is_loopback()).then_some(address)
}

async fn start_org(options: ligand_local_org::Options) -> Result<ligand_local_org::Running, EmbeddedError> {
    let anywhere = ligand_local_org::Options {
        listen: any_port(),
        ..options.clone()
    };
    Ok(match ligand_local_org::start(options).await {
        Err(ligand_local_org::StartError::Listen { .. }) => ligand_local_org::start(anywhere).await,
        other => other,
    }?)
}

async fn start_relay(options: ligand_relay::Options) -> Result<ligand_relay::Running, EmbeddedError> {
    let anywhere = ligand_relay::Options {
        listen: any_port(),
        ..options.clone()
    };
    Ok(match ligand_relay::start(options).await {
        Err(ligand_relay::StartError::Listen { .. }) => ligand_relay::start(anywhere).await,
        other => other,
    }?)
}

#[cfg(test)]
mod tests {
    use ligand_host::config::{AgentConfig, DeliveryConfig, ExposureConfig};
    use uuid::Uuid;

    use super::*;

    fn profile(platform: &str, relay: &str) -> Profile {
        Profile {
            platform: platform.into(),
            workspace: Uuid::nil(),
            org_id: None,
            agent: AgentConfig::Echo,
            exposure: ExposureConfig::Relay {
                url: relay.parse().unwrap(),
            },
            token_to: None,
            shared_door: false,
            delivery: DeliveryConfig::default(),
        }
    }

    #[test]
    fn the_last_addresses_are_taken_again() {
        let before = profile("http://127.0.0.1:4001", "http://127.0.0.1:4002/");
        let (org, relay) = addresses(Some(&before)).unwrap();
        assert_eq!(
            (org.to_string(), relay.to_string()),
            ("127.0.0.1:4001".into(), "127.0.0.1:4002".into())
        );
        assert_eq!(addresses(None).unwrap(), (any_port(), any_port()));
    }

    #[test]
    fn a_relay_elsewhere_does_not_tempt_us_to_listen_there() {
        let before = profile("http://127.0.0.1:4001", "https://relay.example/");
        assert_eq!(addresses(Some(&before)).unwrap().1, any_port());
    }

    #[test]
    fn somebodys_profile_of_that_name_is_not_taken_over() {
        let before = profile("https://acme.example", "https://relay.example/");
        let error = addresses(Some(&before)).unwrap_err();
        assert!(error.to_string().contains("https://acme.example"), "{error}");
        assert!(error.needs_user());
    }

    #[test]
    fn the_profile_has_a_name_that_can_be_one() {
        assert_eq!(profile_name().as_str(), PROFILE);
    }
}
