//! The candidates: what carries a call to the upstream. Each part runs in a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use ligand_e2e::{Era, Host, LocalOrg, Process, Profile, Relay, Scratch};

use crate::bore;
use crate::load::{ECHO, Target};
use crate::rathole::{Rathole, Transport};

/// A way from the caller to the upstream.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// What runs for it, until it is dropped.
    _processes: Vec<Process>,
}

/// Starts the upstream and says where it listens.
pub(crate) async fn upstream(scratch: &Scratch) -> (Process, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("upstream");
    let mut process = Process::start(scratch, "upstream", command, &[]);
    let address = process
        .line("where it listens", |line| {
            line.strip_prefix("listening on http://")?.parse().ok()
        })
        .await;
    (process, address)
}

/// The upstream itself.
pub(crate) fn direct(upstream: SocketAddr) -> Candidate {
    let target = Target {
        address: upstream,
        base: String::new(),
        echo: ECHO,
    };
    Candidate {
        name: "direct",
        target,
        _processes: Vec::new(),
    }
}

/// Relay and host, through the shared door. The local org only makes the workspace known.
pub(crate) async fn ligand(scratch: &Scratch, upstream: SocketAddr) -> Candidate {
    let org = LocalOrg::start(scratch, Era::L).await;
    let workspace = org.create("Laptop").await;
    // The pace and the length that a relay allows are not what is measured.
    let limits = ["--calls-per-s", "1000000", "--max-body-mib", "1024"];
    let relay = Relay::start_with(scratch, org.url(), &limits).await;
    let mut profile = Profile::new(&org, &workspace, &relay);
    profile.agent = Some(format!("http://{upstream}"));
    profile.shared = true;
    let host = Host::connected(scratch, &profile, &workspace).await;
    host.online().await;
    let door = host.door("shared").await;
    let (address, path) = door.trim_start_matches("http://").split_once('/').unwrap();
    let target = Target {
        address: address.parse().unwrap(),
        base: format!("/{path}"),
        echo: ECHO,
    };
    Candidate {
        name: "ligand",
        target,
        _processes: vec![org.process, relay.process, host.process],
    }
}

/// rathole's server and client.
pub(crate) async fn rathole(
    scratch: &Scratch,
    binary: &Path,
    upstream: SocketAddr,
    transport: Transport,
) -> Candidate {
    let name = match transport {
        Transport::Tcp => "rathole",
        Transport::WebSocket => "rathole_ws",
    };
    let rathole = Rathole::start(scratch, binary, upstream, transport).await;
    pipe(name, rathole.public, rathole.processes)
}

/// bore's server and client.
pub(crate) async fn bore(scratch: &Scratch, binary: &Path, upstream: SocketAddr) -> Candidate {
    let (processes, public) = bore::start(scratch, binary, upstream).await;
    pipe("bore", public, processes)
}

/// What passes bytes on and knows no HTTP.
fn pipe(name: &'static str, public: SocketAddr, processes: Vec<Process>) -> Candidate {
    let target = Target {
        address: public,
        base: String::new(),
        echo: ECHO,
    };
    Candidate {
        name,
        target,
        _processes: processes,
    }
}
