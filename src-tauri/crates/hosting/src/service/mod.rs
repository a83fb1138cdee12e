//! The host as a service of the user: started at login, started again when it fails.
//!
//! One file per operating system, behind the same three functions: `install`, `uninstall`, `status`. Each writes its
//! system's own kind of description, which holds no secret, and asks the system's own tool to act on it. What is to run,
//! and what is told to people, is the caller's.
//!
//! The descriptions are ours and not a library's: those that there are put paths into them unquoted, know no such service
//! for a user of Windows, and have nowhere to say which exit codes mean that starting again is of no use.
#![cfg_attr(
    windows,
    allow(
        dead_code,
        reason = "a task has no environment of its own, and its scheduler says little"
    )
)]

#[cfg(any(target_os = "macos", all(test, unix)))]
#[cfg_attr(
    not(target_os = "macos"),
    allow(dead_code, unreachable_pub, reason = "elsewhere only its text is tested")
)]
mod launchd;
#[cfg(all(unix, not(target_os = "macos")))]
mod systemd;
#[cfg(any(test, windows))]
#[cfg_attr(
    not(windows),
    allow(dead_code, unreachable_pub, reason = "elsewhere only its text is tested")
)]
mod task;
mod tool;

use std::{io, path::PathBuf};

#[cfg(target_os = "macos")]
pub use launchd::{install, status, uninstall};
#[cfg(all(unix, not(target_os = "macos")))]
pub use systemd::{install, status, uninstall};
#[cfg(windows)]
pub use task::{install, status, uninstall};

/// Seconds that the system waits for the host's end: messages in flight get 10, what the host has started gets as many to
/// end by itself, and the rest is margin.
const ENDS_WITHIN_S: u32 = 30;

/// What the service runs. Everything is text without control characters, since descriptions have lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The absolute path of the executable.
    executable: String,
    /// Its arguments.
    arguments: Vec<String>,
    /// The variables that it is given, by name.
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// Puts it together.
    ///
    /// # Errors
    /// When a part cannot stand in a description.
    pub fn new(
        executable: &str,
        arguments: Vec<String>,
        environment: Vec<(&'static str, String)>,
    ) -> Result<Self, ServiceError> {
        let is_odd = |text: &str| text.chars().any(char::is_control);
        let values = environment.iter().map(|(_, value)| value);
        let odd = arguments.iter().chain(values).find(|text| is_odd(text));
        if let Some(odd) = odd
            .map(String::as_str)
            .or(is_odd(executable).then_some(executable))
        {
            return Err(ServiceError::Odd(odd.escape_debug().to_string()));
        }
        Ok(Self {
            executable: executable.to_owned(),
            arguments,
            environment,
        })
    }
}

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is none.
    NotInstalled,
    /// It runs.
    Running {
        /// Its process, where the system says so.
        pid: Option<u32>,
    },
    /// It is installed and does not run.
    Stopped {
        /// Why, as far as the system says.
        why: String,
    },
}

/// Why the service cannot be installed, removed or looked at.
#[derive(Debug)]
pub enum ServiceError {
    /// The system has no such thing, or it does not serve this user now.
    NotHere(String),
    /// The system's tool was asked and failed.
    Tool {
        /// What it was asked.
        asked: String,
        /// What it said.
        said: String,
    },
    /// A file could not be written or removed.
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// A path or a variable with control characters in it.
    Odd(String),
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotHere(why) => write!(f, "{why}. `ligand up` runs the host without a service"),
            Self::Tool { asked, said } => write!(f, "`{asked}` failed ({said}). Nothing else was changed"),
            Self::File { path, error } => write!(
                f,
                "{} cannot be changed: {error}. Make its folder writable, and try again",
                path.display()
            ),
            Self::Odd(text) => write!(
                f,
                "\"{text}\" has characters that cannot stand in a service's description. Move or rename it"
            ),
        }
    }
}

impl std::error::Error for ServiceError {}

/// What the host's exit codes say to people who look at a service that ended.
fn exit_words(code: &str) -> String {
    let meaning = match code {
        "0" => return "it was ended".to_owned(),
        "2" => ": wrong usage; install it again",
        "4" => ": it needs you; `ligand doctor` says what for",
        _ => "; `ligand logs` says more",
    };
    format!("it ended with exit code {code}{meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_of_a_description_is_refused() {
        let program = |path: &str| Program::new(path, vec!["up".to_owned()], Vec::new());
        assert!(program("/opt/my tools/ligand").is_ok());
        let error = program("/opt/a\nExecStartPre=/bin/sh").unwrap_err().to_string();
        assert!(error.contains("\\n") && !error.contains('\n'), "{error}");
        let variable = vec![("PATH", "/bin\r".to_owned())];
        assert!(Program::new("/bin/ligand", Vec::new(), variable).is_err());
    }
}
