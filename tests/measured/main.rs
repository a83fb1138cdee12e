//! What measures times of the whole, each by itself: nothing else of the tests runs meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod distance;
mod floods;
mod handover;

use tokio::sync::{Mutex, MutexGuard};

/// Waits until no other test of these runs, and is the one that runs.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}
