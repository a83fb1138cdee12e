//! A profile's doors, as faces show and change them.

use ligand_tunnel::door::Slot;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{HostError, HostHandle};
use crate::{profile::Command, setup::SetupError};

/// A door, with its URL: for the user's eyes, and never for a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoorView {
    /// Which door.
    #[ts(type = "\"platform\" | \"shared\"")]
    pub slot: Slot,
    /// Its public URL.
    pub url: String,
    /// The same door at a host name of its own, at a relay that has such.
    #[serde(default)]
    pub host_url: Option<String>,
    /// Whether it lets calls in.
    pub open: bool,
}

impl HostHandle {
    /// The profile's doors; none while it has no link.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn doors(&self, name: &str) -> Result<Vec<DoorView>, HostError> {
        self.ask(name, Command::Doors).await
    }

    /// Opens or closes the shared door, now and, unless the host leaves the config alone, at later starts.
    ///
    /// # Errors
    /// When there is no such profile, or the config cannot be written.
    pub async fn share(&self, name: &str, open: bool) -> Result<(), HostError> {
        let name = self.named(name)?;
        if self.is_headless() {
            return self.share_now(&name, open).await;
        }
        self.change(move |file| file.set_shared_door(&name, open).map(drop))
            .await
    }

    /// Gives a door a new address; the platform door's old one works until the platform has the new one.
    ///
    /// # Errors
    /// When there is no such profile, or the vault cannot be written.
    pub async fn rotate_door(&self, name: &str, slot: Slot) -> Result<(), HostError> {
        let rotated = self.ask(name, |done| Command::Rotate(slot, done)).await?;
        Ok(rotated.map_err(SetupError::from)?)
    }

    /// Forgets the secret with which the platform calls us: calls are taken without one until it is given again, at the
    /// next register or heartbeat of a platform that has one.
    ///
    /// # Errors
    /// As [`Self::rotate_door`].
    pub async fn reset_door(&self, name: &str) -> Result<(), HostError> {
        let reset = self.ask(name, Command::ResetInbound).await?;
        Ok(reset.map_err(SetupError::from)?)
    }
}
