//! Plugins: folders of rules, skills and scripts for the agent, installed from an archive that strangers made.
//!
//! An archive is a gzipped tar with a `plugin.yaml` at its root. `fetch` brings it onto the disk, from the platform, an
//! address or a file; `archive` unpacks it, and refuses everything by which an archive could reach out of its folder
//! (`path`, `names`) or fill the machine (`meter`); `manifest` reads `plugin.yaml`; `content` computes the hash that it
//! may declare. `folder` has them on the disk: `<state>/plugins/<profile>/<name>/`, made beside and renamed in one step,
//! so that there is the whole plugin or none. `setup` runs its `setup.sh`, which is never done unasked.
//!
//! A hash that stands in the very archive shows that it is whole, and not who made it.

mod archive;
mod content;
mod fault;
mod fetch;
mod folder;
mod manifest;
mod meter;
mod names;
mod path;
pub mod setup;

#[cfg(test)]
mod tests;

pub use fault::{ArchiveError, EntryFault, PluginError};
pub use fetch::PluginSource;
pub(crate) use folder::sweep;
pub use folder::{Plugin, SetupState, folder, list, note_setup, remove};
pub use manifest::{ManifestError, PluginName, PluginNameError};

use crate::{
    config::{Config, ConfigError, Profile, ProfileName},
    places::Places,
    proxy::Proxies,
    vault::Vault,
};

/// Bytes that an archive may have, packed: as many as unpacked, since nothing says that it gets smaller.
pub const MAX_PACKED: u64 = 100 << 20;
/// Bytes that an archive may have unpacked: the platform's own limit.
pub const MAX_UNPACKED: u64 = 100 << 20;
/// Files and folders that an archive may have.
pub const MAX_ENTRIES: usize = 10_000;

/// Installs a plugin for a profile. Only whoever holds the host's lock, or the host itself, may do that. A vault is
/// needed for a plugin of the platform's.
///
/// # Errors
/// When it cannot be had, is not fit to be unpacked, or is installed already. Nothing is left of it then.
pub async fn install(
    places: &Places,
    vault: Option<&Vault>,
    name: &ProfileName,
    source: &PluginSource,
) -> Result<Plugin, PluginError> {
    let installed = made(places, vault, name, source).await;
    if installed.is_err() {
        folder::tidy(places, name);
    }
    installed
}

async fn made(
    places: &Places,
    vault: Option<&Vault>,
    name: &ProfileName,
    source: &PluginSource,
) -> Result<Plugin, PluginError> {
    let config = Config::load(places)?;
    let profile = profile(places, &config, name)?;
    let staging = folder::Staging::make(places, name)?;
    let proxies = Proxies::of(&config);
    let from = fetch::fetch(&staging.archive(), source, profile, &proxies, vault).await?;
    let wanted = match source {
        PluginSource::Name { name } => Some(name.clone()),
        PluginSource::Url { .. } | PluginSource::File { .. } => None,
    };
    // Unpacking waits for the disk. It goes on to its end if we are dropped, and leaves a whole plugin or nothing.
    let unpacked = tokio::task::spawn_blocking(move || staging.finish(from, wanted.as_ref()));
    unpacked.await.map_err(|_| PluginError::Interrupted)?
}

fn profile<'a>(places: &Places, config: &'a Config, name: &ProfileName) -> Result<&'a Profile, ConfigError> {
    config.profiles.get(name).ok_or_else(|| ConfigError::NoProfile {
        file: places.config.clone(),
        name: name.to_string(),
        known: config.profiles.keys().map(ToString::to_string).collect(),
    })
}
