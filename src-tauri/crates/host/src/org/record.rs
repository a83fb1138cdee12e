//! What a profile's feed has seen happen in this run. It is kept here, beside the feed, because feeds end with every
//! sleep and every stop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{calls::Calls, history::History};

/// The record of one profile. Copies are the same record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Seen>>);

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) history: History,
    pub(crate) calls: Calls,
}

impl Record {
    /// To read or to write, for a few lines.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Seen> {
        // Nothing in it can be left half changed by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
