//! The bodies of deliveries, for somebody who looks on: kept in memory while that is wished, and nowhere else.
//!
//! It is off when the host starts, and forgets everything when it is switched off. It is bounded in number and in
//! length; what is longer is kept as far as it goes, and that it was cut is said.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Deliveries whose bodies are kept: the last ones.
const MOST: usize = 500;
/// Bytes of one body that are kept: with its answer, 64 MB in all at the most.
const LONGEST: usize = 64 * 1024;

/// Whether bodies are recorded, and how many are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Recording {
    /// Whether they are.
    pub on: bool,
    /// Deliveries whose bodies are there.
    pub kept: usize,
    /// The most that there ever are.
    pub most: usize,
    /// Bytes of one body that are kept.
    pub longest: usize,
}

/// Keeps bodies. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    on: bool,
    deliveries: VecDeque<Recorded>,
}

/// The bodies of one delivery.
#[derive(Clone)]
pub(super) struct Recorded {
    seq: i64,
    pub(super) request: Clip,
    pub(super) answer: Option<Clip>,
}

/// As much of a body as is kept.
#[derive(Clone)]
pub(super) struct Clip {
    pub(super) bytes: Bytes,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

impl Clip {
    /// A copy: a piece would hold the whole body in memory.
    fn of(body: &[u8]) -> Self {
        Self {
            bytes: Bytes::copy_from_slice(&body[..body.len().min(LONGEST)]),
            is_cut: body.len() > LONGEST,
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Recorder {
    /// How it stands.
    pub(crate) fn state(&self) -> Recording {
        let kept = self.kept();
        Recording {
            on: kept.on,
            kept: kept.deliveries.len(),
            most: MOST,
            longest: LONGEST,
        }
    }

    /// Switches it on, or off, which forgets what there is.
    pub(crate) fn switch(&self, on: bool) {
        let mut kept = self.kept();
        kept.on = on;
        if !on {
            kept.deliveries = VecDeque::new();
        }
    }

    /// Keeps what a delivery brought, if that is wished.
    pub(super) fn request(&self, seq: i64, body: &[u8]) {
        let mut kept = self.kept();
        if !kept.on {
            return;
        }
        if kept.deliveries.len() == MOST {
            kept.deliveries.pop_front();
        }
        kept.deliveries.push_back(Recorded {
            seq,
            request: Clip::of(body),
            answer: None,
        });
    }

    /// Keeps what it was answered, if what it brought is kept.
    pub(super) fn answer(&self, seq: i64, body: &[u8]) {
        let mut kept = self.kept();
        if let Some(recorded) = kept.deliveries.iter_mut().rev().find(|kept| kept.seq == seq) {
            recorded.answer = Some(Clip::of(body));
        }
    }

    /// The bodies of one delivery, if they are kept.
    pub(super) fn get(&self, seq: i64) -> Option<Recorded> {
        let kept = self.kept();
        kept.deliveries.iter().rev().find(|kept| kept.seq == seq).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_before_it_is_wished_or_after_it_is_not() {
        let recorder = Recorder::default();
        recorder.request(1, b"one");
        assert!(!recorder.state().on && recorder.get(1).is_none());
        recorder.switch(true);
        recorder.request(2, b"two");
        recorder.answer(2, b"yes");
        recorder.answer(3, b"of a delivery that came before");
        let kept = recorder.get(2).unwrap();
        assert_eq!(
            (kept.request.text(), kept.answer.unwrap().text()),
            ("two".into(), "yes".into())
        );
        assert_eq!(recorder.state().kept, 1);
        recorder.switch(false);
        assert_eq!(recorder.state().kept, 0);
        recorder.switch(true);
        assert!(recorder.get(2).is_none());
    }

    #[test]
    fn only_the_last_are_kept_and_a_long_body_is_cut() {
        let recorder = Recorder::default();
        recorder.switch(true);
        for seq in 0..=MOST as i64 {
            recorder.request(seq, &vec![b'x'; LONGEST + usize::from(seq == 7)]);
        }
        assert_eq!(recorder.state().kept, MOST);
        assert!(recorder.get(0).is_none());
        let cut = recorder.get(7).unwrap().request;
        assert!(cut.is_cut && cut.bytes.len() == LONGEST);
        assert!(!recorder.get(8).unwrap().request.is_cut);
    }
}
