//! The Credential Manager of Windows. It is open whenever its user is logged in, so there is nothing to unlock.

use keyring::{Entry, Error};

use super::{SERVICE, VaultError};

/// Every Windows login has one.
pub(in crate::vault) fn is_there() -> Result<bool, VaultError> {
    Ok(true)
}

/// Nothing of the kind exists here.
pub(in crate::vault) fn ask_to_unlock() -> Result<(), VaultError> {
    Err(VaultError::Locked)
}

pub(super) fn entry(account: &str) -> Result<Entry, VaultError> {
    Entry::new(SERVICE, account).map_err(fault)
}

/// `NoStorageAccess` is a process without a logon session, such as some services.
pub(super) fn fault(error: Error) -> VaultError {
    VaultError::Unavailable(format!(
        "{error}. LIGAND_VAULT=file keeps secrets in a file instead"
    ))
}
