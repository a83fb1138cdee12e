//! What faces can ask of a profile's peers.

use std::time::Duration;

use uuid::Uuid;

use super::{HostError, HostHandle};
use crate::profile::{Command, Delegation, DelegationState, PeerError, PeerKit, PeerList, SentToPeer};

impl HostHandle {
    /// The workspaces next to the profile's own, as remembered for 5 min or, if wished, as they are now.
    ///
    /// # Errors
    /// When the profile does not run, or the platform does not tell.
    pub async fn peers(&self, name: &str, anew: bool) -> Result<PeerList, HostError> {
        let kit = self.peer_kit(name).await?;
        Ok(kit.list(anew).await.map_err(PeerError::from)?)
    }

    /// Sends a text to a peer, by name or id, in the name of the profile's workspace.
    ///
    /// # Errors
    /// When the profile does not run, the peer is not clear, the platform refuses, or the peer answers an error.
    pub async fn send_to(&self, name: &str, peer: &str, text: &str) -> Result<SentToPeer, HostError> {
        Ok(self.peer_kit(name).await?.send(peer, text).await?)
    }

    /// Hands a task to a peer, by name or id. The same `key` again gives the delegation that there is.
    ///
    /// # Errors
    /// As [`Self::send_to`].
    pub async fn delegate(
        &self,
        name: &str,
        peer: &str,
        task: &str,
        key: Option<&str>,
    ) -> Result<Delegation, HostError> {
        Ok(self.peer_kit(name).await?.delegate(peer, task, key).await?)
    }

    /// Where a delegation stands. While it stands as it was `seen` a change is waited for, as long as `wait`.
    ///
    /// # Errors
    /// When the profile does not run, or the platform does not have it.
    pub async fn delegation(
        &self,
        name: &str,
        id: Uuid,
        seen: Option<DelegationState>,
        wait: Duration,
    ) -> Result<Delegation, HostError> {
        Ok(self.peer_kit(name).await?.delegation(id, seen, wait).await?)
    }

    async fn peer_kit(&self, name: &str) -> Result<PeerKit, HostError> {
        let kit = self.ask(name, Command::PeerKit).await?;
        kit.ok_or_else(|| HostError::NotRunning(name.to_owned()))
    }
}
