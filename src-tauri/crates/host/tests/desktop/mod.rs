//! A session of its own for a test: folders, a bus, a keyring, and processes that use the vault in it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use crate::{PASSWORD, ROOT, places};

/// Fresh folders and a session bus.
pub(crate) struct Desktop {
    root: tempfile::TempDir,
    bus: Option<(Process, String)>,
}

impl Desktop {
    pub(crate) fn without_bus() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["run", "home"] {
            fs::create_dir(root.path().join(folder)).unwrap();
            fs::set_permissions(root.path().join(folder), Permissions::from_mode(0o700)).unwrap();
        }
        Self { root, bus: None }
    }

    /// The bus starts nothing by itself, so that "no Secret Service" means that.
    pub(crate) fn new() -> Self {
        let mut desktop = Self::without_bus();
        let config = desktop.root().join("bus.conf");
        let folder = desktop.root().join("run");
        fs::write(
            &config,
            format!(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
                 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
                 <busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
                 <policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\
                 <allow own=\"*\"/></policy></busconfig>",
                folder.display()
            ),
        )
        .unwrap();
        let mut command = desktop.command("dbus-daemon", "dbus-daemon");
        command
            .arg("--nofork")
            .arg("--print-address=1")
            .arg("--config-file")
            .arg(config);
        let mut bus = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped()));
        let mut address = String::new();
        BufReader::new(bus.0.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        desktop.bus = Some((bus, address.trim().to_owned()));
        desktop
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn vault_file(&self) -> PathBuf {
        places(self.root()).state.join("vault.json")
    }

    /// An installed program; `package` is Debian's, for who lacks it.
    fn command(&self, program: &str, package: &str) -> Command {
        let known = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&known).any(|folder| folder.join(program).is_file());
        assert!(
            found,
            "{program} is missing. Install the Debian package {package}: apt-get install {package}"
        );
        self.environment(PathBuf::from(program))
    }

    /// A program that sees only these folders and this bus.
    fn environment(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.root().join("home"))
            .env("XDG_RUNTIME_DIR", self.root().join("run"));
        if let Some((_, address)) = &self.bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        command
    }

    /// GNOME Keyring, with the login keyring unlocked, or with none at all. It is there when this returns.
    pub(crate) fn keyring(&self, password: Option<&str>) -> Process {
        let mut command = self.command("gnome-keyring-daemon", "gnome-keyring");
        command
            .args(["--foreground", "--components=secrets"])
            .stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut keyring = Process::start(&mut command);
        let mut stdin = keyring.0.stdin.take().unwrap();
        stdin.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        wait_until("the Secret Service is there", || self.service().is_some());
        if password.is_some() {
            wait_until("the login keyring is unlocked", || {
                self.is_locked() == Some(false)
            });
        }
        keyring
    }

    fn service(&self) -> Option<SecretService<'static>> {
        let (_, address) = self.bus.as_ref().unwrap();
        let bus = zbus::blocking::connection::Builder::address(address.as_str())
            .unwrap()
            .build()
            .unwrap();
        SecretService::connect_with_existing(EncryptionType::Plain, bus).ok()
    }

    fn is_locked(&self) -> Option<bool> {
        self.service()?.get_default_collection().ok()?.is_locked().ok()
    }

    pub(crate) fn lock(&self) {
        self.service()
            .unwrap()
            .get_default_collection()
            .unwrap()
            .lock()
            .unwrap();
        assert_eq!(self.is_locked(), Some(true));
    }

    /// As a login does it: over the daemon's control socket. A packet is its length, a number for "unlock", and the
    /// password with its length; the answer is a length and a number, 0 for done.
    pub(crate) fn unlock(&self) {
        const UNLOCK: u32 = 1;
        let packet = [&(PASSWORD.len() as u32).to_be_bytes(), PASSWORD.as_bytes()].concat();
        let length = 8 + packet.len() as u32;
        let mut daemon = UnixStream::connect(self.root().join("run/keyring/control")).unwrap();
        // One byte of its own comes first, for systems that send credentials with it.
        daemon.write_all(&[0]).unwrap();
        daemon
            .write_all(&[&length.to_be_bytes(), &UNLOCK.to_be_bytes(), packet.as_slice()].concat())
            .unwrap();
        let mut answer = [0; 8];
        daemon.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [0, 0, 0, 8, 0, 0, 0, 0], "the daemon did not unlock");
        wait_until("the login keyring is unlocked", || {
            self.is_locked() == Some(false)
        });
    }

    /// What our entries are called in the desktop's own windows.
    pub(crate) fn labels(&self) -> Vec<String> {
        let service = self.service().unwrap();
        let found = service.search_items([("service", "ligand")].into()).unwrap();
        found
            .unlocked
            .iter()
            .map(|item| item.get_label().unwrap())
            .collect()
    }
}

/// The process that uses the vault.
pub(crate) struct User {
    _process: Process,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl User {
    pub(crate) fn of(desktop: &Desktop) -> Self {
        Self::with(desktop, &[])
    }

    pub(crate) fn with(desktop: &Desktop, env: &[(&str, &str)]) -> Self {
        let mut command = desktop.environment(std::env::current_exe().unwrap());
        command.args(["--exact", "uses_the_vault_as_told", "--ignored", "--nocapture"]);
        command.env(ROOT, desktop.root()).envs(env.iter().copied());
        let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let commands = process.0.stdin.take().unwrap();
        let answers = BufReader::new(process.0.stdout.take().unwrap());
        Self {
            _process: process,
            commands,
            answers,
        }
    }

    pub(crate) fn tell(&mut self, command: &str) -> String {
        writeln!(self.commands, "{command}").unwrap();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.answers.read_line(&mut line).unwrap(),
                0,
                "it ended at: {command}"
            );
            if let Some(answer) = line.strip_prefix("> ") {
                return answer.trim_end().to_owned();
            }
        }
    }
}

/// A process that ends with the test, also when that fails.
pub(crate) struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every file below a folder that has this text in it.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

/// Looks every 20 ms for at most 10 s.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not within 10 s: {what}");
}
