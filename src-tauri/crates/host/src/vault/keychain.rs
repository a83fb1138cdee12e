//! The operating system's keychain, with one `keyring` entry for each secret.
//!
//! `system` makes the entry. It also knows what `keyring` cannot tell: whether there is a keychain at all, whether it
//! is locked, and how its user is asked to unlock it. An entry is made anew for each call: nothing stale is kept.

use keyring::Error;

use super::{Secret, VaultError};

#[cfg_attr(all(unix, not(target_os = "macos")), path = "keychain_linux.rs")]
#[cfg_attr(target_os = "macos", path = "keychain_macos.rs")]
#[cfg_attr(windows, path = "keychain_windows.rs")]
mod system;

pub(super) use system::{ask_to_unlock, is_there};

/// The service name of every entry.
const SERVICE: &str = "ligand";

pub(super) fn get(account: &str) -> Result<Option<Secret>, VaultError> {
    match system::entry(account)?.get_password() {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(system::fault(error)),
    }
}

pub(super) fn set(account: &str, secret: &Secret) -> Result<(), VaultError> {
    system::entry(account)?
        .set_password(secret.expose())
        .map_err(system::fault)
}

pub(super) fn delete(account: &str) -> Result<(), VaultError> {
    match system::entry(account)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(system::fault(error)),
    }
}
