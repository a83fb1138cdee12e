//! Which accounts of this state folder are in a keychain: names only, in a text file.
//!
//! It answers one question: when no keychain can be reached, was there ever one that holds our secrets? It is not an
//! index; the keychain alone says what it holds.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files;

/// The list of accounts.
#[derive(Debug)]
pub(super) struct Known {
    path: PathBuf,
}

impl Known {
    /// The list in this state folder; it need not be there.
    pub(super) fn in_folder(state: &Path) -> Self {
        Self {
            path: state.join("keychain-accounts"),
        }
    }

    /// Whether the keychain holds anything of ours.
    pub(super) fn any(&self) -> io::Result<bool> {
        Ok(!self.read()?.is_empty())
    }

    /// Notes that the keychain holds this account.
    pub(super) fn add(&self, account: &str) -> io::Result<()> {
        let mut accounts = self.read()?;
        if accounts.insert(account.to_owned()) {
            if let Some(folder) = self.path.parent() {
                files::private_dir(folder)?;
            }
            self.write(&accounts)?;
        }
        Ok(())
    }

    /// Notes that the keychain no longer holds this account.
    pub(super) fn remove(&self, account: &str) -> io::Result<()> {
        let mut accounts = self.read()?;
        match accounts.remove(account) {
            false => Ok(()),
            true if accounts.is_empty() => files::remove(&self.path),
            true => self.write(&accounts),
        }
    }

    pub(super) fn read(&self) -> io::Result<BTreeSet<String>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text
                .lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(files::named(&self.path, &error)),
        }
    }

    fn write(&self, accounts: &BTreeSet<String>) -> io::Result<()> {
        let text: String = accounts
            .iter()
            .flat_map(|account| [account.as_str(), "\n"])
            .collect();
        files::replace(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_goes_with_its_last_account() {
        let root = tempfile::tempdir().unwrap();
        let known = Known::in_folder(&root.path().join("state"));
        assert!(!known.any().unwrap());
        known.add("a").unwrap();
        known.add("a").unwrap();
        known.add("b").unwrap();
        known.remove("a").unwrap();
        known.remove("a").unwrap();
        assert!(known.any().unwrap());
        known.remove("b").unwrap();
        assert!(!known.any().unwrap());
        assert!(!known.path.exists());
    }
}
