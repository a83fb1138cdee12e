//! The relay's secret on disk: what every door of this relay is made with.
//!
//! Created when missing, whole or not at all, readable by its owner only. Losing it changes every door URL, so a file
//! that can't be read is an error and never replaced.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ligand_tunnel::door::RelaySecret;
use zeroize::Zeroizing;

/// The file is one line: this, and 32 bytes of base64url.
const HEAD: &str = "ligand-relay-secret-v1 ";
/// More than such a file ever has.
const MAX_BYTES: u64 = 256;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read or written.
    #[error("the secret file {} could not be {doing}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// `read` or `created`.
        doing: &'static str,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// Others than its owner may read it.
    #[error(
        "the secret file {} can be read by others (mode {mode:03o}): run `chmod 600` on it; if somebody may have \
         read it, delete it instead, which changes every door URL", path.display()
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is not a secret file.
    #[error(
        "{} is not a relay's secret file: name another with --secret-file, or delete it to have a new one made, which \
         changes every door URL", path.display()
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
}

/// Reads the secret, or makes one.
pub(crate) fn load_or_create(path: &Path) -> Result<RelaySecret, SecretError> {
    let io = |doing| {
        move |error| SecretError::Io {
            path: path.to_owned(),
            doing,
            error,
        }
    };
    match fs::File::open(path) {
        Ok(file) => load(path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = RelaySecret::random();
            match create(path, &secret) {
                Ok(()) => Ok(secret),
                // Another relay was faster: then its secret is ours.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    load(path, fs::File::open(path).map_err(io("read"))?)
                }
                Err(error) => Err(io("created")(error)),
            }
        }
        Err(error) => Err(io("read")(error)),
    }
}

fn load(path: &Path, file: fs::File) -> Result<RelaySecret, SecretError> {
    let io = |error| SecretError::Io {
        path: path.to_owned(),
        doing: "read",
        error,
    };
    refuse_others(path, &file.metadata().map_err(io)?)?;
    let mut text = Zeroizing::new(String::new());
    match file.take(MAX_BYTES).read_to_string(&mut text) {
        Ok(_) => parse(&text).ok_or_else(|| SecretError::Malformed {
            path: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(SecretError::Malformed {
            path: path.to_owned(),
        }),
        Err(error) => Err(io(error)),
    }
}

#[cfg(unix)]
fn refuse_others(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(SecretError::Open {
            path: path.to_owned(),
            mode,
        })
    }
}

/// Elsewhere a file has the permissions of its folder.
#[cfg(not(unix))]
fn refuse_others(_: &Path, _: &fs::Metadata) -> Result<(), SecretError> {
    Ok(())
}

fn parse(text: &str) -> Option<RelaySecret> {
    let text = text.strip_prefix(HEAD)?;
    let bytes = Zeroizing::new(
        URL_SAFE_NO_PAD
            .decode(text.strip_suffix('\n').unwrap_or(text))
            .ok()?,
    );
    Some(RelaySecret::from_bytes(bytes.as_slice().try_into().ok()?))
}

fn create(path: &Path, secret: &RelaySecret) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Made with 0600, and renamed only when it is whole and on disk.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.expose()));
    file.write_all(HEAD.as_bytes())?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_created_for_its_owner_only_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let made = load_or_create(&path).unwrap();
        let read = load_or_create(&path).unwrap();
        assert_eq!(made.expose(), read.expose());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing else is left behind"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load_or_create(&path).unwrap_err();
        assert!(matches!(error, SecretError::Open { mode: 0o640, .. }), "{error}");
    }

    #[test]
    fn a_malformed_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for text in ["", "hello\n", "ligand-relay-secret-v1 AAAA\n", "\u{fffd}"] {
            drop(fs::remove_file(&path));
            let mut file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.persist(&path).unwrap();
            assert!(
                matches!(load_or_create(&path), Err(SecretError::Malformed { .. })),
                "{text:?}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = load_or_create(Path::new("/nonexistent/folder/secret")).unwrap_err();
        assert!(
            error.to_string().contains("/nonexistent/folder/secret"),
            "{error}"
        );
    }
}
