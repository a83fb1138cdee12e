//! Where Ligand keeps its files: config, state, and the folder of the control socket and the lock.
//!
//! Only names are worked out here. Folders are made by whoever first writes into one, through `files`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::config::ProfileName;

/// Bytes that the address of a Unix socket may have: `sun_path` is 108 bytes on Linux with its closing zero.
const SOCKET_PATH_LINUX: usize = 107;
/// The same on macOS, where `sun_path` is 104 bytes.
const SOCKET_PATH_MACOS: usize = 103;

/// The folders and files of one user's Ligand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The config file.
    pub config: PathBuf,
    /// The folder of the journal, the logs and, where there is no keychain, the vault's file. Mode 0700.
    pub state: PathBuf,
    /// The folder of the control socket and the lock. Mode 0700.
    pub runtime: PathBuf,
}

/// Why the places cannot be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// The variable that the operating system should set is not there.
    #[error(
        "cannot tell where to keep files: {variable} is not set. Set it, or set LIGAND_CONFIG_DIR, LIGAND_STATE_DIR and LIGAND_RUNTIME_DIR"
    )]
    NoHome {
        /// The missing variable.
        variable: &'static str,
    },
    /// A folder was given relative to wherever the process happens to start.
    #[error("{variable} is \"{value}\", which depends on the current folder. Give an absolute path")]
    NotAbsolute {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// The operating system does not take a socket with so long a name.
    #[error(
        "the control socket's path {path} has {bytes} bytes and the system takes {limit}. Set LIGAND_RUNTIME_DIR to a folder with a shorter name"
    )]
    SocketPathTooLong {
        /// The socket's path.
        path: String,
        /// Its length in bytes.
        bytes: usize,
        /// What the system takes, in bytes.
        limit: usize,
    },
}

impl PlacesError {
    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHome { .. } => "no_home",
            Self::NotAbsolute { .. } => "folder_not_absolute",
            Self::SocketPathTooLong { .. } => "socket_path_too_long",
        }
    }
}

/// The conventions of one operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    /// The XDG base directories: Linux and everything else of its kind.
    Xdg,
    MacOs,
    Windows,
}

impl System {
    const HERE: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(windows) {
        Self::Windows
    } else {
        Self::Xdg
    };

    /// The longest path of a control socket, where it is one.
    fn socket_path_limit(self) -> Option<usize> {
        match self {
            Self::Xdg => Some(SOCKET_PATH_LINUX),
            Self::MacOs => Some(SOCKET_PATH_MACOS),
            Self::Windows => None,
        }
    }
}

impl Places {
    /// The places that this process's environment names.
    pub fn from_env() -> Result<Self, PlacesError> {
        Self::from_lookup(System::HERE, &|name| std::env::var_os(name))
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("control.sock")
    }

    /// The lock of the one running host.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("host.lock")
    }

    /// The lock that keeps a host with another runtime folder away from the same state.
    #[must_use]
    pub fn state_lock(&self) -> PathBuf {
        self.state.join("host.lock")
    }

    /// The journal of deliveries.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state.join("deliveries.db")
    }

    /// What the user wants to be told, and for how long not.
    #[must_use]
    pub fn notifications(&self) -> PathBuf {
        self.state.join("notifications.json")
    }

    /// The folder of the logs.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// The folder that keeps what the agent of this profile says, where Ligand starts it.
    #[must_use]
    pub fn agent_log_dir(&self, profile: &ProfileName) -> PathBuf {
        self.log_dir().join(format!("agent-{profile}"))
    }

    /// The folder of what the window's webview keeps.
    #[must_use]
    pub fn window(&self) -> PathBuf {
        self.state.join("window")
    }

    /// The folder of diagnostics that were written for somebody.
    #[must_use]
    pub fn diagnostics(&self) -> PathBuf {
        self.state.join("diagnostics")
    }

    /// The folder that keeps what the program says by which this profile is reachable, where Ligand starts it.
    #[must_use]
    pub fn exposure_log_dir(&self, profile: &ProfileName) -> PathBuf {
        self.log_dir().join(format!("exposure-{profile}"))
    }

    /// The folder of the plugins, one folder for each profile.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.state.join("plugins")
    }

    /// The last picture of a profile's org.
    #[must_use]
    pub fn org_snapshot(&self, profile: &ProfileName) -> PathBuf {
        self.state.join("org").join(format!("{profile}.json"))
    }

    /// How a profile's Canvas is arranged.
    #[must_use]
    pub fn arrangement(&self, profile: &str) -> PathBuf {
        self.state.join("canvas").join(format!("{profile}.json"))
    }

    fn from_lookup(system: System, look: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, PlacesError> {
        let env = Environment { look };
        let config = match env.own("LIGAND_CONFIG_DIR")? {
            Some(folder) => folder,
            None => match system {
                System::Xdg => env.xdg("XDG_CONFIG_HOME", ".config")?.join("ligand"),
                System::MacOs => env.home()?.join("Library/Application Support/Ligand"),
                System::Windows => env.needed("APPDATA")?.join("Ligand"),
            },
        };
        let state = match env.own("LIGAND_STATE_DIR")? {
            Some(folder) => folder,
            None => match system {
                System::Xdg => env.xdg("XDG_STATE_HOME", ".local/state")?.join("ligand"),
                System::MacOs => env.home()?.join("Library/Application Support/Ligand/state"),
                System::Windows => env.needed("LOCALAPPDATA")?.join("Ligand"),
            },
        };
        let places = Self {
            config: config.join("config.toml"),
            runtime: state.join("run"),
            state,
        };
        match env.own("LIGAND_RUNTIME_DIR")? {
            Some(runtime) => Self { runtime, ..places }.checked(system),
            None => match (system, env.absolute("XDG_RUNTIME_DIR")) {
                // A session folder that is too deep for a socket is passed by; the one under the state may do.
                (System::Xdg, Some(session)) => Self {
                    runtime: session.join("ligand"),
                    ..places.clone()
                }
                .checked(system)
                .or_else(|_| places.checked(system)),
                _ => places.checked(system),
            },
        }
    }

    fn checked(self, system: System) -> Result<Self, PlacesError> {
        let socket = self.socket();
        let bytes = socket.as_os_str().len();
        match system.socket_path_limit() {
            Some(limit) if bytes > limit => Err(PlacesError::SocketPathTooLong {
                path: socket.display().to_string(),
                bytes,
                limit,
            }),
            _ => Ok(self),
        }
    }
}

/// The environment, read as the XDG specification asks: empty is unset, relative is ignored.
struct Environment<'a> {
    look: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Environment<'_> {
    fn text(&self, name: &str) -> Option<PathBuf> {
        (self.look)(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// One of Ligand's own variables: here a relative path is the user's mistake, and is told.
    fn own(&self, variable: &'static str) -> Result<Option<PathBuf>, PlacesError> {
        match self.text(variable) {
            Some(path) if !path.is_absolute() => Err(PlacesError::NotAbsolute {
                variable,
                value: path.display().to_string(),
            }),
            found => Ok(found),
        }
    }

    fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.text(name).filter(|path| path.is_absolute())
    }

    fn needed(&self, variable: &'static str) -> Result<PathBuf, PlacesError> {
        self.absolute(variable).ok_or(PlacesError::NoHome { variable })
    }

    fn home(&self) -> Result<PathBuf, PlacesError> {
        self.needed("HOME")
    }

    fn xdg(&self, variable: &str, below_home: &str) -> Result<PathBuf, PlacesError> {
        match self.absolute(variable) {
            Some(folder) => Ok(folder),
            None => Ok(self.home()?.join(Path::new(below_home))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(system: System, vars: &[(&str, &str)]) -> Result<Places, PlacesError> {
        Places::from_lookup(system, &|name| {
            vars.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_bare_linux_login_gets_the_xdg_defaults_below_home() {
        let found = places(System::Xdg, &[("HOME", "/home/ann")]).unwrap();
        assert_eq!(found.config, Path::new("/home/ann/.config/ligand/config.toml"));
        assert_eq!(found.state, Path::new("/home/ann/.local/state/ligand"));
        assert_eq!(
            found.socket(),
            Path::new("/home/ann/.local/state/ligand/run/control.sock")
        );
        assert_eq!(
            found.lock(),
            Path::new("/home/ann/.local/state/ligand/run/host.lock")
        );
        assert_eq!(found.log_dir(), Path::new("/home/ann/.local/state/ligand/logs"));
    }

    #[test]
    fn xdg_variables_are_followed_unless_empty_or_relative() {
        let found = places(
            System::Xdg,
            &[
                ("HOME", "/home/ann"),
                ("XDG_CONFIG_HOME", "/c"),
                ("XDG_STATE_HOME", ""),
                ("XDG_RUNTIME_DIR", "run/user/1000"),
            ],
        )
        .unwrap();
        assert_eq!(found.config, Path::new("/c/ligand/config.toml"));
        assert_eq!(found.state, Path::new("/home/ann/.local/state/ligand"));
        assert_eq!(found.runtime, Path::new("/home/ann/.local/state/ligand/run"));
    }

    #[test]
    fn ligands_own_variables_win_over_all_others_and_need_no_home() {
        let own = [
            ("LIGAND_CONFIG_DIR", "/l/config"),
            ("LIGAND_STATE_DIR", "/l/state"),
            ("LIGAND_RUNTIME_DIR", "/l/run"),
        ];
        for system in [System::Xdg, System::MacOs, System::Windows] {
            let found = places(system, &own).unwrap();
            assert_eq!(found.config, Path::new("/l/config/config.toml"));
            assert_eq!(found.state, Path::new("/l/state"));
            assert_eq!(found.runtime, Path::new("/l/run"));
        }
    }

    #[test]
    fn a_relative_folder_of_ours_is_refused_with_its_variable() {
        let error = places(
            System::Xdg,
            &[("HOME", "/home/ann"), ("LIGAND_STATE_DIR", "state")],
        )
        .unwrap_err();
        assert_eq!(
            error,
            PlacesError::NotAbsolute {
                variable: "LIGAND_STATE_DIR",
                value: "state".into()
            }
        );
    }

    #[test]
    fn macos_and_windows_use_their_own_folders() {
        let mac = places(
            System::MacOs,
            &[("HOME", "/Users/ann"), ("XDG_RUNTIME_DIR", "/run/x")],
        )
        .unwrap();
        assert_eq!(
            mac.config,
            Path::new("/Users/ann/Library/Application Support/Ligand/config.toml")
        );
        assert_eq!(
            mac.runtime,
            Path::new("/Users/ann/Library/Application Support/Ligand/state/run")
        );
        let windows = places(System::Windows, &[("APPDATA", "/r"), ("LOCALAPPDATA", "/l")]).unwrap();
        assert_eq!(windows.config, Path::new("/r/Ligand/config.toml"));
        assert_eq!(windows.state, Path::new("/l/Ligand"));
        assert_eq!(
            places(System::Windows, &[]),
            Err(PlacesError::NoHome { variable: "APPDATA" })
        );
    }

    #[test]
    fn a_session_folder_too_deep_for_a_socket_falls_back_to_the_state_folder() {
        let deep = format!("/{}", "d".repeat(100));
        let found = places(System::Xdg, &[("HOME", "/home/ann"), ("XDG_RUNTIME_DIR", &deep)]).unwrap();
        assert_eq!(found.runtime, Path::new("/home/ann/.local/state/ligand/run"));
    }

    #[test]
    fn a_socket_path_that_no_system_takes_is_an_error_that_names_the_way_out() {
        let deep = format!("/{}", "d".repeat(100));
        let error = places(
            System::Xdg,
            &[("HOME", "/home/ann"), ("LIGAND_RUNTIME_DIR", &deep)],
        )
        .unwrap_err();
        assert_eq!(error.code(), "socket_path_too_long");
        assert!(error.to_string().contains("LIGAND_RUNTIME_DIR"), "{error}");
        let error = places(System::Xdg, &[("HOME", &deep)]).unwrap_err();
        assert_eq!(error.code(), "socket_path_too_long");
    }

    #[test]
    fn exactly_as_long_as_the_system_takes_is_taken() {
        let rest = "/control.sock".len();
        let fits = format!("/{}", "d".repeat(SOCKET_PATH_LINUX - rest - 1));
        let vars = |folder: &str| places(System::Xdg, &[("HOME", "/h"), ("LIGAND_RUNTIME_DIR", folder)]);
        assert!(vars(&fits).is_ok());
        assert!(vars(&format!("{fits}d")).is_err());
    }
}
