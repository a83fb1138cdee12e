//! What becomes of messages: known again after a crash, listed, refused or kept while stopped, told truly to the
//! platform.

use std::time::Duration;

use ligand_e2e::{Era, Host, SLOWLY, Stage, TestAgent, message, until};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(10);

/// Posts to a door as an older platform does, or as a newer one with its secret.
async fn push(door: &str, secret: Option<&str>, body: &Value) -> Result<Value, reqwest::Error> {
    let client = Client::builder().no_proxy().build().unwrap();
    let mut call = client.post(door).json(body);
    if let Some(secret) = secret {
        call = call.bearer_auth(secret);
    }
    call.send().await?.json().await
}

/// An agent behind a host, and the platform door's address.
async fn with_agent<'a>(stage: &'a Stage, delivery: &str) -> (Host<'a>, TestAgent, String) {
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.delivery = delivery.to_owned();
    let host = stage.online(&profile).await;
    let door = stage.org.registered_url(&stage.workspace.id).await;
    (host, agent, door)
}

#[tokio::test]
async fn after_kill_9_an_answered_message_gets_its_answer_again_and_one_under_way_is_unknown() {
    let stage = Stage::set(Era::S).await;
    let (mut host, agent, door) = with_agent(&stage, "").await;
    let answered = message("answer me");
    let first = push(&door, None, &answered).await.unwrap();
    assert_eq!(first["result"]["parts"][0]["text"], "heard: answer me", "{first}");

    let interrupted = message(SLOWLY);
    let calling = tokio::spawn({
        let (door, body) = (door.clone(), interrupted.clone());
        async move { push(&door, None, &body).await }
    });
    until("the agent works on it", SOON, async || {
        (agent.calls().len() == 2).then_some(())
    })
    .await;
    host.process.kill();
    assert!(
        calling.await.unwrap().is_err(),
        "its caller hears nothing, and keeps it"
    );

    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    let mut again = answered.clone();
    again["id"] = json!("another call");
    let told = push(&door, None, &again).await.unwrap();
    assert_eq!(told["id"], "another call");
    assert_eq!(
        told["result"]["messageId"], first["result"]["messageId"],
        "the same answer"
    );
    let unknown = push(&door, None, &interrupted).await.unwrap();
    assert_eq!(unknown["error"]["data"]["reason"], "outcome_unknown", "{unknown}");
    assert_eq!(agent.calls().len(), 2, "the agent has seen each once");

    let said = host.ligand(&["deliveries", "--json"]).await;
    let listed: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    let outcomes: Vec<&str> = listed
        .iter()
        .map(|row| row["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["answered", "unknown"], "{}", said.stdout);
    let id = listed[0]["id"].to_string();
    let shown = host.ligand(&["deliveries", "show", &id]).await;
    assert!(
        shown.stdout.contains("content-type: application/json"),
        "{}",
        shown.stdout
    );
    assert!(
        !shown.stdout.contains("answer me"),
        "bodies are not recorded unless they are asked for"
    );
}

#[tokio::test]
async fn an_interrupted_message_goes_to_the_agent_again_where_the_profile_says_so() {
    let stage = Stage::set(Era::S).await;
    let delivery = "replay_unknown = true\nrecord_bodies = true";
    let (mut host, agent, door) = with_agent(&stage, delivery).await;
    let interrupted = message(SLOWLY);
    let calling = tokio::spawn({
        let (door, body) = (door.clone(), interrupted.clone());
        async move { push(&door, None, &body).await }
    });
    until("the agent works on it", SOON, async || {
        (agent.calls().len() == 1).then_some(())
    })
    .await;
    host.process.kill();
    assert!(calling.await.unwrap().is_err());
    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    let told = push(&door, None, &interrupted).await.unwrap();
    assert_eq!(
        told["result"]["parts"][0]["text"],
        format!("heard: {SLOWLY}"),
        "{told}"
    );
    let shown = host.ligand(&["deliveries", "show", "2"]).await;
    assert!(
        shown.stdout.contains(SLOWLY),
        "recorded as asked for: {}",
        shown.stdout
    );
}

#[tokio::test]
async fn followed_deliveries_are_told_as_they_end() {
    let stage = Stage::set(Era::S).await;
    let (host, _agent, door) = with_agent(&stage, "").await;
    let mut following = host.start(&["deliveries", "-f", "--json"]);
    // Nothing tells that it waits; whatever came before it did is in its first list.
    push(&door, None, &message("follow me")).await.unwrap();
    let line = following
        .line("the delivery", |line| {
            line.contains("\"outcome\":\"answered\"").then(|| line.to_owned())
        })
        .await;
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["method"], "message/send");
}

#[tokio::test]
async fn a_profile_that_its_user_stops_keeps_messages_or_refuses_them_as_it_says() {
    for (delivery, status, queued) in [
        ("", StatusCode::ACCEPTED, true),
        ("stopped = \"refuse\"", StatusCode::SERVICE_UNAVAILABLE, false),
    ] {
        let stage = Stage::set(Era::L).await;
        let (host, _agent, _) = with_agent(&stage, delivery).await;
        assert!(host.ligand(&["stop"]).await.status.success());
        let (told, reply) = stage.org.send(&stage.workspace.id, "are you there").await;
        assert_eq!((told, reply["queued"] == true), (status, queued), "{reply}");
        if !queued {
            let words = reply["error"].as_str().unwrap();
            assert!(words.contains("stopped by the person"), "{words}");
        }
        assert!(host.ligand(&["start"]).await.status.success());
        host.online().await;
        let (told, reply) = stage.org.send(&stage.workspace.id, "and now").await;
        assert_eq!(told, StatusCode::OK, "{reply}");
    }
}

#[tokio::test]
async fn a_renewed_door_has_another_address_and_no_message_is_lost_on_the_way() {
    let stage = Stage::set(Era::L).await;
    let (host, agent, before) = with_agent(&stage, "").await;
    let said = host.ligand(&["door", "rotate"]).await;
    assert!(said.status.success(), "{}", said.stderr);
    for number in 0..20 {
        let (status, reply) = stage
            .org
            .send(&stage.workspace.id, &format!("number {number}"))
            .await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }
    let after = until("the platform has the new address", SOON, async || {
        let registered = stage.org.registered_url(&stage.workspace.id).await;
        (registered != before).then_some(registered)
    })
    .await;
    assert_eq!(after, host.door("platform").await);
    assert_eq!(agent.calls().len(), 20);
    until("the old address leads nowhere", SOON, async || {
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.post(&before).json(&message("?")).send().await.unwrap();
        (answer.status() == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let mut host = host;
    host.process.kill();
    let host = Host::up(&stage.scratch, Host::file_vault());
    host.online().await;
    assert_eq!(host.door("platform").await, after, "it stays renewed");
}

#[tokio::test]
async fn a_secret_that_was_forgotten_is_demanded_again_with_the_next_beat() {
    let stage = Stage::set(Era::L).await;
    let (host, _agent, door) = with_agent(&stage, "").await;
    let status = async || {
        let client = Client::builder().no_proxy().build().unwrap();
        let call = client.post(&door).bearer_auth("wrong").json(&message("?"));
        call.send().await.unwrap().status()
    };
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    assert!(host.ligand(&["door", "reset"]).await.status.success());
    assert_eq!(status().await, StatusCode::OK, "the user's way out");
    // A restart registers, and the platform gives the secret again.
    assert!(host.ligand(&["restart"]).await.status.success());
    host.online().await;
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}
