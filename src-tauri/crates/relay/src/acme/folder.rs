//! What outlives the relay: the account at the authority, and the last certificate with its key. A folder of our own, for
//! its owner only; each file whole or not at all.

use std::error::Error;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use instant_acme::AccountCredentials;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

const ACCOUNT: &str = "account.json";
const CERTIFICATE: &str = "certificate.json";
/// More than either file ever has.
const MAX_BYTES: u64 = 1024 * 1024;

/// Why certificates can't be had from an authority.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// A file or the folder could not be used.
    #[error("{} could not be {doing}: {error}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// `made`, `read` or `written`.
        doing: &'static str,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// Others than its owner may look into it.
    #[error("others than its owner can use the folder {} (mode {mode:03o}): run `chmod 700` on it", path.display())]
    Open {
        /// Which folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A file is none of ours.
    #[error("{} can't be understood: move it away to have a new one made", .0.display())]
    Malformed(PathBuf),
    /// The authority's root can't be used.
    #[error("the root certificate {} can't be used: {error}", path.display())]
    Root {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// Nobody can be asked from this machine.
    #[error("the network set-up of this machine could not be used: {0}")]
    Client(#[source] reqwest::Error),
}

/// A certificate that was issued, with what it was issued for.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) directory: String,
    pub(super) domains: Vec<String>,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
    }
}

/// See the module.
#[derive(Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, AcmeError> {
        make(path).map_err(|error| AcmeError::Io {
            path: path.to_owned(),
            doing: "made",
            error,
        })?;
        refuse_others(path)?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn certificate(&self) -> Result<Option<Kept>, AcmeError> {
        self.read(CERTIFICATE)
    }

    pub(super) fn keep_certificate(&self, kept: &Kept) -> Result<(), AcmeError> {
        self.write(CERTIFICATE, kept)
    }

    /// The account, if it is one of this authority.
    pub(super) fn account(&self, directory: &Url) -> Result<Option<AccountCredentials>, AcmeError> {
        #[derive(Deserialize)]
        struct Whose {
            directory: Option<String>,
        }
        let whose: Option<Whose> = self.read(ACCOUNT)?;
        if whose.is_some_and(|account| account.directory.as_deref() == Some(directory.as_str())) {
            self.read(ACCOUNT)
        } else {
            Ok(None)
        }
    }

    pub(super) fn keep_account(&self, account: &AccountCredentials) -> Result<(), AcmeError> {
        self.write(ACCOUNT, account)
    }

    pub(super) fn forget_account(&self) -> Result<(), AcmeError> {
        let path = self.0.join(ACCOUNT);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AcmeError::Io {
                path,
                doing: "removed",
                error,
            }),
            _ => Ok(()),
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, AcmeError> {
        let path = self.0.join(name);
        let mut bytes = Zeroizing::new(Vec::new());
        match fs::File::open(&path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)) {
            Ok(_) => serde_json::from_slice(&bytes)
                .map(Some)
                // Not the parser's own words: they could quote a key.
                .map_err(|_| AcmeError::Malformed(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(AcmeError::Io {
                path,
                doing: "read",
                error,
            }),
        }
    }

    fn write(&self, name: &str, what: &impl Serialize) -> Result<(), AcmeError> {
        let path = self.0.join(name);
        let written = || {
            let text = Zeroizing::new(serde_json::to_vec(what)?);
            // Made with 0600, and renamed only when it is whole and on disk.
            let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            io::Result::Ok(())
        };
        written().map_err(|error| AcmeError::Io {
            path: path.clone(),
            doing: "written",
            error,
        })
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Elsewhere a folder has the permissions of the one that it is in.
#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn refuse_others(path: &Path) -> Result<(), AcmeError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|error| AcmeError::Io {
        path: path.to_owned(),
        doing: "read",
        error,
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(AcmeError::Open {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
fn refuse_others(_: &Path) -> Result<(), AcmeError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            directory: "https://authority.example/directory".into(),
            domains: vec!["relay.example".into()],
            certificate: "certificate".into(),
            key: "key".into(),
        }
    }

    #[test]
    fn a_folder_is_made_for_its_owner_and_gives_back_what_was_kept() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("state");
        let folder = Folder::open(&path).unwrap();
        assert!(folder.certificate().unwrap().is_none());
        folder.keep_certificate(&kept()).unwrap();
        let read = Folder::open(&path).unwrap().certificate().unwrap().unwrap();
        assert_eq!(
            (read.key.as_str(), read.domains.as_slice()),
            ("key", &kept().domains[..])
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o700);
            assert_eq!(mode(&path.join(CERTIFICATE)), 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
            assert!(matches!(
                Folder::open(&path),
                Err(AcmeError::Open { mode: 0o750, .. })
            ));
        }
    }

    #[test]
    fn what_can_not_be_understood_is_named_and_kept() {
        let outer = tempfile::tempdir().unwrap();
        let folder = Folder::open(&outer.path().join("state")).unwrap();
        folder.write(CERTIFICATE, &"secret words").unwrap();
        let error = folder.certificate().err().unwrap().to_string();
        assert!(
            error.contains(CERTIFICATE) && !error.contains("secret words"),
            "{error}"
        );
    }

    #[test]
    fn the_account_of_another_authority_is_not_used() {
        let outer = tempfile::tempdir().unwrap();
        let folder = Folder::open(&outer.path().join("state")).unwrap();
        let ours = Url::parse("https://authority.example/directory").unwrap();
        let account = serde_json::json!({"id": "1", "key_pkcs8": "AAAA", "directory": ours.as_str()});
        folder.write(ACCOUNT, &account).unwrap();
        assert!(folder.account(&ours).unwrap().is_some());
        let other = Url::parse("https://other.example/directory").unwrap();
        assert!(folder.account(&other).unwrap().is_none());
        folder.forget_account().unwrap();
        folder.forget_account().unwrap();
        assert!(folder.account(&ours).unwrap().is_none());
    }
}
