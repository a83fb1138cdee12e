//! What takes long. `cargo xtask test --full` runs it.

use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, TestAgent, WAIT, message, now};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Messages at a time, and how long the agent thinks about each.
const AT_A_TIME: usize = 5;
const THOUGHT: u64 = 60;
/// How often so many are sent.
const ROUNDS: usize = 4;
/// The host beats every 30 s, give or take a tenth, and no more than a second late.
const LATEST_BEAT: Duration = Duration::from_secs(34);
/// By how much the org's clock is moved after each beat: together with the 30 s until the next one it stays below the
/// 90 s after which the org gives a silent workspace up.
const MOVED: Duration = Duration::from_secs(55);

#[tokio::test]
#[ignore = "takes four minutes: cargo xtask test --full"]
async fn an_agent_that_thinks_for_a_minute_delays_no_heartbeat_and_is_not_cut_off() {
    let stage = Stage::set(Era::S).await;
    let agent = TestAgent::start().await;
    let fields = json!({"name": "Thinker", "max_concurrent_tasks": AT_A_TIME});
    let workspace = stage.org.create_with(fields).await;
    let mut profile = stage.profile();
    profile.workspace.clone_from(&workspace.id);
    profile.agent = Some(agent.url().to_owned());
    let host = Host::connected(&stage.scratch, &profile, &workspace).await;
    host.online().await;

    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/workspaces/{}", stage.org.url(), workspace.id);
    let mut calls = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (client, url, admin) = (client.clone(), format!("{url}/a2a"), stage.org.admin().to_owned());
        calls.spawn(async move {
            for _ in 0..ROUNDS {
                let body = message(&format!("{WAIT}{THOUGHT}"));
                let answer = client
                    .post(&url)
                    .bearer_auth(&admin)
                    .json(&body)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                let answer: Value = answer.json().await.unwrap();
                assert_eq!(
                    answer["result"]["parts"][0]["text"],
                    format!("heard: {WAIT}{THOUGHT}")
                );
            }
        });
    }
    let stream = client
        .get(format!("{url}/events/stream"))
        .bearer_auth(&workspace.token);
    let mut stream = stream.send().await.unwrap();
    let mut last = now();
    let mut moved = Duration::ZERO;
    loop {
        let chunk = tokio::select! {
            ended = calls.join_next() => match ended {
                None => break,
                Some(ended) => {
                    ended.unwrap();
                    continue;
                }
            },
            chunk = tokio::time::timeout(LATEST_BEAT, stream.chunk()) => chunk,
        };
        let chunk = chunk.expect("no beat in time").unwrap().unwrap();
        if String::from_utf8_lossy(&chunk).contains("WORKSPACE_HEARTBEAT") {
            assert!(last.elapsed() < LATEST_BEAT, "a beat after {:?}", last.elapsed());
            last = now();
            stage.org.advance(MOVED).await;
            moved += MOVED;
        }
        assert!(last.elapsed() < LATEST_BEAT, "no beat for {:?}", last.elapsed());
    }
    let passed = moved + Duration::from_secs(THOUGHT) * u32::try_from(ROUNDS).unwrap();
    assert!(
        passed > Duration::from_secs(600),
        "only {passed:?} of the org's clock"
    );
    assert_eq!(agent.calls().len(), AT_A_TIME * ROUNDS, "each once");
}
