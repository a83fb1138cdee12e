//! What takes long: the same promises, many times over. `cargo xtask test --full` runs it.

use std::collections::BTreeSet;
use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, TestAgent, until};
use reqwest::StatusCode;

/// How often the relay is killed, and after it the host.
const CUTS: usize = 10;
/// How many messages are sent around each cut.
const MESSAGES: usize = 6;

#[tokio::test]
#[ignore = "a soak: cargo xtask test --full"]
async fn whatever_is_killed_no_acknowledged_message_is_lost() {
    let mut stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.hold_s = 1;
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &Host::file_vault()).await;

    let mut acknowledged = BTreeSet::new();
    for cut in 0..CUTS {
        stage.relay.kill();
        stage.relay.again(&stage.scratch).await;
        // A host of its own for each cut: it is killed at the end of the block.
        let host = Host::up(&stage.scratch, Host::file_vault());
        for number in 0..MESSAGES {
            // The first one finds nobody, the last ones an online host.
            if number == MESSAGES / 2 {
                host.online().await;
            }
            let text = format!("message {number} of cut {cut}");
            let (status, reply) = stage.org.send(&stage.workspace.id, &text).await;
            match status {
                StatusCode::OK => assert!(reply.to_string().contains(&text), "another's answer: {reply}"),
                StatusCode::ACCEPTED => {}
                _ => continue,
            }
            acknowledged.insert(text);
        }
    }
    assert!(
        acknowledged.len() >= CUTS * MESSAGES / 2,
        "only {} were taken",
        acknowledged.len()
    );

    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    until(
        "every acknowledged message reaches the agent",
        Duration::from_secs(60),
        async || {
            let seen: BTreeSet<String> = agent.calls().iter().map(|call| call.text().to_owned()).collect();
            if acknowledged.is_subset(&seen) {
                return Some(());
            }
            // A beat makes the platform send one; the host's own comes every 30 seconds.
            stage.org.beat(&stage.workspace, 0).await;
            None
        },
    )
    .await;
}
