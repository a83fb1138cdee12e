//! `ligand down`: ends the running host, and returns when it is gone.

use std::time::Duration;

use ligand_host::{
    control::Client,
    lock::{HostLock, LockError},
    places::Places,
};

use crate::{failure::Failure, out};

/// The host gives deliveries in flight 10 s; the rest is margin.
const GONE_WITHIN: Duration = Duration::from_secs(15);
/// How often it is looked whether the host is gone.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs the command.
pub(crate) async fn run(places: &Places) -> Result<(), Failure> {
    Client::new(places).shutdown().await?;
    match tokio::time::timeout(GONE_WITHIN, gone(places)).await {
        Ok(()) => out::line("Ligand has ended."),
        Err(_) => Err(Failure::failed(format!(
            "the host has not ended within {} s; look into `ligand logs`, or end its process (`ligand status` names it)",
            GONE_WITHIN.as_secs()
        ))),
    }
}

/// The lock is the last thing that a host gives back: once it is free, the next one can start.
async fn gone(places: &Places) {
    while let Err(LockError::Held { .. }) = HostLock::take(places) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
