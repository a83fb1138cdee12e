//! Doors: who may come in, by which path, and with which secret.
//!
//! [`Doors`] is what one workspace's doors have in common: their nonces, the secrets that the platform shows, and
//! whether the shared door is open. `table` says what each path under a door means. Both only judge;
//! performing the verdict is the work of `deliveries`.
//!
//! Nonces and secrets have a current and a previous value, so that a rotation loses no call.

mod secrets;
mod table;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use hyper::HeaderMap;
use ligand_tunnel::door::{DoorPath, DoorUrl, Nonce, Slot};
use uuid::Uuid;

use self::secrets::InboundSecrets;
pub use self::table::{Deliver, NotFound, Pass, at_platform_door, at_shared_door};
use crate::{clock::Clock, vault::Secret};

/// The doors of one workspace. Clones share their state.
#[derive(Clone)]
pub struct Doors {
    workspace: Uuid,
    clock: Clock,
    state: Arc<RwLock<State>>,
}

struct State {
    nonces: BTreeMap<Slot, Nonces>,
    inbound: InboundSecrets,
    shared: bool,
    urls: BTreeMap<Slot, DoorUrl>,
    /// Until when the platform may still call the address of the laptop that served the workspace before.
    moving: Duration,
}

/// One door's nonces.
struct Nonces {
    current: Nonce,
    /// The one before, and until when it is good.
    previous: Option<(Nonce, Duration)>,
}

impl Doors {
    /// The doors of this workspace with their nonces; `shared` is whether the shared door is open.
    #[must_use]
    pub fn new(workspace: Uuid, nonces: &[(Slot, Nonce)], shared: bool) -> Self {
        let nonces = nonces.iter().map(|(slot, current)| {
            (
                *slot,
                Nonces {
                    current: current.clone(),
                    previous: None,
                },
            )
        });
        let state = State {
            nonces: nonces.collect(),
            inbound: InboundSecrets::default(),
            shared,
            urls: BTreeMap::new(),
            moving: Duration::MAX,
        };
        Self {
            workspace,
            clock: Clock::start(),
            state: Arc::new(RwLock::new(state)),
        }
    }

    /// Opens or closes the shared door.
    pub fn share(&self, open: bool) {
        self.write().shared = open;
    }

    /// Whether the shared door is open.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.read().shared
    }

    /// Takes note of the doors' public URLs, which the relay says when it welcomes a link.
    pub fn learn_urls(&self, urls: &HashMap<Slot, DoorUrl>) {
        self.write().urls = urls.iter().map(|(slot, url)| (*slot, url.clone())).collect();
    }

    /// A door's public URL, once a relay has said it.
    #[must_use]
    pub fn url(&self, slot: Slot) -> Option<DoorUrl> {
        self.read().urls.get(&slot).cloned()
    }

    /// Gives a door a new nonce. The one before stays good until [`Doors::retire`].
    pub fn rotate(&self, slot: Slot, fresh: Nonce) {
        let mut state = self.write();
        let previous = state.nonces.remove(&slot);
        let previous = previous.map(|nonces| (nonces.current, Duration::MAX));
        state.nonces.insert(
            slot,
            Nonces {
                current: fresh,
                previous,
            },
        );
    }

    /// Ends the old nonce of a door after a while: callers who have read the address before are still on their way. For
    /// the platform door this is when the platform has accepted our address, and no other one matters after the while.
    pub fn retire(&self, slot: Slot, after: Duration) {
        let until = self.clock.now() + after;
        let mut state = self.write();
        if slot == Slot::Platform {
            state.moving = until.min(state.moving);
        }
        if let Some(nonces) = state.nonces.get_mut(&slot)
            && let Some((_, good_until)) = &mut nonces.previous
        {
            *good_until = until.min(*good_until);
        }
    }

    /// From now on the platform door demands this bearer. One that it replaces stays good for a while. Says whether
    /// it is a new one.
    pub fn learn_inbound_secret(&self, secret: Secret) -> bool {
        let now = self.clock.now();
        self.write().inbound.learn(secret.expose().as_bytes(), now)
    }

    /// Demands no bearer any more, until the platform gives one again: the user's way out when the two disagree.
    pub fn forget_inbound_secret(&self) {
        self.write().inbound.forget();
    }

    /// Whether this bearer is the one that is demanded already.
    #[must_use]
    pub fn knows_inbound_secret(&self, secret: &Secret) -> bool {
        self.read().inbound.is_current(secret.expose().as_bytes())
    }

    /// Whether the platform door demands a bearer at all.
    #[must_use]
    pub fn demands_inbound_secret(&self) -> bool {
        self.read().inbound.are_known()
    }

    /// Whether a call through the platform door may come in, by its headers alone.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        self.read().inbound.admit(headers, self.clock.now())
    }

    /// Which of our doors a path is under, and what follows. `None` when it is none of ours, any more or at all.
    /// The relay has checked that it made the path; this checks that the laptop still wants it.
    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<(Slot, &'a str)> {
        let (door, rest) = DoorPath::parse(path)?;
        let state = self.read();
        let nonces = state.nonces.get(&door.slot)?;
        // Both are compared, each in constant time.
        let current = nonces.current == door.nonce;
        let previous = nonces
            .previous
            .as_ref()
            .is_some_and(|(previous, until)| *previous == door.nonce && self.clock.now() < *until);
        (door.workspace == self.workspace && (current | previous)).then_some((door.slot, rest))
    }

    /// What follows the platform door of our workspace in a path whose nonce is none of ours, as long as the platform
    /// may not know our address yet: it then is the address of the laptop that we have taken over from.
    pub(crate) fn moving<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (door, rest) = DoorPath::parse(path)?;
        let is_platforms = door.slot == Slot::Platform && door.workspace == self.workspace;
        (is_platforms && self.clock.now() < self.read().moving).then_some(rest)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors")
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ligand_tunnel::door::RelaySecret;

    use super::*;

    struct Bench {
        doors: Doors,
        relay: RelaySecret,
        workspace: Uuid,
        nonce: Nonce,
    }

    impl Bench {
        fn new() -> Self {
            let (workspace, nonce) = (Uuid::new_v4(), Nonce::random());
            let doors = Doors::new(workspace, &[(Slot::Platform, nonce.clone())], false);
            Self {
                doors,
                relay: RelaySecret::random(),
                workspace,
                nonce,
            }
        }

        fn path(&self, slot: Slot, nonce: &Nonce) -> String {
            self.relay
                .seal("https://org.example", self.workspace, slot, nonce)
        }
    }

    #[test]
    fn the_platform_door_of_another_laptop_is_moving_until_the_platform_has_accepted_ours() {
        let bench = Bench::new();
        let path = format!("{}/a2a", bench.path(Slot::Platform, &Nonce::random()));
        assert_eq!(bench.doors.find(&path), None);
        assert_eq!(bench.doors.moving(&path), Some("/a2a"));
        assert_eq!(
            bench.doors.moving(&bench.path(Slot::Shared, &Nonce::random())),
            None
        );
        let elsewhere = bench.relay.seal(
            "https://org.example",
            Uuid::new_v4(),
            Slot::Platform,
            &Nonce::random(),
        );
        assert_eq!(bench.doors.moving(&elsewhere), None, "another workspace");
        bench.doors.retire(Slot::Shared, Duration::ZERO);
        assert_eq!(bench.doors.moving(&path), Some("/a2a"));
        bench.doors.retire(Slot::Platform, Duration::from_secs(60));
        assert_eq!(bench.doors.moving(&path), Some("/a2a"), "on its way");
        bench.doors.retire(Slot::Platform, Duration::ZERO);
        assert_eq!(bench.doors.moving(&path), None);
    }

    #[test]
    fn a_door_is_found_by_workspace_slot_and_nonce() {
        let bench = Bench::new();
        let path = format!("{}/a2a", bench.path(Slot::Platform, &bench.nonce));
        assert_eq!(bench.doors.find(&path), Some((Slot::Platform, "/a2a")));
        assert_eq!(bench.doors.find(&bench.path(Slot::Shared, &bench.nonce)), None);
        assert_eq!(
            bench.doors.find(&bench.path(Slot::Platform, &Nonce::random())),
            None
        );
        assert_eq!(bench.doors.find("/w/none"), None);
        let other = Bench {
            workspace: Uuid::new_v4(),
            ..bench
        };
        assert_eq!(other.doors.find(&other.path(Slot::Platform, &other.nonce)), None);
    }

    #[test]
    fn a_rotated_door_is_found_under_both_names_until_the_old_one_is_retired() {
        let bench = Bench::new();
        let fresh = Nonce::random();
        bench.doors.rotate(Slot::Platform, fresh.clone());
        let (old, new) = (
            bench.path(Slot::Platform, &bench.nonce),
            bench.path(Slot::Platform, &fresh),
        );
        assert!(bench.doors.find(&old).is_some() && bench.doors.find(&new).is_some());
        bench.doors.retire(Slot::Platform, Duration::from_secs(60));
        assert!(bench.doors.find(&old).is_some(), "a call may be on its way");
        bench.doors.retire(Slot::Platform, Duration::ZERO);
        assert!(bench.doors.find(&old).is_none() && bench.doors.find(&new).is_some());
    }

    #[test]
    fn neither_nonce_nor_url_is_in_debug_output() {
        let bench = Bench::new();
        let url = DoorUrl::new("https://relay.example/w/hidden".to_owned());
        bench.doors.learn_urls(&HashMap::from([(Slot::Shared, url)]));
        let shown = format!("{:?}", bench.doors);
        assert!(
            !shown.contains("hidden") && !shown.contains(bench.nonce.to_text().as_str()),
            "{shown}"
        );
    }
}
