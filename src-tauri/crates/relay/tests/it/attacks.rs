//! Strangers who mean harm: whatever they do, calls of others are answered, and nothing of theirs is held for long.

#[cfg(target_os = "linux")]
mod dials;
mod doors;
mod slow;
mod workspaces;

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{client, soon, timed};

/// How long one call of a bystander may take while an attack runs: debug builds, two shared cores, and the attackers in
/// the same process.
const BEARABLE: Duration = Duration::from_secs(2);

/// Somebody who calls one door over and over while others attack.
struct Bystander {
    stop: CancellationToken,
    calls: JoinHandle<Vec<Duration>>,
}

impl Bystander {
    fn calling(door: &str) -> Self {
        let (stop, door) = (CancellationToken::new(), door.to_owned());
        let stopped = stop.clone();
        let calls = tokio::spawn(async move {
            let client = client();
            let mut times = Vec::new();
            while !stopped.is_cancelled() {
                let (took, answer) = timed(soon(client.post(&door).body("hello").send())).await;
                let answer = answer.unwrap();
                assert_eq!(answer.status(), 200);
                assert_eq!(answer.text().await.unwrap(), "hello");
                times.push(took);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            times
        });
        Self { stop, calls }
    }

    /// All of its calls were answered, and none took unbearably long.
    async fn unharmed(self, by: &str) {
        self.stop.cancel();
        let mut times = soon(self.calls).await.unwrap();
        times.sort_unstable();
        assert!(
            times.len() >= 10,
            "the attack was too short to tell: {} calls",
            times.len()
        );
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        println!(
            "{by}: {} calls beside it, p50 {:?}, p99 {:?}, slowest {:?}",
            times.len(),
            at(50),
            at(99),
            at(100)
        );
        assert!(at(99) < BEARABLE, "{by}: p99 {:?}", at(99));
    }
}
