//! Counting what is under way, so that the count is right however a thing ends.

use std::sync::Arc;

use tokio::sync::watch;

/// How many are under way, for whoever wants to watch it.
#[derive(Clone)]
pub(super) struct Counter(Arc<watch::Sender<usize>>);

/// One that is under way, until this is dropped.
pub(super) struct Counted(Counter);

impl Counter {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(super) fn enter(&self) -> Counted {
        self.0.send_modify(|count| *count += 1);
        Counted(self.clone())
    }

    pub(super) fn watch(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
