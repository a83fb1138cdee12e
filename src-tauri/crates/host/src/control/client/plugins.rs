//! What is asked about plugins.

use std::time::Duration;

use hyper::Method;

use super::{Answer, Client, Nothing};
use crate::{
    config::ProfileName,
    control::{InstallPlugin, NotePluginSetup, routes::FETCHES},
    plugins::{Plugin, PluginName, PluginSource, SetupState},
};

/// A little more than the host takes for a plugin, so that its own word arrives first.
const DEADLINE: Duration = FETCHES.saturating_add(Duration::from_secs(5));

impl Client {
    /// Installs a plugin.
    ///
    /// # Errors
    /// As for every request.
    pub async fn install_plugin(&self, profile: &ProfileName, source: PluginSource) -> Answer<Plugin> {
        let path = format!("/v1/profiles/{profile}/plugins");
        self.json(Method::POST, &path, Some(&InstallPlugin { source }), DEADLINE)
            .await
    }

    /// Takes a plugin away.
    ///
    /// # Errors
    /// As for every request.
    pub async fn remove_plugin(&self, profile: &ProfileName, plugin: &PluginName) -> Answer<()> {
        let path = format!("/v1/profiles/{profile}/plugins/{plugin}/remove");
        self.done(Method::POST, &path, &Nothing {}).await
    }

    /// Notes what became of a plugin's `setup.sh`.
    ///
    /// # Errors
    /// As for every request.
    pub async fn note_plugin_setup(
        &self,
        profile: &ProfileName,
        plugin: &PluginName,
        setup: SetupState,
    ) -> Answer<()> {
        let path = format!("/v1/profiles/{profile}/plugins/{plugin}/setup");
        self.done(Method::POST, &path, &NotePluginSetup { setup }).await
    }
}
