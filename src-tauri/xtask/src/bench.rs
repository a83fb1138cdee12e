//! `cargo xtask bench`: release builds of the binaries and of the load generators, and one measurement.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// The version of rathole that the tunnel is compared with.
const RATHOLE: &str = "0.5.0";

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Calls through the relay against a direct call and against rathole
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
    /// How soon a workspace is back after its laptop woke
    Wake,
}

/// Builds what is measured, gets what it is compared with, and measures.
pub(crate) fn bench(name: Name, json: bool) -> Result<(), Failure> {
    let shows = matches!(name, Name::Idle | Name::Desktop);
    if shows {
        machine::prepare(Purpose::Test)?;
        ui::build()?;
    } else {
        machine::prepare(Purpose::Run)?;
    }
    step("Build the binaries and the load generators in release", || {
        let mut build = cargo(&["build", "--release"]);
        build.args(["-p", "ligand-cli", "-p", "ligand-relay", "-p", "ligand-bench"]);
        if shows {
            build.args(["-p", "ligand-desktop"]);
        }
        check(&mut build)
    })?;
    let release = target().join("release");
    let mut measure = std::process::Command::new(release.join("ligand-bench"));
    measure.env("LIGAND_BIN_DIR", &release);
    measure.arg(match name {
        Name::Tunnel => "tunnel",
        Name::Idle => "idle",
        Name::Desktop => "desktop",
        Name::LocalOrg => "local-org",
        Name::Delivery => "delivery",
        Name::Chaos => "chaos",
        Name::Storm => "storm",
        Name::Wake => "wake",
    });
    if matches!(name, Name::Tunnel | Name::Wake)
        && let Some(rathole) = rathole()
    {
        measure.arg("--rathole").arg(rathole);
    }
    if json {
        measure.arg("--json");
    }
    // Not a step: with --json its last line must stay the last.
    say("==> Measure");
    check(&mut measure)
}

/// rathole in the target folder, installed there when missing; None, said aloud, where it cannot be had.
fn rathole() -> Option<PathBuf> {
    let place = target().join("bench-tools");
    let binary = place.join("bin").join("rathole");
    if binary.is_file() {
        return Some(binary);
    }
    // Without --locked: the lock file that it was published with names a crate that this compiler refuses.
    let install = [
        "install",
        "rathole",
        "--version",
        RATHOLE,
        "--no-default-features",
        "--features",
        "server,client",
    ];
    let name = format!("Install rathole {RATHOLE} to compare with");
    match step(&name, || check(cargo(&install).arg("--root").arg(&place))) {
        Ok(()) => Some(binary),
        Err(failure) => {
            skipped("the comparison with rathole", &failure.to_string());
            None
        }
    }
}
