//! Keychain or file: the decision at opening, and the one store that came of it.

use std::ffi::OsString;

use super::file::FileVault;
use super::known::Known;
use super::memory::MemoryVault;
use super::{Secret, VaultError, VaultKind, keychain};
use crate::places::Places;

/// What `LIGAND_VAULT` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The keychain, or the file where there is none.
    Auto,
    Keychain,
    File,
}

impl Choice {
    pub(super) fn from_env(value: Option<OsString>) -> Result<Self, VaultError> {
        match value.as_deref().map(|value| value.to_string_lossy()).as_deref() {
            None | Some("") => Ok(Self::Auto),
            Some("keychain") => Ok(Self::Keychain),
            Some("file") => Ok(Self::File),
            Some(other) => Err(VaultError::Unavailable(format!(
                "LIGAND_VAULT is \"{other}\". Set it to keychain or file, or leave it unset"
            ))),
        }
    }
}

/// Where secrets are kept from now on.
#[derive(Debug)]
pub(super) enum Store {
    Keychain(Known),
    File(FileVault),
    Memory(MemoryVault),
}

impl Store {
    pub(super) fn open(places: &Places, choice: Choice) -> Result<Self, VaultError> {
        let file = FileVault::in_folder(&places.state);
        let known = Known::in_folder(&places.state);
        if choice == Choice::File {
            file.all()?;
            return Ok(Self::File(file));
        }
        match keychain::is_there()? {
            true => {
                let store = Self::Keychain(known);
                store.move_in(&file)?;
                Ok(store)
            }
            false if choice == Choice::Keychain => Err(VaultError::Unavailable(
                "there is none on this system, and LIGAND_VAULT=keychain asks for one. Unset it, or set it to file"
                    .into(),
            )),
            false if known.any()? => Err(VaultError::Unavailable(
                "this user's secrets are in it, but it cannot be reached from here. Start Ligand from the desktop \
                 session; or set LIGAND_VAULT=file and connect again to keep them in a file"
                    .into(),
            )),
            false => {
                file.all()?;
                Ok(Self::File(file))
            }
        }
    }

    /// Takes over what the file had to hold while there was no keychain.
    fn move_in(&self, file: &FileVault) -> Result<(), VaultError> {
        let secrets = file.all()?;
        for (account, secret) in &secrets {
            self.set(account, &Secret::new(secret.as_str()))?;
        }
        for (account, secret) in &secrets {
            let kept = self.get(account)?;
            if kept.is_none_or(|kept| kept.expose() != secret.as_str()) {
                return Err(VaultError::Unavailable(format!(
                    "it took the secrets of {} but does not give them back; the file stays. Set LIGAND_VAULT=file",
                    file.path().display()
                )));
            }
        }
        file.remove()
    }

    pub(super) fn kind(&self) -> VaultKind {
        match self {
            Self::Keychain(_) => VaultKind::Keychain,
            Self::File(file) => VaultKind::File {
                path: file.path().to_owned(),
            },
            Self::Memory(_) => VaultKind::Memory,
        }
    }

    pub(super) fn get(&self, account: &str) -> Result<Option<Secret>, VaultError> {
        match self {
            Self::Keychain(_) => keychain::get(account),
            Self::File(file) => file.get(account),
            Self::Memory(memory) => Ok(memory.get(account)),
        }
    }

    pub(super) fn set(&self, account: &str, secret: &Secret) -> Result<(), VaultError> {
        match self {
            Self::Keychain(known) => {
                keychain::set(account, secret)?;
                Ok(known.add(account)?)
            }
            Self::File(file) => file.set(account, secret),
            Self::Memory(memory) => {
                memory.set(account, secret);
                Ok(())
            }
        }
    }

    pub(super) fn delete(&self, account: &str) -> Result<(), VaultError> {
        match self {
            Self::Keychain(known) => {
                keychain::delete(account)?;
                Ok(known.remove(account)?)
            }
            Self::File(file) => file.delete(account),
            Self::Memory(memory) => {
                memory.delete(account);
                Ok(())
            }
        }
    }

    pub(super) fn accounts(&self) -> Result<Vec<String>, VaultError> {
        match self {
            Self::Keychain(known) => Ok(known.read()?.into_iter().collect()),
            Self::File(_) | Self::Memory(_) => Ok(Vec::new()),
        }
    }

    pub(super) fn delete_all(&self) -> Result<(), VaultError> {
        match self {
            Self::Keychain(_) => self
                .accounts()?
                .iter()
                .try_for_each(|account| self.delete(account)),
            Self::File(file) => file.remove(),
            Self::Memory(memory) => {
                memory.clear();
                Ok(())
            }
        }
    }

    /// Asks the user to unlock, where that has not been done in this process. `Ok` when it is unlocked now.
    pub(super) fn ask_to_unlock(&self) -> Result<(), VaultError> {
        match self {
            Self::Keychain(_) => keychain::ask_to_unlock(),
            Self::File(_) | Self::Memory(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ligand_vault_takes_two_words_and_names_them_otherwise() {
        let choice = |text: &str| Choice::from_env(Some(text.into()));
        assert_eq!(Choice::from_env(None).unwrap(), Choice::Auto);
        assert_eq!(choice("").unwrap(), Choice::Auto);
        assert_eq!(choice("keychain").unwrap(), Choice::Keychain);
        assert_eq!(choice("file").unwrap(), Choice::File);
        assert!(
            choice("keyring")
                .unwrap_err()
                .to_string()
                .contains("keychain or file")
        );
    }
}
