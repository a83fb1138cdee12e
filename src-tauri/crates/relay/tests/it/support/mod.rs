//! Small real servers, so that a test reads as a story.

mod before;
mod caller;
mod laptop;
mod platform;
mod proxy;
mod relay;
pub(crate) mod tls;

use std::future::Future;
use std::time::Duration;

pub(crate) use before::{Before, Manner};
pub(crate) use caller::{RawCaller, client, path, post};
pub(crate) use laptop::{Alive, Answered, Laptop, Served, echo, fed, text};
pub(crate) use platform::Platform;
pub(crate) use proxy::FreezingProxy;
pub(crate) use relay::Relay;

/// Far above what anything here takes; a test that waits so long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Waits for a condition.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// The same for a condition that has to be asked for.
pub(crate) async fn eventually_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// Gives up on what should have been long done.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.expect("takes too long")
}

/// How long something took.
pub(crate) async fn timed<T>(future: impl Future<Output = T>) -> (Duration, T) {
    #[allow(clippy::disallowed_methods, reason = "tests measure")]
    let start = std::time::Instant::now();
    let done = future.await;
    (start.elapsed(), done)
}
