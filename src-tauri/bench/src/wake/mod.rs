//! `wake`: how soon a workspace is back after its laptop woke: the platform says *online* and has a message answered
//! through the platform door. The link has dropped meanwhile, and the platform has called the workspace offline.
//!
//! Three ways to wake, and rathole beside them, whose tunnel alone comes back: [`stopped`] (SIGSTOP and SIGCONT,
//! which only the clocks tell of), [`announced`] (logind's signals on a bus of its own), [`late`] (announced, and the
//! network itself comes back 3 s later), [`peer`].

mod announced;
pub(crate) mod late;
mod peer;
mod stopped;

use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Era, LocalOrg, Profile, Relay, Scratch, Workspace, now};
use reqwest::StatusCode;

use crate::figures::{Figures, median, percentile};

/// How often the platform is asked whether the workspace is back.
const LOOK: Duration = Duration::from_millis(2);
/// The platform calls a workspace offline after 180 s without a beat.
const STALE: Duration = Duration::from_secs(200);
/// A wake that takes longer is none.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// Measures `rounds` wakes of each kind.
pub(crate) async fn measure(rounds: usize, rathole: Option<&Path>) -> Figures {
    let mut figures = Figures::new("wake");
    let waits = announced::measure(rounds).await;
    figures.add(
        "logind_p50_ms",
        median(&waits),
        "PrepareForSleep(false) to back, milliseconds",
    );
    figures.add(
        "logind_p95_ms",
        percentile(&waits, 95),
        "the same, slowest of twenty",
    );
    match late::measure(rounds) {
        Ok(waits) => figures.add(
            "late_network_p50_ms",
            median(&waits),
            "the network's return, 3 s after the wake, to back, milliseconds",
        ),
        Err(why) => figures.note(format!("late_network_p50_ms is missing: {why}")),
    }
    let waits = stopped::measure(rounds).await;
    figures.add("sigstop_p50_ms", median(&waits), "SIGCONT to back, milliseconds");
    figures.add(
        "sigstop_p95_ms",
        percentile(&waits, 95),
        "the same, slowest of twenty",
    );
    match rathole {
        Some(binary) => {
            let waits = peer::measure(rounds, binary).await;
            figures.add(
                "rathole_p50_ms",
                median(&waits),
                "SIGCONT to a call through rathole's tunnel alone, milliseconds",
            );
        }
        None => figures.note("rathole_p50_ms is missing: rathole could not be had"),
    }
    figures
}

/// An org and a relay on loopback.
struct Stage {
    org: LocalOrg,
    relay: Relay,
    scratch: Scratch,
}

impl Stage {
    async fn set() -> Self {
        let scratch = Scratch::with_usual_log();
        let org = LocalOrg::start(&scratch, Era::L).await;
        let relay = Relay::start(&scratch, org.url()).await;
        Self { org, relay, scratch }
    }

    /// A profile for a workspace whose relay holds no calls: whoever asks is told at once that we are away.
    fn profile(&self, workspace: &Workspace) -> Profile {
        let mut profile = Profile::new(&self.org, workspace, &self.relay);
        profile.hold_s = 0;
        profile
    }

    /// Has the platform call every workspace offline that has not beaten lately.
    async fn calls_offline(&self, workspace: &Workspace) {
        self.org.advance(STALE).await;
        let status = self.org.status(&workspace.id).await;
        assert_ne!(status, "online", "the platform did not notice that nobody beats");
    }

    /// How long it takes from now on until the workspace is back, in milliseconds.
    async fn back(&self, workspace: &Workspace) -> f64 {
        let began = now();
        while !self.is_back(workspace).await {
            assert!(began.elapsed() < GIVEN_UP, "it does not come back");
            tokio::time::sleep(LOOK).await;
        }
        began.elapsed().as_secs_f64() * 1e3
    }

    async fn is_back(&self, workspace: &Workspace) -> bool {
        self.org.status(&workspace.id).await == "online"
            && self.org.send(&workspace.id, "awake?").await.0 == StatusCode::OK
    }
}
