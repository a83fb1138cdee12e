//! What faces can ask of a profile's plugins. Running their scripts is not among it: that is for whoever sits in front.

use super::{HostError, HostHandle};
use crate::{
    config::ProfileName,
    plugins::{self, Plugin, PluginError, PluginName, PluginSource, SetupState},
};

impl HostHandle {
    /// The profile's plugins, by name.
    ///
    /// # Errors
    /// When there is no such profile, or its folder cannot be read.
    pub async fn plugins(&self, name: &str) -> Result<Vec<Plugin>, HostError> {
        self.on_disk(name, plugins::list).await
    }

    /// Installs a plugin.
    ///
    /// # Errors
    /// When there is no such profile, or the plugin cannot be had or is not fit; nothing is left of it then.
    pub async fn install_plugin(&self, name: &str, source: &PluginSource) -> Result<Plugin, HostError> {
        let profile = self.named(name)?;
        let vault = match source.needs_vault() {
            true => Some(self.vault().await.map_err(PluginError::from)?),
            false => None,
        };
        Ok(plugins::install(self.places(), vault.as_ref(), &profile, source).await?)
    }

    /// Takes a plugin away.
    ///
    /// # Errors
    /// When there is no such profile or plugin, or the disk fails.
    pub async fn remove_plugin(&self, name: &str, plugin: PluginName) -> Result<(), HostError> {
        self.on_disk(name, move |places, profile| {
            plugins::remove(places, profile, &plugin)
        })
        .await
    }

    /// Notes what became of a plugin's `setup.sh`.
    ///
    /// # Errors
    /// As [`Self::remove_plugin`].
    pub async fn note_plugin_setup(
        &self,
        name: &str,
        plugin: PluginName,
        setup: SetupState,
    ) -> Result<(), HostError> {
        let note = move |places: &_, profile: &_| plugins::note_setup(places, profile, &plugin, setup);
        self.on_disk(name, note).await
    }

    /// Does something that waits for the disk, for a profile that there is.
    async fn on_disk<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&crate::places::Places, &ProfileName) -> Result<T, PluginError> + Send + 'static,
    ) -> Result<T, HostError> {
        let (places, profile) = (self.places().clone(), self.named(name)?);
        let done = tokio::task::spawn_blocking(move || work(&places, &profile)).await;
        Ok(done.map_err(|_| HostError::Stopping)??)
    }

    /// The name of a profile that there is.
    pub(super) fn named(&self, name: &str) -> Result<ProfileName, HostError> {
        self.find(name)?;
        name.parse()
            .map_err(|_| HostError::NoSuchProfile(name.to_owned()))
    }
}
