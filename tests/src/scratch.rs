//! A fresh set of folders, and the environment that keeps a process inside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A user's folders, made for one test and removed with it.
#[derive(Debug)]
pub struct Scratch {
    root: TempDir,
    log: Option<&'static str>,
    trusted: Option<PathBuf>,
}

impl Scratch {
    /// Empty folders with a short path: a Unix socket must fit below them. Everything logs all that it can.
    #[must_use]
    pub fn new() -> Self {
        Self::logging(Some("trace"))
    }

    /// The same, with the log as a user has it.
    #[must_use]
    pub fn with_usual_log() -> Self {
        Self::logging(None)
    }

    /// The same, whose processes trust the certificates of that authority and of no other.
    #[must_use]
    pub fn trusting(mut self, authority: &Path) -> Self {
        self.trusted = Some(authority.to_owned());
        self
    }

    fn logging(log: Option<&'static str>) -> Self {
        let root = tempfile::Builder::new().prefix("lg").tempdir().unwrap();
        for folder in ["home", "config", "state", "runtime", "out", "xdg"] {
            let folder = root.path().join(folder);
            fs::create_dir(&folder).unwrap();
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        Self {
            root,
            log,
            trusted: None,
        }
    }

    /// A file or folder below the root.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// Ligand's configuration file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.path("config/config.toml")
    }

    /// The whole environment of a process in these folders. Nothing of the test's own environment is passed on but
    /// the search path; there is no session bus and no proxy.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = std::env::var("PATH").unwrap_or_default();
        let of = |below: &str| self.path(below).display().to_string();
        [
            ("PATH", path),
            ("HOME", of("home")),
            ("XDG_CONFIG_HOME", of("home/.config")),
            ("XDG_DATA_HOME", of("home/.local/share")),
            ("XDG_STATE_HOME", of("home/.local/state")),
            ("XDG_CACHE_HOME", of("home/.cache")),
            ("XDG_RUNTIME_DIR", of("xdg")),
            ("LIGAND_CONFIG_DIR", of("config")),
            ("LIGAND_STATE_DIR", of("state")),
            ("LIGAND_RUNTIME_DIR", of("runtime")),
        ]
        .into_iter()
        .chain(self.log.map(|level| ("LIGAND_LOG", level.to_owned())))
        .chain(
            self.trusted
                .iter()
                .map(|file| ("SSL_CERT_FILE", file.display().to_string())),
        )
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// Every file below a folder, with its content, in order of their paths.
    #[must_use]
    pub fn files(&self, below: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(below), &mut files);
        files.sort();
        files
    }

    /// The files below a folder that hold `text`.
    #[must_use]
    pub fn files_with(&self, below: &str, text: &str) -> Vec<PathBuf> {
        assert!(!text.is_empty());
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        self.files(below)
            .into_iter()
            .filter(|(_, bytes)| holds(bytes))
            .map(|(path, _)| path)
            .collect()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&path, files);
        } else if kind.is_file()
            && let Ok(bytes) = fs::read(&path)
        {
            files.push((path, bytes));
        }
    }
}
