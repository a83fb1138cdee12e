//! Relay and host come back from kill -9, and what was sent meanwhile is answered.

use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, TestAgent, now, until};
use reqwest::StatusCode;

/// From the relay's return to an answered call.
const CALLS_WORK_WITHIN: Duration = Duration::from_secs(2);
/// A queued message waits for a beat at most; the first one follows the registration.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn after_kill_9_of_the_relay_calls_work_within_two_seconds_at_the_same_door() {
    let mut stage = Stage::set(Era::L).await;
    let profile = stage.profile();
    let host = Host::connected(&stage.scratch, &profile, &stage.workspace).await;
    host.online().await;
    let door = host.door("platform").await;
    let registered = stage.org.registered_url(&stage.workspace.id).await;
    assert!(
        door == registered,
        "the door that is registered is not the one that is shown"
    );

    stage.relay.kill();
    let (status, _) = stage.org.send(&stage.workspace.id, "nobody hears this").await;
    assert_ne!(status, StatusCode::OK, "the relay is gone");
    stage.relay.again(&stage.scratch).await;
    let back = now();
    until("a call is answered", CALLS_WORK_WITHIN, async || {
        let (status, reply) = stage.org.send(&stage.workspace.id, "after the cut").await;
        (status == StatusCode::OK && reply.to_string().contains("after the cut")).then_some(())
    })
    .await;
    assert!(back.elapsed() < CALLS_WORK_WITHIN, "it took {:?}", back.elapsed());

    host.online().await;
    assert!(
        host.door("platform").await == door,
        "another door after the relay's return"
    );
    assert!(
        stage.org.registered_url(&stage.workspace.id).await == registered,
        "another address was registered"
    );
}

#[tokio::test]
async fn a_message_sent_while_the_host_is_stopped_is_queued_and_answered_after_its_return() {
    queued_and_answered(async |host| {
        host.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_sent_after_kill_9_of_the_host_is_queued_and_answered_after_its_return() {
    queued_and_answered(async |host| host.process.kill()).await;
}

async fn queued_and_answered(end: impl AsyncFnOnce(&mut Host<'_>)) {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.hold_s = 1;
    let mut host = stage.online(&profile).await;
    end(&mut host).await;

    let (status, reply) = stage.org.send(&stage.workspace.id, "keep this for me").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{reply}");
    assert_eq!(reply["queued"], true, "{reply}");
    assert!(agent.calls().is_empty());

    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    until("the agent has it", ANSWERED_WITHIN, async || {
        agent
            .calls()
            .iter()
            .any(|call| call.text() == "keep this for me")
            .then_some(())
    })
    .await;
    let item = reply["queue_id"].as_str().unwrap();
    until("the platform has the answer", ANSWERED_WITHIN, async || {
        (stage.org.queued(&stage.workspace.id, item).await["status"] == "completed").then_some(())
    })
    .await;
    assert_eq!(agent.calls().len(), 1, "delivered more than once");
}

#[tokio::test]
async fn after_kill_9_the_host_is_online_again_by_itself_and_nothing_is_half_written() {
    let stage = Stage::set(Era::L).await;
    let profile = stage.profile();
    let mut host = stage.online(&profile).await;
    let door = host.door("platform").await;
    let (config, vault) = (stage.scratch.files("config"), stage.vault_secrets());
    host.process.kill();

    let mut host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    assert!(
        host.door("platform").await == door,
        "another door after the host's return"
    );
    let (status, _) = stage.org.send(&stage.workspace.id, "and again").await;
    assert_eq!(status, StatusCode::OK);
    host.process.kill();
    assert!(
        stage.scratch.files("config") == config,
        "the configuration has changed"
    );
    assert!(stage.vault_secrets() == vault, "the vault has changed");
}

#[tokio::test]
async fn killed_at_any_moment_of_its_start_the_host_starts_again() {
    let stage = Stage::set(Era::L).await;
    Host::prepare(
        &stage.scratch,
        &stage.profile(),
        &stage.workspace,
        &Host::file_vault(),
    )
    .await;
    // From before it has read anything to after it has registered.
    for after_ms in [5, 15, 30, 50, 80, 120, 200, 400] {
        let mut host = Host::up(&stage.scratch, Host::file_vault());
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        host.process.kill();
    }
    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    let (status, _) = stage.org.send(&stage.workspace.id, "still here").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        stage.scratch.files("config").len(),
        1,
        "{:?}",
        stage.scratch.files("config")
    );
    let state = stage.scratch.files("state");
    let left: Vec<_> = state
        .iter()
        .map(|(path, _)| path)
        .filter(|path| is_temporary(path))
        .collect();
    assert!(left.is_empty(), "left over: {left:?}");
}

/// A file that was being written when its writer was killed.
fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
