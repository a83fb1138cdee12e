//! The plain agent in Python, which a host starts by its command.

use std::path::Path;

/// The lines of an agent's table that start it: good, or bad in that way, with `more` lines of the table.
#[must_use]
pub fn plain_agent(how: &str, more: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/plain.py");
    format!(
        "kind = \"command\"\nargv = [\"python3\", \"-B\", \"{}\", \"{how}\"]\n{more}",
        script.display()
    )
}
