//! One host at a time, per user and per state folder.
//!
//! The lock is the operating system's on an open file, so that it goes with the process however that ends; what the
//! file says is only for the message. Two files are locked: one beside the control socket, where a second start
//! looks for the first, and one in the state folder, for a start with another runtime folder (a cron job has no
//! `XDG_RUNTIME_DIR`), which could not find the first but would write the same state.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files;
use crate::places::Places;
use crate::plugins;

/// Bytes of a lock file that are read: a process id and a path.
const READ_LIMIT: u64 = 4096;

/// Held by the one running host; given back when dropped or when the process ends.
#[derive(Debug)]
pub struct HostLock {
    _runtime: File,
    _state: File,
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A host runs and its control socket is where we look for it.
    #[error("a host is already running{}", pid_words(*pid))]
    Held {
        /// Its process id, if the file says it.
        pid: Option<u32>,
    },
    /// A host runs on the same state, with its control socket in another folder.
    #[error("a host{} already runs on this state with its control socket in {}. Use it with LIGAND_RUNTIME_DIR={}, or stop it first", pid_words(*pid), runtime.display(), runtime.display())]
    HeldElsewhere {
        /// Its process id, if the file says it.
        pid: Option<u32>,
        /// Its runtime folder, as far as the file says it.
        runtime: PathBuf,
    },
    /// A lock file could not be opened or written.
    #[error("cannot lock for one host at a time: {0}")]
    Io(#[from] io::Error),
}

impl LockError {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "host_running",
            Self::HeldElsewhere { .. } => "host_running_elsewhere",
            Self::Io(_) => "lock_io",
        }
    }
}

fn pid_words(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl HostLock {
    /// Takes the lock, or says who has it. Makes the folders where they are missing, and removes what an earlier
    /// holder was killed over.
    pub fn take(places: &Places) -> Result<Self, LockError> {
        files::private_dir(&places.runtime)?;
        files::private_dir(&places.state)?;
        let mut runtime = match lock_file(&places.lock())? {
            Tried::Locked(file) => file,
            Tried::Held { pid, .. } => return Err(LockError::Held { pid }),
        };
        let mut state = match lock_file(&places.state_lock())? {
            Tried::Locked(file) => file,
            Tried::Held { pid, runtime } => return Err(LockError::HeldElsewhere { pid, runtime }),
        };
        for (file, path) in [(&mut runtime, places.lock()), (&mut state, places.state_lock())] {
            write_owner(file, &places.runtime).map_err(|error| files::named(&path, &error))?;
        }
        files::sweep(&places.state_lock())?;
        files::sweep(&places.config)?;
        plugins::sweep(places)?;
        Ok(Self {
            _runtime: runtime,
            _state: state,
        })
    }
}

enum Tried {
    Locked(File),
    Held { pid: Option<u32>, runtime: PathBuf },
}

fn lock_file(path: &Path) -> io::Result<Tried> {
    let mut options = OpenOptions::new();
    // Not truncated when opened: the content is the holder's until the lock is ours. The file is never removed
    // either, or two processes could each hold a lock on a file of the same name.
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| files::named(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Tried::Locked(file)),
        Err(TryLockError::WouldBlock) => {
            let (pid, runtime) = read_owner(&mut file);
            Ok(Tried::Held { pid, runtime })
        }
        Err(TryLockError::Error(error)) => Err(files::named(path, &error)),
    }
}

/// Two lines: process id, runtime folder.
fn write_owner(file: &mut File, runtime: &Path) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(format!("{}\n{}\n", std::process::id(), runtime.display()).as_bytes())
}

/// Whatever can be understood of it: a message must not fail because of a half-written file.
fn read_owner(file: &mut File) -> (Option<u32>, PathBuf) {
    let mut bytes = Vec::new();
    // On Windows the lock keeps others from reading as well; then nothing is known.
    let _ = file.take(READ_LIMIT).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.trim().parse().ok());
    (pid, PathBuf::from(lines.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(root: &Path, runtime: &str) -> Places {
        Places {
            config: root.join("config.toml"),
            state: root.join("state"),
            runtime: root.join(runtime),
        }
    }

    #[test]
    fn what_an_earlier_holder_left_unfinished_is_gone_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let places = places(root.path(), "run");
        drop(HostLock::take(&places).unwrap());
        for folder in [places.state.as_path(), root.path()] {
            std::fs::write(folder.join(".ligand-unfinished-a1b2c3"), "half a secret").unwrap();
            std::fs::write(folder.join(".profile"), "somebody's").unwrap();
        }
        let _lock = HostLock::take(&places).unwrap();
        for folder in [places.state.as_path(), root.path()] {
            assert!(!folder.join(".ligand-unfinished-a1b2c3").exists());
            assert!(folder.join(".profile").exists());
        }
    }

    #[test]
    fn the_second_host_is_told_which_process_is_the_first() {
        let root = tempfile::tempdir().unwrap();
        let places = places(root.path(), "run");
        let held = HostLock::take(&places).unwrap();
        match HostLock::take(&places) {
            Err(LockError::Held { pid }) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(held);
        HostLock::take(&places).unwrap();
    }

    #[test]
    fn what_an_earlier_host_left_in_the_file_does_no_harm() {
        let root = tempfile::tempdir().unwrap();
        let places = places(root.path(), "run");
        files::private_dir(&places.runtime).unwrap();
        std::fs::write(
            places.lock(),
            "4711 and rubbish that is longer than what we write\n".repeat(9),
        )
        .unwrap();
        let held = HostLock::take(&places).unwrap();
        let text = std::fs::read_to_string(places.lock()).unwrap();
        assert_eq!(
            text,
            format!("{}\n{}\n", std::process::id(), places.runtime.display())
        );
        drop(held);
    }

    #[test]
    fn a_host_with_another_runtime_folder_cannot_share_the_state() {
        let root = tempfile::tempdir().unwrap();
        let _held = HostLock::take(&places(root.path(), "run")).unwrap();
        let error = HostLock::take(&places(root.path(), "other")).unwrap_err();
        assert_eq!(error.code(), "host_running_elsewhere");
        let folder = root.path().join("run").display().to_string();
        assert!(
            error
                .to_string()
                .contains(&format!("LIGAND_RUNTIME_DIR={folder}")),
            "{error}"
        );
    }

    #[test]
    fn a_start_that_fails_on_the_state_leaves_the_runtime_folder_free() {
        let root = tempfile::tempdir().unwrap();
        let _held = HostLock::take(&places(root.path(), "run")).unwrap();
        let other = places(root.path(), "other");
        assert!(HostLock::take(&other).is_err());
        let free = places(root.path(), "other");
        let free = Places {
            state: root.path().join("another-state"),
            ..free
        };
        HostLock::take(&free).unwrap();
    }
}
