//! Which credential opens which gate.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Platform, answer};

/// What is shown: nothing, the workspace's own token, another one's, a token of the org, the admin token, a token of
/// nobody.
const COLUMNS: [&str; 6] = ["nothing", "own", "foreign", "org", "admin", "nobody's"];

#[tokio::test]
async fn every_gate_lets_in_whom_its_row_says() {
    for platform in Platform::all().await {
        let (own, foreign) = (platform.create("Own").await, platform.create("Foreign").await);
        let org = platform.post("/org/tokens", &platform.admin, &json!({})).await;
        let org = org.body["auth_token"].as_str().unwrap().to_owned();
        let tokens = [
            None,
            Some(&own.token),
            Some(&foreign.token),
            Some(&org),
            Some(&platform.admin),
        ];
        let nobody = "0".repeat(43);
        let tokens = tokens.into_iter().chain([Some(&nobody)]);

        let of = |path: &str| format!("/workspaces/{}/{path}", own.id);
        let admin_gate = [401, 401, 401, 200, 200, 401];
        let workspace_gate = [401, 200, 401, 200, 200, 401];
        let own_gate = [401, 200, 401, 401, 401, 401];
        let rows: Vec<(Method, String, Value, [u16; 6])> = vec![
            (Method::GET, "/workspaces".into(), Value::Null, admin_gate),
            (Method::GET, "/org/tokens".into(), Value::Null, admin_gate),
            (Method::GET, "/events".into(), Value::Null, admin_gate),
            (Method::GET, "/approvals/pending".into(), Value::Null, admin_gate),
            (Method::GET, of("activity"), Value::Null, workspace_gate),
            (Method::GET, of("tokens"), Value::Null, workspace_gate),
            (Method::GET, of("delegations"), Value::Null, workspace_gate),
            (
                Method::POST,
                of("notify"),
                json!({"message": "x"}),
                workspace_gate,
            ),
            (
                Method::POST,
                of("activity"),
                json!({"activity_type": "agent_log"}),
                workspace_gate,
            ),
            (Method::GET, of("state"), Value::Null, own_gate),
            (Method::GET, of("secrets/values"), Value::Null, own_gate),
            (
                Method::POST,
                "/registry/heartbeat".into(),
                json!({"workspace_id": own.id}),
                own_gate,
            ),
            (
                Method::POST,
                "/registry/update-card".into(),
                json!({"workspace_id": own.id, "agent_card": {"name": "x"}}),
                own_gate,
            ),
            (
                Method::GET,
                format!("/workspaces/{}", own.id),
                Value::Null,
                [200; 6],
            ),
            (Method::GET, "/canvas/viewport".into(), Value::Null, [200; 6]),
        ];
        for (method, path, body, wanted) in rows {
            for ((token, wanted), column) in tokens.clone().zip(wanted).zip(COLUMNS) {
                let mut request = platform.request(method.clone(), &path);
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                if !body.is_null() {
                    request = request.json(&body);
                }
                let answered = answer(request).await;
                assert_eq!(
                    answered.status, wanted,
                    "{method} {path} with {column}: {answered:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_says_whether_the_credential_was_missing_or_wrong() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let state = format!("/workspaces/{}/state", workspace.id);
        for (path, missing, invalid) in [
            ("/workspaces", "admin auth required", "invalid admin auth token"),
            (
                state.as_str(),
                "missing workspace auth token",
                "invalid workspace auth token",
            ),
        ] {
            let none = answer(platform.request(Method::GET, path)).await;
            assert_eq!((none.status, none.body), (401, json!({"error": missing})));
            let wrong = platform.get(path, "nobody's").await;
            assert_eq!((wrong.status, wrong.body), (401, json!({"error": invalid})));
        }
    }
}

#[tokio::test]
async fn only_the_exact_prefix_makes_a_bearer() {
    for platform in Platform::all().await {
        for wrong in ["bearer ", "Bearer", ""] {
            let header = format!("{wrong}{}", platform.admin);
            let request = platform.request(Method::GET, "/workspaces");
            let answered = answer(request.header("Authorization", header)).await;
            assert_eq!(answered.status, 401, "{wrong:?}");
        }
    }
}
