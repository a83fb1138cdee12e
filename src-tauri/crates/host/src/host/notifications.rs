//! What faces can ask about notifications.

use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

use super::{HostError, HostHandle};
use crate::{
    notify::{NotificationSettings, NotifyError, Pause, Wishes},
    org::OrgWorkspace,
};

impl HostHandle {
    /// Follows what the user wants to be told.
    #[must_use]
    pub fn notifications(&self) -> watch::Receiver<Arc<NotificationSettings>> {
        self.inner.wishes.watch()
    }

    /// Tells nothing for a while, or everything again.
    ///
    /// # Errors
    /// When it cannot be remembered.
    pub async fn pause_notifications(&self, pause: Pause) -> Result<(), HostError> {
        self.write_wish(move |wishes| wishes.pause(pause)).await
    }

    /// Tells nothing of a workspace any more, by its name or id, or again. Gives the workspace.
    ///
    /// # Errors
    /// When there is no such profile, the workspace is not clear, or it cannot be remembered.
    pub async fn mute(&self, name: &str, workspace: &str, muted: bool) -> Result<(Uuid, String), HostError> {
        let org = self.org(name)?;
        let (id, called) = match meant(&org.workspaces, workspace) {
            Ok(found) => found,
            // Who has left the org can still be unmuted.
            Err(error) => self.muted_once(name, workspace).ok_or(error)?,
        };
        let (profile, known) = (name.to_owned(), called.clone());
        self.write_wish(move |wishes| wishes.mute(&profile, id, &known, muted))
            .await?;
        Ok((id, called))
    }

    /// A workspace that was muted, by the name that it had then or its id.
    fn muted_once(&self, profile: &str, workspace: &str) -> Option<(Uuid, String)> {
        let wished = self.notifications();
        let wished = wished.borrow();
        let mut muted = wished.muted.get(profile)?.iter();
        let found = muted.find(|(id, one)| one.name == workspace || id.to_string() == workspace)?;
        Some((*found.0, found.1.name.clone()))
    }

    /// What the user wants to be told.
    pub(crate) fn wishes(&self) -> Wishes {
        self.inner.wishes.clone()
    }

    /// Told whenever the machine has slept.
    pub(crate) fn wakes(&self) -> watch::Receiver<()> {
        self.inner.woke.subscribe()
    }

    pub(super) async fn write_wish(
        &self,
        write: impl FnOnce(&Wishes) -> Result<(), NotifyError> + Send + 'static,
    ) -> Result<(), HostError> {
        let wishes = self.wishes();
        let written = tokio::task::spawn_blocking(move || write(&wishes));
        Ok(written.await.map_err(|_| HostError::Stopping)??)
    }
}

/// The workspace that has this id, or this name alone.
fn meant(workspaces: &[Arc<OrgWorkspace>], said: &str) -> Result<(Uuid, String), NotifyError> {
    let id = said.parse::<Uuid>().ok();
    let is_meant = |one: &&Arc<OrgWorkspace>| id.map_or(one.name == said, |id| one.id == id);
    let found: Vec<_> = workspaces.iter().filter(is_meant).collect();
    match found.as_slice() {
        [] => Err(NotifyError::NoSuchWorkspace(said.to_owned())),
        [one] => Ok((one.id, one.name.clone())),
        several => Err(NotifyError::Several {
            name: said.to_owned(),
            ids: several.iter().map(|one| one.id).collect(),
        }),
    }
}
