//! macOS and Windows, through auto-launch: a launch agent there, a value in the registry here.

use std::{io, path::Path};

use auto_launch::{AutoLaunch, AutoLaunchBuilder};

/// The name in the system's own list.
const NAME: &str = "Ligand";

pub(super) fn is_on() -> bool {
    // The list is by name: whichever program stands in it.
    entry("ligand-desktop").is_ok_and(|entry| entry.is_enabled().unwrap_or(false))
}

pub(super) fn put(program: &Path) -> io::Result<()> {
    let program = program
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the program's path is no text"))?;
    entry(program)?.enable().map_err(io::Error::other)
}

pub(super) fn remove() -> io::Result<Option<String>> {
    let entry = entry("ligand-desktop")?;
    if !entry.is_enabled().map_err(io::Error::other)? {
        return Ok(None);
    }
    entry.disable().map_err(io::Error::other)?;
    Ok(Some("the system's own list".to_owned()))
}

fn entry(program: &str) -> io::Result<AutoLaunch> {
    let mut builder = AutoLaunchBuilder::new();
    builder.set_app_name(NAME).set_app_path(program);
    builder.build().map_err(io::Error::other)
}
