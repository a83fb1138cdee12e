//! Who the peers are, as last heard, and how long ago that was.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use super::view::{Peer, PeerList};

/// What is remembered of the peers. Copies are the same book.
#[derive(Clone, Default)]
pub(in crate::profile) struct PeerBook(Arc<Mutex<Option<Known>>>);

struct Known {
    /// When it was heard, in time awake.
    at: Duration,
    peers: Vec<Peer>,
}

impl PeerBook {
    /// What stands in it, if that is younger than `fresh`.
    pub(super) fn read(&self, now: Duration, fresh: Duration) -> Option<PeerList> {
        let known = self.lock();
        let known = known.as_ref()?;
        let age = now.saturating_sub(known.at);
        (age < fresh).then(|| PeerList {
            peers: known.peers.clone(),
            age_s: u32::try_from(age.as_secs()).unwrap_or(u32::MAX),
        })
    }

    /// Writes down what was heard now.
    pub(super) fn write(&self, now: Duration, peers: Vec<Peer>) -> PeerList {
        let list = PeerList {
            peers: peers.clone(),
            age_s: 0,
        };
        *self.lock() = Some(Known { at: now, peers });
        list
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    /// The name of a peer, however long ago it was heard.
    pub(super) fn name_of(&self, id: Uuid) -> Option<String> {
        let known = self.lock();
        let peer = known.as_ref()?.peers.iter().find(|peer| peer.id == id)?;
        Some(peer.name.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_remembered_for_five_minutes_and_until_a_failure() {
        let book = PeerBook::default();
        let at = |seconds| Duration::from_secs(seconds);
        let fresh = super::super::FRESH;
        assert!(book.read(at(0), fresh).is_none());
        book.write(at(10), vec![Peer::named("Ada", 1)]);
        assert_eq!(book.read(at(309), fresh).unwrap().age_s, 299);
        assert!(book.read(at(310), fresh).is_none());
        assert_eq!(book.name_of(Uuid::from_u128(1)).as_deref(), Some("Ada"));
        book.forget();
        assert!(book.read(at(11), fresh).is_none());
        assert_eq!(book.name_of(Uuid::from_u128(1)), None);
    }
}
