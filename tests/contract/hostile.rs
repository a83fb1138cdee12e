//! Whatever is sent to whatever route, the answer is the contract's and never a fault of the platform's.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Answer, Platform, answer};

/// Bodies per route that are made up; each platform starts anew, so few are enough over time.
const MADE_UP: u32 = 12;
/// One mebibyte.
const MIB: usize = 1 << 20;

/// Routes that take a body, with what a good one has.
fn routes(id: &str) -> Vec<(Method, String, Vec<&'static str>)> {
    let of = |path: &str| format!("/workspaces/{id}/{path}");
    vec![
        (
            Method::POST,
            "/workspaces".into(),
            vec!["name", "role", "tier", "runtime", "parent_id"],
        ),
        (
            Method::PATCH,
            format!("/workspaces/{id}"),
            vec!["name", "x", "y", "tier", "collapsed"],
        ),
        (
            Method::POST,
            "/registry/register".into(),
            vec!["id", "url", "agent_card"],
        ),
        (
            Method::POST,
            "/registry/heartbeat".into(),
            vec![
                "workspace_id",
                "error_rate",
                "active_tasks",
                "current_task",
                "runtime_metadata",
            ],
        ),
        (
            Method::POST,
            "/registry/update-card".into(),
            vec!["workspace_id", "agent_card"],
        ),
        (
            Method::POST,
            "/registry/check-access".into(),
            vec!["caller_id", "target_id"],
        ),
        (Method::POST, "/org/tokens".into(), vec!["name"]),
        (Method::POST, of("a2a"), vec!["jsonrpc", "id", "method", "params"]),
        (
            Method::POST,
            of("activity"),
            vec!["activity_type", "summary", "duration_ms"],
        ),
        (Method::POST, of("notify"), vec!["message", "attachments"]),
        (
            Method::POST,
            of("delegate"),
            vec!["target_id", "task", "idempotency_key"],
        ),
        (Method::POST, of("secrets"), vec!["key", "value"]),
        (Method::POST, of("approvals"), vec!["action", "reason", "task_id"]),
    ]
}

/// Any JSON, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// The faults that the contract itself names for an id that is none: the platform leaves that to its database.
const NAMED_FAULTS: [(&str, &str); 4] = [
    ("/workspaces", "failed to create workspace"),
    ("/registry/register", "registration failed"),
    ("/registry/heartbeat", "failed to update"),
    ("/registry/update-card", "failed to update card"),
];

/// Whether a platform may answer nonsense with that. 503 is that of a workspace without an agent, 502 that of an agent
/// that nobody reaches.
fn is_an_answer(path: &str, answered: &Answer) -> bool {
    match answered.status {
        200..=499 => true,
        502 | 503 => path.ends_with("/a2a"),
        500 => NAMED_FAULTS
            .iter()
            .any(|(named, error)| *named == path && answered.body["error"] == *error),
        _ => false,
    }
}

#[tokio::test]
async fn wrong_types_and_made_up_bodies_get_an_answer() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let mut runner = TestRunner::new(Config::default());
        for (method, path, fields) in routes(&workspace.id) {
            for _ in 0..MADE_UP {
                let values = prop::collection::vec(any_json(), fields.len());
                let values = values.new_tree(&mut runner).unwrap().current();
                let body: serde_json::Map<String, Value> = fields
                    .iter()
                    .map(|field| (*field).to_owned())
                    .zip(values)
                    .collect();
                let request = platform
                    .request(method.clone(), &path)
                    .bearer_auth(&platform.admin);
                let answered = answer(request.json(&body)).await;
                assert!(
                    is_an_answer(&path, &answered),
                    "{method} {path} {body:?}: {answered:?}"
                );
            }
            for body in ["", "{", "[]", "null", "\"text\"", "{\"a\":1}x", "\u{0}"] {
                let request = platform
                    .request(method.clone(), &path)
                    .bearer_auth(&platform.admin);
                let answered = answer(request.body(body)).await;
                assert!(
                    is_an_answer(&path, &answered),
                    "{method} {path} {body:?}: {answered:?}"
                );
            }
        }
        assert_eq!(platform.get("/health", "").await.status, 200);
    }
}

#[tokio::test]
async fn ids_that_are_none_and_ids_of_nobody_get_a_4xx() {
    for platform in Platform::all().await {
        for id in [
            "nonsense",
            "00000000-0000-0000-0000-000000000000",
            "%00",
            "..%2f..",
            "💥",
        ] {
            for (method, path, _) in routes(id) {
                if !path.contains(id) {
                    continue;
                }
                let request = platform
                    .request(method.clone(), &path)
                    .bearer_auth(&platform.admin);
                let answered = answer(request.json(&json!({}))).await;
                assert!(
                    (400..500).contains(&answered.status),
                    "{method} {path}: {answered:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_message_over_the_generations_bound_is_cut_or_refused_and_the_platform_lives_on() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let path = format!("/workspaces/{}/a2a", workspace.id);
        for (size, status) in [
            (MIB + 1, platform.by_era(400, 202)),
            (16 * MIB + 1, platform.by_era(400, 413)),
        ] {
            let frame = json!({"method": "message/send", "params": {"message": {
                "messageId": "m", "parts": [{"kind": "text", "text": ""}]}}});
            let text = "x".repeat(size - frame.to_string().len());
            let body = frame
                .to_string()
                .replace("\"text\":\"\"", &format!("\"text\":\"{text}\""));
            assert_eq!(body.len(), size);
            let request = platform.request(Method::POST, &path).bearer_auth(&platform.admin);
            let answered = answer(request.body(body)).await;
            // The older generation looks for the agent first, and there is none.
            let no_agent = platform.by_era(answered.status == 503, false);
            assert!(answered.status == status || no_agent, "{size}: {answered:?}");
            if status == 413 {
                assert_eq!(
                    (&answered.body["truncated"], &answered.body["max_bytes"]),
                    (&json!(true), &json!(16 * MIB))
                );
            }
        }
        assert_eq!(platform.get("/health", "").await.status, 200);
    }
}
