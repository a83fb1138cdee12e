//! `cargo xtask run`: Ligand on an org of its own, on this machine, from nothing.
//!
//! Everything that it writes stays in `target/run`, so that trying never touches a real set-up. In the end this
//! process *becomes* `ligand up --local`: Ctrl-C and every other signal reach the host and nobody in between.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, target};
use crate::step::{say, step};

/// The longest path of a Unix socket, and of what the host puts below its runtime folder.
const SOCKET_PATH_MAX: usize = 107;
const SOCKET_NAME_MAX: usize = 24;

/// Installs, builds, says what is where, and starts.
pub(crate) fn run() -> Result<(), Failure> {
    machine::prepare(Purpose::Run)?;
    step("Build ligand", || {
        check(&mut cargo(&["build", "-p", "ligand-cli"]))
    })?;
    let places = Places::under(&target());
    step("Make a place to try in", || places.make())?;
    places.explain();
    say("==> Start `ligand up --local`: platform, relay, host and echo agent on this machine");
    places.become_ligand()
}

/// The folders of the trial set-up, and the command that uses them.
struct Places {
    home: PathBuf,
    ligand: PathBuf,
    variables: Vec<(&'static str, PathBuf)>,
    script: PathBuf,
}

impl Places {
    fn under(target: &Path) -> Self {
        let home = target.join("run");
        let variables = vec![
            ("LIGAND_CONFIG_DIR", home.join("config")),
            ("LIGAND_STATE_DIR", home.join("state")),
            ("LIGAND_RUNTIME_DIR", runtime_folder(&home)),
            // A trial leaves nothing in the user's keychain.
            ("LIGAND_VAULT", PathBuf::from("file")),
        ];
        Self {
            ligand: target.join("debug").join("ligand"),
            script: home.join("ligand"),
            home,
            variables,
        }
    }

    /// The folder, and in it a `ligand` that knows its folders: what the user is told to type stays short.
    fn make(&self) -> Result<(), Failure> {
        write(&self.home, |path| fs::create_dir_all(path))?;
        let exports: String = self
            .variables
            .iter()
            .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
            .collect();
        let text = format!(
            "#!/bin/sh\n# ligand on the trial set-up of `cargo xtask run`.\n{exports}exec {} \"$@\"\n",
            quoted(&self.ligand)
        );
        write(&self.script, |path| fs::write(path, text))?;
        make_executable(&self.script)
    }

    fn explain(&self) {
        let ligand = self.script.display();
        say("");
        say("What is where:");
        say(&format!(
            "  everything of this trial   {} (delete it to start over)",
            self.home.display()
        ));
        for (name, value) in &self.variables {
            say(&format!("  {name:<26} {}", value.display()));
        }
        say("");
        say("What to try next, in another terminal:");
        say(&format!(
            "  {ligand} status               what is online, and what is not"
        ));
        say(&format!(
            "  {ligand} send \"hello\"         a message to our workspace, and the agent's answer"
        ));
        say(&format!("  {ligand} status --watch       follow it"));
        say(&format!(
            "  {ligand} logs                 what the host has written"
        ));
        say("");
        say("Where `ligand` stands below, type that path. Ctrl-C stops it; a second Ctrl-C at once.");
        say("");
    }

    #[cfg(unix)]
    fn become_ligand(&self) -> Result<(), Failure> {
        use std::os::unix::process::CommandExt;
        let mut command = self.command();
        let error = command.exec();
        Err(Failure::NotStarted {
            command: crate::shell::words(&command),
            error,
        })
    }

    #[cfg(not(unix))]
    fn become_ligand(&self) -> Result<(), Failure> {
        check(&mut self.command())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.ligand);
        command
            .args(["up", "--local"])
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A folder for the socket: with the rest, or where paths are short if the checkout lies too deep for a socket.
fn runtime_folder(home: &Path) -> PathBuf {
    let near = home.join("runtime");
    if near.as_os_str().len() + SOCKET_NAME_MAX <= SOCKET_PATH_MAX {
        return near;
    }
    let user = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    user.join("ligand-run")
}

fn write(path: &Path, how: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Failure> {
    how(path).map_err(|error| Failure::File {
        path: path.to_path_buf(),
        error,
    })
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    write(path, |path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    })
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<(), Failure> {
    Ok(())
}

/// A path as one word for a POSIX shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_stays_inside_the_target_folder() {
        let places = Places::under(Path::new("/t"));
        let folders = places.variables.iter().filter(|(name, _)| name.ends_with("_DIR"));
        assert!(
            folders.clone().count() == 3 && folders.into_iter().all(|(_, path)| path.starts_with("/t/run"))
        );
    }

    #[test]
    fn a_socket_fits_even_below_a_deep_checkout() {
        let deep = PathBuf::from("/").join("d".repeat(120));
        assert!(!runtime_folder(&deep).starts_with(&deep));
    }

    #[test]
    fn a_path_with_a_quote_is_still_one_word() {
        assert_eq!(quoted(Path::new("/a'b c")), r"'/a'\''b c'");
    }
}
