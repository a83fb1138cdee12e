//! What the user wants to be told: which workspaces are muted, and whether nothing is told for a while. Kept in a
//! small file, so that it holds after a restart.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;
use ts_rs::TS;
use uuid::Uuid;

use crate::{
    clock::{here, next_morning, wall_now},
    files,
    places::Places,
};

/// Workspaces that can be muted: as many as an org's picture shows. A bound for the file.
const MOST: usize = 10_000;

/// For how long nothing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Everything is told.
    Off,
    /// One hour from now.
    Hour,
    /// Until the next morning, by this machine's clock.
    Tomorrow,
}

/// What the user wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NotificationSettings {
    /// Nothing is told before this, RFC 3339 with this machine's own offset.
    #[serde(default)]
    pub paused_until: Option<String>,
    /// The workspaces of which nothing is told, by profile.
    #[serde(default)]
    pub muted: BTreeMap<String, BTreeMap<Uuid, MutedWorkspace>>,
}

/// A muted workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MutedWorkspace {
    /// Its name when it was muted.
    pub name: String,
}

impl NotificationSettings {
    /// Whether nothing is told of a workspace.
    #[must_use]
    pub fn is_muted(&self, profile: &str, workspace: Uuid) -> bool {
        self.muted
            .get(profile)
            .is_some_and(|muted| muted.contains_key(&workspace))
    }

    /// Until when nothing is told.
    fn until(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.paused_until.as_deref()?, &Rfc3339).ok()
    }
}

/// Why a wish about notifications cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// No workspace of the org has that name or id.
    #[error(
        "no workspace is named \"{0}\" in this profile's org; the Canvas and `ligand peers` name those that can be seen"
    )]
    NoSuchWorkspace(String),
    /// Several have it.
    #[error("{} workspaces are named \"{name}\"; say which one by its id: {}", ids.len(), list(ids))]
    Several {
        /// What was asked for.
        name: String,
        /// Who has it.
        ids: Vec<Uuid>,
    },
    /// So many are muted that no more fit.
    #[error("{MOST} workspaces are muted, and no more fit; unmute some")]
    TooMany,
    /// The file cannot be written.
    #[error("it cannot be remembered: {0}; check the state folder")]
    File(std::io::Error),
}

impl NotifyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchWorkspace(_) => "no_such_workspace",
            Self::Several { .. } => "ambiguous_workspace",
            Self::TooMany => "too_many_muted",
            Self::File(_) => "notifications_file",
        }
    }
}

fn list(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    ids.join(", ")
}

/// The one place where they are kept. Copies are the same place.
#[derive(Debug, Clone)]
pub(crate) struct Wishes {
    file: PathBuf,
    now: Arc<watch::Sender<Arc<NotificationSettings>>>,
    /// One change at a time, to the end.
    writing: Arc<Mutex<()>>,
}

impl Wishes {
    /// Those of the file; none, where it cannot be read: nobody is left without word because of a broken file.
    pub(crate) fn open(places: &Places) -> Self {
        let file = places.notifications();
        let read = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(NotificationSettings::default()),
            Err(error) => Err(error.to_string()),
        };
        let settings = read.unwrap_or_else(|error| {
            tracing::warn!(%error, "the wishes about notifications cannot be read; all are shown");
            NotificationSettings::default()
        });
        Self {
            file,
            now: Arc::new(watch::Sender::new(Arc::new(settings))),
            writing: Arc::default(),
        }
    }

    /// Follows them.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<NotificationSettings>> {
        self.now.subscribe()
    }

    /// Until when nothing is told, if that is still to come.
    pub(crate) fn paused_until(&self) -> Option<OffsetDateTime> {
        self.now.borrow().until().filter(|until| *until > wall_now())
    }

    /// Tells nothing for a while, or everything again.
    pub(crate) fn pause(&self, pause: Pause) -> Result<(), NotifyError> {
        let until = match pause {
            Pause::Off => None,
            Pause::Hour => Some(wall_now() + time::Duration::HOUR),
            Pause::Tomorrow => Some(next_morning()),
        };
        let until = until.and_then(|until| here(until).replace_nanosecond(0).ok()?.format(&Rfc3339).ok());
        self.change(|settings| {
            settings.paused_until = until;
            Ok(())
        })
    }

    /// Takes a pause away that is over.
    pub(crate) fn end_pause(&self) {
        let is_over = self.now.borrow().paused_until.is_some() && self.paused_until().is_none();
        if is_over && let Err(error) = self.pause(Pause::Off) {
            tracing::warn!(%error, "the end of a pause was not written down");
        }
    }

    /// Tells nothing of a workspace any more, or again.
    pub(crate) fn mute(
        &self,
        profile: &str,
        workspace: Uuid,
        name: &str,
        muted: bool,
    ) -> Result<(), NotifyError> {
        self.change(|settings| {
            let count: usize = settings.muted.values().map(BTreeMap::len).sum();
            if muted && count >= MOST {
                return Err(NotifyError::TooMany);
            }
            let of_profile = settings.muted.entry(profile.to_owned()).or_default();
            match muted {
                true => drop(of_profile.insert(
                    workspace,
                    MutedWorkspace {
                        name: name.to_owned(),
                    },
                )),
                false => drop(of_profile.remove(&workspace)),
            }
            settings.muted.retain(|_, muted| !muted.is_empty());
            Ok(())
        })
    }

    /// A profile has another name: what was muted in its org stays so.
    pub(crate) fn rename_profile(&self, from: &str, to: &str) -> Result<(), NotifyError> {
        self.change(|settings| {
            if let Some(muted) = settings.muted.remove(from) {
                settings.muted.insert(to.to_owned(), muted);
            }
            Ok(())
        })
    }

    /// A profile is forgotten.
    pub(crate) fn forget_profile(&self, name: &str) -> Result<(), NotifyError> {
        self.change(|settings| {
            settings.muted.remove(name);
            Ok(())
        })
    }

    fn change(
        &self,
        change: impl FnOnce(&mut NotificationSettings) -> Result<(), NotifyError>,
    ) -> Result<(), NotifyError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = NotificationSettings::clone(&self.now.borrow());
        change(&mut next)?;
        if next == **self.now.borrow() {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(&next).map_err(|error| NotifyError::File(error.into()))?;
        let folder = self.file.parent().map_or(Ok(()), files::private_dir);
        folder
            .and_then(|()| files::replace(&self.file, &bytes))
            .map_err(NotifyError::File)?;
        self.now.send_replace(Arc::new(next));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> (tempfile::TempDir, Places) {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        (root, places)
    }

    #[test]
    fn what_was_muted_or_paused_is_so_after_a_restart_until_it_is_taken_back() {
        let (_root, places) = places();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let wishes = Wishes::open(&places);
        wishes.mute("work", one, "Ops", true).unwrap();
        wishes.pause(Pause::Hour).unwrap();

        let wishes = Wishes::open(&places);
        let now = wishes.watch();
        assert!(now.borrow().is_muted("work", one));
        assert!(!now.borrow().is_muted("work", other) && !now.borrow().is_muted("home", one));
        assert!(wishes.paused_until().unwrap() > wall_now() + time::Duration::minutes(59));

        wishes.mute("work", one, "", false).unwrap();
        wishes.pause(Pause::Off).unwrap();
        assert_eq!(
            *Wishes::open(&places).now.borrow().as_ref(),
            NotificationSettings::default()
        );
    }

    #[test]
    fn what_is_muted_goes_with_its_profile() {
        let (_root, places) = places();
        let wishes = Wishes::open(&places);
        wishes.mute("work", Uuid::from_u128(1), "Ops", true).unwrap();
        wishes.rename_profile("work", "day").unwrap();
        assert!(wishes.watch().borrow().is_muted("day", Uuid::from_u128(1)));
        wishes.forget_profile("day").unwrap();
        assert_eq!(wishes.now.borrow().muted, BTreeMap::new());
    }

    #[test]
    fn a_pause_that_is_over_is_taken_away_and_one_that_is_not_stays() {
        let (_root, places) = places();
        let wishes = Wishes::open(&places);
        wishes.pause(Pause::Tomorrow).unwrap();
        wishes.end_pause();
        assert!(wishes.paused_until().is_some());
        wishes
            .change(|settings| {
                settings.paused_until = Some("2020-01-01T00:00:00Z".to_owned());
                Ok(())
            })
            .unwrap();
        assert_eq!(wishes.paused_until(), None);
        wishes.end_pause();
        assert_eq!(wishes.now.borrow().paused_until, None);
    }

    #[test]
    fn a_broken_file_mutes_nobody() {
        let (_root, places) = places();
        std::fs::create_dir_all(&places.state).unwrap();
        std::fs::write(places.notifications(), "{").unwrap();
        assert_eq!(
            *Wishes::open(&places).now.borrow().as_ref(),
            NotificationSettings::default()
        );
    }
}
