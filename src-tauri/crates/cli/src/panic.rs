//! The last word of a fault of ours: one line for people, the place in the log, exit code 1. A half-dead host would
//! look alive.

use std::{
    io::{self, Write},
    panic::PanicHookInfo,
    time::Duration,
};

use crate::failure::Exit;

/// The log is written on a thread of its own, which gets this long to write the last line.
const LAST_LINE: Duration = Duration::from_millis(100);

/// Makes a panic in any thread end the process.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = place(info);
        tracing::error!(%place, "Ligand failed: a fault in the program");
        let _unread = writeln!(
            io::stderr(),
            "ligand: a fault in Ligand itself, at {place}. Please report it, and start it again with the same command"
        );
        std::thread::sleep(LAST_LINE);
        std::process::exit(Exit::Failed as i32);
    }));
}

/// Where it was. What it says is left out: it may quote what came from outside.
fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(
        || "an unknown place".to_owned(),
        |at| format!("{}:{}", at.file(), at.line()),
    )
}
