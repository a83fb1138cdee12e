//! How this laptop's user has arranged the Canvas: a small file of our own per profile, so that window and browser
//! agree. The org's shared layout is never written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::{model::MOST, view::Place};
use crate::files;

/// The largest file that is read: [`MOST`] places and as many teams stay below it.
const MAX_FILE: u64 = 2 << 20;

/// How the Canvas of one profile is arranged on this laptop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Arrangement {
    /// Workspaces that were moved, and where to. A place counts from the corner of the team that it stands in.
    #[serde(default)]
    pub moved: BTreeMap<Uuid, Place>,
    /// Teams that are drawn without their members.
    #[serde(default)]
    pub collapsed: BTreeSet<Uuid>,
}

/// What changes about an arrangement; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Rearrange {
    /// Workspaces that are moved; to nowhere for those that go back to where the layout has them.
    #[serde(default)]
    #[ts(optional, as = "Option<BTreeMap<Uuid, Option<Place>>>")]
    pub moved: BTreeMap<Uuid, Option<Place>>,
    /// Teams, and whether they are drawn without their members.
    #[serde(default)]
    #[ts(optional, as = "Option<BTreeMap<Uuid, bool>>")]
    pub collapsed: BTreeMap<Uuid, bool>,
    /// Whether everything else that was moved goes back to where the layout has it.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub tidy: bool,
}

impl Arrangement {
    /// Changes it; what there is no room for is left as it was.
    pub(crate) fn change(&mut self, change: Rearrange) {
        if change.tidy {
            self.moved.clear();
        }
        for (workspace, place) in change.moved {
            match place {
                None => drop(self.moved.remove(&workspace)),
                Some(place) if self.moved.len() < MOST || self.moved.contains_key(&workspace) => {
                    self.moved.insert(workspace, place);
                }
                Some(_) => {}
            }
        }
        for (team, collapsed) in change.collapsed {
            if !collapsed {
                self.collapsed.remove(&team);
            } else if self.collapsed.len() < MOST {
                self.collapsed.insert(team);
            }
        }
    }

    /// Reads it. A file that nobody can read is as none: it holds nothing that cannot be done again.
    pub(crate) fn read(path: &Path) -> Self {
        let read = || -> io::Result<Self> {
            if fs::metadata(path)?.len() > MAX_FILE {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Ok(serde_json::from_slice(&fs::read(path)?)?)
        };
        match read() {
            Ok(arrangement) => arrangement,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "how the Canvas was arranged cannot be read");
                }
                Self::default()
            }
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            files::make_dir(folder)?;
        }
        files::replace(path, &serde_json::to_vec(self)?)
    }
}
