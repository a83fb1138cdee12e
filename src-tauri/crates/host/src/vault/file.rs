//! The vault where there is no keychain: one JSON file of mode 0600 in the state folder.
//!
//! It is read anew for every call, so that no secret stays in memory, and written as a whole. What the disk keeps of
//! a removed file is up to the disk: on flash and on copying file systems overwriting would reach other blocks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Secret, VaultError};
use crate::files;

/// The version of the file's schema.
const SCHEMA: u32 = 1;

/// Bytes that the file may have: some hundred workspaces with all their secrets.
const SIZE_LIMIT: u64 = 1 << 20;

/// The vault's file.
#[derive(Debug)]
pub(super) struct FileVault {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    secrets: BTreeMap<String, Zeroizing<String>>,
}

impl FileVault {
    /// The file in this state folder; it need not be there.
    pub(super) fn in_folder(state: &Path) -> Self {
        Self {
            path: state.join("vault.json"),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Every secret in it.
    pub(super) fn all(&self) -> Result<BTreeMap<String, Zeroizing<String>>, VaultError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(files::named(&self.path, &error).into()),
        };
        let metadata = file
            .metadata()
            .map_err(|error| files::named(&self.path, &error))?;
        files::only_ours(&self.path, &metadata, "600")?;
        if metadata.len() > SIZE_LIMIT {
            return Err(self.broken("it is larger than any vault of ours"));
        }
        // Room for the whole file at once: a buffer that grows leaves copies behind.
        let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.by_ref()
            .take(SIZE_LIMIT)
            .read_to_end(&mut bytes)
            .map_err(|error| files::named(&self.path, &error))?;
        // serde's words would quote what is in the file: only the place is passed on.
        let content: Content = serde_json::from_slice(&bytes).map_err(|error| {
            self.broken(&format!(
                "line {}, column {} is not what Ligand writes",
                error.line(),
                error.column()
            ))
        })?;
        if content.version > SCHEMA {
            return Err(self.broken("it is from a newer Ligand. Use that one"));
        }
        Ok(content.secrets)
    }

    pub(super) fn get(&self, account: &str) -> Result<Option<Secret>, VaultError> {
        Ok(self
            .all()?
            .get(account)
            .map(|secret| Secret::new(secret.as_str())))
    }

    pub(super) fn set(&self, account: &str, secret: &Secret) -> Result<(), VaultError> {
        let mut secrets = self.all()?;
        secrets.insert(account.to_owned(), Zeroizing::new(secret.expose().to_owned()));
        self.write(secrets)
    }

    pub(super) fn delete(&self, account: &str) -> Result<(), VaultError> {
        let mut secrets = self.all()?;
        match secrets.remove(account) {
            None => Ok(()),
            Some(_) if secrets.is_empty() => self.remove(),
            Some(_) => self.write(secrets),
        }
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> Result<(), VaultError> {
        Ok(files::remove(&self.path)?)
    }

    fn write(&self, secrets: BTreeMap<String, Zeroizing<String>>) -> Result<(), VaultError> {
        if let Some(folder) = self.path.parent() {
            files::private_dir(folder)?;
        }
        // Six times: a control character is written as `\u0000`.
        let room = 64
            + secrets
                .iter()
                .map(|(name, secret)| 6 * (name.len() + secret.len()) + 16)
                .sum::<usize>();
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(
            &mut *bytes,
            &Content {
                version: SCHEMA,
                secrets,
            },
        )
        .map_err(|error| VaultError::Io(error.into()))?;
        Ok(files::replace(&self.path, &bytes)?)
    }

    fn broken(&self, why: &str) -> VaultError {
        let text = format!(
            "{} cannot be understood: {why}. Move it away and connect again",
            self.path.display()
        );
        VaultError::Io(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, FileVault) {
        let root = tempfile::tempdir().unwrap();
        let vault = FileVault::in_folder(&root.path().join("state"));
        (root, vault)
    }

    #[test]
    fn what_was_set_is_read_until_it_is_deleted_and_then_the_file_goes() {
        let (_root, vault) = vault();
        assert!(vault.get("a").unwrap().is_none());
        vault.set("a", &Secret::new("one \"quoted\"\n\u{0}")).unwrap();
        vault.set("b", &Secret::new("two")).unwrap();
        vault.set("b", &Secret::new("three")).unwrap();
        assert_eq!(vault.get("a").unwrap().unwrap().expose(), "one \"quoted\"\n\u{0}");
        assert_eq!(vault.get("b").unwrap().unwrap().expose(), "three");
        vault.delete("a").unwrap();
        vault.delete("a").unwrap();
        assert!(vault.get("a").unwrap().is_none());
        vault.delete("b").unwrap();
        assert!(!vault.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_one_that_is_not_is_refused_unread() {
        use std::os::unix::fs::PermissionsExt;
        let (_root, vault) = vault();
        vault.set("a", &Secret::new("one")).unwrap();
        let mode = std::fs::metadata(vault.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(vault.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = vault.get("a").unwrap_err();
        assert_eq!(error.code(), "vault_denied");
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(vault.set("a", &Secret::new("two")).is_err());
    }

    #[test]
    fn a_damaged_file_is_left_alone_and_its_content_is_not_quoted() {
        let (_root, vault) = vault();
        vault.set("a", &Secret::new("one")).unwrap();
        files::replace(vault.path(), br#"{"version":1,"secrets":{"a":hush}}"#).unwrap();
        let error = vault.get("a").unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("hush"), "{error}");
        assert!(vault.set("b", &Secret::new("two")).is_err());
        files::replace(vault.path(), br#"{"version":2,"secrets":{}}"#).unwrap();
        assert!(vault.get("a").unwrap_err().to_string().contains("newer"), "newer");
    }
}
