//! What the exec agent answers.

use std::collections::BTreeMap;

use hyper::Request;
use serde_json::{Value, json};

use super::*;
use crate::agent::{Agent, body::whole, full};

/// An agent of that config, whose programs' last words are kept nowhere else.
fn run(config: &ExecConfig, at_work: usize) -> Agent {
    Agent::exec(config, at_work, Output::open("/dev/null/none".as_ref(), "agent"))
}

/// An agent that runs this shell script, which its owner wrote.
fn agent(script: &str, limit: u32) -> Agent {
    let config = ExecConfig {
        argv: vec!["sh".into(), "-c".into(), script.into()],
        dir: "/".into(),
        time_limit_s: limit,
        env: BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]),
    };
    run(&config, 2)
}

/// The task that a message becomes.
async fn task(agent: &Agent, text: &str) -> Value {
    let message = json!({ "messageId": "m", "role": "user", "parts": [{ "kind": "text", "text": text }] });
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "message/send", "params": { "message": message } });
    let request = Request::post("/").body(full(call.to_string())).unwrap();
    let body = agent.call(request).await.unwrap().into_body();
    let Ok(body) = whole(body, 64 << 20).await else {
        panic!("no answer")
    };
    serde_json::from_slice::<Value>(&body).unwrap()["result"].take()
}

fn said(task: &Value) -> &str {
    task["artifacts"][0]["parts"][0]["text"]
        .as_str()
        .unwrap_or_default()
}

fn failed(task: &Value) -> &str {
    assert_eq!(task["status"]["state"], "failed", "{task}");
    task["status"]["message"]["parts"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_is_answered_by_what_the_program_prints_without_its_last_line_breaks() {
    let agent = agent("printf '%s ' \"$GREETING\"; cat; echo; echo", 60);
    let task = task(&agent, "ü $(id)\n").await;
    assert_eq!(
        (said(&task), &task["status"]["state"]),
        ("hello ü $(id)", &json!("completed"))
    );
}

#[tokio::test]
async fn a_program_that_fails_is_a_failed_task_with_its_last_words() {
    let task = task(&agent("echo half; echo no tea >&2; exit 7", 60), "x").await;
    let words = failed(&task);
    assert!(words.contains('7') && words.contains("no tea"), "{words}");
    assert_eq!(said(&task), "half");
}

#[tokio::test]
async fn a_program_that_never_ends_is_stopped_at_its_limit() {
    let task = task(&agent("sleep 1000", 1), "x").await;
    assert!(failed(&task).contains("longer than 1 s"), "{task}");
}

#[tokio::test]
async fn a_program_that_prints_without_end_is_stopped_and_what_is_kept_is_bounded() {
    let task = task(&agent("yes 0123456789", 60), "x").await;
    assert!(failed(&task).contains("longer than 8 MB"), "{}", task["status"]);
    assert!(said(&task).len() <= 8 << 20);
}

#[tokio::test]
async fn no_more_run_at_a_time_than_the_profile_says() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "cd {}; mktemp XXXXXX; ls | wc -l >&2; sleep 0.3; ls; rm ??????",
        folder.path().display()
    );
    let agent = agent(&script, 60);
    let six = futures::future::join_all((0..6).map(|_| task(&agent, "x"))).await;
    for task in six {
        assert!(
            said(&task).lines().count() <= 3,
            "its own name, and two at work: {task}"
        );
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_with_what_to_do() {
    let config = ExecConfig {
        argv: vec!["./no-such-program".into()],
        dir: "/".into(),
        time_limit_s: 60,
        env: BTreeMap::new(),
    };
    let error = run(&config, 1).ready().await.unwrap_err().to_string();
    assert!(
        error.contains("no-such-program") && error.contains("argv"),
        "{error}"
    );
    let config = ExecConfig {
        dir: "/no/such/folder".into(),
        ..config
    };
    let error = run(&config, 1).ready().await.unwrap_err().to_string();
    assert!(
        error.contains("/no/such/folder") && error.contains("dir"),
        "{error}"
    );
    agent("true", 1).ready().await.unwrap();
}
