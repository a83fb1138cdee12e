//! The door that a caller's connection has called last, so that the next call to it is not checked all over again.
//!
//! Callers keep their connection and call one door: its MAC would be computed for each call, and all of that code fetched
//! into a cache that has been used for other things since. Compared in constant time, since those who share a connection
//! behind a terminator need not know each other's doors. What is not here: whether a door is true.

use std::sync::{Mutex, PoisonError};

use ligand_tunnel::door::DoorPath;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// See the module. One per connection.
#[derive(Default)]
pub(crate) struct KnownDoor(Mutex<Option<Known>>);

struct Known {
    /// The door as it stands in a path.
    text: Zeroizing<String>,
    platform: usize,
    door: DoorPath,
}

impl KnownDoor {
    /// Splits a request's path into the door, with its platform, and what follows it, if the door is the known one.
    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<(usize, DoorPath, &'a str)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        let (text, below) = path.split_at_checked(known.text.len())?;
        let is_it =
            is_same(text.as_bytes(), known.text.as_bytes()) && (below.is_empty() || below.starts_with('/'));
        is_it.then(|| (known.platform, known.door.clone(), below))
    }

    /// A true door is known from now on, by the path that it was called with and what followed it there.
    pub(crate) fn learn(&self, path: &str, below: &str, platform: usize, door: &DoorPath) {
        let Some(text) = path.strip_suffix(below) else {
            return;
        };
        let known = Known {
            text: text.to_owned().into(),
            platform,
            door: door.clone(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

/// Compares in constant time: eight bytes at a time, since byte by byte is a hundredth of all the work on a call.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let ((one, one_rest), (other, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let mut same = Choice::from(u8::from(one.len() == other.len())) & one_rest.ct_eq(other_rest);
    for (one, other) in one.iter().zip(other) {
        same &= u64::from_ne_bytes(*one).ct_eq(&u64::from_ne_bytes(*other));
    }
    same.into()
}

#[cfg(test)]
mod tests {
    use ligand_tunnel::door::{Nonce, RelaySecret, Slot};
    use uuid::Uuid;

    use super::*;

    fn path() -> String {
        RelaySecret::random().seal(
            "https://org.example",
            Uuid::new_v4(),
            Slot::Shared,
            &Nonce::random(),
        )
    }

    #[test]
    fn any_difference_is_seen() {
        for length in 0..20_usize {
            let text = vec![b'a'; length];
            assert!(is_same(&text, &text.clone()));
            assert!(!is_same(&text, &vec![b'a'; length + 1]) && !is_same(&text, &vec![b'a'; length + 8]));
            for at in 0..length {
                let mut other = text.clone();
                other[at] ^= 1;
                assert!(!is_same(&text, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn the_door_that_was_called_last_is_found_whatever_follows_it_and_no_other() {
        let (one, two) = (path(), path());
        let known = KnownDoor::default();
        assert!(known.find(&one).is_none());
        let below_one = format!("{one}/a2a");
        let (door, below) = DoorPath::parse(&below_one).unwrap();
        known.learn(&below_one, below, 3, &door);
        for (path, below) in [
            (one.clone(), ""),
            (below_one.clone(), "/a2a"),
            (format!("{one}/"), "/"),
        ] {
            let (platform, found, rest) = known.find(&path).unwrap();
            assert_eq!((platform, found == door, rest), (3, true, below));
        }
        for path in [&two, &one[1..], &one[..one.len() - 1], &format!("{one}x"), ""] {
            assert!(known.find(path).is_none(), "{path}");
        }
        let (door, below) = DoorPath::parse(&two).unwrap();
        known.learn(&two, below, 0, &door);
        assert!(known.find(&two).is_some() && known.find(&one).is_none());
    }
}
