//! Which card keys belong to which workspaces, as far as this relay knows. A value without I/O.

use std::collections::HashMap;
use std::time::Duration;

use crate::directory::Place;

/// Most workspaces whose keys are remembered; a new one takes the place of the one that was unused for longest.
pub(crate) const MAX_REMEMBERED: usize = 100_000;

/// The public half of a laptop's key.
pub(crate) type CardKey = [u8; 32];

/// What is known of one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The keys in its card; at least one.
    pub(crate) keys: Vec<CardKey>,
    /// The day on which a laptop was last admitted with one of them.
    pub(crate) used: u32,
    /// When the card was read, in the relay's own time; `None` = before its start.
    pub(crate) read: Option<Duration>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    places: HashMap<Place, Known>,
    version: u64,
}

impl Remembered {
    /// What was known before.
    pub(crate) fn from(places: HashMap<Place, Known>) -> Self {
        Self { places, version: 0 }
    }

    /// Whether a key belongs to a workspace.
    pub(crate) fn knows(&self, place: Place, key: &CardKey) -> bool {
        self.places
            .get(&place)
            .is_some_and(|known| known.keys.contains(key))
    }

    /// A laptop of a workspace was admitted on that day.
    pub(crate) fn used(&mut self, place: Place, today: u32) {
        if let Some(known) = self.places.get_mut(&place)
            && known.used != today
        {
            known.used = today;
            self.version += 1;
        }
    }

    /// When the workspace's card was read, in the relay's own time.
    pub(crate) fn read(&self, place: Place) -> Option<Duration> {
        self.places.get(&place)?.read
    }

    /// The keys that a card has now. None at all means that the workspace is forgotten.
    pub(crate) fn learn(&mut self, place: Place, keys: Vec<CardKey>, now: Duration, today: u32) {
        if keys.is_empty() {
            self.version += u64::from(self.places.remove(&place).is_some());
            return;
        }
        if self.places.len() >= MAX_REMEMBERED && !self.places.contains_key(&place) {
            let oldest = self.places.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(place, _)| *place) {
                self.places.remove(&oldest);
            }
        }
        let known = Known {
            keys,
            used: today,
            read: Some(now),
        };
        let before = self.places.insert(place, known);
        let same = before
            .zip(self.places.get(&place))
            .is_some_and(|(before, known)| before.keys == known.keys && before.used == known.used);
        self.version += u64::from(!same);
    }

    /// Counts the changes that a file should have.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Everything.
    pub(crate) fn places(&self) -> &HashMap<Place, Known> {
        &self.places
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place(number: u128) -> Place {
        Place {
            platform: 0,
            workspace: Uuid::from_u128(number),
        }
    }

    #[test]
    fn what_a_file_need_not_know_is_no_change() {
        let mut remembered = Remembered::default();
        remembered.learn(place(1), vec![[1; 32]], Duration::ZERO, 7);
        let before = remembered.version();
        remembered.learn(place(1), vec![[1; 32]], Duration::from_secs(9), 7);
        remembered.learn(place(2), Vec::new(), Duration::from_secs(9), 7);
        remembered.used(place(1), 7);
        assert_eq!(remembered.version(), before);
        assert_eq!(remembered.read(place(1)), Some(Duration::from_secs(9)));
        remembered.used(place(1), 8);
        remembered.learn(place(1), vec![[2; 32]], Duration::from_secs(9), 8);
        remembered.learn(place(1), Vec::new(), Duration::from_secs(9), 8);
        assert_eq!(remembered.version(), before + 3);
        assert!(!remembered.knows(place(1), &[2; 32]));
    }

    #[test]
    fn a_full_memory_forgets_the_workspace_that_was_unused_for_longest() {
        let mut remembered = Remembered::default();
        for number in 0..MAX_REMEMBERED as u128 {
            let day = if number == 5 { 1 } else { 2 };
            remembered.learn(place(number), vec![[1; 32]], Duration::ZERO, day);
        }
        remembered.learn(place(u128::MAX), vec![[1; 32]], Duration::ZERO, 3);
        assert!(remembered.knows(place(u128::MAX), &[1; 32]));
        assert!(!remembered.knows(place(5), &[1; 32]) && remembered.knows(place(6), &[1; 32]));
        assert_eq!(remembered.places().len(), MAX_REMEMBERED);
    }
}
