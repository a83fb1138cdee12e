//! Whatever is sent to whatever route, the answer is the contract's and never a fault of the platform's.

use ligand_e2e::Era;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Org, Reply};

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
        (
            Method::POST,
            of("approvals/6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001/decide"),
            vec!["decision", "decided_by"],
        ),
        (
            Method::POST,
            of("delegations/record"),
            vec!["target_id", "task", "delegation_id"],
        ),
        (
            Method::POST,
            of("delegations/6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001/update"),
            vec!["status", "error", "response_preview"],
        ),
        (Method::POST, of("activity/ack"), vec!["acked_seq"]),
        (Method::PUT, "/canvas/viewport".into(), vec!["x", "y", "zoom"]),
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
const NAMED_FAULTS: [(&str, &str); 5] = [
    ("/a2a", "lookup failed"),
    ("/workspaces", "failed to create workspace"),
    ("/registry/register", "registration failed"),
    ("/registry/heartbeat", "failed to update"),
    ("/registry/update-card", "failed to update card"),
];

/// Whether a platform may answer nonsense with that. 503 is that of a workspace without an agent, 502 that of an agent
/// that nobody reaches.
fn is_an_answer(path: &str, answered: &Reply) -> bool {
    match answered.status {
        200..=499 => true,
        502 | 503 => path.ends_with("/a2a"),
        500 => NAMED_FAULTS
            .iter()
            .any(|(named, error)| path.ends_with(named) && answered.body["error"] == *error),
        _ => false,
    }
}

#[tokio::test]
async fn wrong_types_and_made_up_bodies_get_an_answer() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let mut runner = TestRunner::new(Config::default());
        for (method, path, fields) in routes(&workspace.id) {
            if path == "/org/tokens" && !org.is_ours("of the ten tokens of an hour none may be wasted") {
                continue;
            }
            for _ in 0..MADE_UP {
                let values = prop::collection::vec(any_json(), fields.len());
                let values = values.new_tree(&mut runner).unwrap().current();
                let body: serde_json::Map<String, Value> = fields
                    .iter()
                    .map(|field| (*field).to_owned())
                    .zip(values)
                    .collect();
                let call = org.call(method.clone(), &path).admin();
                let answered = call.json(json!(body)).send().await;
                assert!(
                    is_an_answer(&path, &answered),
                    "{method} {path} {body:?}: {answered:?}"
                );
            }
            for body in ["", "{", "[]", "null", "\"text\"", "{\"a\":1}x", "\u{0}"] {
                let call = org.call(method.clone(), &path).admin();
                let answered = call.raw(body).send().await;
                assert!(
                    is_an_answer(&path, &answered),
                    "{method} {path} {body:?}: {answered:?}"
                );
            }
        }
        assert_eq!(org.get("/health").send().await.status, 200);
    }
}

#[tokio::test]
async fn queries_without_sense_get_an_answer() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let mut runner = TestRunner::new(Config::default());
        for (path, keys) in [
            (
                "/activity",
                vec![
                    "limit",
                    "type",
                    "source",
                    "since_secs",
                    "since_id",
                    "peer_id",
                    "before_ts",
                ],
            ),
            ("/tokens", vec!["limit", "offset"]),
            ("", vec!["include_removed"]),
            ("/plugins/none/download", vec!["source"]),
        ] {
            for _ in 0..MADE_UP {
                let values = prop::collection::vec("\\PC{0,20}", keys.len());
                let values = values.new_tree(&mut runner).unwrap().current();
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(keys.iter().zip(values));
                let path = format!("{}?{}", workspace.path(path), query.finish());
                let answered = org.get(&path).bearer(&workspace.token).send().await;
                // 502 is that of a plugin that can't be fetched.
                let is_an_answer = matches!(answered.status, 200..500 | 502);
                assert!(is_an_answer, "{path}: {answered:?}");
            }
        }
    }
}

#[tokio::test]
async fn bodies_of_17_mebibytes_get_an_answer_everywhere() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        for (method, path, fields) in routes(&workspace.id) {
            if path == "/org/tokens" && !org.is_ours("of the ten tokens of an hour none may be wasted") {
                continue;
            }
            if org.era == Era::S && path.ends_with("/ack") {
                // It has no such route, and who reads no body may close before it was sent.
                continue;
            }
            let mut body = serde_json::Map::new();
            body.insert(fields[0].into(), json!("x".repeat(17 * MIB)));
            let answered = org.call(method, &path).admin().json(json!(body)).send().await;
            assert!(is_an_answer(&path, &answered), "{path}: {answered:?}");
        }
        assert_eq!(org.get("/health").send().await.status, 200);
    }
}

#[tokio::test]
async fn ids_that_are_none_and_ids_of_nobody_are_refused() {
    for org in Org::each().await {
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
                let call = org.call(method.clone(), &path).admin();
                let answered = call.json(json!({})).send().await;
                assert!(
                    answered.status >= 400 && is_an_answer(&path, &answered),
                    "{method} {path}: {answered:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_message_over_the_generations_bound_is_cut_or_refused_and_the_platform_lives_on() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/a2a", workspace.id);
        for (size, status) in [
            (MIB + 1, org.by_era(400, 202)),
            (16 * MIB + 1, org.by_era(400, 413)),
        ] {
            let frame = json!({"method": "message/send", "params": {"message": {
                "messageId": "m", "parts": [{"kind": "text", "text": ""}]}}});
            let text = "x".repeat(size - frame.to_string().len());
            let body = frame
                .to_string()
                .replace("\"text\":\"\"", &format!("\"text\":\"{text}\""));
            assert_eq!(body.len(), size);
            let call = org.post(&path).admin();
            let answered = call.raw(body).send().await;
            // The older generation looks for the agent first, and there is none.
            let no_agent = org.by_era(answered.status == 503, false);
            assert!(answered.status == status || no_agent, "{size}: {answered:?}");
            if status == 413 {
                assert_eq!(
                    (&answered.body["truncated"], &answered.body["max_bytes"]),
                    (&json!(true), &json!(16 * MIB))
                );
            }
        }
        assert_eq!(org.get("/health").send().await.status, 200);
    }
}
