//! Taking Ligand off this user's account: first what starts it at login, then, once no host runs, all that it keeps. The
//! programs go the way they came, and the workspaces stay in their orgs.

use std::{path::Path, time::Duration};

use ligand_host::{
    lock::HostLock,
    login_item::{self, LoginItemError},
    places::Places,
    settings::{Trace, TraceKind},
    setup::{self, SetupError},
    vault::Vault,
};

use crate::service::{self, ServiceError, State};

/// How often it is looked whether the window's folder is back.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// It stays away once it has been away for so many looks: processes that end write within a few tens of milliseconds.
const QUIET_LOOKS: u32 = 5;
/// The most looks.
const MOST_LOOKS: u32 = 50;

/// Why something of it is still there.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// The service.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The login item.
    #[error(transparent)]
    LoginItem(#[from] LoginItemError),
    /// Secrets, config or files.
    #[error(transparent)]
    Kept(#[from] SetupError),
}

/// Removes the service and the login item, and gives what there was.
///
/// # Errors
/// When the system does not take it.
pub async fn remove_at_login() -> Result<Vec<Trace>, LeaveError> {
    let mut removed = Vec::new();
    let is_installed = service::status()
        .await
        .is_ok_and(|state| state != State::NotInstalled);
    if is_installed && let Some(file) = service::uninstall().await? {
        removed.push(at_login("the service", file.display().to_string()));
    }
    if let Some(place) = login_item::remove()? {
        removed.push(at_login("the login item", place));
    }
    Ok(removed)
}

/// Removes secrets, config, journal, logs and plugins, and gives what there was. The lock is the proof that no host runs.
///
/// # Errors
/// When something cannot be removed: the same again goes on from there.
pub async fn remove_kept(places: &Places, lock: HostLock) -> Result<Vec<Trace>, LeaveError> {
    let vault = Vault::open(places).await.map_err(SetupError::from)?;
    let removed = setup::remove_everything(places, &vault).await?;
    drop(lock);
    setup::remove_folders(places);
    if removed
        .traces
        .iter()
        .any(|trace| Path::new(&trace.place) == places.window())
    {
        see_the_window_out(places).await;
    }
    Ok(removed.traces)
}

/// A webview has processes of its own, which write what they still have to a moment after their window has gone.
async fn see_the_window_out(places: &Places) {
    let mut quiet = 0;
    for _ in 0..MOST_LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        quiet += 1;
        if places.window().exists() {
            quiet = 0;
            // Not gone yet is gone at the next look.
            let _ = std::fs::remove_dir_all(places.window());
            setup::remove_folders(places);
        }
        if quiet == QUIET_LOOKS {
            return;
        }
    }
    tracing::warn!("the window's folder is written to again and again");
}

fn at_login(what: &str, place: String) -> Trace {
    Trace {
        kind: TraceKind::AtLogin,
        what: what.to_owned(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn what_a_window_writes_on_its_way_out_goes_too() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config/config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        let late = async {
            for wait in [50, 250] {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                fs::create_dir_all(places.window().join("storage")).unwrap();
                fs::write(places.window().join("storage/origin"), "x").unwrap();
            }
        };
        tokio::join!(see_the_window_out(&places), late);
        assert!(!places.state.exists());
    }
}
