//! The host: the profiles of one user, what is started and stopped, and the one handle that faces use.
//!
//! It does no work of a profile itself (that is `profile`), and knows no screen.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use ligand_tunnel::door::Slot;
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    clock::Clock,
    config::{Config, ConfigError, ConfigFile, ProfileName},
    control::{BindError, Control},
    health::{Fault, Faults},
    lock::HostLock,
    places::Places,
    profile::{Command, ProfileHandle, Shared},
    setup::{self, SetupError},
    status::{Board, HostStatus, Status, VaultStatus},
    vault::{Vault, VaultError, VaultKind},
};

pub use crate::{profile::SendError, setup::NewProfile};

/// The answer to `send`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorView {
    /// Which door.
    pub slot: Slot,
    /// Its public URL.
    pub url: String,
    /// Whether it lets calls in.
    pub open: bool,
}

/// Which profiles are started with the host.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// These, or all if there are none.
    pub profiles: Vec<ProfileName>,
}

/// Why the host, or something asked of it, failed. Each text is one line: what, why, what next.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The control socket cannot be opened.
    #[error(transparent)]
    Control(#[from] BindError),
    /// A new profile could not be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No answer to a sent message.
    #[error(transparent)]
    Send(#[from] SendError),
    /// No such profile.
    #[error("there is no profile named {0}; `ligand status` lists those that there are")]
    NoSuchProfile(String),
    /// The profile is not running.
    #[error("profile {0} is not running; start it with `ligand start --profile {0}`")]
    NotRunning(String),
    /// The host is on its way out.
    #[error("Ligand is stopping; try again when it has ended")]
    Stopping,
}

impl HostError {
    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::Control(_) => "control_socket",
            Self::Setup(error) => error.code(),
            Self::Send(SendError::Platform(error)) => error.kind.code(),
            Self::Send(SendError::Queued { .. }) => "queued",
            Self::Send(SendError::Agent(_)) => "agent_error",
            Self::NoSuchProfile(_) => "no_such_profile",
            Self::NotRunning(_) => "profile_stopped",
            Self::Stopping => "stopping",
        }
    }

    /// Whether only the user can mend it.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::Setup(error) => error.needs_user(),
            Self::Send(SendError::Platform(error)) => error.kind.code() == "unauthorized",
            _ => false,
        }
    }
}

/// A host that runs.
pub struct Host {
    handle: HostHandle,
    control: Control,
    _lock: HostLock,
}

impl Host {
    /// Reads the config, opens the control socket, and starts the profiles. The lock is held until the host ends.
    ///
    /// # Errors
    /// When config or control socket cannot be used. What only one profile lacks is said in its status, not here.
    pub async fn start(places: Places, lock: HostLock, options: HostOptions) -> Result<Self, HostError> {
        let config = Config::load(&places)?;
        if let Some(missing) = options
            .profiles
            .iter()
            .find(|name| !config.profiles.contains_key(name))
        {
            return Err(HostError::NoSuchProfile(missing.to_string()));
        }
        let handle = HostHandle::new(places.clone());
        let mut wanted = Vec::new();
        for (name, profile) in config.profiles {
            let spawned = ProfileHandle::spawn(name.clone(), profile, handle.inner.shared.clone());
            if options.profiles.is_empty() || options.profiles.contains(&name) {
                wanted.push(spawned.clone());
            }
            handle.profiles().insert(name, spawned);
        }
        let control = Control::start(&places, &lock, handle.clone())?;
        for profile in wanted {
            profile.ask(Command::Start).await;
        }
        Ok(Self {
            handle,
            control,
            _lock: lock,
        })
    }

    /// The way for faces.
    #[must_use]
    pub fn handle(&self) -> HostHandle {
        self.handle.clone()
    }

    /// Runs until [`HostHandle::shutdown`]; then stops every profile, and returns when all are stopped: within
    /// their drain time of 10 s.
    pub async fn run_until_stopped(self) {
        self.handle.inner.stop.cancelled().await;
        let profiles: Vec<_> = self.handle.profiles().values().cloned().collect();
        let mut stopping = JoinSet::new();
        for profile in profiles {
            stopping.spawn(async move { profile.ask(Command::Stop).await });
        }
        while stopping.join_next().await.is_some() {}
        self.control.stop().await;
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
    stop: CancellationToken,
}

impl HostHandle {
    fn new(places: Places) -> Self {
        let board = Board::new(HostStatus {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            vault: VaultStatus::Waiting,
            health: Vec::new(),
        });
        let vault = VaultGate::new(places.clone(), board.clone());
        let shared = Shared {
            board,
            clock: Clock::start(),
            vault,
            instance: Uuid::new_v4(),
            generations: Arc::default(),
        };
        let inner = Inner {
            places,
            shared,
            profiles: Mutex::default(),
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

    /// Where this host keeps its files.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.inner.places
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
        self.ask(name, Command::Stop).await
    }

    /// Stops and starts a profile.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&self, name: &str) -> Result<(), HostError> {
        self.stop(name).await?;
        self.start(name).await
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

    /// Opens or closes the shared door, now and at later starts.
    ///
    /// # Errors
    /// When there is no such profile, or the config cannot be written.
    pub async fn share(&self, name: &str, open: bool) -> Result<(), HostError> {
        let profile = self.find(name)?;
        let key: ProfileName = name
            .parse()
            .map_err(|_| HostError::NoSuchProfile(name.to_owned()))?;
        let places = self.inner.places.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut file = ConfigFile::open(&places)?;
            file.set_shared_door(&key, open)?;
            file.save()
        });
        written.await.map_err(|_| HostError::Stopping)??;
        profile
            .ask(|done| Command::Share(open, done))
            .await
            .ok_or(HostError::Stopping)
    }

    /// Sets a profile up and starts it.
    ///
    /// # Errors
    /// When the platform refuses it, or vault or config cannot be written; nothing is left half written.
    pub async fn add_profile(&self, new: NewProfile) -> Result<ProfileName, HostError> {
        let vault = self.inner.shared.vault.open().await.map_err(SetupError::from)?;
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
            old.ask(Command::Stop).await;
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

    async fn ask<T>(
        &self,
        name: &str,
        command: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Command,
    ) -> Result<T, HostError> {
        self.find(name)?.ask(command).await.ok_or(HostError::Stopping)
    }
}

/// The vault, opened when first needed and again while its keychain is locked; says on the board where it is.
#[derive(Clone)]
pub(crate) struct VaultGate {
    places: Places,
    board: Board,
    open: Arc<tokio::sync::Mutex<Option<Vault>>>,
}

impl VaultGate {
    fn new(places: Places, board: Board) -> Self {
        Self {
            places,
            board,
            open: Arc::default(),
        }
    }

    /// The vault.
    pub(crate) async fn open(&self) -> Result<Vault, VaultError> {
        let mut open = self.open.lock().await;
        if let Some(vault) = open.as_ref() {
            return Ok(vault.clone());
        }
        let vault = Vault::open(&self.places).await?;
        self.say(&vault);
        *open = Some(vault.clone());
        Ok(vault)
    }

    fn say(&self, vault: &Vault) {
        let mut faults = Faults::default();
        let status = match vault.kind() {
            VaultKind::Keychain => VaultStatus::Keychain,
            VaultKind::File { path } => {
                let path = path.display().to_string();
                faults.raise(Fault::VaultFile, Some(path.clone()), std::time::Duration::ZERO);
                VaultStatus::File { path }
            }
        };
        self.board.set_host(|host| {
            host.vault = status;
            host.health = faults.shown(std::time::Duration::ZERO);
        });
    }
}
