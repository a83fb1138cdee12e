//! What faces can ask of deliveries: which there were, everything about one, their bodies, and another go.

use std::time::Duration;

use tokio::sync::watch;

use super::{HostError, HostHandle};
use crate::{
    deliveries::{DeliveryDetail, DeliveryView, Recording, Replayed, curl},
    profile::Command,
};

impl HostHandle {
    /// The last deliveries of a profile with a number above `after`, oldest first. Where there are none yet they are
    /// waited for as long as `wait`.
    ///
    /// # Errors
    /// When there is no such profile.
    pub async fn deliveries(
        &self,
        name: &str,
        after: i64,
        limit: u32,
        wait: Duration,
    ) -> Result<Vec<DeliveryView>, HostError> {
        let workspace = self.workspace(name)?;
        let journal = &self.inner.shared.journal;
        let mut changes = journal.changes();
        let found = async {
            loop {
                changes.mark_unchanged();
                let found = journal.list(workspace, after, limit).await;
                let is_over = found.iter().any(|delivery| delivery.outcome.is_some());
                if is_over || changes.changed().await.is_err() {
                    return found;
                }
            }
        };
        match tokio::time::timeout(wait, found).await {
            Ok(found) => Ok(found),
            Err(_) => Ok(journal.list(workspace, after, limit).await),
        }
    }

    /// Everything about one delivery.
    ///
    /// # Errors
    /// When there is no such profile or delivery.
    pub async fn delivery(&self, name: &str, id: i64) -> Result<DeliveryDetail, HostError> {
        let workspace = self.workspace(name)?;
        let found = self.inner.shared.journal.show(workspace, id).await;
        found.ok_or(HostError::NoSuchDelivery(id))
    }

    /// Counts changes of deliveries.
    pub(crate) fn delivery_changes(&self) -> watch::Receiver<u64> {
        self.inner.shared.journal.changes()
    }

    /// Whether the bodies of deliveries are recorded.
    #[must_use]
    pub fn recording(&self) -> Recording {
        self.inner.shared.journal.recorder().state()
    }

    /// Records the bodies of deliveries, or forgets them.
    pub fn record(&self, on: bool) {
        tracing::info!(on, "the recording of bodies was switched");
        self.inner.shared.journal.recorder().switch(on);
    }

    /// A delivery as a command for a shell.
    ///
    /// # Errors
    /// When there is no such profile or delivery.
    pub async fn delivery_as_curl(&self, name: &str, id: i64) -> Result<String, HostError> {
        Ok(curl(&self.delivery(name, id).await?))
    }

    /// Gives a delivery to the agent once more, marked as a replay and not through the platform; returns when it has
    /// ended.
    ///
    /// # Errors
    /// When there is no such profile or delivery, the profile does not run, or the delivery's body is not kept.
    pub async fn replay(&self, name: &str, id: i64) -> Result<Replayed, HostError> {
        self.delivery(name, id).await?;
        let deliveries = self.ask(name, Command::Deliveries).await?;
        let deliveries = deliveries.ok_or_else(|| HostError::NotRunning(name.to_owned()))?;
        deliveries
            .replay(id)
            .await
            .map_err(|why| HostError::NoReplay(id, why))
    }
}
