//! What faces can ask about the login item.

use tokio::sync::watch;

use super::{HostError, HostHandle};
use crate::login_item;

impl HostHandle {
    /// Follows whether the user's login starts the tray, as it was when this host started and as faces switch it.
    #[must_use]
    pub fn login_item(&self) -> watch::Receiver<bool> {
        self.inner.login_item.subscribe()
    }

    /// Has the login start the tray, or not any more.
    ///
    /// # Errors
    /// When there is no tray on this machine, or the system does not take it.
    pub async fn set_login_item(&self, on: bool) -> Result<(), HostError> {
        let set = tokio::task::spawn_blocking(move || login_item::set(on)).await;
        set.map_err(|_| HostError::Stopping)??;
        self.inner.login_item.send_replace(on);
        Ok(())
    }
}
