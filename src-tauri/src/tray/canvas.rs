//! Opening the window: the one that is there comes to the front, or a new process of this binary shows one.

use std::{io, process::Stdio};

use ligand_host::{places::Places, resident};
use tokio::process::Command;

use crate::{
    only::{self, Word},
    page::Page,
    window,
};

/// Opens it on a page; with none, on the Canvas, or as it is if it is open. Returns when that has begun.
pub(super) async fn open(places: &Places, page: Option<&Page>) -> io::Result<()> {
    let wanted = page.map_or(Word::Raise, |page| Word::Show(page.clone()));
    if only::tell(places, &wanted).await {
        return Ok(());
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--window").envs(window::variable());
    if let Some(page) = page {
        command.arg("--show").arg(page.words());
    }
    let mut window = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    // Somebody has to hear of its end, or it would stay in the system's table of processes.
    tokio::spawn(async move {
        match window.wait().await {
            Ok(status) if status.success() => {}
            Ok(status) => tracing::warn!(%status, "the window's process failed"),
            Err(error) => tracing::warn!(%error, "the window's process got lost"),
        }
        // Nobody looks any more: this process goes back to what it needs for that.
        resident::let_go().await;
    });
    Ok(())
}
