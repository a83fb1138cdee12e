//! Leaving this user's account without a trace: all that Ligand keeps, of whichever profile.
//!
//! Only files that Ligand makes are touched, by their names: a folder that somebody gave it may have others in it, and
//! stays then.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{SetupError, blocking, forget::remove};
use crate::{
    files,
    places::Places,
    settings::{Trace, TraceKind, TraceList},
    vault::{Vault, VaultKind},
};

/// What is in the state folder, by name or by how the name begins.
const STATE: [(TraceKind, &str, &str); 12] = [
    (
        TraceKind::Deliveries,
        "deliveries.db",
        "the journal of deliveries",
    ),
    (TraceKind::Log, "logs", "the logs"),
    (TraceKind::Plugins, "plugins", "the plugins"),
    (TraceKind::File, "org", "the last pictures of the orgs"),
    (TraceKind::File, "canvas", "how the Canvases are arranged"),
    (
        TraceKind::File,
        "notifications.json",
        "what you want to be told on the desktop",
    ),
    (TraceKind::File, "diagnostics", "diagnostics that were written"),
    (TraceKind::File, "window", "what the window keeps"),
    (TraceKind::File, "local", "the local org"),
    (TraceKind::Secret, "vault.json", "the secrets in their file"),
    (
        TraceKind::Secret,
        "keychain-accounts",
        "the list of secrets in the keychain",
    ),
    (TraceKind::File, "run", "the socket's folder"),
];

/// What is in the runtime folder: sockets, locks, and the tray's icons.
const OF_A_SESSION: [&str; 5] = ["control.sock", "host.lock", "window.sock", "window.lock", "tray"];

/// What there is.
///
/// # Errors
/// When the vault cannot be read.
pub async fn everything(places: &Places, vault: &Vault) -> Result<TraceList, SetupError> {
    let mut traces = Vec::new();
    if vault.kind() == VaultKind::Keychain {
        for account in vault.accounts().await? {
            traces.push(Trace {
                kind: TraceKind::Secret,
                what: "a secret".to_owned(),
                place: format!("keychain, as {account}"),
            });
        }
    }
    let mut add = |kind, what: &str, path: &Path| {
        traces.push(Trace {
            kind,
            what: what.to_owned(),
            place: path.display().to_string(),
        });
    };
    for (kind, name, what) in STATE {
        for path in begins_with(&places.state, name) {
            add(kind, what, &path);
        }
    }
    if places.config.exists() {
        add(TraceKind::Config, "the config", &places.config);
    }
    Ok(TraceList { traces })
}

/// Removes it, and gives what it was. The lock is the caller's, and is removed after it was given back.
///
/// # Errors
/// When something cannot be removed: what came before it has gone, and what comes after it is there.
pub async fn remove_everything(places: &Places, vault: &Vault) -> Result<TraceList, SetupError> {
    let removed = everything(places, vault).await?;
    vault.delete_all().await?;
    let places = places.clone();
    blocking(move || {
        let mut paths: Vec<PathBuf> = Vec::new();
        for (_, name, _) in STATE {
            paths.extend(begins_with(&places.state, name));
        }
        paths.push(places.config.clone());
        paths.iter().try_for_each(|path| remove(path))
    })
    .await?;
    Ok(removed)
}

/// The lock's files, and the folders where nothing else is in them. For when the lock is given back.
pub fn remove_folders(places: &Places) {
    for name in OF_A_SESSION {
        // What another process has taken meanwhile is its own.
        let _ = files::remove_all(&places.runtime.join(name));
    }
    let _ = fs::remove_file(places.state_lock());
    let folders = [
        Some(places.runtime.as_path()),
        Some(&places.state),
        places.config.parent(),
    ];
    for folder in folders.into_iter().flatten() {
        // One that has something in it is not ours alone.
        let _ = fs::remove_dir(folder);
    }
}

/// The entries of a folder that have this name, or begin with it and go on with a sign.
fn begins_with(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_it = |entry: &fs::DirEntry| {
        let found = entry.file_name();
        let rest = found.to_str().and_then(|found| found.strip_prefix(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(is_it)
        .map(|entry| entry.path())
        .collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_that_is_ours_goes_and_what_is_not_stays() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config/config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        for folder in ["config", "state/logs/agent-work", "state/window", "run"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in [
            "config/config.toml",
            "state/deliveries.db",
            "state/deliveries.db-wal",
            "state/notifications.json",
            "state/vault.json",
            "state/logs/host.1.log",
            "state/host.lock",
            "run/window.lock",
            "state/thesis.tex",
            "state/logsbook",
        ] {
            fs::write(root.path().join(file), "").unwrap();
        }
        let vault = Vault::in_memory(&[]).await.unwrap();
        let removed = remove_everything(&places, &vault).await.unwrap();
        remove_folders(&places);
        assert_eq!(removed.traces.len(), 7, "{removed:?}");
        assert!(!root.path().join("config").exists() && !root.path().join("run").exists());
        let mut left: Vec<_> = fs::read_dir(&places.state)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["logsbook", "thesis.tex"]);
    }
}
