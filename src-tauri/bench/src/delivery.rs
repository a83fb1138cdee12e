//! `delivery`: what the policy of deliveries costs over the bare tunnel, and how many messages one laptop answers.
//!
//! The same host, relay and agent are called through the shared door, which only passes bytes, and through the platform
//! door, with its rules, its turns, the journal and the one shape of answers. They take turns within a round; the
//! difference is taken within a round, and the figures are medians over the rounds. What an agent's death costs is
//! measured after that, with an agent that the host starts.

use std::time::Duration;

use ligand_e2e::{Era, Host, LocalOrg, Profile, Relay, Scratch};
use serde_json::json;

use crate::candidate;
use crate::figures::{Figures, median};
use crate::load::{self, ECHO, Target};
use crate::restart;

/// How long a way is called before it is measured.
const WARM_UP: Duration = Duration::from_millis(300);
/// The tasks that the workspace allows: what the product promises.
const TASKS: usize = 5;
/// The callers of the busy measurement.
const MANY: usize = 32;

/// Measures `rounds` rounds; every measurement lasts `echo`.
pub(crate) async fn measure(rounds: usize, echo: Duration) -> Figures {
    let scratch = Scratch::with_usual_log();
    let (_upstream, agent) = candidate::upstream(&scratch).await;
    // The older generation calls without a secret, as the load does.
    let org = LocalOrg::start(&scratch, Era::S).await;
    let workspace = org
        .create_with(json!({"name": "Laptop", "max_concurrent_tasks": TASKS}))
        .await;
    // As fast as it can: the pace that a relay allows a workspace is not what is measured.
    let relay = Relay::start_with(&scratch, org.url(), &["--calls-per-s", "1000000"]).await;
    let mut profile = Profile::new(&org, &workspace, &relay);
    profile.agent = Some(format!("http://{agent}"));
    profile.shared = true;
    let host = Host::connected(&scratch, &profile, &workspace).await;
    host.online().await;
    let bare = Target::below(&host.door("shared").await, ECHO, None);
    let policed = Target::below(&host.door("platform").await, "/", None);

    let (mut added, mut per_second, mut bare_p50, mut policed_p50) = (vec![], vec![], vec![], vec![]);
    for number in 0..rounds {
        eprintln!("    round {} of {rounds}", number + 1);
        load::echo(&bare, 1, WARM_UP).await;
        let without = load::echo(&bare, 1, echo).await.p50_us;
        load::echo(&policed, 1, WARM_UP).await;
        let with = load::echo(&policed, 1, echo).await.p50_us;
        added.push(with - without);
        bare_p50.push(without);
        policed_p50.push(with);
        per_second.push(load::echo(&policed, MANY, echo).await.per_second);
    }
    drop(host);
    eprintln!("    the agent dies {rounds} times");
    let (mut overhead, mut own_start) = (vec![], vec![]);
    for round in restart::measure(rounds).await {
        overhead.push(round.missed - round.own_start);
        own_start.push(round.own_start);
    }
    let mut figures = Figures::new("delivery");
    figures.add(
        "policy_p50_us",
        median(&added),
        "platform door - shared door, microseconds, one caller",
    );
    figures.add(
        "messages_per_s",
        median(&per_second),
        "messages through the platform door, 32 callers",
    );
    figures.add(
        "bare_p50_us",
        median(&bare_p50),
        "shared door, microseconds, one caller",
    );
    figures.add(
        "policed_p50_us",
        median(&policed_p50),
        "platform door, microseconds, one caller",
    );
    figures.add(
        "restart_overhead_ms",
        median(&overhead),
        "killed agent to next answer, less its own start",
    );
    figures.add(
        "agent_start_ms",
        median(&own_start),
        "that agent's own start to its first answer",
    );
    figures.note(format!(
        "medians of {rounds} rounds; 1 KB messages, {TASKS} tasks at a time, the journal on"
    ));
    figures
}
