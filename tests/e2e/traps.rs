//! What has once made a tunnel slow or killed it.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use futures::future::join_all;
use ligand_e2e::{Era, Host, RawCaller, Stage, TestAgent, message, now, until};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const SOON: Duration = Duration::from_secs(20);
/// What the agent's work may outlive its callers.
const CANCELLED_WITHIN: Duration = Duration::from_secs(1);
/// Callers that vanish together.
const CROWD: usize = 400;

/// A host with this agent behind the shared door.
async fn shared<'a>(stage: &'a Stage, agent: &str) -> (Host<'a>, String) {
    let mut profile = stage.profile();
    profile.agent = Some(agent.to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    (host, door)
}

fn streamed() -> Value {
    let mut call = message("what time is it?");
    call["method"] = json!("message/stream");
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_vanishes_at_once_leaves_the_tunnel_alive_and_the_agent_idle() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let (_host, door) = shared(&stage, agent.url()).await;
    let call = streamed().to_string();
    let headers = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n",
        call.len()
    );
    let callers = (0..CROWD).map(|_| async {
        let mut caller = RawCaller::connect(&door).await;
        caller.head("POST", "", &headers).await;
        caller.write(call.as_bytes()).await;
        caller
    });
    let callers = join_all(callers).await;
    // As many as the door takes at a time; the others are told so.
    until("the agent is busy", SOON, async || {
        (agent.streams_open() == 64).then_some(())
    })
    .await;
    let left = now();
    drop(callers);
    until("the agent's work ends", CANCELLED_WITHIN, async || {
        (agent.streams_open() == 0).then_some(())
    })
    .await;
    eprintln!(
        "{CROWD} callers left, and the agent was idle after {:?}",
        left.elapsed()
    );
    let client = Client::builder().no_proxy().build().unwrap();
    for number in 0..20 {
        let answer = client
            .post(&door)
            .json(&message(&format!("call {number}")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "call {number}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            answer["result"]["parts"][0]["text"],
            format!("heard: call {number}")
        );
    }
}

#[tokio::test]
async fn an_agent_that_closes_after_each_answer_is_asked_each_thing_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 64 * 1024];
            let length = stream.read(&mut asked).await.unwrap();
            let first = String::from_utf8_lossy(&asked[..length])
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            // It promises to keep the connection, and does not.
            drop(
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    .await,
            );
            noted.lock().unwrap().push(first);
        }
    });
    let stage = Stage::set(Era::L).await;
    let (_host, door) = shared(&stage, &url).await;
    let client = Client::builder().no_proxy().build().unwrap();
    for number in 0..20 {
        let answer = client
            .post(format!("{door}?{number}"))
            .body("x")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "call {number}");
    }
    let heard = heard.lock().unwrap();
    let posts: Vec<_> = heard
        .iter()
        .filter(|line| line.starts_with("POST"))
        .cloned()
        .collect();
    let once: Vec<_> = (0..20)
        .map(|number| format!("POST /?{number} HTTP/1.1"))
        .collect();
    assert_eq!(posts, once);
}

#[tokio::test]
async fn an_answer_whose_head_has_60_kb_passes() {
    let large = "x".repeat(60 * 1024);
    let given = large.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let card = Router::new()
        .route("/.well-known/agent-card.json", get(async || "{}"))
        .route("/", post(async move || ([("x-large", given)], "")));
    tokio::spawn(async move { axum::serve(listener, card).await.unwrap() });
    let stage = Stage::set(Era::L).await;
    let (_host, door) = shared(&stage, &url).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client.post(&door).header("x-large", &large).send().await.unwrap();
    assert_eq!(answer.headers()["x-large"], large.as_str());
}
