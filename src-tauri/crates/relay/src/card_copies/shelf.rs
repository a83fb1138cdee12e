//! What is kept, of whom, and who makes room.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::time::Duration;

use ligand_tunnel::door::Nonce;

use super::copy::CardCopy;
use crate::directory::Place;

/// Most workspaces with an open shared door that are known: as many as there are links by default.
const MAX_WORKSPACES: usize = 16_384;
/// What all copies may take together, in bytes.
pub(super) const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What is known of one workspace.
pub(super) struct Known {
    /// Its shared doors that are open.
    pub(super) open: Vec<Nonce>,
    /// The newest last.
    pub(super) copies: Vec<CardCopy>,
    /// Its place among all, by when it was last used.
    pub(super) turn: u64,
    /// When it was last known to exist.
    pub(super) seen: Duration,
}

impl Known {
    fn bytes(&self) -> usize {
        self.copies.iter().map(CardCopy::bytes).sum()
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) workspaces: HashMap<Place, Known>,
    /// The least lately used first.
    pub(super) turns: BTreeMap<u64, Place>,
    next: u64,
    pub(super) bytes: usize,
}

impl Shelf {
    /// Puts a workspace last among those that make room.
    pub(super) fn use_now(&mut self, place: Place) {
        self.next += 1;
        let turn = self.next;
        if let Some(known) = self.workspaces.get_mut(&place) {
            self.turns.remove(&mem::replace(&mut known.turn, turn));
            self.turns.insert(turn, place);
        }
    }

    /// Forgets a workspace.
    pub(super) fn remove(&mut self, place: Place) {
        if let Some(known) = self.workspaces.remove(&place) {
            self.turns.remove(&known.turn);
            self.bytes -= known.bytes();
        }
    }

    /// Ends the copies of which this is not true.
    pub(super) fn retain(&mut self, place: Place, mut stays: impl FnMut(&CardCopy) -> bool) {
        if let Some(known) = self.workspaces.get_mut(&place) {
            let before = known.bytes();
            known.copies.retain(&mut stays);
            self.bytes -= before - known.bytes();
        }
    }

    /// Forgets workspaces until there are few enough.
    pub(super) fn make_room(&mut self) {
        while self.workspaces.len() > MAX_WORKSPACES || self.bytes > MAX_BYTES {
            let Some((_, place)) = self.turns.first_key_value() else {
                return;
            };
            self.remove(*place);
        }
    }
}
