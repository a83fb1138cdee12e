//! The namespace that a whole test runs in, so that it may make networks and harms none that is there.

use std::process::{Command, Stdio};

/// Set for the test in there.
const INSIDE: &str = "LIGAND_TEST_NETWORK";

/// How a namespace is had: as root, or as somebody who is root in a namespace of users.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];

/// Whether this is the test in a namespace of its own. Else it is run again in one, and this returns when that has
/// ended; where no namespace can be had it is skipped, and says so.
///
/// # Panics
/// When the test in there fails.
#[must_use]
pub fn in_a_network_of_its_own(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let Some(way) = WAYS.into_iter().find(|way| is_open(way)) else {
        eprintln!("SKIPPED: {test} needs network namespaces: run it as root, or allow namespaces of users");
        return false;
    };
    let output = Command::new("unshare")
        .args(way)
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, told) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    eprintln!("{told}");
    assert!(
        output.status.success() && said.contains("1 passed"),
        "in a namespace of its own: {said}"
    );
    false
}

/// Whether this way leads to a namespace in which links can be made, and from which another one can.
fn is_open(way: &[&str]) -> bool {
    let tried = Command::new("unshare")
        .args(way)
        .args([
            "--",
            "sh",
            "-c",
            "ip link add near type veth peer name far && unshare --net true",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}
