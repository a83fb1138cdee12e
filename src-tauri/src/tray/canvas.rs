//! Opening the Canvas: the window that is there comes to the front, or a new process of this binary shows one.

use std::{io, process::Stdio};

use ligand_host::places::Places;
use tokio::process::Command;

use crate::only::{self, Word};

/// Opens it; returns when that has begun.
pub(super) async fn open(places: &Places) -> io::Result<()> {
    if only::tell(places, Word::Raise).await {
        return Ok(());
    }
    let mut window = Command::new(std::env::current_exe()?)
        .arg("--window")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    // Somebody has to hear of its end, or it would stay in the system's table of processes.
    tokio::spawn(async move {
        match window.wait().await {
            Ok(status) if status.success() => {}
            Ok(status) => tracing::warn!(%status, "the window's process failed"),
            Err(error) => tracing::warn!(%error, "the window's process got lost"),
        }
    });
    Ok(())
}
