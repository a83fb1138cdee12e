//! The host: the profiles of one user, what is started and stopped, and the one handle that faces use.
//!
//! It does no work of a profile itself (that is `profile`), and knows no screen.

mod adding;
mod doors;
mod error;
mod gate;
mod inspect;
mod leaving;
mod local_org;
mod login_item;
mod notifications;
mod org;
mod peers;
mod plugins;
mod reload;
mod screen;
mod settings;
mod sleep;
mod turning;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

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
    config::{Config, ConfigError, General, Profile, ProfileName},
    control::Control,
    deliveries::Journal,
    headless::Headless,
    keep_awake::KeepAwake,
    lock::HostLock,
    logging,
    network::Network,
    notify::{Notify, Wishes},
    org::{Boards, Org, Orgs},
    places::Places,
    power::Power,
    probe::Probe,
    profile::{Command, ProfileHandle, Shared},
    proxy::Proxies,
    resident::Resident,
    setup::{self, SetupError},
    status::{Board, HostStatus, Status, VaultStatus},
    update::UpdateCheck,
    vault::{Vault, VaultError},
    web::Web,
};

pub use self::doors::DoorView;
pub use self::error::HostError;
pub use self::local_org::{BringLocalOrg, LocalOrg, NotBrought};
pub use self::screen::{Click, Question, Screen, ScreenEvents, Words};
pub(crate) use self::{gate::VaultGate, screen::THINKS};
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

/// What is started with the host.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// These profiles, or all if there are none.
    pub profiles: Vec<ProfileName>,
    /// Where the Canvas is served to browsers of this machine, if anywhere.
    pub web: Option<SocketAddr>,
    /// The commit that this process was built from, where that is known.
    pub commit: Option<&'static str>,
    /// The profile of a host that reads no config and writes none.
    pub headless: Option<Headless>,
    /// The face with a screen that holds the host, if one does.
    pub screen: Option<Screen>,
    /// Who brings the local org along when it is asked for, if anybody does.
    pub local_org: Option<LocalOrg>,
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
    _keep_awake: KeepAwake,
    _update_check: UpdateCheck,
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
        let commit = options.commit.map(str::to_owned);
        handle.inner.shared.board.set_host(|host| host.commit = commit);
        if let Some(screen) = options.screen {
            // Nobody has had this handle yet.
            let _first = handle.inner.screen.set(screen);
        }
        if let Some(local_org) = options.local_org {
            let _first = handle.inner.local_org.set(local_org);
        }
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
        let is_wanted = |name: &ProfileName| options.profiles.is_empty() || options.profiles.contains(name);
        for profile in handle.handles(is_wanted) {
            profile.ask(Command::Start).await;
        }
        let keep_awake = KeepAwake::watch(handle.clock(), handle.status(), handle.general());
        let update_check = UpdateCheck::watch(handle.clone());
        Ok(Self {
            handle,
            control,
            web,
            probe,
            notify,
            power,
            network,
            _keep_awake: keep_awake,
            _update_check: update_check,
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
    profiles: Mutex<BTreeMap<ProfileName, Held>>,
    /// The proxies that profiles begin with.
    proxies: Mutex<Proxies>,
    /// What holds for the whole host.
    general: watch::Sender<General>,
    /// Held while the config and what runs on it are changed.
    changing: tokio::sync::Mutex<()>,
    /// What the host was given in the place of the config file, which it then leaves alone.
    given: Option<Config>,
    /// What the user wants to be told.
    wishes: Wishes,
    screen: OnceLock<Screen>,
    local_org: OnceLock<LocalOrg>,
    /// Told whenever the machine has slept.
    woke: watch::Sender<()>,
    /// Whether the user's login starts the tray.
    login_item: watch::Sender<bool>,
    stop: CancellationToken,
}

/// A profile of the host.
struct Held {
    handle: ProfileHandle,
    /// What it runs on.
    profile: Profile,
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
            commit: None,
            update: None,
            vault: VaultStatus::Waiting,
            health: Vec::new(),
        });
        let vault = VaultGate::new(places.clone(), board.clone(), vault);
        logging::set_level(config.general.log_level);
        let proxies = Proxies::of(&config);
        let shared = Shared {
            board,
            orgs: Boards::default(),
            clock: Clock::start(),
            vault,
            journal: Journal::open(&places.journal()),
            places: places.clone(),
            proxies: proxies.clone(),
            instance: Uuid::new_v4(),
            generations: Arc::default(),
        };
        let spawn = |(name, profile): (ProfileName, Profile)| {
            let handle = ProfileHandle::spawn(name.clone(), profile.clone(), shared.clone());
            (name, Held { handle, profile })
        };
        let profiles = config.profiles.into_iter().map(spawn).collect();
        let inner = Inner {
            wishes: Wishes::open(&places),
            screen: OnceLock::new(),
            local_org: OnceLock::new(),
            woke: watch::Sender::new(()),
            login_item: watch::Sender::new(crate::login_item::is_on()),
            places,
            shared,
            profiles: Mutex::new(profiles),
            proxies: Mutex::new(proxies),
            general: watch::Sender::new(config.general),
            changing: tokio::sync::Mutex::default(),
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
        self.inner.shared.orgs.orgs.watch()
    }

    /// The face with a screen, if one holds the host.
    pub(crate) fn screen(&self) -> Option<Screen> {
        self.inner.screen.get().cloned()
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
        let org = self.inner.shared.orgs.orgs.get(name);
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

    /// Sends a text to the profile's own workspace through the platform.
    ///
    /// # Errors
    /// When the profile does not run, the platform refuses or queues the message, or the agent answers an error.
    pub async fn send(&self, name: &str, text: &str) -> Result<Sent, HostError> {
        let kit = self.ask(name, Command::SendKit).await?;
        let kit = kit.ok_or_else(|| HostError::NotRunning(name.to_owned()))?;
        Ok(kit.send(text).await?)
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
        let _one_at_a_time = self.inner.changing.lock().await;
        let name = setup::connect(&self.inner.places, &vault, new).await?;
        // The same profile may be connected again, with another token.
        self.begin_anew(name).await
    }

    /// Takes a profile as the config has it now, and starts it: it has a new life in any case.
    async fn begin_anew(&self, name: ProfileName) -> Result<ProfileName, HostError> {
        let mut config = Config::load(&self.inner.places)?;
        let profile = config
            .profiles
            .remove(&name)
            .ok_or_else(|| HostError::NoSuchProfile(name.to_string()))?;
        self.put_profile(name.clone(), profile, true).await?;
        Ok(name)
    }

    /// Begins the end of the host.
    pub fn shutdown(&self) {
        self.inner.stop.cancel();
    }

    fn profiles(&self) -> MutexGuard<'_, BTreeMap<ProfileName, Held>> {
        self.inner.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn proxies(&self) -> MutexGuard<'_, Proxies> {
        self.inner.proxies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handles(&self, is_wanted: impl Fn(&ProfileName) -> bool) -> Vec<ProfileHandle> {
        let profiles = self.profiles();
        let wanted = profiles.iter().filter(|(name, _)| is_wanted(name));
        wanted.map(|(_, held)| held.handle.clone()).collect()
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
            .map(|(_, held)| held.handle.clone());
        found.ok_or_else(|| HostError::NoSuchProfile(name.to_owned()))
    }

    fn workspace(&self, name: &str) -> Result<Uuid, HostError> {
        let status = self.status();
        let status = status.borrow();
        let profile = status.profiles.iter().find(|profile| profile.name == name);
        let profile = profile.ok_or_else(|| HostError::NoSuchProfile(name.to_owned()))?;
        Ok(profile.workspace.id)
    }

    /// Asks every profile, all at the same time, and waits until all have done it.
    async fn ask_all(&self, command: impl Fn(oneshot::Sender<()>) -> Command + Copy + Send + 'static) {
        let mut asked = JoinSet::new();
        for profile in self.handles(|_| true) {
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
