//! `cargo xtask test`: what must be right before anything is published.
//!
//! Every runner writes to this terminal, so that its own closing lines stand in the output.

use std::process::Command;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, on_path, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// Targets beside this machine's own whose code can be checked here, and the C compiler that SQLite needs for it.
const OTHER_TARGETS: &[(&str, &str)] = &[
    ("x86_64-pc-windows-gnu", "x86_64-w64-mingw32-gcc"),
    ("x86_64-apple-darwin", "x86_64-apple-darwin-cc"),
    ("aarch64-apple-darwin", "aarch64-apple-darwin-cc"),
    ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu-gcc"),
];

/// Formatting, lints, unit tests, the web code's, end-to-end tests; with `full` also what takes long.
pub(crate) fn test(full: bool) -> Result<(), Failure> {
    machine::prepare(Purpose::Test)?;
    step("Formatting", || check(&mut cargo(&["fmt", "--all", "--check"])))?;
    step("Lints", || {
        check(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    step("Unit tests", || {
        check(&mut cargo(&[
            "test",
            "--workspace",
            "--exclude",
            "ligand-e2e",
            "--no-fail-fast",
        ]))
    })?;
    ui::checks()?;
    step("Build the binaries", || {
        check(&mut cargo(&["build", "-p", "ligand-cli", "-p", "ligand-relay"]))
    })?;
    step("End-to-end tests", || check(&mut end_to_end(&["--no-fail-fast"])))?;
    if full {
        long()?;
    }
    say("==> Everything passed");
    Ok(())
}

fn end_to_end(arguments: &[&str]) -> Command {
    let mut command = cargo(&["test", "-p", "ligand-e2e"]);
    command
        .args(arguments)
        .env("LIGAND_BIN_DIR", target().join("debug"));
    command
}

fn long() -> Result<(), Failure> {
    step("Soaks", || {
        check(&mut end_to_end(&["--no-fail-fast", "--", "--ignored"]))
    })?;
    step("Release builds", || {
        check(&mut cargo(&[
            "build",
            "--release",
            "-p",
            "ligand-cli",
            "-p",
            "ligand-relay",
        ]))
    })?;
    for (triple, compiler) in OTHER_TARGETS {
        let name = format!("Check for {triple}");
        if !installed_targets().iter().any(|installed| installed == triple) {
            skipped(
                &name,
                &format!("its standard library is not here; `rustup target add {triple}` gets it"),
            );
        } else if !on_path(compiler) {
            skipped(&name, &format!("SQLite needs {compiler}, which is not here"));
        } else {
            step(&name, || {
                check(&mut cargo(&[
                    "check",
                    "-p",
                    "ligand-cli",
                    "-p",
                    "ligand-relay",
                    "--target",
                    triple,
                ]))
            })?;
        }
    }
    Ok(())
}

/// The targets whose standard library is here, as rustup says.
fn installed_targets() -> Vec<String> {
    let listed = Command::new("rustup")
        .args(["target", "list", "--installed"])
        .output();
    listed.map_or_else(
        |_no_rustup| Vec::new(),
        |list| {
            String::from_utf8_lossy(&list.stdout)
                .lines()
                .map(str::to_owned)
                .collect()
        },
    )
}
