//! A Secret Service of the test's own, on a session bus of its own: `gnome-keyring-daemon`.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use crate::bus::SessionBus;
use crate::process::Process;
use crate::scratch::Scratch;
use crate::until::until;

/// The password of the login keyring.
const PASSWORD: &str = "open sesame";
/// How long the daemon may take until it answers on the bus.
const READY_WITHIN: Duration = Duration::from_secs(15);
/// "Unlock the login keyring" in the daemon's control protocol, which is what a desktop's login speaks to it.
const CONTROL_UNLOCK: u32 = 1;

/// A running Secret Service.
#[derive(Debug)]
pub struct Keychain {
    daemon: Process,
    bus: SessionBus,
}

impl Keychain {
    /// Starts one whose login keyring is open; it is made when it is not there yet.
    pub async fn unlocked(scratch: &Scratch) -> Self {
        Self::start(scratch, Some(PASSWORD)).await
    }

    /// Starts one on the login keyring of an earlier one, and leaves it locked.
    pub async fn locked(scratch: &Scratch) -> Self {
        Self::start(scratch, None).await
    }

    async fn start(scratch: &Scratch, password: Option<&str>) -> Self {
        let bus = SessionBus::start(scratch).await;
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--components=secrets", "--foreground"]);
        if password.is_some() {
            command.arg("--unlock");
        }
        let variables = [("DBUS_SESSION_BUS_ADDRESS", bus.address())];
        let input = password.unwrap_or_default();
        let daemon = Process::start_with(scratch, "gnome-keyring-daemon", command, &variables, input);
        let keychain = Self { daemon, bus };
        until("the Secret Service answers", READY_WITHIN, async || {
            keychain
                .tool(scratch, &["search", "service", "ligand"])
                .await
                .0
                .then_some(())
        })
        .await;
        keychain
    }

    /// The session bus that it is on.
    #[must_use]
    pub fn bus(&self) -> SessionBus {
        self.bus.clone()
    }

    /// The variable that leads a process to it.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        self.bus.variables()
    }

    /// What it keeps for Ligand, as `secret-tool` shows it, secrets included.
    pub async fn contents(&self, scratch: &Scratch) -> String {
        self.tool(scratch, &["search", "--all", "service", "ligand"])
            .await
            .1
    }

    /// Unlocks the login keyring as the desktop's login does.
    pub fn unlock(&self, scratch: &Scratch) {
        let mut socket = UnixStream::connect(scratch.path("xdg/keyring/control")).unwrap();
        let mut request = Vec::from([0]);
        let words = u32::try_from(PASSWORD.len()).unwrap();
        // The length counts itself, the operation, and the password with its own length.
        for number in [words + 12, CONTROL_UNLOCK, words] {
            request.extend(number.to_be_bytes());
        }
        request.extend(PASSWORD.as_bytes());
        socket.write_all(&request).unwrap();
        let mut answer = [0; 8];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [0, 0, 0, 8, 0, 0, 0, 0], "the keyring is not unlocked");
    }

    /// Ends it as a logout does: its keyrings stay on disk, locked.
    pub async fn logout(mut self) {
        self.daemon.signal(rustix::process::Signal::TERM);
        self.daemon.ended(READY_WITHIN).await;
    }

    async fn tool(&self, scratch: &Scratch, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new("secret-tool");
        command.args(arguments);
        let variables = [("DBUS_SESSION_BUS_ADDRESS", self.bus.address())];
        let (status, out, err) = Process::run(scratch, "secret-tool", command, &variables, "").await;
        (status.success(), out + &err)
    }
}
