//! Relay keys: secrets that the relay's operator gives to people whose platform hides its agent cards.
//!
//! The file has one line for each: `<name> <SHA-256 of the key, in hex> [<workspace id>]`. A key without a workspace
//! may have the calls of every workspace of the allowed platforms. The file is read at each use, so that a revoked key
//! is refused at the next hello.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ligand_tunnel::RelayKeyHash;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Largest file that is read: some ten thousand keys.
const MAX_BYTES: u64 = 1024 * 1024;
/// What a key begins with, so that people and secret scanners know it when they see it.
const KEY_HEAD: &str = "lgrk_";

/// Why relay keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file could not be read or written.
    #[error("the relay keys {} could not be {doing}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// A line is not a key's.
    #[error("{}:{line}: expected `<name> <64 hex digits> [<workspace id>]`", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The name can't stand in the file.
    #[error("a key's name has 1 to 64 letters, digits, dots, dashes or underscores")]
    BadName,
    /// There is one of that name.
    #[error("there is a key named {0} already: revoke it first, or take another name")]
    Taken(String),
    /// There is none of that name.
    #[error("there is no key named {0}: `ligand-relay keys list` shows them")]
    Unknown(String),
}

struct Entry {
    name: String,
    hash: RelayKeyHash,
    workspace: Option<Uuid>,
}

/// The relay keys of one file.
pub struct RelayKeys {
    path: PathBuf,
    entries: Vec<Entry>,
}

impl RelayKeys {
    /// Reads the file; a missing one has no keys.
    pub fn load(path: &Path) -> Result<Self, KeysError> {
        let io = |error| KeysError::Io {
            path: path.to_owned(),
            doing: "read",
            error,
        };
        let mut text = String::new();
        match fs::File::open(path) {
            Ok(file) => file.take(MAX_BYTES).read_to_string(&mut text).map_err(io)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(io(error)),
        };
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = || KeysError::Malformed {
                path: path.to_owned(),
                line: number + 1,
            };
            entries.push(parse(line).ok_or_else(malformed)?);
        }
        Ok(Self {
            path: path.to_owned(),
            entries,
        })
    }

    /// Names, and the workspace that each is bound to.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<Uuid>)> {
        self.entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.workspace))
    }

    /// Makes a key and writes its hash. What is returned is shown once and kept nowhere.
    pub fn add(&mut self, name: &str, workspace: Option<Uuid>) -> Result<Zeroizing<String>, KeysError> {
        if !is_name(name) {
            return Err(KeysError::BadName);
        }
        if self.entries.iter().any(|entry| entry.name == name) {
            return Err(KeysError::Taken(name.to_owned()));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice());
        let key = Zeroizing::new(format!("{KEY_HEAD}{}", URL_SAFE_NO_PAD.encode(bytes.as_slice())));
        self.entries.push(Entry {
            name: name.to_owned(),
            hash: RelayKeyHash::of(&key),
            workspace,
        });
        self.save()?;
        Ok(key)
    }

    /// Removes a key.
    pub fn revoke(&mut self, name: &str) -> Result<(), KeysError> {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.name != name);
        if self.entries.len() == before {
            return Err(KeysError::Unknown(name.to_owned()));
        }
        self.save()
    }

    /// The name of the key with that hash, if it may have this workspace's calls.
    pub(crate) fn find(&self, hash: RelayKeyHash, workspace: Uuid) -> Option<&str> {
        let fits =
            |entry: &&Entry| entry.hash == hash && entry.workspace.is_none_or(|only| only == workspace);
        self.entries.iter().find(fits).map(|entry| entry.name.as_str())
    }

    fn save(&self) -> Result<(), KeysError> {
        let io = |error| KeysError::Io {
            path: self.path.clone(),
            doing: "written",
            error,
        };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(io)?;
        for Entry {
            name,
            hash,
            workspace,
        } in &self.entries
        {
            let line = match workspace {
                Some(workspace) => format!("{name} {} {workspace}\n", hash.to_hex()),
                None => format!("{name} {}\n", hash.to_hex()),
            };
            file.write_all(line.as_bytes()).map_err(io)?;
        }
        file.as_file().sync_all().map_err(io)?;
        file.persist(&self.path).map_err(|error| io(error.error))?;
        Ok(())
    }
}

fn parse(line: &str) -> Option<Entry> {
    let mut words = line.split_whitespace();
    let name = words.next().filter(|name| is_name(name))?.to_owned();
    let hash = RelayKeyHash::from_hex(words.next()?)?;
    let workspace = words.next().map(str::parse).transpose().ok()?;
    words.next().is_none().then_some(Entry {
        name,
        hash,
        workspace,
    })
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_added_is_found_until_it_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let key = RelayKeys::load(&path).unwrap().add("ada", None).unwrap();
        let mut keys = RelayKeys::load(&path).unwrap();
        assert_eq!(keys.find(RelayKeyHash::of(&key), Uuid::new_v4()), Some("ada"));
        assert_eq!(keys.find(RelayKeyHash::of("other"), Uuid::new_v4()), None);
        assert!(
            !fs::read_to_string(&path).unwrap().contains(key.as_str()),
            "only the hash is kept"
        );
        assert!(matches!(keys.add("ada", None), Err(KeysError::Taken(_))));
        keys.revoke("ada").unwrap();
        let mut keys = RelayKeys::load(&path).unwrap();
        assert_eq!(keys.find(RelayKeyHash::of(&key), Uuid::new_v4()), None);
        assert!(matches!(keys.revoke("ada"), Err(KeysError::Unknown(_))));
    }

    #[test]
    fn a_key_for_one_workspace_opens_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let workspace = Uuid::new_v4();
        let key = RelayKeys::load(&path)
            .unwrap()
            .add("ada", Some(workspace))
            .unwrap();
        let keys = RelayKeys::load(&path).unwrap();
        assert_eq!(keys.find(RelayKeyHash::of(&key), workspace), Some("ada"));
        assert_eq!(keys.find(RelayKeyHash::of(&key), Uuid::new_v4()), None);
    }

    #[test]
    fn a_malformed_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let good = format!("ada {}", RelayKeyHash::of("x").to_hex());
        for bad in [
            "ada",
            "ada zz",
            "a/b 00",
            &format!("{good} nonsense"),
            &format!("{good} {} x", Uuid::nil()),
        ] {
            let mut file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
            write!(file, "# mine\n\n{good}\n{bad}\n").unwrap();
            file.persist(&path).unwrap();
            let error = RelayKeys::load(&path).err().unwrap();
            assert!(
                matches!(error, KeysError::Malformed { line: 4, .. }),
                "{bad:?}: {error}"
            );
        }
    }
}
