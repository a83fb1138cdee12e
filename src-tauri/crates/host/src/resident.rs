//! Lets go of the memory that only a start, or a busy moment, needed.
//!
//! The system maps a program's file, and those of its libraries, generously around every place that is touched, counts
//! all of it as the process's memory, and keeps it for as long as the process lives. A host is busy for a second and
//! then waits for days. So once it is at rest, and again now and then, it has its code unmapped: what is still needed
//! comes back from the file's cache as it is touched, and the rest is the system's to use for something else. What the
//! allocator keeps for later goes back to the system as well.
//!
//! Only the mapping is given up, never anything that was written. Elsewhere than on Linux this does nothing: those
//! systems take unused code back by themselves.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

/// By then a start has reached its rest, or waits for something that takes longer.
#[cfg(target_os = "linux")]
const AFTER_START: Duration = Duration::from_secs(20);
/// After a busy moment. Rare: each time costs about half a millisecond, in which what is needed is mapped anew.
#[cfg(target_os = "linux")]
const EVERY: Duration = Duration::from_secs(15 * 60);

/// Does so as long as it is kept.
pub(crate) struct Resident(#[allow(dead_code, reason = "kept for what its end does")] AbortOnDropHandle<()>);

impl Resident {
    /// Begins to wait for the first rest.
    pub(crate) fn keep_small() -> Self {
        Self(AbortOnDropHandle::new(tokio::spawn(keep_small())))
    }
}

#[cfg(target_os = "linux")]
async fn keep_small() {
    tokio::time::sleep(AFTER_START).await;
    loop {
        let_go().await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Does so now, after a busy moment that a face knows of.
#[cfg(target_os = "linux")]
pub async fn let_go() {
    match tokio::task::spawn_blocking(linux::let_go).await {
        Ok(Ok(bytes)) => tracing::debug!(bytes, "let go of code that is not in use"),
        // It costs memory and nothing else.
        Ok(Err(error)) => tracing::debug!(%error, "could not let go of code that is not in use"),
        Err(error) => tracing::debug!(%error, "could not let go of code that is not in use"),
    }
}

#[cfg(not(target_os = "linux"))]
async fn keep_small() {}

/// Does so now, after a busy moment that a face knows of.
#[cfg(not(target_os = "linux"))]
pub async fn let_go() {}
