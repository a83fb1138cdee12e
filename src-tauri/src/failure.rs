//! Why the shell cannot do its work: what, why, what next, in one line.

use std::io;

use ligand_host::{control::ClientError, logging::LoggingError, places::PlacesError};
use ligand_hosting::TurnError;

/// Why the process ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No folders.
    #[error(transparent)]
    Places(#[from] PlacesError),
    /// Nothing can be shown here.
    #[cfg(all(unix, not(target_os = "macos")))]
    #[error(
        "there is no display to show anything on{0}. Log in to a desktop, or run the host without a screen: `ligand up`"
    )]
    NoDisplay(&'static str),
    /// The tokio runtime.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// It cannot be told whether a host runs.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// No log.
    #[error(transparent)]
    Log(#[from] LoggingError),
    /// The window's process cannot be started, or the open one not be reached.
    #[error("the window cannot be opened: {0}. `ligand status` says how things are")]
    Window(io::Error),
    /// The host that runs does not bring the local org along.
    #[error("the local org did not come along: {0}")]
    Local(ClientError),
    /// Tray or window cannot be made.
    #[error("the desktop does not take Ligand's tray or window: {0}. `ligand up` runs the host without them")]
    Shell(#[from] tauri::Error),
}
