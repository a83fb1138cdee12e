//! The last card that was served through each shared door, for those who ask while its workspace is away.
//!
//! A copy is kept only of what the laptop marked as the card that anybody may read, and only as long as the door that it
//! was asked for at is one that the laptop wants open: what it says of its doors, at each dial and whenever that changes,
//! ends the copies of all others. What it says while it has no link it says at the next dial; a copy that is older than
//! [`MAX_AGE`] is not shown. Nothing outlives the relay, and the least lately used make room.
//!
//! What is not here: who may read a card (the laptop's to know), and whether a workspace still exists (`cards`).

mod copy;
mod shelf;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{
    AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, WARNING,
};
use hyper::http::response::Parts;
use hyper::{Response, StatusCode};
use ligand_tunnel::card::{MAY_BE_KEPT, has_tag};
use ligand_tunnel::door::{Nonce, Slot};
use ligand_tunnel::hello::DoorRequest;

pub(crate) use self::copy::CardCall;
use self::copy::{CardCopy, bytes_of};
use self::shelf::{Known, Shelf};
use crate::clock::Clock;
use crate::directory::Place;
use crate::public_body::PublicBody;

/// Longest card that is kept, in bytes with its headers. Real ones have a few KB.
const MAX_CARD: usize = 256 * 1024;
/// Most cards of one workspace: one for each version of the protocol, and as many again.
const MAX_VARIANTS: usize = 4;
/// A laptop that has been away for longer is not expected back with the same card.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Says without a word in the card, which may be signed, that it is a copy.
const STALE: HeaderName = HeaderName::from_static("ligand-stale");
/// What is about the answer that was copied, and not about the card.
const OF_ONE_ANSWER: [HeaderName; 5] = [AGE, CACHE_CONTROL, CONTENT_LENGTH, DATE, WARNING];

/// See the module.
pub(crate) struct CardCopies {
    all: Mutex<Shelf>,
    clock: Clock,
}

impl CardCopies {
    pub(crate) fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            all: Mutex::default(),
            clock,
        })
    }

    fn all(&self) -> MutexGuard<'_, Shelf> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        let all = self.all();
        all.workspaces.values().map(|known| known.copies.len()).sum()
    }

    /// What a laptop that was admitted says of its doors.
    pub(crate) fn doors(&self, place: Place, doors: &[DoorRequest]) {
        let open: Vec<Nonce> = doors
            .iter()
            .filter(|door| door.slot == Slot::Shared && !door.closed)
            .map(|door| door.nonce.clone())
            .collect();
        let mut all = self.all();
        if open.is_empty() {
            return all.remove(place);
        }
        all.retain(place, |copy| open.contains(&copy.nonce));
        let seen = self.clock.now();
        let known = all.workspaces.entry(place).or_insert_with(|| Known {
            open: Vec::new(),
            copies: Vec::new(),
            turn: 0,
            seen,
        });
        (known.open, known.seen) = (open, seen);
        all.use_now(place);
        all.make_room();
    }

    /// The workspace is gone, or whoever had its calls may have them no more.
    pub(crate) fn forget(&self, place: Place) {
        self.all().remove(place);
    }

    /// Whether a workspace was last known to exist so long ago that somebody should look. Says so once in that time.
    pub(crate) fn is_due(&self, place: Place, every: Duration) -> bool {
        let now = self.clock.now();
        let mut all = self.all();
        let Some(known) = all.workspaces.get_mut(&place) else {
            return false;
        };
        let due = now.saturating_sub(known.seen) >= every;
        if due {
            known.seen = now;
        }
        due
    }

    /// Takes note of the laptop's answer to a call for its card: what copies it, if it is to be kept. Whatever says that
    /// there is another card, or none, ends the copy that there is.
    pub(crate) fn answered(
        self: &Arc<Self>,
        place: Place,
        call: CardCall,
        answer: &mut Parts,
        length: Option<u64>,
    ) -> Option<Box<Copying>> {
        let said = answer.headers.remove(MAY_BE_KEPT);
        if answer.status.is_server_error() {
            return None;
        }
        // A closed door says nothing else.
        let is_gone = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE);
        match said.as_ref().map(HeaderValue::as_bytes) {
            Some(b"1") => {}
            None if !is_gone => return None,
            _ => {
                self.end(place, &call, None);
                return None;
            }
        }
        if answer.status == StatusCode::NOT_MODIFIED {
            self.end(place, &call, answer.headers.get(ETAG));
            return None;
        }
        let length = usize::try_from(length?).ok()?;
        let fits = answer.status == StatusCode::OK && call.brings && length > 0;
        if !fits || length + bytes_of(&answer.headers) > MAX_CARD {
            self.end(place, &call, None);
            return None;
        }
        Some(Box::new(Copying {
            copies: self.clone(),
            place,
            call,
            head: answer.headers.clone(),
            body: Vec::with_capacity(length),
            length,
        }))
    }

    /// Ends the copy that a call would get, unless it has this tag: then it is as good as new.
    fn end(&self, place: Place, call: &CardCall, but: Option<&HeaderValue>) {
        let now = self.clock.now();
        let mut all = self.all();
        let is_same = |copy: &CardCopy| {
            but.is_some_and(|tag| {
                let tags = [tag.clone()];
                copy.head.get(ETAG).is_some_and(|had| has_tag(&tags, had))
            })
        };
        all.retain(place, |copy| !copy.is_for(call) || is_same(copy));
        if let Some(known) = all.workspaces.get_mut(&place) {
            for copy in known.copies.iter_mut().filter(|copy| copy.is_for(call)) {
                copy.at = now;
            }
        }
    }

    fn keep(&self, place: Place, copy: CardCopy, call: &CardCall) {
        let all = &mut *self.all();
        all.retain(place, |old| !old.is_for(call));
        let Some(known) = all.workspaces.get_mut(&place) else {
            return;
        };
        // It may have been closed, or given another address, since the card set out.
        if !known.open.contains(&copy.nonce) {
            return;
        }
        all.bytes += copy.bytes();
        known.copies.push(copy);
        if known.copies.len() > MAX_VARIANTS {
            all.bytes -= known.copies.remove(0).bytes();
        }
        all.use_now(place);
        all.make_room();
    }

    /// The copy for a call, as an answer, with the marks of one.
    pub(crate) fn answer(&self, place: Place, call: &CardCall) -> Option<Response<PublicBody>> {
        let now = self.clock.now();
        let mut all = self.all();
        all.retain(place, |copy| now.saturating_sub(copy.at) < MAX_AGE);
        let known = all.workspaces.get(&place)?;
        let copy = known.copies.iter().rev().find(|copy| copy.is_for(call))?;
        let had = call.said(&IF_NONE_MATCH);
        let is_had = copy.head.get(ETAG).is_some_and(|tag| has_tag(&had, tag));
        let (mut head, age) = (copy.head.clone(), now.saturating_sub(copy.at).as_secs());
        let body = if is_had {
            head.remove(CONTENT_TYPE);
            PublicBody::empty()
        } else {
            PublicBody::whole(copy.body.clone())
        };
        all.use_now(place);
        drop(all);
        head.insert(AGE, age.into());
        // The laptop may be back in a moment.
        head.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        head.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
        head.insert(STALE, HeaderValue::from_static("true"));
        let mut response = Response::new(body);
        if is_had {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        *response.headers_mut() = head;
        Some(response)
    }
}

/// A card on its way to a caller, of which a copy is made.
pub(crate) struct Copying {
    copies: Arc<CardCopies>,
    place: Place,
    call: CardCall,
    head: HeaderMap,
    body: Vec<u8>,
    length: usize,
}

impl Copying {
    /// Takes the next bytes. Whether that were all.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> bool {
        self.body.extend_from_slice(bytes);
        self.body.len() >= self.length
    }

    /// Keeps the whole.
    pub(crate) fn keep(self) {
        let mut head = self.head;
        for name in OF_ONE_ANSWER {
            head.remove(name);
        }
        let copy = CardCopy::new(&self.call, head, self.body.into(), self.copies.clock.now());
        self.copies.keep(self.place, copy, &self.call);
    }
}

#[cfg(test)]
mod tests;
