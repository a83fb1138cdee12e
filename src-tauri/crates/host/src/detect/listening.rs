//! What is listened on at this machine's loopback addresses by processes of this user, as the operating system says.
//!
//! Ligand's own processes are left out: their sockets are no agents, and a local org would be asked for its card.

use std::{collections::BTreeMap, net::IpAddr, path::Path};

use listeners::{Listener, Process, Protocol, SocketState};

/// The programs of Ligand.
const OURS: [&str; 3] = ["ligand", "ligand-desktop", "ligand-relay"];

/// A socket that can be reached over loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listening {
    /// The loopback address to call, or the unspecified one of IPv6 where that is listened on.
    pub(super) ip: IpAddr,
    /// Its port.
    pub(super) port: u16,
    /// Who listens.
    pub(super) pid: u32,
    /// The name of that process.
    pub(super) process: String,
}

/// All of them; a port of a process once, and by IPv4 where it is listened on by both.
pub(super) fn listening() -> Result<Vec<Listening>, String> {
    let all = listeners::get_all().map_err(|error| error.to_string())?;
    Ok(reachable(all.into_iter().filter(|listener| {
        let Process { pid, name, path } = &listener.process;
        !is_ligand(name, path) && is_this_users(*pid, path)
    })))
}

fn reachable(listeners: impl Iterator<Item = Listener>) -> Vec<Listening> {
    let mut found: BTreeMap<(u16, u32), Listening> = BTreeMap::new();
    for Listener {
        process,
        socket,
        protocol,
        state,
    } in listeners
    {
        let Some(ip) = called(socket.ip()) else { continue };
        if protocol != Protocol::TCP || state != SocketState::Listen {
            continue;
        }
        let place = Listening {
            ip,
            port: socket.port(),
            pid: process.pid,
            process: process.name,
        };
        let known = found
            .entry((place.port, place.pid))
            .or_insert_with(|| place.clone());
        if place.ip.is_ipv4() && known.ip.is_ipv6() {
            *known = place;
        }
    }
    found.into_values().collect()
}

/// How a socket at this address is called from this machine; `None` where loopback does not get there.
fn called(ip: IpAddr) -> Option<IpAddr> {
    let ip = ip.to_canonical();
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Some(std::net::Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(v6) if v6.is_unspecified() => Some(ip),
        _ => ip.is_loopback().then_some(ip),
    }
}

fn is_ligand(name: &str, path: &str) -> bool {
    // The kernel says so of a program that was replaced since it started.
    let path = path.trim_end_matches(" (deleted)");
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str());
    let name = name.strip_suffix(".exe").unwrap_or(name);
    OURS.contains(&name) || stem.is_some_and(|stem| OURS.contains(&stem))
}

/// Root sees the sockets of everybody.
#[cfg(target_os = "linux")]
fn is_this_users(pid: u32, _path: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    let us = rustix::process::geteuid().as_raw();
    std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|process| process.uid() == us)
}

/// macOS tells of the sockets of this user's processes alone, unless root asks.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_this_users(_pid: u32, _path: &str) -> bool {
    true
}

/// Windows tells where the programs are of those processes alone that this user may look into.
#[cfg(windows)]
fn is_this_users(_pid: u32, path: &str) -> bool {
    !path.is_empty()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn listener(socket: &str, pid: u32) -> Listener {
        Listener {
            process: Process {
                pid,
                name: "agent".to_owned(),
                path: "/usr/bin/agent".to_owned(),
            },
            socket: socket.parse().unwrap(),
            protocol: Protocol::TCP,
            state: SocketState::Listen,
        }
    }

    #[test]
    fn what_loopback_reaches_is_called_there_and_nothing_else_is() {
        let all = [
            "127.0.0.1:1",
            "0.0.0.0:2",
            "[::1]:3",
            "[::]:4",
            "192.168.1.7:5",
            "[::ffff:127.0.0.1]:6",
            "[fe80::1]:7",
        ];
        let found = reachable(all.into_iter().map(|socket| listener(socket, 7)));
        let called: Vec<String> = found
            .iter()
            .map(|place| SocketAddr::new(place.ip, place.port).to_string())
            .collect();
        assert_eq!(
            called,
            ["127.0.0.1:1", "127.0.0.1:2", "[::1]:3", "[::]:4", "127.0.0.1:6"]
        );
    }

    #[test]
    fn a_port_of_a_process_is_asked_once_and_by_ipv4_where_it_can_be() {
        let twice = ["[::1]:1", "127.0.0.1:1"].map(|socket| listener(socket, 7));
        let found = reachable(twice.into_iter().chain([listener("[::1]:1", 8)]));
        let said: Vec<_> = found
            .iter()
            .map(|place| (place.ip.is_ipv4(), place.pid))
            .collect();
        assert_eq!(said, [(true, 7), (false, 8)]);
    }

    #[test]
    fn only_what_waits_for_tcp_connections_is_asked() {
        let mut udp = listener("127.0.0.1:1", 7);
        udp.protocol = Protocol::UDP;
        let mut open = listener("127.0.0.1:2", 7);
        open.state = SocketState::Established;
        assert!(reachable([udp, open].into_iter()).is_empty());
    }

    #[test]
    fn ligands_own_programs_are_known_also_after_an_upgrade_and_an_agent_named_after_it_is_not_one() {
        assert!(is_ligand("ligand", ""));
        assert!(is_ligand("tokio", "/opt/my tools/ligand (deleted)"));
        assert!(is_ligand("ligand-relay.exe", "C:\\x"));
        assert!(!is_ligand("ligand-agent", "/usr/bin/ligand-agent"));
    }

    #[test]
    fn a_socket_of_this_process_is_found() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let found = listening().unwrap();
        let ours = found.iter().find(|place| place.port == port).unwrap();
        assert_eq!(ours.pid, std::process::id());
    }
}
