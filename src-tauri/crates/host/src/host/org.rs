//! What faces can ask of a profile's org: what happened, who spoke to whom, one workspace, what is said to it, and how its
//! Canvas is arranged.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use uuid::Uuid;

use super::{HostError, HostHandle};
use crate::{
    clock::{wall_clock, wall_now},
    org::{
        Arrangement, Message, OrgCalls, OrgHistory, PerProfile, Rearrange, Thread, Threads, Wanted,
        WorkspaceDetail,
    },
    profile::{Command, OrgKit},
};

impl HostHandle {
    /// What became of the states of a profile's org in this run.
    ///
    /// # Errors
    /// When there is no such profile.
    pub(crate) fn org_history(&self, name: &str, wanted: Wanted) -> Result<OrgHistory, HostError> {
        self.workspace(name)?;
        Ok(self.inner.shared.orgs.record(name).lock().history.read(wanted))
    }

    /// Who spoke to whom in a profile's org within the last hour.
    ///
    /// # Errors
    /// When there is no such profile.
    pub fn org_calls(&self, name: &str) -> Result<OrgCalls, HostError> {
        self.workspace(name)?;
        Ok(self.inner.shared.orgs.record(name).lock().calls.read(wall_now()))
    }

    /// Everything about one workspace of a profile's org.
    ///
    /// # Errors
    /// When there is no such profile, or it does not run.
    pub async fn workspace_detail(&self, name: &str, id: Uuid) -> Result<WorkspaceDetail, HostError> {
        let detail = self.org_kit(name).await?.look(id).await;
        let org = self.org(name)?;
        let row = org.workspaces.iter().find(|row| row.id == id).cloned();
        Ok(WorkspaceDetail {
            workspace: row,
            ..detail
        })
    }

    /// What was said to a workspace and by it in this run.
    ///
    /// # Errors
    /// When there is no such profile.
    pub fn thread(&self, name: &str, id: Uuid) -> Result<Thread, HostError> {
        self.workspace(name)?;
        let threads = self.inner.shared.orgs.threads.get(name);
        let thread = threads.and_then(|threads| threads.get(id).cloned());
        Ok(thread.map_or_else(
            || Thread {
                profile: name.to_owned(),
                workspace: id,
                messages: Vec::new(),
                cut: false,
            },
            |thread| Thread::clone(&thread),
        ))
    }

    /// Follows what is said in all profiles.
    pub(crate) fn threads(&self) -> watch::Receiver<Arc<PerProfile<Threads>>> {
        self.inner.shared.orgs.threads.watch()
    }

    /// Says something to a workspace and waits for what becomes of it. Whoever asked may go away: the thread has it.
    ///
    /// # Errors
    /// When there is no such profile, it does not run, or nobody can say it. What fails later is said in the message.
    pub async fn say(&self, name: &str, to: Uuid, text: &str) -> Result<Arc<Message>, HostError> {
        let kit = self.org_kit(name).await?;
        let voice = kit.voice(to)?;
        let threads = self.inner.shared.orgs.threads.clone();
        let id = Uuid::new_v4().to_string();
        let number = threads.change(name, |threads| {
            let mut next = threads.clone();
            let number = next.send(name, to, voice, text, &id, wall_clock(Duration::ZERO));
            (Some(next), number)
        });
        let outcome = kit.say(to, voice, text, &id).await;
        let said = threads.change(name, |threads| {
            let mut next = threads.clone();
            next.settle(name, number, outcome, wall_clock(Duration::ZERO));
            let said = next.message(to, number).cloned();
            (Some(next), said)
        });
        said.ok_or(HostError::ThreadGone)
    }

    /// How a profile's Canvas is arranged on this laptop.
    ///
    /// # Errors
    /// When there is no such profile.
    pub async fn arrangement(&self, name: &str) -> Result<Arc<Arrangement>, HostError> {
        self.workspace(name)?;
        let board = &self.inner.shared.orgs.arrangements;
        if let Some(known) = board.get(name) {
            return Ok(known);
        }
        let path = self.places().arrangement(name);
        let read = tokio::task::spawn_blocking(move || Arrangement::read(&path)).await;
        let read = read.map_err(|_| HostError::Stopping)?;
        // Somebody else may have read it, and changed it, in the meantime.
        Ok(
            board.change(name, |known| match *known == Arrangement::default() {
                true => (Some(read.clone()), Arc::new(read)),
                false => (None, Arc::new(known.clone())),
            }),
        )
    }

    /// Follows how the Canvases of all profiles are arranged.
    pub(crate) fn arrangements(&self) -> watch::Receiver<Arc<PerProfile<Arrangement>>> {
        self.inner.shared.orgs.arrangements.watch()
    }

    /// Changes how a profile's Canvas is arranged, and gives how it is then.
    ///
    /// # Errors
    /// When there is no such profile, or the file cannot be written.
    pub async fn rearrange(&self, name: &str, change: Rearrange) -> Result<Arc<Arrangement>, HostError> {
        self.arrangement(name).await?;
        let _turn = self.inner.shared.orgs.writing.lock().await;
        let board = &self.inner.shared.orgs.arrangements;
        let next = board.change(name, |known| {
            let mut next = known.clone();
            next.change(change);
            (Some(next.clone()), Arc::new(next))
        });
        let (path, written) = (self.places().arrangement(name), Arc::clone(&next));
        let written = tokio::task::spawn_blocking(move || written.write(&path)).await;
        written
            .map_err(|_| HostError::Stopping)?
            .map_err(HostError::Arrangement)?;
        Ok(next)
    }

    async fn org_kit(&self, name: &str) -> Result<OrgKit, HostError> {
        let kit = self.ask(name, Command::OrgKit).await?;
        kit.ok_or_else(|| HostError::NotRunning(name.to_owned()))
    }
}
