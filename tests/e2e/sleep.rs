//! The machine sleeps and wakes: announced by the system, or noticed by the clocks alone.

use std::time::Duration;

use ligand_e2e::{Era, Host, Logind, Stage, WORKSPACE, until};
use reqwest::StatusCode;
use rustix::process::Signal;
use serde_json::json;

/// How long a sleep may be held back.
const HELD_BACK: Duration = Duration::from_secs(2);
/// The relay has dropped a silent laptop within a ping's interval and its patience.
const DROPPED_WITHIN: Duration = Duration::from_secs(40);
const SOON: Duration = Duration::from_secs(10);

/// A host that is online and has the sleep held back.
async fn online<'a>(stage: &'a Stage, logind: &Logind) -> Host<'a> {
    let mut variables = Host::file_vault();
    variables.extend(logind.variables());
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    until("it holds the sleep back", SOON, async || {
        (logind.holding_back() == 1).then_some(())
    })
    .await;
    host
}

async fn sleeps(logind: &Logind) {
    logind.prepare_for_sleep(true).await;
    until("it lets the machine sleep", HELD_BACK, async || {
        (logind.holding_back() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_announced_sleep_ends_the_link_in_order_and_a_wake_brings_it_back() {
    let stage = Stage::set(Era::L).await;
    let logind = Logind::start(&stage.scratch).await;
    let host = online(&stage, &logind).await;

    sleeps(&logind).await;
    host.presence("asleep").await;
    let (status, reply) = stage.org.send(&stage.workspace.id, "while you slept").await;
    assert_eq!(
        status,
        StatusCode::ACCEPTED,
        "the relay held it instead of having it queued: {reply}"
    );

    logind.prepare_for_sleep(false).await;
    host.online().await;
    let item = reply["queue_id"].as_str().unwrap();
    until("what was queued is answered", SOON, async || {
        (stage.org.queued(&stage.workspace.id, item).await["status"] == "completed").then_some(())
    })
    .await;
    until("the next sleep is held back", SOON, async || {
        (logind.holding_back() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_does_not_answer_holds_no_sleep_back_longer_than_two_seconds() {
    let stage = Stage::set(Era::L).await;
    let logind = Logind::start(&stage.scratch).await;
    let host = online(&stage, &logind).await;
    stage.relay.process.signal(Signal::STOP);
    sleeps(&logind).await;
    stage.relay.process.signal(Signal::CONT);
    logind.prepare_for_sleep(false).await;
    host.online().await;
}

#[tokio::test]
async fn a_process_that_was_stopped_until_the_relay_gave_it_up_comes_back_by_itself() {
    let stage = Stage::set(Era::L).await;
    let mut profile = stage.profile();
    profile.hold_s = 0;
    let host = stage.online(&profile).await;
    let door = host.door("platform").await;
    host.process.signal(Signal::STOP);
    until("the relay has dropped the link", DROPPED_WITHIN, async || {
        // Only a relay without a link answers here; over one the call waits for the stopped process.
        let call = reqwest::Client::new().post(format!("{door}/a2a"));
        call.timeout(Duration::from_secs(1)).send().await.ok()
    })
    .await;
    host.process.signal(Signal::CONT);
    until("a call is answered", SOON, async || {
        let (status, _) = stage.org.send(&stage.workspace.id, "back again").await;
        (status == StatusCode::OK).then_some(())
    })
    .await;
    host.online().await;
}

#[tokio::test]
async fn what_the_org_took_away_during_a_sleep_is_not_revived_at_the_wake_in_the_earlier_era() {
    taken_away(Era::S).await;
}

#[tokio::test]
async fn what_the_org_took_away_during_a_sleep_is_not_revived_at_the_wake_in_the_later_era() {
    taken_away(Era::L).await;
}

async fn taken_away(era: Era) {
    for (state, platform) in [("paused", "paused"), ("removed", "removed")] {
        let stage = Stage::set(era).await;
        let logind = Logind::start(&stage.scratch).await;
        let host = online(&stage, &logind).await;
        sleeps(&logind).await;
        match state {
            "paused" => stage.org.pause(&stage.workspace).await,
            _ => stage.org.delete(&stage.workspace.id, WORKSPACE).await,
        }
        logind.prepare_for_sleep(false).await;
        host.presence(state).await;
        assert_eq!(stage.org.status(&stage.workspace.id).await, platform, "revived");
    }
}

#[tokio::test]
async fn a_token_revoked_during_a_sleep_needs_the_user_and_nothing_is_thrown_away() {
    let stage = Stage::set(Era::L).await;
    let logind = Logind::start(&stage.scratch).await;
    let host = online(&stage, &logind).await;
    let secrets = stage.vault_secrets();
    sleeps(&logind).await;
    let deed = json!({"kind": "rotate_token", "workspace": stage.workspace.id});
    stage.org.fault(&deed).await;
    logind.prepare_for_sleep(false).await;
    host.presence("needs_user").await;
    assert!(stage.vault_secrets() == secrets, "the vault has changed");
}
