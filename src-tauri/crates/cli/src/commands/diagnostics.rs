//! `ligand diagnostics`: how everything is, to be given to somebody who helps; as text, or as a zip with logs, config,
//! checks and versions. A running host gathers it, and without one this command.

use std::path::Path;

use ligand_host::{diagnostics, places::Places};
use ligand_hosting::{Turn, take_turn};

use crate::{args::Diagnostics, commands::connect::here, failure::Failure, out};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Diagnostics) -> Result<(), Failure> {
    let Some(file) = args.out else {
        let summary = match take_turn(places).await? {
            Turn::Ours(lock) => diagnostics::without_host(places, lock).await,
            Turn::Theirs(client) => client.diagnostics().await?,
        };
        return out::print(&summary.text);
    };
    let file = here()?.join(file);
    let written = match take_turn(places).await? {
        Turn::Ours(lock) => diagnostics::write_without_host(places, lock, file.clone()).await?,
        Turn::Theirs(client) => {
            let written = client.write_diagnostics().await?;
            copy(Path::new(&written.path), &file)?;
            written
        }
    };
    out::line(format!(
        "Written: {} ({} files: {})",
        file.display(),
        written.files.len(),
        written.files.join(", ")
    ))?;
    out::line("No token, key, door's address or message is in it; README.txt in it says what is.")
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::copy(from, to).map(drop).map_err(|error| {
        Failure::failed(format!(
            "{} cannot be written: {error}; the same is in {}",
            to.display(),
            from.display()
        ))
    })
}
