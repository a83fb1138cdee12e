//! What a caller's body has to keep to: its length, and how long its caller lets us wait.
//!
//! Nothing here reads a clock or sets a timer. Whoever watches the caller's connection ticks; a tick that finds us
//! waiting for the caller counts as waiting. Time in which the laptop takes nothing is not the caller's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::Waker;

use futures::task::AtomicWaker;

use crate::link::BoxError;

/// So many bytes buy one tick more.
const BYTES_PER_TICK: u64 = 512;

/// Why a caller's body came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The caller broke off.
    #[error("the caller broke off in the middle of its body")]
    Caller(#[source] BoxError),
    /// It is longer than is allowed.
    #[error("the body is too long")]
    TooLong,
    /// Its caller was waited for too long.
    #[error("the body comes too slowly")]
    TooSlow,
}

/// See the module. One per connection: its calls come one after the other.
#[derive(Debug)]
pub struct Intake {
    most: u64,
    patience: u32,
    /// Bytes of the body that is being read.
    taken: AtomicU64,
    waiting: AtomicBool,
    /// Ticks that found us waiting for this body.
    waited: AtomicU32,
    late: AtomicBool,
    waker: AtomicWaker,
}

impl Intake {
    /// For bodies of at most so many bytes, whose callers may let us wait for so many ticks, and one more for each
    /// 512 bytes.
    #[must_use]
    pub fn new(most: u64, patience: u32) -> Arc<Self> {
        Arc::new(Self {
            most,
            patience,
            taken: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
            waited: AtomicU32::new(0),
            late: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        })
    }

    /// Whether a body of this length is too long.
    #[must_use]
    pub fn is_too_long(&self, length: u64) -> bool {
        length > self.most
    }

    /// Another call begins; how many bytes the body of the one before had.
    pub fn begin(&self) -> u64 {
        self.waiting.store(false, Ordering::Relaxed);
        self.waited.store(0, Ordering::Relaxed);
        self.late.store(false, Ordering::Relaxed);
        self.taken.swap(0, Ordering::Relaxed)
    }

    /// Time has passed.
    pub fn tick(&self) {
        if !self.waiting.load(Ordering::Relaxed) {
            return;
        }
        let waited = self.waited.fetch_add(1, Ordering::Relaxed);
        let earned = self.taken.load(Ordering::Relaxed) / BYTES_PER_TICK;
        if u64::from(waited) >= u64::from(self.patience).saturating_add(earned)
            && !self.late.swap(true, Ordering::Release)
        {
            self.waker.wake();
        }
    }

    pub(crate) fn took(&self, length: usize) -> Result<(), BodyError> {
        // Read first: a body that streams fast must not write where the ticking task reads for each frame.
        if self.waiting.load(Ordering::Relaxed) {
            self.waiting.store(false, Ordering::Relaxed);
        }
        let length = length as u64;
        let taken = self
            .taken
            .fetch_add(length, Ordering::Relaxed)
            .saturating_add(length);
        if taken > self.most {
            return Err(BodyError::TooLong);
        }
        Ok(())
    }

    /// The caller is waited for; wakes when it has been for too long.
    pub(crate) fn waits(&self, waker: &Waker) -> Result<(), BodyError> {
        self.waker.register(waker);
        self.waiting.store(true, Ordering::Relaxed);
        if self.late.load(Ordering::Acquire) {
            return Err(BodyError::TooSlow);
        }
        Ok(())
    }

    /// Nothing of it is read any more.
    pub(crate) fn ended(&self) {
        self.waiting.store(false, Ordering::Relaxed);
        self.waker.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_late(intake: &Intake) -> bool {
        intake.waits(Waker::noop()).is_err()
    }

    #[test]
    fn a_body_that_is_longer_than_allowed_ends_there() {
        let intake = Intake::new(10, 4);
        intake.took(10).unwrap();
        assert!(matches!(intake.took(1), Err(BodyError::TooLong)));
        assert_eq!(intake.begin(), 11);
        intake.took(1).unwrap();
    }

    #[test]
    fn a_caller_that_is_waited_for_too_long_is_late() {
        let intake = Intake::new(u64::MAX, 4);
        assert!(!is_late(&intake));
        (0..4).for_each(|_| intake.tick());
        assert!(!is_late(&intake));
        intake.tick();
        assert!(is_late(&intake));
    }

    #[test]
    fn a_byte_now_and_then_does_not_help_and_a_fair_rate_does() {
        let (trickle, fair) = (Intake::new(u64::MAX, 4), Intake::new(u64::MAX, 4));
        for _ in 0..20 {
            for (intake, length) in [(&trickle, 1), (&fair, 512)] {
                intake.took(length).unwrap();
                let _late = intake.waits(Waker::noop());
                intake.tick();
            }
        }
        assert!(is_late(&trickle));
        assert!(!is_late(&fair));
    }

    #[test]
    fn time_in_which_nobody_wants_the_body_is_not_the_callers() {
        let intake = Intake::new(u64::MAX, 4);
        intake.took(1).unwrap();
        (0..100).for_each(|_| intake.tick());
        assert!(!is_late(&intake));
    }
}
