//! Who may change things now: this process, if no host runs, or the host that does.

use std::time::Duration;

use ligand_host::{
    control::{Client, ClientError},
    lock::{HostLock, LockError},
    places::Places,
};

/// A host that is on its way out keeps the lock for its last deliveries (10 s); one that is starting has not opened
/// its socket yet. Either is waited for.
const WAIT: Duration = Duration::from_secs(15);
/// How often it is looked whether the other host answers or is gone.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whose turn it is.
#[derive(Debug)]
pub enum Turn {
    /// No host runs, and none can start while this is held.
    Ours(HostLock),
    /// One runs, and answers.
    Theirs(Client),
}

/// Why it cannot be told whose turn it is.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The lock was not taken, and not because of a host that we could speak to.
    #[error(transparent)]
    Lock(LockError),
    /// The running host refuses to speak to us.
    #[error(transparent)]
    Refused(ClientError),
    /// A process holds the lock and neither speaks nor ends.
    #[error("another Ligand process holds the lock and does not answer. End that process, then try again")]
    Silent,
}

/// Finds out whose turn it is.
///
/// # Errors
/// When the lock cannot be used, or its holder answers nothing within 15 seconds.
pub async fn take_turn(places: &Places) -> Result<Turn, TurnError> {
    let client = Client::new(places);
    let turn = async {
        loop {
            match HostLock::take(places) {
                Ok(lock) => return Ok(Turn::Ours(lock)),
                Err(LockError::Held { .. }) => match client.status().await {
                    Ok(_) => return Ok(Turn::Theirs(client)),
                    // It is not listening yet, or it ended with our question in its hands.
                    Err(ClientError::NotRunning | ClientError::Broken(_)) => {
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                    Err(refused) => return Err(TurnError::Refused(refused)),
                },
                Err(error) => return Err(TurnError::Lock(error)),
            }
        }
    };
    tokio::time::timeout(WAIT, turn)
        .await
        .unwrap_or(Err(TurnError::Silent))
}

#[cfg(test)]
mod tests {
    use ligand_host::host::{Host, HostOptions};

    use super::*;

    #[tokio::test]
    async fn without_a_host_it_is_our_turn_and_with_one_it_is_theirs() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        let Turn::Ours(lock) = take_turn(&places).await.unwrap() else {
            panic!("nobody else is there");
        };
        let host = Host::start(places.clone(), lock, HostOptions::default())
            .await
            .unwrap();
        assert!(matches!(take_turn(&places).await.unwrap(), Turn::Theirs(_)));
        drop(host);
    }
}
