//! `cargo xtask run`: Ligand on an org of its own, on this machine, from nothing.
//!
//! Everything that it writes stays in `target/run`, so that trying never touches a real set-up. In the end this
//! process *becomes* Ligand: Ctrl-C and every other signal reach the host and nobody in between.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// The longest path of a Unix socket, and of what the host puts below its runtime folder.
const SOCKET_PATH_MAX: usize = 107;
const SOCKET_NAME_MAX: usize = 24;

/// Installs, builds, says what is where, and starts.
pub(crate) fn run() -> Result<(), Failure> {
    let face = Face::here();
    machine::prepare(face.purpose())?;
    // Before the programs, which the pages become a part of.
    match ui::missing_node() {
        None => ui::build()?,
        Some(why) => skipped("the Canvas, everything else works", &why),
    }
    step("Build Ligand", || {
        check(cargo(&["build"]).args(face.packages().iter().flat_map(|name| ["-p", name])))
    })?;
    let places = Places::under(&target());
    step("Make a place to try in", || places.make())?;
    places.explain(face);
    places.become_ligand(face)
}

/// How Ligand shows itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Face {
    /// In the tray, with a window.
    Desktop,
    /// In a terminal, with the Canvas in a browser of this machine.
    Terminal,
}

impl Face {
    /// The one that can be seen here.
    fn here() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let asks_for_a_display = cfg!(all(unix, not(target_os = "macos")));
        match !asks_for_a_display || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
            true => Self::Desktop,
            false => Self::Terminal,
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::Desktop => Purpose::Desktop,
            Self::Terminal => Purpose::Run,
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Desktop => &["ligand-desktop", "ligand-cli"],
            Self::Terminal => &["ligand-cli"],
        }
    }

    /// The program that it is, and its arguments.
    fn command(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Desktop => ("ligand-desktop", &["--local"]),
            Self::Terminal => ("ligand", &["up", "--local", "--web", "127.0.0.1:0"]),
        }
    }

    /// What there is to see.
    fn shows(self) -> &'static str {
        match self {
            Self::Desktop => {
                "Look for the icon in the tray: its menu opens the Canvas, starts, stops and quits. Ctrl-C quits too."
            }
            Self::Terminal => {
                "There is no display, so the Canvas is for a browser of this machine: its address is below. Ctrl-C stops."
            }
        }
    }
}

/// The folders of the trial set-up, and the command that uses them.
struct Places {
    home: PathBuf,
    programs: PathBuf,
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
            programs: target.join("debug"),
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
            quoted(&self.programs.join("ligand"))
        );
        write(&self.script, |path| fs::write(path, text))?;
        make_executable(&self.script)
    }

    fn explain(&self, face: Face) {
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
        say("Where `ligand` stands below, type that path. A second Ctrl-C ends everything at once.");
        say("");
        let (program, arguments) = face.command();
        say(&format!(
            "==> Start `{program} {}`: platform, relay, host and echo agent on this machine",
            arguments.join(" ")
        ));
        say(face.shows());
    }

    #[cfg(unix)]
    fn become_ligand(&self, face: Face) -> Result<(), Failure> {
        use std::os::unix::process::CommandExt;
        let mut command = self.command(face);
        let error = command.exec();
        Err(Failure::NotStarted {
            command: crate::shell::words(&command),
            error,
        })
    }

    #[cfg(not(unix))]
    fn become_ligand(&self, face: Face) -> Result<(), Failure> {
        check(&mut self.command(face))
    }

    fn command(&self, face: Face) -> Command {
        let (program, arguments) = face.command();
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
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
