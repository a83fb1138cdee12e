//! The unit file: what systemd thinks of it, where systemd is.

use std::process::Command;

const UNIT: &str = include_str!("../../deploy/ligand-relay.service");
/// The most exposure that is allowed, in tenths; an unconfined service has 96.
const EXPOSURE: &str = "--threshold=20";

/// The unit as it is installed, with this build's own binary; nothing where there is no tool to look at it.
fn analyze(words: &[&str]) -> Option<(bool, String)> {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("ligand-relay.service");
    let text = UNIT.replace("/usr/local/bin/ligand-relay", env!("CARGO_BIN_EXE_ligand-relay"));
    std::fs::write(&unit, text).unwrap();
    let output = Command::new("systemd-analyze")
        .args(words)
        .arg(&unit)
        .output()
        .ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn systemd_finds_nothing_wrong_with_it() {
    if let Some((good, said)) = analyze(&["verify"]) {
        assert!(good && said.trim().is_empty(), "{said}");
    }
}

#[test]
fn it_leaves_the_relay_little_to_do_harm_with() {
    if let Some((good, said)) = analyze(&["security", "--offline=yes", "--no-pager", EXPOSURE]) {
        assert!(good, "{said}");
    }
}

#[test]
fn systemd_waits_for_longer_than_the_relay_drains() {
    let seconds = |name: &str| -> u64 {
        let line = UNIT.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.parse().unwrap()
    };
    let drain = ligand_relay::Options::DEFAULT_DRAIN.as_secs();
    assert!(seconds("TimeoutStopSec=") >= drain + 5);
}
