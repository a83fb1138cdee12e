//! `cargo xtask`: set-up, running, testing, measuring and packaging, on a machine that has Rust.
//!
//! It is built before anything else is installed, so it depends on little and on nothing of ours. What it starts
//! keeps this terminal: its output is passed on untouched.

mod bench;
mod fuzz;
mod icons;
mod machine;
mod package;
mod python;
mod run;
mod shell;
mod step;
mod test;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Run, test and measure Ligand",
    disable_version_flag = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build, and start Ligand on an org of its own that runs on this machine
    Run,
    /// Formatting, lints, unit tests and end-to-end tests
    Test {
        /// Also what takes long: soaks, release builds, other targets
        #[arg(long)]
        full: bool,
    },
    /// Measure release builds
    Bench {
        /// What to measure
        name: bench::Name,
        /// One JSON object as the last line of standard output, besides the table
        #[arg(long)]
        json: bool,
    },
    /// Try what strangers can send with inputs that nobody thought of
    Fuzz {
        /// What to fuzz; each in turn without it
        target: Option<fuzz::Target>,
        /// For how long each
        #[arg(long, default_value_t = 10)]
        minutes: u32,
    },
    /// Make the Linux packages, check them, and try what is in them
    Package(package::Wishes),
    /// Make the icon files from their drawings
    Icons,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run => run::run(),
        Task::Test { full } => test::test(full),
        Task::Bench { name, json } => bench::bench(name, json),
        Task::Fuzz { target, minutes } => fuzz::fuzz(target, minutes),
        Task::Package(wishes) => package::package(&wishes),
        Task::Icons => icons::icons(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
