//! The last word of a fault of ours: one line for people, the place in the log, exit code 1. A half-dead host would
//! look alive.

use std::panic::PanicHookInfo;

use crate::failure::Exit;

/// Makes a panic in any thread end the process.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = place(info);
        tracing::error!(%place, "Ligand failed: a fault in the program");
        eprintln!(
            "ligand: a fault in Ligand itself, at {place}; please report it, start it again with the same command"
        );
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
