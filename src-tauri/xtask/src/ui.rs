//! The web code: its packages from npm, its checks, its tests, its build. npm's own lock file says which versions.

use std::fs;
use std::process::Command;

use crate::shell::{Failure, check, root};
use crate::step::step;

/// Installs the packages where they are missing or older than the lock file.
pub(crate) fn packages() -> Result<(), Failure> {
    if are_current() {
        return Ok(());
    }
    step("Install the web code's packages with npm", || {
        check(npm().args(["ci", "--no-audit", "--no-fund"]))
    })
}

/// Types, lints, unit tests, and that it builds.
pub(crate) fn checks() -> Result<(), Failure> {
    packages()?;
    for (name, script) in [
        ("Types of the web code", "typecheck"),
        ("Lints of the web code", "lint"),
        ("Unit tests of the web code", "test"),
        ("Build the web code", "build"),
    ] {
        step(name, || check(npm().args(["run", script])))?;
    }
    Ok(())
}

/// npm writes this file last of all, so it is as new as what is installed.
fn are_current() -> bool {
    let changed = |file: &str| fs::metadata(root().join("ui").join(file)).and_then(|meta| meta.modified());
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui"));
    command
}
