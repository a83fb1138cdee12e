//! What Linux tells of a process: memory, processor time, wake-ups, whose a socket is.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The resident memory of a process in megabytes.
#[must_use]
pub fn rss_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    number_after(&status, "VmRSS:") / 1024.0
}

/// The most memory that a process has had resident so far, in megabytes.
#[must_use]
pub fn peak_rss_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    number_after(&status, "VmHWM:") / 1024.0
}

/// A process's share of memory in megabytes: what it alone holds, and its part of what it shares.
#[must_use]
pub fn pss_mb(pid: u32) -> f64 {
    let maps = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    number_after(&maps, "\nPss:") / 1024.0
}

/// Whether every thread of a process has come to a halt, as SIGSTOP has them do, each once its system call is over.
#[must_use]
pub fn is_stopped(pid: u32) -> bool {
    let mut threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    threads.all(|thread| {
        fs::read_to_string(thread.path().join("status")).is_ok_and(|status| status.contains("\nState:\tT"))
    })
}

/// How many files and sockets a process has open.
#[must_use]
pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// A process and all that it and its children have started.
#[must_use]
pub fn family(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    std::iter::once(pid)
        .chain(children.into_iter().flat_map(family))
        .collect()
}

/// The program and arguments that a process was started with; nothing of one that has ended.
#[must_use]
pub fn command(pid: u32) -> String {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&arguments)
        .replace('\0', " ")
        .trim()
        .to_owned()
}

/// How often the threads of a process have gone to sleep since they began, and so, but for the last time, been woken.
#[must_use]
pub fn sleeps(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let statuses = threads.filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    statuses
        .map(|status| number_after(&status, "\nvoluntary_ctxt_switches:"))
        .sum()
}

/// The processor time that the threads of a process have had, in seconds.
#[must_use]
pub fn cpu_s(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    threads
        .map(|thread| seconds_in(&thread.path().join("schedstat")))
        .sum()
}

/// The processor time that the first thread of a process has had, in seconds.
#[must_use]
pub fn main_thread_cpu_s(pid: u32) -> f64 {
    seconds_in(&Path::new("/proc").join(format!("{pid}/task/{pid}/schedstat")))
}

/// The processor time in a thread's `schedstat`; none of one that has ended.
fn seconds_in(schedstat: &Path) -> f64 {
    let times = fs::read_to_string(schedstat).unwrap_or_default();
    number_after(&format!(" {times}"), " ") / 1e9
}

fn number_after(text: &str, key: &str) -> f64 {
    let after = text.split_once(key).map_or("", |(_, after)| after);
    after
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0)
}

/// Whether the IPv4 TCP socket with that local address belongs to a process.
#[must_use]
pub fn owns_socket(pid: u32, local: SocketAddr) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let Some(inode) = inode_of(&table, local) else {
        return false;
    };
    let socket = format!("socket:[{inode}]");
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    files
        .flatten()
        .any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(&socket)))
}

/// The inode of the socket with that local address in a table such as `/proc/net/tcp`.
fn inode_of(table: &str, local: SocketAddr) -> Option<&str> {
    let SocketAddr::V4(local) = local else { return None };
    let address = u32::from_le_bytes(local.ip().octets());
    let written = format!("{address:08X}:{:04X}", local.port());
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns.get(1) == Some(&written.as_str()))
            .then(|| columns.get(9).copied())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    #[test]
    fn this_process_has_memory_and_has_waited() {
        let pid = std::process::id();
        assert!(rss_mb(pid) > 1.0 && peak_rss_mb(pid) >= rss_mb(pid) - 1.0);
        assert!(sleeps(pid) >= 1.0);
        assert!(pss_mb(pid) > 0.1 && pss_mb(pid) <= rss_mb(pid));
        assert!(cpu_s(pid) > 0.0 && main_thread_cpu_s(pid) <= cpu_s(pid));
        assert!(open_files(pid) > 2);
        let started_with: Vec<_> = std::env::args().collect();
        assert_eq!(command(pid), started_with.join(" "));
    }

    #[test]
    fn a_process_is_stopped_from_sigstop_on() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!is_stopped(child.id()));
        kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
        while !is_stopped(child.id()) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_child_belongs_to_the_family() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(family(std::process::id()).contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_socket_belongs_to_the_process_that_opened_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let pid = std::process::id();
        assert!(owns_socket(pid, ours) && !owns_socket(1, ours));
    }
}
