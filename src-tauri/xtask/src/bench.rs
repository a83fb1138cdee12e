//! `cargo xtask bench`: builds of the binaries and of the load generators as they are packaged, and one measurement.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, root, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Calls through the relay against a direct call and against other tunnels
    Tunnel,
    /// What a host costs that nobody calls, and what its faces hold
    Idle,
    /// How long a person waits for tray and Canvas
    Desktop,
    /// The local org under a thousand workspaces, and how soon a trial is online
    LocalOrg,
    /// What the policy of deliveries costs, and how many messages one laptop answers
    Delivery,
    /// What becomes of messages while everything that carries them is killed again and again
    Chaos,
    /// How soon thousands of hosts are back when their relay dies and comes again
    Storm,
    /// What an idle link costs the relay, and how many there can be
    Relay,
    /// How soon a workspace is back after its laptop woke
    Wake,
    /// What the Canvas of a large and busy org costs: the host, Ligand's own window, a browser beside plain React Flow
    Canvas,
}

/// Builds what is measured, gets what it is compared with, and measures.
pub(crate) fn bench(name: Name, json: bool) -> Result<(), Failure> {
    let shows = matches!(name, Name::Idle | Name::Desktop | Name::Canvas);
    if shows {
        machine::prepare(Purpose::Test)?;
        ui::build()?;
    } else {
        machine::prepare(Purpose::Run)?;
    }
    step("Build what is measured, as it is packaged", || {
        let mut build = cargo(&["build", "--profile", "dist"]);
        build.args(["-p", "ligand-cli", "-p", "ligand-relay", "-p", "ligand-bench"]);
        if shows {
            build.args(["-p", "ligand-desktop"]);
        }
        check(&mut build)
    })?;
    let built = target().join("dist");
    let mut measure = std::process::Command::new(built.join("ligand-bench"));
    measure.env("LIGAND_BIN_DIR", &built);
    measure.arg(match name {
        Name::Tunnel => "tunnel",
        Name::Idle => "idle",
        Name::Desktop => "desktop",
        Name::LocalOrg => "local-org",
        Name::Delivery => "delivery",
        Name::Chaos => "chaos",
        Name::Storm => "storm",
        Name::Relay => "relay",
        Name::Wake => "wake",
        Name::Canvas => "canvas",
    });
    let peers: &[Peer] = match name {
        Name::Tunnel => &[RATHOLE, BORE],
        Name::Wake => &[RATHOLE],
        _ => &[],
    };
    for one in peers {
        if let Some(binary) = peer(one) {
            measure.arg(format!("--{}", one.name)).arg(binary);
        }
    }
    if name == Name::Canvas {
        // What a browser does is measured from there, by a script of the web code.
        measure.arg("--script").arg(root().join("ui/bench/canvas.mjs"));
    }
    if json {
        measure.arg("--json");
    }
    // Not a step: with --json its last line must stay the last.
    say("==> Measure");
    check(&mut measure)?;
    Ok(())
}

/// A tunnel to compare with.
struct Peer {
    name: &'static str,
    /// Its crate, and the version of it.
    crate_name: &'static str,
    version: &'static str,
    features: &'static [&'static str],
}

const RATHOLE: Peer = Peer {
    name: "rathole",
    crate_name: "rathole",
    version: "0.5.0",
    features: &["--no-default-features", "--features", "server,client,websocket"],
};

const BORE: Peer = Peer {
    name: "bore",
    crate_name: "bore-cli",
    version: "0.6.0",
    features: &[],
};

/// Its binary in the target folder, installed there when missing; None, said aloud, where it cannot be had.
fn peer(peer: &Peer) -> Option<PathBuf> {
    let Peer { name, version, .. } = peer;
    let place = target().join("bench-tools");
    let binary = place.join("bin").join(name);
    if binary.is_file() {
        return Some(binary);
    }
    // Without --locked: rathole's lock file names a crate that this compiler refuses.
    let mut install = cargo(&["install", peer.crate_name, "--version", version]);
    install.args(peer.features).arg("--root").arg(&place);
    match step(&format!("Install {name} {version} to compare with"), || {
        check(&mut install)
    }) {
        Ok(()) => Some(binary),
        Err(failure) => {
            skipped(&format!("the comparison with {name}"), &failure.to_string());
            None
        }
    }
}
