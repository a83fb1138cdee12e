//! `ligand doctor`: one checklist from the config to the doors, for a profile that does not do what it should.
//!
//! Everything is looked at side by side, each within its deadline, and put in order afterwards: what another check
//! explains is not told twice. A running host looks itself, with its own environment and vault; without one the
//! command line does. Nothing is mended and nothing is changed here: no register, no heartbeat, no message.

mod answer;
mod checklist;
mod ends;
mod live;
mod local;
mod network;
mod platform;
mod proxy;
mod tray;

use std::time::Duration;

use ligand_platform::Token;
use ligand_tunnel::door::Slot;
use tokio::time::timeout;

pub use self::checklist::{DoctorCheck, DoctorReport, SCHEMA, Verdict};
use self::{
    checklist::{Finding, Findings, Item},
    ends::{PlatformSeen, RelaySeen},
    live::Live,
};
use crate::{
    config::{Config, ConfigError, ProfileName},
    exposure::Front,
    host::{HostError, HostHandle},
    lock::HostLock,
    places::Places,
    proxy::Proxies,
    vault::{Account, Kind, Vault, VaultError, VaultKind},
};

/// How long one look over the network may take.
const NETWORK_DEADLINE: Duration = Duration::from_secs(5);

/// How long the vault may take in all: a keychain that waits for its user is a locked one.
const VAULT_DEADLINE: Duration = Duration::from_secs(12);

/// What is known before anything is looked at.
struct Known<'a> {
    places: &'a Places,
    /// Whether the config is not the file's.
    is_given: bool,
    config: Result<Config, ConfigError>,
    name: Option<ProfileName>,
    vault: Result<VaultKind, VaultError>,
    token: Option<Token>,
    live: Option<Live>,
    /// The shared door's URL, where it is open. It is called, and never told.
    shared_door: Option<String>,
}

/// Looks at a profile while no host runs; none where the config has none to look at. The lock is held while the vault
/// is read; after that a host can start.
pub async fn without_host(places: &Places, lock: HostLock, name: Option<ProfileName>) -> DoctorReport {
    let config = Config::load(places);
    let account = token_account(&config, name.as_ref());
    let (vault, token) = open(Vault::open(places), account).await;
    // A keychain's window may still be open, and what follows on its answer writes.
    let _held = vault.is_err().then_some(lock);
    let known = Known {
        places,
        is_given: false,
        config,
        name,
        vault,
        token,
        live: None,
        shared_door: None,
    };
    known.look().await
}

impl HostHandle {
    /// Looks at a profile of this host.
    ///
    /// # Errors
    /// When there is no such profile, or the host is stopping.
    pub async fn doctor(&self, name: &str) -> Result<DoctorReport, HostError> {
        let key: ProfileName = name
            .parse()
            .map_err(|_| HostError::NoSuchProfile(name.to_owned()))?;
        let doors = self.doors(name).await?;
        let (profile, host) = {
            let status = self.status();
            let status = status.borrow();
            let profile = status.profile(name).cloned();
            (profile, status.host.health.clone())
        };
        let config = self.config();
        let account = token_account(&config, Some(&key));
        let (vault, token) = open(self.vault(), account).await;
        let shared = doors
            .into_iter()
            .find(|door| door.slot == Slot::Shared && door.open);
        let known = Known {
            places: self.places(),
            is_given: self.is_headless(),
            config,
            name: Some(key),
            vault,
            token,
            live: profile.map(|profile| Live { profile, host }),
            shared_door: shared.map(|door| door.url),
        };
        Ok(known.look().await)
    }
}

fn token_account(config: &Result<Config, ConfigError>, name: Option<&ProfileName>) -> Option<Account> {
    let profile = config.as_ref().ok()?.profiles.get(name?)?;
    Some(Account::new(&profile.platform, profile.workspace, Kind::Token))
}

/// Where secrets are, and the token where there is one.
async fn open(
    vault: impl Future<Output = Result<Vault, VaultError>>,
    account: Option<Account>,
) -> (Result<VaultKind, VaultError>, Option<Token>) {
    let read = async {
        let vault = vault.await?;
        let token = match &account {
            Some(account) => vault.get(account).await?,
            None => None,
        };
        Ok((vault.kind(), token.map(|token| Token::new(token.expose()))))
    };
    match timeout(VAULT_DEADLINE, read)
        .await
        .unwrap_or(Err(VaultError::Locked))
    {
        Ok((kind, token)) => (Ok(kind), token),
        Err(error) => (Err(error), None),
    }
}

impl Known<'_> {
    async fn look(self) -> DoctorReport {
        let mut findings = Findings::default();
        let config = match self.is_given {
            true => Finding::ok("the environment alone, and no config file"),
            false => local::config(self.places, &self.config, self.name.as_ref()),
        };
        findings.note(Item::Config, config);
        findings.note(Item::Keychain, local::keychain(&self.vault));
        let (tray, ()) = tokio::join!(tray::look(), self.profile(&mut findings));
        findings.note(Item::Tray, tray);
        findings.report(self.name.map(|name| name.to_string()))
    }

    /// Everything that needs the profile.
    async fn profile(&self, findings: &mut Findings) {
        let profile = match (&self.config, &self.name) {
            (Ok(config), Some(name)) => config.profiles.get_key_value(name),
            _ => None,
        };
        let proxies = self.config.as_ref().map(Proxies::of).unwrap_or_default();
        let shared = async {
            match &self.shared_door {
                Some(door) => Some(live::shared_card(door, &proxies).await),
                None => None,
            }
        };
        let Some((name, profile)) = profile else {
            // The host knows of it all the same.
            if self.live.is_some() {
                live::note(self.live.as_ref(), &shared.await, findings);
            }
            return;
        };
        let relay = profile.exposure.relay();
        let (platform, relay, card, shared) = tokio::join!(
            PlatformSeen::look(profile, self.token.as_ref(), &proxies),
            RelaySeen::look(relay, &proxies),
            local::card(self.places, name, profile),
            shared,
        );
        match platform {
            Ok(seen) => {
                let can_read = self.vault.is_ok();
                let presence = self.live.as_ref().map(|live| live.profile.presence.state);
                seen.note(can_read, presence, findings);
            }
            Err(why) => {
                let finding = Finding::problem(why, "Correct it in the config, and run this again.");
                findings.note(Item::PlatformHealth, finding);
            }
        }
        let fetches = Front::of(&profile.exposure).is_none();
        RelaySeen::note(relay.as_ref(), fetches, findings);
        let agent = self.live.as_ref().map(|live| &live.profile.agent);
        local::agent(profile, &card, agent, findings);
        live::note(self.live.as_ref(), &shared, findings);
    }
}
