//! The web code: its packages from npm, its checks, its tests, its build. npm's own lock file says which versions.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::shell::{Failure, check, root};
use crate::step::step;

/// The oldest Node that the web code is built with: `engines` in `package.json`.
const NODE: (u32, u32) = (20, 19);

/// Why the web code can't be built here, as far as the machine is to blame.
pub(crate) fn missing_node() -> Option<String> {
    let wanted = format!("Node {}.{} or newer (https://nodejs.org)", NODE.0, NODE.1);
    let Ok(said) = Command::new("node").arg("--version").output() else {
        return Some(format!("it needs {wanted}, and there is no `node` here"));
    };
    let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    match version(&said) {
        Some(version) if version >= NODE => None,
        _ => Some(format!("it needs {wanted}, and `node --version` says {said:?}")),
    }
}

/// The first two numbers of `v20.19.4`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Builds the pages that the programs show, where they are older than what they are made of: the programs are built
/// again whenever the pages are.
pub(crate) fn build() -> Result<(), Failure> {
    packages()?;
    let ui = root().join("ui");
    // The folder that only a real build makes; where there was none, a placeholder stands in `dist`.
    let built = newest(&ui.join("dist/assets"));
    let made_of = MADE_OF.iter().filter_map(|part| newest(&ui.join(part))).max();
    if built.is_some() && built > made_of {
        return Ok(());
    }
    step("Build the web code", || check(npm().args(["run", "build"])))
}

/// What the pages are made of, in the web code's folder.
const MADE_OF: &[&str] = &[
    "src",
    "index.html",
    "package-lock.json",
    "vite.config.ts",
    "../icons/ligand.svg",
];

/// When the file, or the newest below the folder, was written.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).ok()?.modified().ok();
    let Ok(entries) = fs::read_dir(path) else {
        return own;
    };
    entries
        .flatten()
        .filter_map(|entry| newest(&entry.path()))
        .chain(own)
        .max()
}

/// Installs the packages where they are missing or older than the lock file.
fn packages() -> Result<(), Failure> {
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
    ] {
        step(name, || check(npm().args(["run", script])))?;
    }
    build()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_version_is_read_and_compared() {
        assert!(version("v20.19.0").unwrap() >= NODE && version("v22.1.3").unwrap() >= NODE);
        assert!(version("v18.20.4").unwrap() < NODE && version("v20.9.0").unwrap() < NODE);
        assert_eq!(version("nonsense"), None);
    }

    #[test]
    fn the_web_code_says_the_same_of_node() {
        let package = fs::read_to_string(root().join("ui/package.json")).unwrap();
        assert!(package.contains(&format!("\"node\": \">={}.{}\"", NODE.0, NODE.1)));
    }
}
