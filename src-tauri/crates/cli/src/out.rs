//! Standard output that may be closed at any time by whoever reads along.

use std::io::{self, Write};

use crate::failure::Failure;

/// Prints a text as it is. When the reader has left (`ligand logs | head`), the command has done its work.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::failed(format!(
            "standard output cannot be written: {error}"
        ))),
        Ok(()) => Ok(()),
    }
}

/// Prints a line.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}

/// Tells of something that goes on whether or not anybody reads it: a host outlives the terminal's reader.
pub(crate) fn note(text: impl std::fmt::Display) {
    let mut out = io::stdout().lock();
    let _unread = writeln!(out, "{text}").and_then(|()| out.flush());
}
