//! One process: started in a scratch folder, its output in files, gone when it is dropped.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::Scratch;
use crate::until::until;

/// How much of a process's output is shown when its test fails.
const SHOWN_LINES: usize = 40;

/// Numbers the output files of one test run.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A running process.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// A binary of Ligand: from `LIGAND_BIN_DIR`, else from the debug folder beside the test that runs.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("LIGAND_BIN_DIR").map_or_else(beside_this_test, PathBuf::from);
    let binary = folder.join(name);
    assert!(
        binary.is_file(),
        "{} is missing: run `cargo xtask test`",
        binary.display()
    );
    binary
}

/// `target/debug`, two folders above `target/debug/deps/e2e-…`.
fn beside_this_test() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.ancestors().nth(2).unwrap().to_path_buf()
}

impl Process {
    /// Starts `command` in the scratch folder's environment; `more` variables are added to it.
    #[must_use]
    pub fn start(scratch: &Scratch, name: &str, command: Command, more: &[(&str, &str)]) -> Self {
        Self::spawn(scratch, name, command, more, Stdio::null())
    }

    /// The same, with `input` on its standard input.
    #[must_use]
    pub fn start_with(
        scratch: &Scratch,
        name: &str,
        command: Command,
        more: &[(&str, &str)],
        input: &str,
    ) -> Self {
        // An unnamed file: what was typed must not be found among what was written.
        let mut typed = tempfile::tempfile().unwrap();
        typed.write_all(input.as_bytes()).unwrap();
        typed.rewind().unwrap();
        Self::spawn(scratch, name, command, more, typed.into())
    }

    /// Runs `command` to its end with `input` on its standard input: its status, standard output, standard error.
    ///
    /// # Panics
    /// When it has not ended within 30 seconds.
    pub async fn run(
        scratch: &Scratch,
        name: &str,
        command: Command,
        more: &[(&str, &str)],
        input: &str,
    ) -> (ExitStatus, String, String) {
        let mut process = Self::start_with(scratch, name, command, more, input);
        let status = process.ended(Duration::from_secs(30)).await;
        (status, process.stdout(), process.stderr())
    }

    fn spawn(
        scratch: &Scratch,
        name: &str,
        mut command: Command,
        more: &[(&str, &str)],
        stdin: Stdio,
    ) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let stdout = scratch.path(&format!("out/{number:03}-{name}.stdout"));
        let stderr = scratch.path(&format!("out/{number:03}-{name}.stderr"));
        let child = command
            .env_clear()
            .envs(scratch.environment())
            .envs(more.iter().copied())
            .current_dir(scratch.path("home"))
            .stdin(stdin)
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self {
            name: name.to_owned(),
            child,
            stdout,
            stderr,
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard output.
    #[must_use]
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// What it has written to standard error.
    #[must_use]
    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// Waits for a line of standard output in which `find` finds something.
    ///
    /// # Panics
    /// When the process ends first or 20 seconds have passed.
    pub async fn line<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Duration::from_secs(20);
        until(&format!("{} says {what}", self.name), deadline, async || {
            let said = self.stdout().lines().find_map(&find);
            if said.is_none()
                && let Some(status) = self.child.try_wait().unwrap()
            {
                panic!("{} ended ({status}) before it said {what}", self.name);
            }
            said
        })
        .await
    }

    /// Sends a signal to it, by its own process id.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }

    /// Whether it still runs.
    pub fn running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it has not ended within `deadline`.
    pub async fn ended(&mut self, deadline: Duration) -> ExitStatus {
        until(&format!("{} ends", self.name), deadline, async || {
            self.child.try_wait().unwrap()
        })
        .await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            for (stream, text) in [
                ("standard output", self.stdout()),
                ("standard error", self.stderr()),
            ] {
                let lines: Vec<&str> = text.lines().collect();
                let end = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
                eprintln!("--- {}, end of its {stream}:\n{}", self.name, end.join("\n"));
            }
        }
    }
}

fn read(path: &PathBuf) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
