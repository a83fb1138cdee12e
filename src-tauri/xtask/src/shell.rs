//! Commands of this machine: where the repository is, what is on PATH, run one and see that it succeeded.

use std::env;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A command could not be started.
    NotStarted { command: String, error: io::Error },
    /// A command said no.
    Failed { command: String, status: String },
    /// A file could not be written.
    File { path: PathBuf, error: io::Error },
    /// Something must be installed by the user.
    Missing { what: Vec<String>, line: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { command, error } => write!(f, "`{command}` could not be started: {error}"),
            Self::Failed { command, status } => {
                write!(f, "`{command}` failed ({status}); its output is above")
            }
            Self::File { path, error } => write!(f, "cannot write {}: {error}", path.display()),
            Self::Missing { what, line } => {
                write!(
                    f,
                    "missing on this machine: {}. Install it with this line and try again:\n\n    {line}\n",
                    what.join(", ")
                )
            }
        }
    }
}

/// The repository's root: two folders above this crate.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Whether a program of that name is on PATH.
pub(crate) fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Whether a command succeeds; what it writes is thrown away.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

/// The cargo that runs us, in the repository's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command to its end with its output in this terminal and nothing on its standard input.
pub(crate) fn check(command: &mut Command) -> Result<(), Failure> {
    let words = words(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::NotStarted {
            command: words.clone(),
            error,
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed {
            command: words,
            status: status.to_string(),
        })
    }
}

/// A command as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_with_the_workspace() {
        assert!(root().join("src-tauri/xtask").is_dir() && root().join("tests").is_dir());
    }

    #[test]
    fn a_command_reads_as_it_would_be_typed() {
        assert_eq!(
            words(Command::new("/usr/bin/apt-get").args(["install", "-y"])),
            "apt-get install -y"
        );
    }

    #[test]
    fn a_command_that_says_no_is_a_failure() {
        assert!(matches!(
            check(&mut Command::new("false")),
            Err(Failure::Failed { .. })
        ));
        assert!(matches!(
            check(&mut Command::new("/no/such/program")),
            Err(Failure::NotStarted { .. })
        ));
    }
}
