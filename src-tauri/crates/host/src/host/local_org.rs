//! The local org of a host that runs: it is asked of the process that holds the host, which may have one to bring along.
//!
//! The host knows neither the org nor its relay. It gives the vault to who does, keeps everybody else off config and
//! vault meanwhile, and starts the profile that stands in the config then.

use std::fmt;

use tokio::sync::{mpsc, oneshot};

use super::{HostError, HostHandle};
use crate::{config::ProfileName, setup::SetupError, vault::Vault};

/// Requests at once: the host makes one after the other.
const AT_ONCE: usize = 1;

/// The host's way to who brings the local org along.
#[derive(Debug, Clone)]
pub struct LocalOrg(mpsc::Sender<BringLocalOrg>);

impl LocalOrg {
    /// The way, and what comes along it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<BringLocalOrg>) {
        let (asks, asked) = mpsc::channel(AT_ONCE);
        (Self(asks), asked)
    }

    async fn bring(&self, vault: Vault) -> Result<ProfileName, HostError> {
        let (answer, answered) = oneshot::channel();
        // Whoever would bring it goes with the host.
        self.0
            .send(BringLocalOrg { vault, answer })
            .await
            .map_err(|_| HostError::Stopping)?;
        let brought = answered.await.map_err(|_| HostError::Stopping)?;
        brought.map_err(HostError::LocalOrg)
    }
}

/// The wish for the local org, and for a profile on it in the config. Until it is answered config and vault are changed
/// by nobody else.
pub struct BringLocalOrg {
    /// Where the profile's secrets go.
    pub vault: Vault,
    answer: oneshot::Sender<Result<ProfileName, NotBrought>>,
}

impl BringLocalOrg {
    /// Says which profile is on it, or why it is not there.
    pub fn answer(self, brought: Result<ProfileName, NotBrought>) {
        // Whoever asked may have gone away.
        let _gone = self.answer.send(brought);
    }
}

impl fmt::Debug for BringLocalOrg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BringLocalOrg")
    }
}

/// Why the local org is not there.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct NotBrought {
    /// What, why and what next, in one line.
    pub why: String,
    /// Whether only the user can mend it.
    pub needs_user: bool,
}

impl HostHandle {
    /// Has the local org brought along, unless it is there, and gives the profile on it, which starts anew.
    ///
    /// # Errors
    /// When this process has none, it cannot begin, or vault or config cannot be written.
    pub async fn bring_local_org(&self) -> Result<ProfileName, HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let local = self.inner.local_org.get().ok_or(HostError::NoLocalOrg)?;
        let vault = self.vault().await.map_err(SetupError::from)?;
        let _one_at_a_time = self.inner.changing.lock().await;
        let name = local.bring(vault).await?;
        // It may have waited for this very org.
        self.begin_anew(name).await
    }
}
