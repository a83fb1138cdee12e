//! A stream through the shared door: every event at once, and the caller's leaving is noticed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use ligand_e2e::{Era, Stage, TestAgent, message, now, until, wall_clock_us};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

/// How many events are watched: three seconds of them.
const EVENTS: usize = 30;
/// How often they may be watched again: a machine that is busy with something else delays one, a tunnel that gathers
/// events delays them all.
const ATTEMPTS: usize = 3;
/// What an event may take from the agent to the caller.
const EVENT_WITHIN_US: u64 = 50_000;
/// What the agent's work may outlive its caller.
const CANCELLED_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn each_event_arrives_within_50_ms_and_the_callers_leaving_ends_the_agents_work_within_a_second() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;

    let mut call = message("what time is it?");
    call["method"] = json!("message/stream");
    let client = Client::builder().no_proxy().build().unwrap();
    let mut stream = client
        .post(host.door("shared").await)
        .json(&call)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), StatusCode::OK);

    let mut slowest = slowest_of(&mut stream).await;
    for _ in 1..ATTEMPTS {
        if slowest >= EVENT_WITHIN_US {
            slowest = slowest_of(&mut stream).await;
        }
    }
    assert!(slowest < EVENT_WITHIN_US, "an event took {slowest} µs, each time");
    assert_eq!(agent.streams_open(), 1);

    let left = now();
    drop(stream);
    until("the agent's work ends", CANCELLED_WITHIN, async || {
        (agent.streams_left() == 1).then_some(())
    })
    .await;
    assert!(left.elapsed() < CANCELLED_WITHIN);
}

/// The longest that one of the next events took from the agent to here, in microseconds.
async fn slowest_of(stream: &mut Response) -> u64 {
    let mut slowest = 0;
    for _ in 0..EVENTS {
        let event = next_event(stream).await;
        let sent = event["result"]["metadata"]["sent_us"].as_u64().unwrap();
        slowest = slowest.max(wall_clock_us().saturating_sub(sent));
    }
    slowest
}

/// Reads up to the end of one event; the agent sends each as one `data:` line.
async fn next_event(stream: &mut Response) -> Value {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        text += std::str::from_utf8(&chunk).unwrap();
    }
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap()
}
