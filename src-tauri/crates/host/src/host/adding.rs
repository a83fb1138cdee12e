//! Adding a workspace to a running host: what could answer for it, and making one in the org.

use super::{HostError, HostHandle};
use crate::{
    config::{Config, ProfileName},
    detect::{self, FoundAgent},
    setup::{self, NewWorkspaceProfile, SetupError},
};

impl HostHandle {
    /// The A2A agents that run on this machine already.
    ///
    /// # Errors
    /// When the config cannot be used, or the system does not tell what listens.
    pub async fn agents(&self) -> Result<Vec<FoundAgent>, HostError> {
        let config = Config::load(self.places())?;
        let started = self.status().borrow().started_agents();
        Ok(detect::agents(&config, &started).await?)
    }

    /// Makes a workspace in the org, sets a profile of it up, and starts it.
    ///
    /// # Errors
    /// When the platform refuses it, or vault or config cannot be written. If the workspace exists by then, the error
    /// says so.
    pub async fn create_workspace(&self, new: NewWorkspaceProfile) -> Result<ProfileName, HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        // Before the workspace is made: a locked keychain must not leave one behind that nobody answers for.
        self.vault().await.map_err(SetupError::from)?;
        let made = setup::create_workspace(self.places(), new).await?;
        let workspace = made.connection.workspace_id;
        self.add_profile(made).await.map_err(|error| match error {
            HostError::Setup(error) => SetupError::orphan(workspace, error).into(),
            other => other,
        })
    }
}
