//! The TCP connections of another process, as the operating system has them.

use std::fs;
use std::net::SocketAddr;
use std::os::fd::{OwnedFd, RawFd};

use rustix::net::{getpeername, getsockname, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::process::Process;

/// One connection.
#[derive(Debug)]
pub struct TcpConnection {
    /// Its own end.
    pub near: SocketAddr,
    /// The other end.
    pub far: SocketAddr,
    /// Whether small writes go out at once.
    pub sends_at_once: bool,
}

/// The established TCP connections of a process that a test has started.
#[must_use]
pub fn tcp_connections(process: &Process) -> Vec<TcpConnection> {
    let number = i32::try_from(process.pid()).unwrap();
    let pid = pidfd_open(Pid::from_raw(number).unwrap(), PidfdFlags::empty()).unwrap();
    let files = fs::read_dir(format!("/proc/{number}/fd")).unwrap().flatten();
    let numbers = files.filter_map(|file| file.file_name().to_str()?.parse::<RawFd>().ok());
    // A file that was closed meanwhile is none.
    numbers
        .filter_map(|number| connection(&pidfd_getfd(&pid, number, PidfdGetfdFlags::empty()).ok()?))
        .collect()
}

fn connection(file: &OwnedFd) -> Option<TcpConnection> {
    Some(TcpConnection {
        near: getsockname(file).ok()?.try_into().ok()?,
        far: getpeername(file).ok()??.try_into().ok()?,
        sends_at_once: sockopt::tcp_nodelay(file).ok()?,
    })
}
