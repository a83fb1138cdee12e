//! `cargo xtask test`: what must be right before anything is published.
//!
//! Every runner writes to this terminal, so that its own closing lines stand in the output.

use std::env;
use std::process::Command;

use crate::machine::{self, Purpose};
use crate::package;
use crate::python;
use crate::shell::{Failure, cargo, check, on_path, target};
use crate::step::{say, skipped, step};
use crate::ui;

/// A target beside this machine's own whose code can be checked here.
struct OtherTarget {
    triple: &'static str,
    /// A C compiler for it: SQLite and the cryptography below TLS are C, and are built even for a check.
    compiler: &'static str,
    /// The variable that names another one.
    variable: &'static str,
    /// Where it comes from.
    origin: Origin,
}

/// Where a C compiler comes from.
enum Origin {
    Debian(&'static str),
    /// Nothing installs it here: what a person can do instead.
    ByHand(&'static str),
}

const OTHER_TARGETS: &[OtherTarget] = &[
    OtherTarget {
        triple: "x86_64-pc-windows-gnu",
        compiler: "x86_64-w64-mingw32-gcc",
        variable: "CC_x86_64_pc_windows_gnu",
        origin: Origin::Debian("gcc-mingw-w64-x86-64"),
    },
    OtherTarget {
        triple: "x86_64-apple-darwin",
        compiler: "x86_64-apple-darwin-cc",
        variable: "CC_x86_64_apple_darwin",
        origin: Origin::ByHand(
            "for example a script around `zig cc -target x86_64-macos` that leaves out `--target` and every flag \
             for a macOS version, and makes an empty object of each .m file",
        ),
    },
];

/// Formatting, the web code, lints, unit tests, end-to-end tests; with `full` also what takes long.
pub(crate) fn test(full: bool) -> Result<(), Failure> {
    machine::prepare(Purpose::Test)?;
    python::environments();
    step("Formatting", || check(&mut cargo(&["fmt", "--all", "--check"])))?;
    // First of all that is built: the built pages become a part of the programs.
    ui::checks()?;
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
    step("Build the binaries", || {
        check(&mut cargo(&[
            "build",
            "-p",
            "ligand-cli",
            "-p",
            "ligand-relay",
            "-p",
            "ligand-desktop",
        ]))
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
        // One after the other: they look at what a load does.
        check(&mut end_to_end(&[
            "--no-fail-fast",
            "--",
            "--ignored",
            "--test-threads",
            "1",
        ]))
    })?;
    step("Chaos", || {
        check(&mut cargo(&["build", "-p", "ligand-bench"]))?;
        let mut chaos = Command::new(target().join("debug").join("ligand-bench"));
        chaos.args(["chaos", "--messages", "600", "--kills", "18"]);
        check(chaos.env("LIGAND_BIN_DIR", target().join("debug")))
    })?;
    // With the release binaries, tried as they come out of the package.
    package::package(&package::Wishes::default())?;
    for target in OTHER_TARGETS {
        let triple = target.triple;
        let name = format!("Check for {triple}");
        match get(target) {
            Ok(()) => step(&name, || {
                check(&mut cargo(&[
                    "clippy",
                    "-p",
                    "ligand-cli",
                    "-p",
                    "ligand-relay",
                    "--target",
                    triple,
                    "--",
                    "-D",
                    "warnings",
                ]))
            })?,
            Err(why) => skipped(&name, &why),
        }
    }
    Ok(())
}

/// Gets what a check for that target needs, or says why it can't be had.
fn get(target: &OtherTarget) -> Result<(), String> {
    let triple = target.triple;
    if !installed_targets().iter().any(|installed| installed == triple) {
        step(&format!("Get the standard library for {triple}"), || {
            check(Command::new("rustup").args(["target", "add", triple]))
        })
        .map_err(|failure| failure.to_string())?;
    }
    if on_path(target.compiler) || env::var_os(target.variable).is_some() {
        return Ok(());
    }
    match target.origin {
        Origin::Debian(package) => {
            machine::install_packages(&[target.compiler], &[package]).map_err(|failure| failure.to_string())
        }
        Origin::ByHand(how) => Err(format!(
            "it needs a C compiler: set {} to one, {how}",
            target.variable
        )),
    }
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
