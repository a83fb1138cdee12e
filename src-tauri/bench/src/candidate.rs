//! The candidates: what carries a call to the upstream. Each part runs in a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use ligand_e2e::{Era, Host, LocalOrg, Process, Profile, Relay, Scratch};

use crate::bore;
use crate::load::{ECHO, Target};
use crate::rathole::{Rathole, Transport};
use crate::tls::Tls;

/// What is measured, by its name in the figures.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    way: Way,
    /// Whether callers come by TLS. It ends at the relay, and its link is TLS too; what knows no HTTP passes it on to
    /// an upstream that ends it, which is how such a tunnel is used.
    tls: bool,
}

/// How calls get to the upstream.
#[derive(Clone, Copy)]
enum Way {
    Direct,
    Ligand,
    Rathole(Transport),
    Bore,
}

const fn peer(name: &'static str, way: Way, tls: bool) -> Peer {
    Peer { name, way, tls }
}

/// All of them, in the order of the table.
pub(crate) const PEERS: [Peer; 8] = [
    peer("direct", Way::Direct, false),
    peer("ligand", Way::Ligand, false),
    peer("rathole", Way::Rathole(Transport::Tcp), false),
    peer("rathole_ws", Way::Rathole(Transport::WebSocket), false),
    peer("bore", Way::Bore, false),
    peer("direct_tls", Way::Direct, true),
    peer("ligand_tls", Way::Ligand, true),
    peer("rathole_tls", Way::Rathole(Transport::Tcp), true),
];

/// The binaries of what is compared with.
pub(crate) struct Binaries {
    pub(crate) rathole: Option<PathBuf>,
    pub(crate) bore: Option<PathBuf>,
}

/// What all candidates stand on.
pub(crate) struct Ground {
    binaries: Binaries,
    tls: Tls,
    plain: SocketAddr,
    by_tls: SocketAddr,
    _upstreams: [Process; 2],
}

impl Ground {
    /// Starts the upstreams.
    pub(crate) async fn new(scratch: &Scratch, binaries: Binaries) -> Self {
        let tls = Tls::new(scratch);
        let (one, plain) = upstream(scratch).await;
        let (other, by_tls) = upstream_with(scratch, &tls.flags()).await;
        Self {
            binaries,
            tls,
            plain,
            by_tls,
            _upstreams: [one, other],
        }
    }
}

/// A way from the caller to the upstream.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// What runs for it, until it is dropped.
    _processes: Vec<Process>,
    /// Where that is at home: no two hosts have the same.
    _scratch: Scratch,
}

/// Starts one; `None` where its binary is not here.
pub(crate) async fn start(peer: &Peer, ground: &Ground) -> Option<Candidate> {
    let tls = peer.tls.then_some(&ground.tls);
    let scratch = tls.map_or_else(Scratch::with_usual_log, Tls::scratch);
    let (scheme, upstream) = if peer.tls {
        ("https", ground.by_tls)
    } else {
        ("http", ground.plain)
    };
    let at = |address: SocketAddr| format!("{scheme}://{address}");
    let (processes, url) = match peer.way {
        Way::Direct => (Vec::new(), at(upstream)),
        Way::Ligand => ligand(&scratch, ground.plain, tls).await,
        Way::Rathole(transport) => {
            let binary = ground.binaries.rathole.as_deref()?;
            let rathole = Rathole::start(&scratch, binary, upstream, transport).await;
            (rathole.processes, at(rathole.public))
        }
        Way::Bore => {
            let binary = ground.binaries.bore.as_deref()?;
            let (processes, public) = bore::start(&scratch, binary, upstream).await;
            (processes, at(public))
        }
    };
    Some(Candidate {
        name: peer.name,
        target: Target::below(&url, ECHO, tls.map(Tls::connector)),
        _processes: processes,
        _scratch: scratch,
    })
}

/// Starts the upstream and says where it listens.
pub(crate) async fn upstream(scratch: &Scratch) -> (Process, SocketAddr) {
    upstream_with(scratch, &[]).await
}

async fn upstream_with(scratch: &Scratch, flags: &[&str]) -> (Process, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("upstream").args(flags);
    let mut process = Process::start(scratch, "upstream", command, &[]);
    let address = process
        .line("where it listens", |line| {
            line.strip_prefix("listening on ")?.parse().ok()
        })
        .await;
    (process, address)
}

/// Relay and host, and the URL of the shared door. The local org only makes the workspace known.
async fn ligand(scratch: &Scratch, upstream: SocketAddr, tls: Option<&Tls>) -> (Vec<Process>, String) {
    let org = LocalOrg::start(scratch, Era::L).await;
    let workspace = org.create("Laptop").await;
    // The pace and the length that a relay allows are not what is measured.
    let mut flags = vec!["--calls-per-s", "1000000", "--max-body-mib", "1024"];
    flags.extend(tls.iter().flat_map(|tls| tls.flags()));
    let relay = Relay::start_with(scratch, org.url(), &flags).await;
    let mut profile = Profile::new(&org, &workspace, &relay);
    profile.agent = Some(format!("http://{upstream}"));
    profile.shared = true;
    let host = Host::connected(scratch, &profile, &workspace).await;
    host.online().await;
    let door = host.door("shared").await;
    (vec![org.process, relay.process, host.process], door)
}
