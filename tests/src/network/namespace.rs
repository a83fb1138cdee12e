//! One network namespace: held by a process that waits, entered by commands.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::net::TcpSocket;

/// Whether somebody else has a new address is not asked: nobody can, and it takes seconds.
pub(super) const NO_DAD: (&str, &str) = ("ipv6/conf/default/accept_dad", "0");

/// A namespace. It ends with the last process in it.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
}

impl Namespace {
    /// An empty one, with loopback up.
    ///
    /// # Panics
    /// When this user may not make one.
    #[must_use]
    pub fn new() -> Self {
        // It repeats what it is given, and ends when this test has ended, however that ends.
        let mut holder = Command::new("unshare")
            .args(["--net", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        // Its echo says that the namespace is there.
        holder.stdin.as_mut().unwrap().write_all(b"there\n").unwrap();
        let stdout = holder.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        assert_eq!(said, "there\n", "no network namespace");
        let namespace = Self { holder };
        namespace.ip("link set lo up");
        namespace.set(NO_DAD.0, NO_DAD.1);
        namespace
    }

    /// The process that holds it, by which others name it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.holder.id()
    }

    /// A command in it: the same process becomes the program.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.pid()));
        command.arg(program);
        command
    }

    /// A TCP socket in it. A socket stays in the network that it was made in, whoever uses it.
    ///
    /// # Panics
    /// When there are no more files.
    #[must_use]
    pub fn socket(&self) -> TcpSocket {
        let network = File::open(format!("/proc/{}/ns/net", self.pid())).unwrap();
        let inside = || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            TcpSocket::new_v4().unwrap()
        };
        // A thread of its own, which ends there.
        std::thread::scope(|scope| scope.spawn(inside).join().unwrap())
    }

    /// Runs `ip` in it.
    ///
    /// # Panics
    /// When `ip` refuses.
    pub fn ip(&self, words: &str) {
        ip(self.command("ip"), words);
    }

    /// Sets something of the kernel's for it.
    pub fn set(&self, key: &str, value: &str) {
        set(self.command("tee"), key, value);
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _already_gone = self.holder.kill();
        let _status = self.holder.wait();
    }
}

/// Runs `ip` with these words.
pub(super) fn ip(mut command: Command, words: &str) {
    let output = command.args(words.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {words}: {said}");
}

/// Writes a value of the kernel's for the network that `tee` runs in.
pub(super) fn set(mut tee: Command, key: &str, value: &str) {
    let path = format!("/proc/sys/net/{key}");
    let mut tee = tee
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    tee.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    assert!(tee.wait().unwrap().success(), "{path} cannot be set");
}
