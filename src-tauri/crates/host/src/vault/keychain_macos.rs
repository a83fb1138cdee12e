//! The login keychain of macOS.

use keyring::{Entry, Error};

use super::{SERVICE, VaultError};

/// `errSecInteractionNotAllowed`: the keychain is locked and this session may show no window.
const INTERACTION_NOT_ALLOWED: i32 = -25308;
/// `errSecAuthFailed`: the user gave a wrong password or refused.
const AUTH_FAILED: i32 = -25293;
/// `errSecUserCanceled`: the user closed the window.
const USER_CANCELED: i32 = -128;

/// Every macOS login has one.
pub(in crate::vault) fn is_there() -> Result<bool, VaultError> {
    Ok(true)
}

/// macOS has shown its own window by itself.
pub(in crate::vault) fn ask_to_unlock() -> Result<(), VaultError> {
    Err(VaultError::Locked)
}

pub(super) fn entry(account: &str) -> Result<Entry, VaultError> {
    Entry::new(SERVICE, account).map_err(fault)
}

/// A locked keychain and a refusal come as the system's plain numbers.
pub(super) fn fault(error: Error) -> VaultError {
    let code = match &error {
        Error::PlatformFailure(inner) | Error::NoStorageAccess(inner) => inner
            .downcast_ref::<security_framework::base::Error>()
            .map(|error| error.code()),
        _ => None,
    };
    match code {
        Some(INTERACTION_NOT_ALLOWED) => VaultError::Locked,
        Some(AUTH_FAILED | USER_CANCELED) => VaultError::Denied(
            "macOS was told not to give Ligand its entry. Start Ligand again and choose Always Allow".into(),
        ),
        _ => VaultError::Unavailable(error.to_string()),
    }
}
