//! What faces do with a profile's life: begin it, end it, and begin it anew.

use super::{HostError, HostHandle};
use crate::profile::{Command, NoRestart};

impl HostHandle {
    /// Brings a profile online; returns when that has begun. One that the host does not have may stand in the config by
    /// now.
    ///
    /// # Errors
    /// When there is no such profile, or the host is stopping.
    pub async fn start(&self, name: &str) -> Result<(), HostError> {
        if matches!(self.find(name), Err(HostError::NoSuchProfile(_))) && !self.is_headless() {
            self.reload().await?;
        }
        self.ask(name, Command::Start).await
    }

    /// Takes a profile out; returns when its deliveries have ended, after 10 s at the latest.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn stop(&self, name: &str) -> Result<(), HostError> {
        self.ask(name, |done| Command::Stop(true, done)).await
    }

    /// Stops and starts a profile, with what its config says by now.
    ///
    /// # Errors
    /// As [`Self::start`], and when the config cannot be used.
    pub async fn restart(&self, name: &str) -> Result<(), HostError> {
        let before = self.find(name)?;
        if !self.is_headless() {
            self.reload().await?;
        }
        if self.find(name)?.is_same(&before) {
            self.ask(name, |done| Command::Stop(false, done)).await?;
        }
        self.ask(name, Command::Start).await
    }

    /// Starts the agent anew that Ligand starts for a profile; returns when that has begun.
    ///
    /// # Errors
    /// When there is no such profile, it does not run, or its agent is somebody else's to start.
    pub async fn restart_agent(&self, name: &str) -> Result<(), HostError> {
        let restarted = self.ask(name, Command::RestartAgent).await?;
        restarted.map_err(|why| match why {
            NoRestart::NotRunning => HostError::NotRunning(name.to_owned()),
            NoRestart::NotOurs => HostError::NotOurAgent(name.to_owned()),
        })
    }
}
