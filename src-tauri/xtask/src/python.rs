//! The Python environments of the A2A tests: one for each version of the protocol's own library, with every package
//! pinned. Where they can't be had, those tests say so and are left out.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{Failure, check, root, target};
use crate::step::{skipped, step};

/// The versions of the library; each has a list of packages in `tests/a2a` and a folder below `target`.
const VERSIONS: [&str; 2] = ["1", "03"];
/// Says in an environment's folder for which list it was made.
const MADE_FOR: &str = ".ready";

/// Makes the environments that are missing or of another list.
pub(crate) fn environments() {
    for version in VERSIONS {
        let name = format!("Python environment with a2a-sdk of requirements-{version}.txt");
        if let Err(why) = environment(version, &name) {
            skipped(
                &format!("A2A tests of requirements-{version}.txt"),
                &format!("their Python environment can't be made: {why}"),
            );
        }
    }
}

fn environment(version: &str, name: &str) -> Result<(), Failure> {
    let list = root().join(format!("tests/a2a/requirements-{version}.txt"));
    let folder = target().join(format!("a2a-{version}"));
    let wanted = read(&list)?;
    if fs::read_to_string(folder.join(MADE_FOR)).is_ok_and(|made_for| made_for == wanted) {
        return Ok(());
    }
    step(name, || {
        check(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
        check(
            Command::new(folder.join("bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--requirement",
                ])
                .arg(&list),
        )?;
        // Last of all, so that half an environment is made again.
        let made_for = folder.join(MADE_FOR);
        fs::write(&made_for, wanted).map_err(|error| Failure::File {
            path: made_for,
            error,
        })
    })
}

fn read(list: &Path) -> Result<String, Failure> {
    fs::read_to_string(list).map_err(|error| Failure::File {
        path: list.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        for version in VERSIONS {
            let list = read(&root().join(format!("tests/a2a/requirements-{version}.txt"))).unwrap();
            assert!(
                list.lines().count() > 5 && list.lines().all(|line| line.contains("==")),
                "{version}"
            );
        }
    }
}
