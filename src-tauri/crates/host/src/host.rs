//! The host: the profiles of one user, what is started and stopped, and the one handle that faces use.
//!
//! It does no work of a profile itself (that is `profile`), and knows no screen.

mod error;
mod gate;
mod peers;
mod plugins;
mod sleep;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ligand_tunnel::door::Slot;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use ts_rs::TS;
use uuid::Uuid;

use crate::{
    agent::Agent,
    clock::Clock,
    config::{Config, ConfigError, ConfigFile, ProfileName},
    control::Control,
    deliveries::{DeliveryDetail, DeliveryView, Journal},
    headless::Headless,
    lock::HostLock,
    network::Network,
    notify::Notify,
    org::{Org, OrgBoard, Orgs},
    places::Places,
    power::Power,
    probe::Probe,
    profile::{Command, NoRestart, ProfileHandle, Shared},
    proxy::Proxies,
    resident::Resident,
    setup::{self, SetupError},
    status::{Board, HostStatus, Status, VaultStatus},
    vault::{Vault, VaultError},
    web::Web,
};

pub use self::error::HostError;
pub(crate) use self::gate::VaultGate;
pub use crate::{
    profile::{Delegation, DelegationState, Peer, PeerError, PeerList, PeerOutcome, SendError, SentToPeer},
    setup::NewProfile,
};

/// The answer to `send`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Sent {
    /// The agent's answer as text.
    pub answer: String,
    /// From the request to the answer, in milliseconds.
    pub total_ms: f64,
    /// What neither tunnel nor host used, in milliseconds.
    pub platform_ms: f64,
    /// One round trip between laptop and relay, in milliseconds, measured just before.
    pub tunnel_ms: f64,
    /// What the agent used, in milliseconds.
    pub agent_ms: f64,
}

/// A door, with its URL: for the user's eyes, and never for a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoorView {
    /// Which door.
    #[ts(type = "\"platform\" | \"shared\"")]
    pub slot: Slot,
    /// Its public URL.
    pub url: String,
    /// The same door at a host name of its own, at a relay that has such.
    #[serde(default)]
    pub host_url: Option<String>,
    /// Whether it lets calls in.
    pub open: bool,
}

/// What is started with the host.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// These profiles, or all if there are none.
    pub profiles: Vec<ProfileName>,
    /// Where the Canvas is served to browsers of this machine, if anywhere.
    pub web: Option<SocketAddr>,
    /// The profile of a host that reads no config and writes none.
    pub headless: Option<Headless>,
}

/// A host that runs.
pub struct Host {
    handle: HostHandle,
    control: Control,
    web: Option<Web>,
    probe: Option<Probe>,
    notify: Notify,
    power: Power,
    network: Network,
    _resident: Resident,
    _lock: HostLock,
}

impl Host {
    /// Reads the config, unless its environment is all that it runs on, opens the control socket, and starts the
    /// profiles. The lock is held until the host ends.
    ///
    /// # Errors
    /// When config, control socket, the address for browsers or the port for health checks cannot be used. What only
    /// one profile lacks is said in its status, not here.
    pub async fn start(places: Places, lock: HostLock, options: HostOptions) -> Result<Self, HostError> {
        let (config, vault) = match &options.headless {
            Some(headless) => {
                let vault = headless.vault().await.map_err(SetupError::from)?;
                (headless.config(), Some(vault))
            }
            None => (Config::load(&places)?, None),
        };
        if let Some(missing) = options
            .profiles
            .iter()
            .find(|name| !config.profiles.contains_key(name))
        {
            return Err(HostError::NoSuchProfile(missing.to_string()));
        }
        let handle = HostHandle::with_vault(places.clone(), config, vault);
        let control = Control::start(&places, &lock, handle.clone())?;
        let web = match options.web {
            Some(addr) => Some(Web::start(addr, handle.clone()).await?),
            None => None,
        };
        let probe = match options.headless.as_ref().and_then(Headless::probe_port) {
            Some(port) => Some(Probe::start(port, handle.clone()).await?),
            None => None,
        };
        let notify = Notify::start(&handle);
        let power = Power::watch(handle.clock(), handle.clone());
        let moved = handle.clone();
        let network = Network::watch(move || {
            let handle = moved.clone();
            async move { handle.ask_all(Command::Moved).await }
        });
        let is_wanted = |name| options.profiles.is_empty() || options.profiles.contains(name);
        let profiles = handle.profiles().clone();
        for (_, profile) in profiles.iter().filter(|(name, _)| is_wanted(name)) {
            profile.ask(Command::Start).await;
        }
        Ok(Self {
            handle,
            control,
            web,
            probe,
            notify,
            power,
            network,
            _resident: Resident::keep_small(),
            _lock: lock,
        })
    }

    /// The way for faces.
    #[must_use]
    pub fn handle(&self) -> HostHandle {
        self.handle.clone()
    }

    /// The Canvas's address for browsers, if it is served to them. It lets whoever has it steer the host: it is for
    /// the user's eyes, and never for a log.
    #[must_use]
    pub fn web_url(&self) -> Option<&str> {
        self.web.as_ref().map(Web::url)
    }

    /// Where health checks are answered, if they are.
    #[must_use]
    pub fn probe_addr(&self) -> Option<SocketAddr> {
        self.probe.as_ref().map(Probe::addr)
    }

    /// Runs until [`HostHandle::shutdown`]; then stops every profile, and returns when all are stopped: within
    /// their drain time of 10 s, and another 10 s for an agent of ours that does not end when it is asked to.
    pub async fn run_until_stopped(self) {
        self.handle.inner.stop.cancelled().await;
        drop((self.power, self.network));
        self.handle.ask_all(|done| Command::Stop(false, done)).await;
        drop(self.notify);
        let web = async {
            if let Some(web) = self.web {
                web.stop().await;
            }
        };
        let probe = async {
            if let Some(probe) = self.probe {
                probe.stop().await;
            }
        };
        tokio::join!(self.control.stop(), web, probe);
    }
}

/// What faces can ask of the host. Cheap to clone.
#[derive(Clone)]
pub struct HostHandle {
    inner: Arc<Inner>,
}

struct Inner {
    places: Places,
    shared: Shared,
    profiles: Mutex<BTreeMap<ProfileName, ProfileHandle>>,
    /// What the host was given in the place of the config file, which it then leaves alone.
    given: Option<Config>,
    stop: CancellationToken,
}

impl HostHandle {
    /// The profiles of this config, which stands in the file.
    #[cfg(test)]
    pub(crate) fn at_rest(places: Places, config: Config) -> Self {
        Self::with_vault(places, config, None)
    }

    /// The profiles of this config, and none of them started. A host that was given its vault was given its config as
    /// well, and leaves the file alone.
    fn with_vault(places: Places, config: Config, vault: Option<Vault>) -> Self {
        let given = vault.is_some().then(|| config.clone());
        let board = Board::new(HostStatus {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            vault: VaultStatus::Waiting,
            health: Vec::new(),
        });
        let vault = VaultGate::new(places.clone(), board.clone(), vault);
        let shared = Shared {
            board,
            orgs: OrgBoard::default(),
            clock: Clock::start(),
            vault,
            journal: Journal::open(&places.journal()),
            places: places.clone(),
            proxies: Proxies::of(&config),
            instance: Uuid::new_v4(),
            generations: Arc::default(),
        };
        let spawn = |(name, profile): (ProfileName, _)| {
            let spawned = ProfileHandle::spawn(name.clone(), profile, shared.clone());
            (name, spawned)
        };
        let profiles = config.profiles.into_iter().map(spawn).collect();
        let inner = Inner {
            places,
            shared,
            profiles: Mutex::new(profiles),
            given,
            stop: CancellationToken::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Follows the status.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Arc<Status>> {
        self.inner.shared.board.watch()
    }

    /// Follows the pictures of the profiles' orgs.
    #[must_use]
    pub fn orgs(&self) -> watch::Receiver<Arc<Orgs>> {
        self.inner.shared.orgs.watch()
    }

    /// The host's clock.
    pub(crate) fn clock(&self) -> Clock {
        self.inner.shared.clock.clone()
    }

    /// The vault, opened when it was not yet.
    pub(crate) async fn vault(&self) -> Result<Vault, VaultError> {
        self.inner.shared.vault.open().await
    }

    /// The picture of one profile's org.
    ///
    /// # Errors
    /// When there is no such profile.
    pub fn org(&self, name: &str) -> Result<Arc<Org>, HostError> {
        let org = self.inner.shared.orgs.get(name);
        org.ok_or_else(|| HostError::NoSuchProfile(name.to_owned()))
    }

    /// Where this host keeps its files.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.inner.places
    }

    /// The config that the host runs on: the one that it was given, or what the file says now.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        match &self.inner.given {
            Some(config) => Ok(config.clone()),
            None => Config::load(&self.inner.places),
        }
    }

    /// Whether the host was given its config, and leaves the file alone.
    pub(crate) fn is_headless(&self) -> bool {
        self.inner.given.is_some()
    }

    /// What answers a profile's calls; none while it does not run.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn agent(&self, name: &str) -> Result<Option<Agent>, HostError> {
        self.ask(name, Command::Agent).await
    }

    /// Brings a profile online; returns when that has begun.
    ///
    /// # Errors
    /// When there is no such profile, or the host is stopping.
    pub async fn start(&self, name: &str) -> Result<(), HostError> {
        self.ask(name, Command::Start).await
    }

    /// Takes a profile out; returns when its deliveries have ended, after 10 s at the latest.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn stop(&self, name: &str) -> Result<(), HostError> {
        self.ask(name, |done| Command::Stop(true, done)).await
    }

    /// Stops and starts a profile.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&self, name: &str) -> Result<(), HostError> {
        self.ask(name, |done| Command::Stop(false, done)).await?;
        self.start(name).await
    }

    /// Starts the agent anew that Ligand starts for a profile; returns when that has begun.
    ///
    /// # Errors
    /// When there is no such profile, it does not run, or its agent is somebody else's to start.
    pub async fn restart_agent(&self, name: &str) -> Result<(), HostError> {
        let restarted = self.ask(name, Command::RestartAgent).await?;
        restarted.map_err(|why| match why {
            NoRestart::NotRunning => HostError::NotRunning(name.to_owned()),
            NoRestart::NotOurs => HostError::NotOurAgent(name.to_owned()),
        })
    }

    /// Sends a text to the profile's own workspace through the platform.
    ///
    /// # Errors
    /// When the profile does not run, the platform refuses or queues the message, or the agent answers an error.
    pub async fn send(&self, name: &str, text: &str) -> Result<Sent, HostError> {
        let kit = self.ask(name, Command::SendKit).await?;
        let kit = kit.ok_or_else(|| HostError::NotRunning(name.to_owned()))?;
        Ok(kit.send(text).await?)
    }

    /// The profile's doors; none while it has no link.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn doors(&self, name: &str) -> Result<Vec<DoorView>, HostError> {
        self.ask(name, Command::Doors).await
    }

    /// Opens or closes the shared door, now and, unless the host leaves the config alone, at later starts.
    ///
    /// # Errors
    /// When there is no such profile, or the config cannot be written.
    pub async fn share(&self, name: &str, open: bool) -> Result<(), HostError> {
        let profile = self.find(name)?;
        if !self.is_headless() {
            self.write_shared_door(name, open).await?;
        }
        profile
            .ask(|done| Command::Share(open, done))
            .await
            .ok_or(HostError::Stopping)
    }

    async fn write_shared_door(&self, name: &str, open: bool) -> Result<(), HostError> {
        let key: ProfileName = name
            .parse()
            .map_err(|_| HostError::NoSuchProfile(name.to_owned()))?;
        let places = self.inner.places.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut file = ConfigFile::open(&places)?;
            file.set_shared_door(&key, open)?;
            file.save()
        });
        Ok(written.await.map_err(|_| HostError::Stopping)??)
    }

    /// Gives a door a new address; the platform door's old one works until the platform has the new one.
    ///
    /// # Errors
    /// When there is no such profile, or the vault cannot be written.
    pub async fn rotate_door(&self, name: &str, slot: Slot) -> Result<(), HostError> {
        let rotated = self.ask(name, |done| Command::Rotate(slot, done)).await?;
        Ok(rotated.map_err(SetupError::from)?)
    }

    /// Forgets the secret with which the platform calls us: calls are taken without one until it is given again, at the
    /// next register or heartbeat of a platform that has one.
    ///
    /// # Errors
    /// As [`Self::rotate_door`].
    pub async fn reset_door(&self, name: &str) -> Result<(), HostError> {
        let reset = self.ask(name, Command::ResetInbound).await?;
        Ok(reset.map_err(SetupError::from)?)
    }

    /// The last deliveries of a profile with a number above `after`, oldest first. Where there are none yet they are
    /// waited for as long as `wait`.
    ///
    /// # Errors
    /// When there is no such profile.
    pub async fn deliveries(
        &self,
        name: &str,
        after: i64,
        limit: u32,
        wait: Duration,
    ) -> Result<Vec<DeliveryView>, HostError> {
        let workspace = self.workspace(name)?;
        let journal = &self.inner.shared.journal;
        let mut changes = journal.changes();
        let found = async {
            loop {
                changes.mark_unchanged();
                let found = journal.list(workspace, after, limit).await;
                let is_over = found.iter().any(|delivery| delivery.outcome.is_some());
                if is_over || changes.changed().await.is_err() {
                    return found;
                }
            }
        };
        match tokio::time::timeout(wait, found).await {
            Ok(found) => Ok(found),
            Err(_) => Ok(journal.list(workspace, after, limit).await),
        }
    }

    /// Everything about one delivery.
    ///
    /// # Errors
    /// When there is no such profile or delivery.
    pub async fn delivery(&self, name: &str, id: i64) -> Result<DeliveryDetail, HostError> {
        let workspace = self.workspace(name)?;
        let found = self.inner.shared.journal.show(workspace, id).await;
        found.ok_or(HostError::NoSuchDelivery(id))
    }

    fn workspace(&self, name: &str) -> Result<Uuid, HostError> {
        let status = self.status();
        let status = status.borrow();
        let profile = status.profiles.iter().find(|profile| profile.name == name);
        let profile = profile.ok_or_else(|| HostError::NoSuchProfile(name.to_owned()))?;
        Ok(profile.workspace.id)
    }

    /// Sets a profile up and starts it.
    ///
    /// # Errors
    /// When the platform refuses it, or vault or config cannot be written; nothing is left half written.
    pub async fn add_profile(&self, new: NewProfile) -> Result<ProfileName, HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let vault = self.vault().await.map_err(SetupError::from)?;
        let name = setup::connect(&self.inner.places, &vault, new).await?;
        let mut config = Config::load(&self.inner.places)?;
        let profile = config
            .profiles
            .remove(&name)
            .ok_or_else(|| HostError::NoSuchProfile(name.to_string()))?;
        let fresh = ProfileHandle::spawn(name.clone(), profile, self.inner.shared.clone());
        // The same profile connected again: the old life ends before the new one begins.
        let old = self.profiles().insert(name.clone(), fresh.clone());
        if let Some(old) = old {
            old.ask(|done| Command::Stop(false, done)).await;
        }
        fresh.ask(Command::Start).await.ok_or(HostError::Stopping)?;
        Ok(name)
    }

    /// Begins the end of the host.
    pub fn shutdown(&self) {
        self.inner.stop.cancel();
    }

    fn profiles(&self) -> std::sync::MutexGuard<'_, BTreeMap<ProfileName, ProfileHandle>> {
        self.inner.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str) -> Result<ProfileHandle, HostError> {
        // A profile that is draining would otherwise begin a new life behind it, in a host that ends.
        if self.inner.stop.is_cancelled() {
            return Err(HostError::Stopping);
        }
        let found = self
            .profiles()
            .iter()
            .find(|(key, _)| key.as_str() == name)
            .map(|(_, profile)| profile.clone());
        found.ok_or_else(|| HostError::NoSuchProfile(name.to_owned()))
    }

    /// Asks every profile, all at the same time, and waits until all have done it.
    async fn ask_all(&self, command: impl Fn(oneshot::Sender<()>) -> Command + Copy + Send + 'static) {
        let profiles: Vec<_> = self.profiles().values().cloned().collect();
        let mut asked = JoinSet::new();
        for profile in profiles {
            asked.spawn(async move { profile.ask(command).await });
        }
        while asked.join_next().await.is_some() {}
    }

    async fn ask<T>(
        &self,
        name: &str,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, HostError> {
        self.find(name)?.ask(command).await.ok_or(HostError::Stopping)
    }
}
