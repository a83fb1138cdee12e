//! Which workspace has which link, and who waits for one.
//!
//! States of a workspace: *linked*, or *away* with the time that calls are held. The newest admitted link wins, at
//! once: a half-open one must not keep its workspace unreachable until it times out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ligand_tunnel::RelayLink;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use uuid::Uuid;

use crate::limit::Limit;
use crate::limits::Limits;
use crate::pace::{Pace, Rate};

/// Longest hold that a laptop may ask for.
const MAX_HOLD: Duration = Duration::from_secs(60);
/// Workspaces that are remembered; those that have neither link nor callers make room.
const MAX_WORKSPACES: usize = 65_536;

/// A workspace of one of the relay's platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Index into the relay's list of platforms.
    pub(crate) platform: usize,
    pub(crate) workspace: Uuid,
}

/// What is looked up for each call. By a hash that costs a tenth of the usual one: no place is here but those of doors that
/// this relay has made.
pub(crate) type ByPlace<T> = HashMap<Place, T, foldhash::quality::RandomState>;

/// Which dial a link came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialled {
    pub(crate) instance: Uuid,
    pub(crate) generation: u64,
}

impl Dialled {
    /// Whether the same host process has dialled again since.
    fn is_older_than(self, current: Self) -> bool {
        self.instance == current.instance && self.generation <= current.generation
    }
}

/// The same host process has a newer link already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale;

/// A link that has lost its workspace to a newer one.
#[derive(Debug)]
pub(crate) struct Superseded {
    pub(crate) link: RelayLink,
    pub(crate) same_instance: bool,
    /// Whether the one that this link itself had taken over from was still there, and was closed.
    pub(crate) closed_older: bool,
}

struct Workspace {
    current: Option<(RelayLink, Dialled)>,
    /// The one before `current`, while its calls finish. There is no third.
    retiring: Option<RelayLink>,
    /// How fast its calls come.
    pace: Pace,
    /// `None` when its laptop has never said.
    hold: Option<Duration>,
    /// Its user has stopped it, and wants callers told so.
    refuses: bool,
    /// Says that `current` has changed. As many receivers as calls are held.
    changed: watch::Sender<()>,
}

impl Workspace {
    fn new() -> Self {
        Self {
            current: None,
            retiring: None,
            pace: Pace::default(),
            hold: None,
            refuses: false,
            changed: watch::Sender::new(()),
        }
    }

    fn is_in_use(&self) -> bool {
        self.current.is_some() || self.refuses || self.changed.receiver_count() > 0
    }
}

/// See the module.
pub(crate) struct Directory {
    workspaces: Mutex<ByPlace<Workspace>>,
    held: Semaphore,
    held_in_all: usize,
    held_per_workspace: usize,
    rate: Rate,
    default_hold: Duration,
}

impl Directory {
    pub(crate) fn new(default_hold: Duration, limits: &Limits) -> Self {
        Self {
            workspaces: Mutex::default(),
            held: Semaphore::new(limits.held),
            held_in_all: limits.held,
            held_per_workspace: limits.held_per_workspace,
            rate: Rate::per_second(limits.calls_per_s),
            default_hold: default_hold.min(MAX_HOLD),
        }
    }

    fn workspaces(&self) -> MutexGuard<'_, ByPlace<Workspace>> {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that dial would be refused as stale.
    pub(crate) fn check(&self, place: Place, dialled: Dialled) -> Result<(), Stale> {
        match self
            .workspaces()
            .get(&place)
            .and_then(|workspace| workspace.current.as_ref())
        {
            Some((_, current)) if dialled.is_older_than(*current) => Err(Stale),
            Some(_) | None => Ok(()),
        }
    }

    /// Makes a link its workspace's, and wakes the calls that wait for one.
    pub(crate) fn install(
        &self,
        place: Place,
        link: RelayLink,
        dialled: Dialled,
        hold_s: u32,
    ) -> Result<Option<Superseded>, Stale> {
        let mut workspaces = self.workspaces();
        make_room(&mut workspaces);
        let workspace = workspaces.entry(place).or_insert_with(Workspace::new);
        if workspace
            .current
            .as_ref()
            .is_some_and(|(_, current)| dialled.is_older_than(*current))
        {
            return Err(Stale);
        }
        workspace.hold = Some(hold(hold_s));
        workspace.refuses = false;
        let before = workspace.current.replace((link, dialled));
        workspace.changed.send_replace(());
        Ok(before.map(|(link, current)| {
            let older = workspace.retiring.replace(link.clone());
            let older = older.filter(|older| !older.has_ended());
            if let Some(older) = &older {
                older.close();
            }
            Superseded {
                link,
                same_instance: current.instance == dialled.instance,
                closed_older: older.is_some(),
            }
        }))
    }

    /// Whether a link is up that a new one would take over from.
    pub(crate) fn has_link(&self, place: Place) -> bool {
        self.link(place).is_some()
    }

    /// How long one more call to a workspace has to wait, or in how long another try makes sense.
    pub(crate) fn pace(&self, place: Place, now: Duration) -> Result<Duration, Duration> {
        match self.workspaces().get_mut(&place) {
            Some(workspace) => workspace.pace.take(self.rate, now),
            // Its link has ended in this moment; whoever asks will find out.
            None => Ok(Duration::ZERO),
        }
    }

    /// How many calls are held.
    pub(crate) fn held(&self) -> usize {
        self.held_in_all.saturating_sub(self.held.available_permits())
    }

    /// How many workspaces have a link.
    pub(crate) fn linked(&self) -> usize {
        let workspaces = self.workspaces();
        workspaces
            .values()
            .filter(|workspace| workspace.current.is_some())
            .count()
    }

    /// The workspace's link, if it has one.
    pub(crate) fn link(&self, place: Place) -> Option<RelayLink> {
        let workspaces = self.workspaces();
        let (link, _) = workspaces.get(&place)?.current.as_ref()?;
        (!link.has_ended()).then(|| link.clone())
    }

    /// Whether a link is its workspace's.
    pub(crate) fn is_current(&self, place: Place, link: &RelayLink) -> bool {
        let workspaces = self.workspaces();
        let current = workspaces
            .get(&place)
            .and_then(|workspace| workspace.current.as_ref());
        current.is_some_and(|(current, _)| current.is(link))
    }

    /// A link has ended; whether it still was its workspace's.
    pub(crate) fn ended(&self, place: Place, link: &RelayLink) -> bool {
        let mut workspaces = self.workspaces();
        let Some(workspace) = workspaces.get_mut(&place) else {
            return false;
        };
        drop(workspace.retiring.take_if(|retiring| retiring.is(link)));
        let current = workspace.current.take_if(|(current, _)| current.is(link));
        current.is_some()
    }

    /// How long the laptop wants calls held while it is away, or that it wants them refused, as long as the link that says
    /// so is its workspace's.
    pub(crate) fn leaving(&self, place: Place, link: &RelayLink, hold_s: u32, refuse: bool) {
        if let Some(workspace) = self.workspaces().get_mut(&place)
            && workspace
                .current
                .as_ref()
                .is_some_and(|(current, _)| current.is(link))
        {
            workspace.hold = Some(hold(hold_s));
            workspace.refuses = refuse;
        }
    }

    /// Whether the workspace was stopped by its user, who wants callers told so.
    pub(crate) fn refuses(&self, place: Place) -> bool {
        let workspaces = self.workspaces();
        workspaces
            .get(&place)
            .is_some_and(|workspace| workspace.refuses && workspace.current.is_none())
    }

    /// Starts holding a call for a workspace that is away.
    pub(crate) fn hold(&self, place: Place) -> Result<Held<'_>, Limit> {
        let permit = self.held.try_acquire().map_err(|_| Limit::Held)?;
        let mut workspaces = self.workspaces();
        make_room(&mut workspaces);
        let workspace = workspaces.entry(place).or_insert_with(Workspace::new);
        if workspace.changed.receiver_count() >= self.held_per_workspace {
            return Err(Limit::HeldPerWorkspace);
        }
        let changed = workspace.changed.subscribe();
        let time = workspace.hold.unwrap_or(self.default_hold);
        Ok(Held {
            directory: self,
            place,
            changed,
            time,
            _permit: permit,
        })
    }
}

fn hold(hold_s: u32) -> Duration {
    Duration::from_secs(hold_s.into()).min(MAX_HOLD)
}

fn make_room(workspaces: &mut ByPlace<Workspace>) {
    if workspaces.len() >= MAX_WORKSPACES {
        workspaces.retain(|_, workspace| workspace.is_in_use());
    }
}

/// A call that is held.
pub(crate) struct Held<'a> {
    directory: &'a Directory,
    place: Place,
    changed: watch::Receiver<()>,
    /// How long its workspace wants it held.
    pub(crate) time: Duration,
    _permit: SemaphorePermit<'a>,
}

impl Held<'_> {
    /// Waits for a link.
    pub(crate) async fn link(&mut self) -> RelayLink {
        loop {
            if let Some(link) = self.directory.link(self.place) {
                return link;
            }
            if self.changed.changed().await.is_err() {
                // A workspace in use is not forgotten, so its sender lives; whoever waits has a deadline anyway.
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
