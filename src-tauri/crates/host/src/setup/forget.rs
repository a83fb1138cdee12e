//! Taking a profile away: what this machine keeps of it, and removing that.
//!
//! The workspace stays in the org. The host's own log stays too: it is of all profiles, holds no message and no secret,
//! and goes by itself as it is written on.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{SetupError, blocking};
use crate::{
    config::{Config, ConfigError, ConfigFile, Profile, ProfileName},
    deliveries::Journal,
    files,
    places::Places,
    settings::{Trace, TraceKind, TraceList},
    vault::{Account, Kind, Vault, VaultError, VaultKind},
};

/// Takes a profile away, with its secrets. The workspace stays in the org.
pub async fn forget(places: &Places, vault: &Vault, name: &ProfileName) -> Result<(), SetupError> {
    let (places, vault, name) = (places.clone(), vault.clone(), name.clone());
    let forgotten = tokio::spawn(async move {
        let before = Config::load(&places)?.profiles.remove(&name);
        let (at, of) = (places.clone(), name.clone());
        blocking(move || ConfigFile::open(&at)?.remove_profile(&of)?.save()).await?;
        let Some(profile) = before else { return Ok(()) };
        let deleted = delete_secrets(&vault, &profile).await;
        if deleted.is_err() {
            // With the profile back it can be forgotten again; its token is the last that goes.
            blocking(move || ConfigFile::open(&places)?.set_profile(&name, &profile)?.save()).await?;
        }
        deleted.map_err(SetupError::from)
    });
    forgotten.await.map_err(|_| SetupError::Interrupted)?
}

async fn delete_secrets(vault: &Vault, profile: &Profile) -> Result<(), VaultError> {
    for kind in Kind::ALL {
        vault.delete(&account(profile, kind)).await?;
    }
    Ok(())
}

/// What this machine keeps of a profile.
///
/// # Errors
/// When config, vault or disk cannot be read.
pub async fn traces(
    places: &Places,
    vault: &Vault,
    journal: &Journal,
    name: &ProfileName,
) -> Result<TraceList, SetupError> {
    let profile = configured(places, name)?;
    let mut traces = Vec::new();
    let mut add = |kind, what: String, place: String| traces.push(Trace { kind, what, place });
    let deliveries = journal.count(profile.workspace).await;
    if deliveries > 0 {
        let what = match deliveries {
            1 => "one delivery with its answer".to_owned(),
            many => format!("{many} deliveries with their answers"),
        };
        add(
            TraceKind::Deliveries,
            what,
            places.journal().display().to_string(),
        );
    }
    for (kind, what, path) in own(places, name) {
        if path.exists() {
            add(kind, what.to_owned(), path.display().to_string());
        }
    }
    let place = match vault.kind() {
        VaultKind::Keychain => "keychain".to_owned(),
        VaultKind::File { path } => path.display().to_string(),
        VaultKind::Memory => "memory".to_owned(),
    };
    for kind in Kind::ALL {
        let account = account(&profile, kind);
        if vault.get(&account).await?.is_some() {
            let place = format!("{place}, as {account}");
            add(TraceKind::Secret, kind.title().to_owned(), place);
        }
    }
    let what = format!("[profile.{name}] with its parts");
    add(TraceKind::Config, what, places.config.display().to_string());
    Ok(TraceList { traces })
}

/// Removes all of that, and says what it was. The config's part is among the last, so that what could not be removed can
/// be forgotten again. The profile must be at rest.
///
/// # Errors
/// As [`traces`], and when something cannot be removed.
pub async fn forget_all(
    places: &Places,
    vault: &Vault,
    journal: &Journal,
    name: &ProfileName,
) -> Result<TraceList, SetupError> {
    let removed = traces(places, vault, journal, name).await?;
    let profile = configured(places, name)?;
    if !journal.forget(profile.workspace).await {
        return Err(SetupError::Left {
            what: format!("the journal {}", places.journal().display()),
            why: "it cannot be written".to_owned(),
        });
    }
    let own = own(places, name);
    blocking(move || own.iter().try_for_each(|(_, _, path)| remove(path))).await?;
    forget(places, vault, name).await?;
    Ok(removed)
}

/// What is kept under a profile's name moves to its new one. What is in the way there is of no profile, and goes.
///
/// # Errors
/// When the disk fails.
pub fn move_own(places: &Places, from: &ProfileName, to: &ProfileName) -> io::Result<()> {
    for ((_, _, old), (_, _, new)) in own(places, from).into_iter().zip(own(places, to)) {
        if old.exists() {
            files::remove_all(&new)?;
            std::fs::rename(&old, &new).map_err(|error| files::named(&old, &error))?;
        }
    }
    Ok(())
}

/// The files and folders that are a profile's alone.
fn own(places: &Places, name: &ProfileName) -> [(TraceKind, &'static str, PathBuf); 5] {
    let plugins = places.plugins().join(name.as_str());
    [
        (TraceKind::Log, "its agent's log", places.agent_log_dir(name)),
        (
            TraceKind::Log,
            "the log of what makes it reachable",
            places.exposure_log_dir(name),
        ),
        (TraceKind::Plugins, "its plugins", plugins),
        (
            TraceKind::File,
            "the last picture of its org",
            places.org_snapshot(name),
        ),
        (
            TraceKind::File,
            "how its Canvas is arranged",
            places.arrangement(name.as_str()),
        ),
    ]
}

/// Removes a file or folder of ours.
pub(super) fn remove(path: &Path) -> Result<(), SetupError> {
    files::remove_all(path).map_err(|error| SetupError::Left {
        what: path.display().to_string(),
        why: error.to_string(),
    })
}

fn configured(places: &Places, name: &ProfileName) -> Result<Profile, SetupError> {
    let mut config = Config::load(places)?;
    let known = config.profiles.keys().map(ToString::to_string).collect();
    let profile = config.profiles.remove(name);
    profile.ok_or_else(|| {
        SetupError::Config(ConfigError::NoProfile {
            file: places.config.clone(),
            name: name.to_string(),
            known,
        })
    })
}

fn account(profile: &Profile, kind: Kind) -> Account {
    Account::new(&profile.platform, profile.workspace, kind)
}
