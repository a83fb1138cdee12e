//! A desktop of the test's own, and Ligand on it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::page::PAINTED_WITHIN;
use crate::bus::SessionBus;
use crate::host::{Host, Profile, Variables};
use crate::process::{Process, binary};
use crate::scratch::Scratch;
use crate::stage::Stage;
use crate::until::until;

/// The X server's screen: a common laptop's.
const SCREEN: &str = "1280x800x24";
/// What ends, ends within this.
pub const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// An X server and a session bus.
#[derive(Debug)]
pub struct Desk {
    /// The session bus.
    pub bus: SessionBus,
    _display: Process,
    screen: PathBuf,
    variables: Variables,
}

impl Desk {
    /// Starts both in these folders. Secrets are kept in a file.
    pub async fn new(scratch: &Scratch) -> Self {
        let bus = SessionBus::start(scratch).await;
        Self::on(scratch, bus, Host::file_vault()).await
    }

    /// Starts an X server beside a session bus that is there, perhaps with a keychain on it.
    pub async fn on(scratch: &Scratch, bus: SessionBus, more: Variables) -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        // The screen in a file, for whoever wants to see it.
        let screen = scratch.path("screen");
        fs::create_dir(&screen).unwrap();
        command.arg("-fbdir").arg(&screen);
        let mut display = Process::start(scratch, "Xvfb", command, &[]);
        let number: u32 = display.line("its display", |line| line.trim().parse().ok()).await;
        let own = [
            ("DISPLAY", format!(":{number}")),
            ("GDK_BACKEND", "x11".to_owned()),
            // The accessibility bus would have to be activated.
            ("NO_AT_BRIDGE", "1".to_owned()),
        ];
        let variables = own
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(bus.variables())
            .chain(more)
            .collect();
        Self {
            bus,
            _display: display,
            screen: screen.join("Xvfb_screen0"),
            variables,
        }
    }

    /// The variables that lead a process to this desktop.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, &str)> {
        let pairs = self.variables.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The file in which the X server keeps the screen's pixels.
    #[must_use]
    pub fn screen(&self) -> &Path {
        &self.screen
    }

    /// Starts Ligand's shell.
    #[must_use]
    pub fn shell(&self, scratch: &Scratch, arguments: &[&str]) -> Process {
        let mut command = Command::new(binary("ligand-desktop"));
        command.args(arguments);
        Process::start(scratch, "ligand-desktop", command, &self.variables())
    }

    /// The same where no session bus can be found.
    #[must_use]
    pub fn shell_without_bus(&self, scratch: &Scratch, arguments: &[&str]) -> Process {
        let mut command = Command::new(binary("ligand-desktop"));
        command.args(arguments);
        let mut variables = self.variables();
        variables.retain(|(name, _)| *name != "DBUS_SESSION_BUS_ADDRESS");
        Process::start(scratch, "ligand-desktop", command, &variables)
    }

    /// Presses keys in the window with that title, one after the other: plays the user at a dialog.
    pub async fn press(&self, scratch: &Scratch, title: &str, keys: &[&str]) {
        let found = until(
            &format!("there is a window {title}"),
            PAINTED_WITHIN,
            async || {
                let said = self
                    .x(scratch, "xdotool", &["search", "--onlyvisible", "--name", title])
                    .await;
                said.lines().next().map(str::to_owned)
            },
        )
        .await;
        // No window manager gives it the focus.
        let focus = ["windowfocus", "--sync", &found, "key", "--delay", "200"];
        self.x(scratch, "xdotool", &[&focus[..], keys].concat()).await;
    }

    /// Moves the mouse, in `xdotool`'s words: plays the user's hand.
    pub async fn hand(&self, scratch: &Scratch, words: &[impl AsRef<str>]) {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        self.x(scratch, "xdotool", &words).await;
    }

    /// What is on the clipboard.
    pub async fn clipboard(&self, scratch: &Scratch) -> String {
        self.x(scratch, "xclip", &["-selection", "clipboard", "-out"])
            .await
    }

    /// What a program of the X server's says.
    async fn x(&self, scratch: &Scratch, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments);
        Process::run(scratch, program, command, &self.variables(), "")
            .await
            .1
    }

    /// Starts the tray's process on the stage's workspace, and waits until it is online.
    pub async fn tray<'a>(&self, stage: &'a Stage) -> Host<'a> {
        self.tray_on(stage, &stage.profile()).await
    }

    /// The same, on another profile of the workspace.
    pub async fn tray_on<'a>(&self, stage: &'a Stage, profile: &Profile) -> Host<'a> {
        let variables = Host::file_vault();
        Host::prepare(&stage.scratch, profile, &stage.workspace, &variables).await;
        let host = Host::held_by(self.shell(&stage.scratch, &[]), &stage.scratch, variables);
        host.online().await;
        host
    }
}

/// Whether a window is there: its process listens for others of ours.
fn has_window(scratch: &Scratch) -> bool {
    std::os::unix::net::UnixStream::connect(scratch.path("runtime/window.sock")).is_ok()
}

/// Waits until a window is there, or until none is.
pub async fn window_is(scratch: &Scratch, there: bool) {
    let what = if there {
        "a window is there"
    } else {
        "no window is there"
    };
    until(what, PAINTED_WITHIN, async || {
        (has_window(scratch) == there).then_some(())
    })
    .await;
}

/// The window's process that a tray's process has started.
#[must_use]
pub fn window_of(tray: &Process) -> Option<Pid> {
    // The system lists children by the thread that started them.
    let threads = fs::read_dir(format!("/proc/{}/task", tray.pid())).ok()?;
    let children: String = threads
        .flatten()
        .map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default() + " ")
        .collect();
    let shows_window = |pid: &&str| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|word| word == b"--window"))
    };
    let pid = children.split_whitespace().find(shows_window)?;
    Pid::from_raw(pid.parse().ok()?)
}

/// The arguments that a process was started with.
#[must_use]
pub fn arguments_of(pid: Pid) -> Vec<String> {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let words = line.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

/// Ends a process as a power cut would.
pub fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).unwrap();
}

/// A browser of the test's own that only notes what it is asked to open; gives the note and the variable that makes
/// it the desktop's.
#[must_use]
pub fn browser(scratch: &Scratch) -> (PathBuf, String) {
    let (folder, note) = (scratch.path("bin"), scratch.path("opened"));
    fs::create_dir(&folder).unwrap();
    let script = folder.join("xdg-open");
    fs::write(
        &script,
        format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n", note.display()),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    (note, format!("{}:{path}", folder.display()))
}
