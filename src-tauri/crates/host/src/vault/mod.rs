//! Where secrets live: in the operating system's keychain, or in a file that only its owner can read where there is
//! no keychain at all.
//!
//! It is decided once, when the vault is opened:
//!
//! - A keychain is there and unlocked: it is used. Secrets that an earlier start had to keep in the file are moved
//!   into it, each is read back, and only then is the file removed.
//! - A keychain is there and locked: [`VaultError::Locked`]. The user is asked to unlock it once per process (by the
//!   keychain's own window, where there is a screen); after that the caller waits and opens again, and nothing pops
//!   up any more. A locked keychain never becomes a file.
//! - There is none: the file, unless this state folder's secrets are known to be in a keychain. Then it is
//!   [`VaultError::Unavailable`]: somebody logged in over ssh should hear where their token is, and not that it is
//!   missing.
//!
//! `LIGAND_VAULT=keychain` or `=file` decides instead. A headless host asks for neither: its vault is in memory and ends
//! with it.
//!
//! Keychains answer synchronously and may show a window for as long as they like, and their libraries panic inside an
//! async runtime. So one plain thread per vault does all the work, in order, and every caller waits for it with a
//! deadline. Not a blocking task of the runtime: the runtime would wait for it at the end of the process.
//!
//! Only one process at a time writes: the one that holds [`crate::lock::HostLock`].

mod account;
mod file;
mod keychain;
mod known;
mod memory;
mod open;
mod worker;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use account::{Account, Kind, Secret};

use crate::places::Places;
use memory::MemoryVault;
use open::{Choice, Store};
use worker::Worker;

/// How long one call may take. A person who must type a password is slower: the caller hears [`VaultError::Locked`]
/// and tries again, while the keychain's window stays.
const DEADLINE: Duration = Duration::from_secs(10);

/// What is wrong with the vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keychain is there and locked.
    #[error(
        "the keychain is locked. Unlock it (log in to the desktop, or open its passwords app); Ligand goes on by itself"
    )]
    Locked,
    /// The keychain cannot be reached, though it should be there.
    #[error("the keychain cannot be used: {0}")]
    Unavailable(String),
    /// Access was refused, or the file is open to others.
    #[error("secrets cannot be read: {0}")]
    Denied(String),
    /// The file could not be read or written.
    #[error("the vault's file: {0}")]
    Io(io::Error),
}

impl VaultError {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "keychain_locked",
            Self::Unavailable(_) => "keychain_unavailable",
            Self::Denied(_) => "vault_denied",
            Self::Io(_) => "vault_io",
        }
    }

    /// Whether trying again by itself can help, once the user or the system has done something elsewhere.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Locked | Self::Unavailable(_))
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

/// Where an open vault keeps its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultKind {
    /// In the operating system's keychain.
    Keychain,
    /// In a file of mode 0600.
    File {
        /// The file.
        path: PathBuf,
    },
    /// In this process alone.
    Memory,
}

/// The open vault. A clone is the same vault.
#[derive(Debug, Clone)]
pub struct Vault {
    worker: Worker,
    kind: VaultKind,
}

impl Vault {
    /// Opens the vault and decides where secrets live, see the module.
    pub async fn open(places: &Places) -> Result<Self, VaultError> {
        Self::open_as(places, Choice::from_env(std::env::var_os("LIGAND_VAULT"))?).await
    }

    /// A vault in memory that holds these secrets at first, and writes nothing anywhere.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub async fn in_memory(secrets: &[(Account, Secret)]) -> Result<Self, VaultError> {
        let vault = MemoryVault::holding(secrets);
        Self::opened(move || Ok(Store::Memory(vault))).await
    }

    /// A file for tests, which must not touch the keychain of whoever runs them.
    #[cfg(test)]
    pub(crate) async fn in_file(places: &Places) -> Self {
        Self::open_as(places, Choice::File).await.unwrap()
    }

    async fn open_as(places: &Places, choice: Choice) -> Result<Self, VaultError> {
        let places = places.clone();
        Self::opened(move || Store::open(&places, choice)).await
    }

    async fn opened(
        open: impl FnOnce() -> Result<Store, VaultError> + Send + 'static,
    ) -> Result<Self, VaultError> {
        let worker = Worker::start()?;
        let kind = worker.open(open).await?;
        Ok(Self { worker, kind })
    }

    /// Where secrets live.
    #[must_use]
    pub fn kind(&self) -> VaultKind {
        self.kind.clone()
    }

    /// Reads a secret.
    pub async fn get(&self, account: &Account) -> Result<Option<Secret>, VaultError> {
        let account = account.to_string();
        self.worker.ask(move |store| store.get(&account)).await
    }

    /// Keeps a secret, in place of an earlier one.
    pub async fn set(&self, account: &Account, secret: &Secret) -> Result<(), VaultError> {
        let (account, secret) = (account.to_string(), secret.clone());
        self.worker.ask(move |store| store.set(&account, &secret)).await
    }

    /// The accounts of this state folder that are in the keychain; none where secrets live elsewhere.
    pub(crate) async fn accounts(&self) -> Result<Vec<String>, VaultError> {
        self.worker.ask(|store| store.accounts()).await
    }

    /// Forgets every secret of this state folder.
    pub(crate) async fn delete_all(&self) -> Result<(), VaultError> {
        self.worker.ask(|store| store.delete_all()).await
    }

    /// Forgets a secret. One that is not there is no fault.
    pub async fn delete(&self, account: &Account) -> Result<(), VaultError> {
        let account = account.to_string();
        self.worker.ask(move |store| store.delete(&account)).await
    }
}
