//! Whether this login of the user starts Ligand's tray. Off until somebody switches it on; nothing else ever does.
//!
//! (`ligand service` is another thing: it has the system keep a host without a screen running.)

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod elsewhere;
#[cfg(all(unix, not(target_os = "macos")))]
mod xdg;

use std::{env, io, path::PathBuf};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[cfg(not(all(unix, not(target_os = "macos"))))]
use self::elsewhere as system;
#[cfg(all(unix, not(target_os = "macos")))]
use self::xdg as system;

/// The program with the tray.
const PROGRAM: &str = "ligand-desktop";

/// Whether the login starts the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LoginItem {
    /// It does.
    pub on: bool,
}

/// Why it cannot be switched.
#[derive(Debug, thiserror::Error)]
pub enum LoginItemError {
    /// There is nothing to start.
    #[error("there is no {PROGRAM} beside this program; install the desktop package")]
    NoProgram,
    /// The system does not take it.
    #[error("the login item cannot be changed: {0}")]
    System(#[from] io::Error),
}

/// Whether the login starts the tray.
#[must_use]
pub fn is_on() -> bool {
    system::is_on()
}

/// Has the login start the tray, or not any more.
///
/// # Errors
/// When there is no tray on this machine, or the system's own list cannot be written.
pub fn set(on: bool) -> Result<(), LoginItemError> {
    match on {
        true => system::put(&program().ok_or(LoginItemError::NoProgram)?)?,
        false => drop(remove()?),
    }
    Ok(())
}

/// Takes the tray out of what starts at login, and says where it was; nothing, if it was not.
///
/// # Errors
/// When the system's own list cannot be written.
pub fn remove() -> Result<Option<String>, LoginItemError> {
    Ok(system::remove()?)
}

/// The program with the tray: this one, or the one beside it.
fn program() -> Option<PathBuf> {
    let this = env::current_exe().ok()?;
    if this.file_stem()? == PROGRAM {
        return Some(this);
    }
    let beside = this
        .with_file_name(PROGRAM)
        .with_extension(env::consts::EXE_EXTENSION);
    beside.is_file().then_some(beside)
}
