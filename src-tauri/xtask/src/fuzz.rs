//! `cargo xtask fuzz`: what strangers can send, tried with inputs that libFuzzer makes up.
//!
//! libFuzzer learns from which code an input reaches, so everything but build scripts is compiled with counters, in a
//! folder of its own. That needs no other compiler than the usual one; a memory checker would, and is not there:
//! what is fuzzed has no unsafe code of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::machine::{self, Purpose};
use crate::shell::{Failure, cargo, check, root, target};
use crate::step::{say, step};

/// What libFuzzer wants of the compiler.
const COUNTERS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Longest input: a card may be longer, and nothing new would come of it.
const LONGEST: usize = 16 * 1024;
/// An input that takes longer, in seconds, is a find.
const SLOWEST: u32 = 5;

/// What is fuzzed.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Target {
    /// The first thing that a relay hears
    Hello,
    /// Calls and answers, as HTTP
    Http,
    /// Paths under a door
    Door,
    /// An agent's card, rewritten
    Card,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Http => "http",
            Self::Door => "door",
            Self::Card => "card",
        }
    }
}

/// Fuzzes one target, or each in turn, for so many minutes.
pub(crate) fn fuzz(only: Option<Target>, minutes: u32) -> Result<(), Failure> {
    machine::prepare(Purpose::Run)?;
    let folder = target().join("fuzz");
    let triple = host_triple()?;
    step("Build the fuzzers", || {
        check(
            cargo(&[
                "build",
                "-p",
                "ligand-fuzz",
                "--features",
                "libfuzzer",
                "--bins",
                "--profile",
                "fuzz",
            ])
            .args(["--target", &triple])
            .env("RUSTFLAGS", COUNTERS)
            .env("CARGO_TARGET_DIR", &folder),
        )
    })?;
    let programs = folder.join(&triple).join("fuzz");
    for target in Target::value_variants() {
        if only.is_none_or(|only| only.name() == target.name()) {
            let name = target.name();
            step(&format!("Fuzz {name} for {minutes} min"), || {
                run(name, &programs, &folder, minutes)
            })?;
        }
    }
    Ok(())
}

fn run(name: &str, programs: &Path, folder: &Path, minutes: u32) -> Result<(), Failure> {
    let (corpus, finds) = (
        made(folder.join("corpus").join(name))?,
        made(folder.join("finds").join(name))?,
    );
    let given = root().join("src-tauri/fuzz");
    let mut command = Command::new(programs.join(format!("fuzz-{name}")));
    command
        .arg(format!("-max_total_time={}", u64::from(minutes) * 60))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-artifact_prefix={}/", finds.display()))
        .arg(format!("-dict={}", given.join("words").join(name).display()))
        .args(["-print_final_stats=1", "-print_funcs=0", "-verbosity=0"])
        .arg(&corpus);
    for inputs in ["seeds", "found"] {
        let inputs = given.join(inputs).join(name);
        if inputs.is_dir() {
            command.arg(inputs);
        }
    }
    let done = check(&mut command);
    if done.is_err() {
        say(&format!(
            "    The input is in {}. Put it into src-tauri/fuzz/found/{name}, and every test run tries it.",
            finds.display()
        ));
    }
    done
}

fn made(folder: PathBuf) -> Result<PathBuf, Failure> {
    match fs::create_dir_all(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => Err(Failure::File { path: folder, error }),
    }
}

/// This machine's own target: named, so that build scripts are compiled as usual.
fn host_triple() -> Result<String, Failure> {
    let asked = Command::new("rustc").args(["--print", "host-tuple"]).output();
    let said = asked.map_err(|error| Failure::NotStarted {
        command: "rustc --print host-tuple".to_owned(),
        error,
    })?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_and_something_to_begin_with() {
        let crate_folder = root().join("src-tauri/fuzz");
        for target in Target::value_variants() {
            let name = target.name();
            assert!(
                crate_folder.join("bin").join(format!("{name}.rs")).is_file(),
                "{name}"
            );
            assert!(crate_folder.join("seeds").join(name).is_dir(), "{name}");
            assert!(crate_folder.join("words").join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn the_machine_knows_its_own_name() {
        assert!(host_triple().is_ok_and(|triple| triple.split('-').count() >= 3));
    }
}
