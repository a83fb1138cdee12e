//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until `condition` gives something, and fails the test when it has not within `deadline`.
///
/// # Panics
/// When the deadline has passed.
pub async fn until<T>(what: &str, deadline: Duration, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let began = now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(began.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The tests' clock: they measure real processes in real time.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "the one clock of the tests, which measure real time"
)]
pub fn now() -> Instant {
    Instant::now()
}
