//! The last word of a fault of ours: one line for people, the place in the log, exit code 1. A half-dead host would
//! look alive.

use std::{
    io::{self, Write},
    panic::PanicHookInfo,
    time::Duration,
};

/// The log is written on a thread of its own, which gets this long to write the last line.
const LAST_LINE: Duration = Duration::from_millis(100);

/// The exit code of a process that failed.
const FAILED: i32 = 1;

/// From now on a panic in any thread ends the process, with a word under the process's own name.
pub fn die_with_a_word(process: &'static str) {
    std::panic::set_hook(Box::new(move |info| {
        let place = place(info);
        tracing::error!(%place, "Ligand failed: a fault in the program");
        let _unread = writeln!(
            io::stderr(),
            "{process}: a fault in Ligand itself, at {place}. Please report it, and start it again with the same \
             command"
        );
        std::thread::sleep(LAST_LINE);
        std::process::exit(FAILED);
    }));
}

/// Where it was. What it says is left out: it may quote what came from outside.
fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(
        || "an unknown place".to_owned(),
        |at| format!("{}:{}", at.file(), at.line()),
    )
}
