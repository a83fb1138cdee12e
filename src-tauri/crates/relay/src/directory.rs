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

/// Most calls that are held for one workspace: the platform queues what is over it.
const HELD_PER_WORKSPACE: usize = 64;
/// Most calls that are held in all; each is an open connection.
const HELD_IN_ALL: usize = 4096;
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

/// There is no room to hold one more call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A link that has lost its workspace to a newer one.
#[derive(Debug)]
pub(crate) struct Superseded {
    pub(crate) link: RelayLink,
    pub(crate) same_instance: bool,
}

struct Workspace {
    current: Option<(RelayLink, Dialled)>,
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
    workspaces: Mutex<HashMap<Place, Workspace>>,
    held: Semaphore,
    default_hold: Duration,
}

impl Directory {
    pub(crate) fn new(default_hold: Duration) -> Self {
        Self {
            workspaces: Mutex::default(),
            held: Semaphore::new(HELD_IN_ALL),
            default_hold: default_hold.min(MAX_HOLD),
        }
    }

    fn workspaces(&self) -> MutexGuard<'_, HashMap<Place, Workspace>> {
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
        Ok(before.map(|(link, current)| Superseded {
            link,
            same_instance: current.instance == dialled.instance,
        }))
    }

    /// The workspace's link, if it has one.
    pub(crate) fn link(&self, place: Place) -> Option<RelayLink> {
        let workspaces = self.workspaces();
        let (link, _) = workspaces.get(&place)?.current.as_ref()?;
        (!link.has_ended()).then(|| link.clone())
    }

    /// A link has ended; whether it still was its workspace's.
    pub(crate) fn ended(&self, place: Place, link: &RelayLink) -> bool {
        let mut workspaces = self.workspaces();
        let Some(workspace) = workspaces.get_mut(&place) else {
            return false;
        };
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
    pub(crate) fn hold(&self, place: Place) -> Result<Held<'_>, Full> {
        let permit = self.held.try_acquire().map_err(|_| Full)?;
        let mut workspaces = self.workspaces();
        make_room(&mut workspaces);
        let workspace = workspaces.entry(place).or_insert_with(Workspace::new);
        if workspace.changed.receiver_count() >= HELD_PER_WORKSPACE {
            return Err(Full);
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

fn make_room(workspaces: &mut HashMap<Place, Workspace>) {
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
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            platform: 0,
            workspace: Uuid::new_v4(),
        }
    }

    #[test]
    fn a_workspace_holds_sixty_four_calls_and_no_more() {
        let directory = Directory::new(Duration::from_secs(20));
        let (busy, other) = (place(), place());
        let held: Vec<_> = (0..HELD_PER_WORKSPACE)
            .map(|_| directory.hold(busy).unwrap())
            .collect();
        assert!(directory.hold(busy).is_err());
        assert!(
            directory.hold(other).is_ok(),
            "another workspace has room of its own"
        );
        drop(held);
        assert!(directory.hold(busy).is_ok());
    }

    #[test]
    fn all_workspaces_together_hold_a_bounded_number_of_calls() {
        let directory = Directory::new(Duration::from_secs(20));
        let places: Vec<_> = (0..HELD_IN_ALL / HELD_PER_WORKSPACE).map(|_| place()).collect();
        let held: Vec<_> = places
            .iter()
            .flat_map(|place| (0..HELD_PER_WORKSPACE).map(|_| directory.hold(*place).unwrap()))
            .collect();
        assert!(directory.hold(place()).is_err());
        drop(held);
        assert!(directory.hold(place()).is_ok());
    }

    #[test]
    fn calls_of_a_workspace_that_has_never_said_are_held_by_default() {
        let directory = Directory::new(Duration::from_secs(7));
        assert_eq!(directory.hold(place()).unwrap().time, Duration::from_secs(7));
    }

    #[test]
    fn only_the_same_process_with_an_older_dial_is_stale() {
        let instance = Uuid::new_v4();
        let current = Dialled {
            instance,
            generation: 5,
        };
        assert!(
            Dialled {
                instance,
                generation: 4
            }
            .is_older_than(current)
        );
        assert!(
            Dialled {
                instance,
                generation: 5
            }
            .is_older_than(current)
        );
        assert!(
            !Dialled {
                instance,
                generation: 6
            }
            .is_older_than(current)
        );
        assert!(
            !Dialled {
                instance: Uuid::new_v4(),
                generation: 1
            }
            .is_older_than(current)
        );
    }
}
