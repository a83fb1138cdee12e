//! `ligand-desktop`: Ligand with a face.
//!
//! Without arguments it is the tray process: it holds the host, as `ligand up` does, and shows in the tray how it is.
//! With `--window` it is the window process: a client of the control socket that shows the Canvas and ends with its
//! window. The two share nothing in memory: what happens to a webview never happens to presence.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod clock;
mod display;
mod failure;
mod only;
mod page;
mod shell;
mod tray;
mod window;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use ligand_host::places::Places;

use crate::{failure::Failure, page::Page};

/// What still runs in the background when everything has ended gets this long.
const LEFTOVERS: Duration = Duration::from_millis(100);

/// Ligand in the tray of the desktop.
#[derive(Debug, Parser)]
#[command(name = "ligand-desktop", version)]
struct Arguments {
    /// Show the Canvas of the running host in a window, and end with it
    #[arg(long, conflicts_with = "local")]
    window: bool,
    /// What the window shows first
    #[arg(long, value_name = "PAGE", requires = "window", hide = true)]
    show: Option<Page>,
    /// Bring a local org and a relay along, and a profile `local` on them
    #[arg(long)]
    local: bool,
    /// A link of the form `ligand://connect?platform=…&workspace=…`: it is shown, and nothing else is done with it
    #[arg(value_name = "LINK", conflicts_with_all = ["window", "local"])]
    link: Option<String>,
}

fn main() -> ExitCode {
    #[cfg(unix)]
    ligand_host::guard_if_asked();
    let arguments = Arguments::parse();
    ligand_hosting::die_with_a_word("ligand-desktop");
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Where nobody listens, the exit code still says it.
            let _unread = writeln!(io::stderr(), "ligand-desktop: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.window {
        window::prepare();
    }
    let places = Places::from_env()?;
    display::open()?;
    // The main thread draws; what waits for the network needs no more than one.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_io_events_per_tick(ligand_host::EVENTS_AT_ONCE)
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    let ended = if arguments.window {
        window::run(&runtime, &places, arguments.show.as_ref())
    } else {
        let link = arguments.link.as_deref().map(Page::of_link);
        tray::run(&runtime, &places, arguments.local, link)
    };
    runtime.shutdown_timeout(LEFTOVERS);
    ended
}

/// Tells of something that goes on whether or not anybody reads it.
fn note(text: impl std::fmt::Display) {
    let mut out = io::stdout().lock();
    let _unread = writeln!(out, "{text}").and_then(|()| out.flush());
}
