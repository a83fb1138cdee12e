//! Which deliveries are known without a look at the disk: those that are under way, and the last ones that the agent has
//! seen.
//!
//! The same delivery again waits for the one under way, or gets the ending of the one before. What is kept is bounded
//! in number and in bytes; the oldest goes first. It lives as long as the host does; what outlives it is the journal's,
//! and where that can't be written this is all there is.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{delivery::Ending, message::Key};

/// Endings that are kept. The platform delivers again within minutes, and no workspace answers more in that time.
const MOST_KEPT: usize = 256;

/// Their bodies together.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What an ending without a body takes, roughly.
const BARE: usize = 512;

/// What is known of deliveries. Clones are the same memory.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    known: HashMap<Key, Entry>,
    /// Those that are kept, oldest first, with their bytes.
    kept: VecDeque<(Key, usize)>,
    bytes: usize,
}

enum Entry {
    UnderWay(Follow),
    Kept(Ending),
}

/// Whether a delivery is known.
pub(super) enum Known {
    /// It is new: whoever holds the claim sees to it.
    New(Claim),
    /// It is under way.
    UnderWay(Follow),
    /// It has ended.
    Ended(Ending),
}

/// Waits for the ending of a delivery that is under way.
#[derive(Clone)]
pub(super) struct Follow(watch::Receiver<Option<Ending>>);

/// The one place from which a delivery's ending comes.
pub(super) struct Claim {
    memory: Memory,
    key: Option<Key>,
    tell: watch::Sender<Option<Ending>>,
}

impl Memory {
    /// Looks a delivery up, and claims it if it is new, or ended so that it is to be done anew. One without a key is
    /// always new.
    pub(super) fn look_up(&self, key: Option<Key>, is_to_be_repeated: impl Fn(&Ending) -> bool) -> Known {
        let mut inner = self.lock();
        if let Some(key) = key
            && let Some(Entry::Kept(ending)) = inner.known.get(&key)
            && is_to_be_repeated(ending)
        {
            inner.forget(key);
        }
        match key.and_then(|key| inner.known.get(&key)) {
            Some(Entry::UnderWay(follow)) => Known::UnderWay(follow.clone()),
            Some(Entry::Kept(ending)) => Known::Ended(ending.clone()),
            None => {
                let claim = Claim {
                    memory: self.clone(),
                    key,
                    tell: watch::Sender::new(None),
                };
                if let Some(key) = key {
                    inner.known.insert(key, Entry::UnderWay(claim.follow()));
                }
                Known::New(claim)
            }
        }
    }

    fn settle(&self, key: Key, ending: &Ending) {
        let mut inner = self.lock();
        inner.known.remove(&key);
        if !ending.is_final() {
            return;
        }
        let body = if let Ending::Answered(answer) = ending {
            answer.body.len()
        } else {
            0
        };
        let (ending, bytes) = match body + BARE {
            too_many if too_many > MOST_BYTES => (
                Ending::Unknown("its answer was too long to be kept".to_owned()),
                BARE,
            ),
            bytes => (ending.clone(), bytes),
        };
        inner.known.insert(key, Entry::Kept(ending));
        inner.kept.push_back((key, bytes));
        inner.bytes += bytes;
        while inner.kept.len() > MOST_KEPT || inner.bytes > MOST_BYTES {
            let Some((oldest, bytes)) = inner.kept.pop_front() else {
                break;
            };
            inner.known.remove(&oldest);
            inner.bytes -= bytes;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget(&mut self, key: Key) {
        self.known.remove(&key);
        if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == key)
            && let Some((_, bytes)) = self.kept.remove(at)
        {
            self.bytes -= bytes;
        }
    }
}

impl Claim {
    /// To wait for the ending that this claim will tell.
    pub(super) fn follow(&self) -> Follow {
        Follow(self.tell.subscribe())
    }

    /// Whether the same delivery can be told from others when it comes again.
    pub(super) fn is_keyed(&self) -> bool {
        self.key.is_some()
    }

    /// Tells the ending to everyone who waits, and keeps it where it is final.
    pub(super) fn settle(mut self, ending: Ending) {
        if let Some(key) = self.key.take() {
            self.memory.settle(key, &ending);
        }
        self.tell.send_replace(Some(ending));
    }
}

impl Drop for Claim {
    /// A claim that ends without a word must not be waited for for ever.
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.memory.lock().known.remove(&key);
        }
    }
}

impl Follow {
    /// The ending, once there is one.
    pub(super) async fn ending(mut self) -> Ending {
        match self.0.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(ending)) => ending.clone(),
            _ => Ending::Unknown("Ligand lost sight of it".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, StatusCode};

    use super::*;
    use crate::deliveries::{delivery::Answer, intake::Taken, message::Message, permits::NoPermit};

    fn key(number: usize) -> Option<Key> {
        let body = format!(r#"{{"method":"m","params":{{"message":{{"messageId":"{number}"}}}}}}"#);
        Message::read(Taken {
            bytes: body.into(),
            room: None,
        })
        .ok()
        .unwrap()
        .key
    }

    fn never(_: &Ending) -> bool {
        false
    }

    fn claim(memory: &Memory, number: usize) -> Claim {
        match memory.look_up(key(number), never) {
            Known::New(claim) => claim,
            _ => panic!("{number} is known"),
        }
    }

    fn answered(bytes: usize) -> Ending {
        let answer = Answer {
            id: "1".into(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: vec![0; bytes].into(),
            events: None,
        };
        Ending::Answered(Arc::new(answer))
    }

    #[tokio::test]
    async fn the_same_delivery_waits_for_the_one_under_way_and_later_gets_its_ending() {
        let memory = Memory::default();
        let first = claim(&memory, 1);
        let Known::UnderWay(follow) = memory.look_up(key(1), never) else {
            panic!("not under way")
        };
        first.settle(answered(3));
        assert!(matches!(follow.ending().await, Ending::Answered(_)));
        assert!(matches!(
            memory.look_up(key(1), never),
            Known::Ended(Ending::Answered(_))
        ));
    }

    #[tokio::test]
    async fn what_never_reached_the_agent_is_new_again() {
        let memory = Memory::default();
        claim(&memory, 1).settle(Ending::Busy(NoPermit::Full));
        claim(&memory, 1).settle(Ending::Hushed);
        claim(&memory, 1);
    }

    #[tokio::test]
    async fn a_claim_that_is_dropped_lets_its_followers_go() {
        let memory = Memory::default();
        let first = claim(&memory, 1);
        let follow = first.follow();
        drop(first);
        assert!(matches!(follow.ending().await, Ending::Unknown(_)));
        claim(&memory, 1);
    }

    #[test]
    fn a_delivery_without_a_key_is_always_new() {
        let memory = Memory::default();
        let Known::New(first) = memory.look_up(None, never) else {
            panic!()
        };
        assert!(matches!(memory.look_up(None, never), Known::New(_)));
        first.settle(answered(1));
        assert!(memory.lock().known.is_empty());
    }

    #[test]
    fn the_oldest_endings_are_forgotten_by_number_and_by_bytes() {
        let memory = Memory::default();
        for number in 0..=MOST_KEPT {
            claim(&memory, number).settle(Ending::Oversized);
        }
        assert!(
            matches!(memory.look_up(key(0), never), Known::New(_)),
            "the oldest is forgotten"
        );
        assert!(matches!(memory.look_up(key(1), never), Known::Ended(_)));
        for number in 1000..1003 {
            claim(&memory, number).settle(answered(MOST_BYTES / 2 - BARE));
        }
        assert!(memory.lock().bytes <= MOST_BYTES);
        assert!(matches!(memory.look_up(key(1000), never), Known::New(_)));
        assert!(matches!(memory.look_up(key(1002), never), Known::Ended(_)));
    }

    #[test]
    fn an_answer_too_long_to_keep_is_remembered_as_given() {
        let memory = Memory::default();
        claim(&memory, 1).settle(answered(MOST_BYTES + 1));
        assert!(matches!(
            memory.look_up(key(1), never),
            Known::Ended(Ending::Unknown(_))
        ));
    }
}
