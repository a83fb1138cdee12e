//! The last picture of an org on the disk, so that a Canvas has something to show before the platform has answered.
//!
//! It holds what the picture holds: no secret, and no address of a workspace. It counts as one of the past.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    model::MOST,
    view::{Org, SCHEMA},
};
use crate::files;

/// The largest file that is read: [`MOST`] workspaces with texts of some length.
const MAX_FILE: u64 = 32 << 20;
/// What is said of a picture from the disk.
const KEPT: &str = "This is how the org was when Ligand last looked at it.";

/// A picture with whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot<T> {
    /// The workspace from which the org was seen: under the profile's name there may be another one now.
    pub(crate) workspace: Uuid,
    pub(crate) org: T,
}

impl Snapshot<Org> {
    /// Reads the picture that was seen from this workspace. A file that nobody can read is as none.
    pub(crate) fn read(path: &Path, profile: &str, workspace: Uuid) -> Option<Org> {
        let read = || -> io::Result<Self> {
            if fs::metadata(path)?.len() > MAX_FILE {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Ok(serde_json::from_slice(&fs::read(path)?)?)
        };
        let kept = read()
            .inspect_err(|error| {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the last picture of the org cannot be read");
                }
            })
            .ok()?;
        let mut org = kept.org;
        if kept.workspace != workspace || org.schema != SCHEMA || org.profile != profile {
            return None;
        }
        org.workspaces.truncate(MOST);
        Some(Org {
            note: Some(KEPT.to_owned()),
            live: false,
            from_snapshot: true,
            revision: 0,
            history: 0,
            approvals: None,
            ..org
        })
    }
}

impl Snapshot<&Org> {
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
