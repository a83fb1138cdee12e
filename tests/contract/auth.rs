//! Which credential opens which gate.

use ligand_e2e::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{NOBODY, Org, Workspace, message};

/// What is shown: see [`Org::credentials`].
const COLUMNS: [&str; 6] = ["nothing", "own", "foreign", "org", "admin", "nobody's"];

/// Statuses, one per column.
type Row = [u16; 6];

const ADMIN: Row = [401, 401, 401, 200, 200, 401];
const WORKSPACE: Row = [401, 200, 401, 200, 200, 401];
const OWN: Row = [401, 200, 401, 401, 401, 401];
const OPEN: Row = [200; 6];

#[tokio::test]
async fn every_gate_lets_in_exactly_whom_its_row_of_the_table_says() {
    for org in Org::each().await {
        let (own, foreign) = (org.create("Own").await, org.create("Foreign").await);
        let tokens = org.credentials(&own, &foreign).await;
        for (method, path, body, wanted) in rows(&org, &own) {
            for ((token, wanted), column) in tokens.iter().zip(wanted).zip(COLUMNS) {
                let mut call = org.call(method.clone(), &path);
                if let Some(token) = token {
                    call = call.bearer(token);
                }
                if !body.is_null() {
                    call = call.json(body.clone());
                }
                let reply = call.send().await;
                assert_eq!(reply.status, wanted, "{method} {path} with {column}: {reply:?}");
            }
        }
    }
}

fn rows(org: &Org, own: &Workspace) -> Vec<(Method, String, Value, Row)> {
    let id = &own.id;
    let get = |path: &str, row: Row| (Method::GET, path.to_owned(), Value::Null, row);
    let of = |path: &str, row: Row| get(&own.path(path), row);
    let post = |path: &str, body: Value, row: Row| (Method::POST, path.to_owned(), body, row);
    let register = json!({"id": id, "url": NOBODY, "agent_card": {}, "delivery_mode": "push"});
    // Nobody listens there, so 502 is the sign of having been let in. Roots may talk in the older generation only.
    let sender = org.by_era([502; 6], [401, 502, 403, 502, 502, 401]);
    let peers = org.by_era(OWN, WORKSPACE);
    vec![
        get("/workspaces", ADMIN),
        get("/org/tokens", ADMIN),
        get("/events", ADMIN),
        get(&format!("/events/{id}"), ADMIN),
        get("/approvals/pending", ADMIN),
        of("/activity", WORKSPACE),
        of("/tokens", WORKSPACE),
        of("/secrets", WORKSPACE),
        of("/delegations", WORKSPACE),
        of("/approvals", WORKSPACE),
        post(&own.path("/notify"), json!({"message": "x"}), WORKSPACE),
        post(
            &own.path("/activity"),
            json!({"activity_type": "agent_log"}),
            WORKSPACE,
        ),
        (Method::PATCH, own.path(""), json!({"x": 1, "y": 2}), WORKSPACE),
        of("/state", OWN),
        of("/secrets/values", OWN),
        // Nobody has such a plugin: 404 is the sign of having been let in.
        of("/plugins/none/download", [401, 404, 401, 401, 401, 401]),
        post("/registry/register", register, OWN),
        post("/registry/heartbeat", json!({"workspace_id": id}), OWN),
        post(
            "/registry/update-card",
            json!({"workspace_id": id, "agent_card": {"name": "x"}}),
            OWN,
        ),
        get(&format!("/registry/{id}/peers"), peers),
        post(
            "/registry/check-access",
            json!({"caller_id": id, "target_id": id}),
            OPEN,
        ),
        post(&own.path("/a2a"), message("m", "hi"), sender),
        (
            Method::PUT,
            "/canvas/viewport".into(),
            json!({"x": 1.5, "y": -2.0, "zoom": 0.5}),
            [401, 200, 200, 401, 200, 401],
        ),
        get("/canvas/viewport", OPEN),
        get("/health", OPEN),
        of("", OPEN),
    ]
}

#[tokio::test]
async fn a_refusal_says_whether_the_credential_was_missing_or_wrong() {
    for org in Org::each().await {
        let state = org.create("Laptop").await.path("/state");
        for (path, missing, wrong) in [
            ("/workspaces", "admin auth required", "invalid admin auth token"),
            (
                &state,
                "missing workspace auth token",
                "invalid workspace auth token",
            ),
        ] {
            assert_eq!(org.get(path).send().await.refusal(), (401, missing));
            assert_eq!(org.get(path).bearer("x").send().await.refusal(), (401, wrong));
            for prefix in ["bearer ", "Bearer", ""] {
                let header = format!("{prefix}{}", org.admin);
                let other = org.get(path).header("Authorization", &header).send().await;
                assert_eq!(
                    other.refusal(),
                    (401, missing),
                    "the prefix is matched to the letter"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_workspace_without_any_token_is_bootstrapped_by_its_first_registration() {
    for org in Org::each().await {
        let body = json!({"name": "x", "runtime": "external", "external": true, "url": NOBODY});
        let id = org.post("/workspaces").admin().json(body).send().await.body["id"].clone();
        let register = json!({"id": id, "url": NOBODY, "agent_card": {}, "delivery_mode": "push"});
        let call = || org.post("/registry/register").json(register.clone());
        let first = call().send().await;
        let token = first.body["auth_token"].as_str().unwrap();
        assert_eq!((first.status, token.len()), (200, 43));
        assert_eq!(call().send().await.status, 401);
        let again = call().bearer(token).send().await;
        assert_eq!(again.status, 200);
        assert!(again.body.get("auth_token").is_none());
    }
}

#[tokio::test]
async fn a_message_in_the_name_of_a_workspace_needs_its_token() {
    for org in Org::each().await {
        let lead = org.create_at("Lead", NOBODY).await;
        let member = org.create_below(&lead, "Member").await;
        let stranger = org.create("Stranger").await;
        let cousin = org.create_below(&stranger, "Cousin").await;
        let send = |to: &Workspace, token: Option<&str>, claimed: &str| {
            let call = org.post(&to.path("/a2a")).header("X-Workspace-ID", claimed);
            let call = call.json(message("m", "hi"));
            match token {
                Some(token) => call.bearer(token).send(),
                None => call.send(),
            }
        };
        // Nobody listens at the lead's: 502 is the sign of having been let in.
        assert_eq!(send(&lead, Some(&member.token), &member.id).await.status, 502);
        let missing = send(&lead, None, &member.id).await;
        assert_eq!(missing.refusal(), (401, "missing caller auth token"));
        let wrong = send(&lead, Some(&stranger.token), &member.id).await;
        let text = org.by_era(
            "invalid caller auth token",
            "caller ID does not match workspace auth token",
        );
        assert_eq!(wrong.refusal(), (401, text));
        let roots_talk = org.by_era(502, 403);
        assert_eq!(
            send(&lead, Some(&stranger.token), &stranger.id).await.status,
            roots_talk
        );
        let refused = send(&lead, Some(&cousin.token), &cousin.id).await;
        let text = "access denied: workspaces cannot communicate per hierarchy rules";
        assert_eq!(refused.refusal(), (403, text), "not in its line");
        for forged in ["system:x", "webhook:x", "test:x", "channel:x"] {
            let reply = send(&lead, Some(&org.admin), forged).await;
            assert_eq!(reply.refusal(), (403, "invalid caller ID"));
        }
    }
}

#[tokio::test]
async fn the_later_generation_lets_no_message_in_without_a_credential() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create_at("Laptop", NOBODY).await;
    let send = || org.post(&workspace.path("/a2a")).json(message("m", "hi"));
    assert_eq!(send().send().await.refusal(), (401, "missing caller auth token"));
    let wrong = send().bearer("x").send().await;
    assert_eq!(wrong.refusal(), (401, "invalid caller auth token"));
}

#[tokio::test]
async fn a_neighbour_is_found_by_whom_its_row_of_the_table_says() {
    for org in Org::each().await {
        let own = org.create("Own").await;
        let (target, foreign) = (
            org.create_below(&own, "Target").await,
            org.create("Foreign").await,
        );
        org.register(&target, NOBODY).await;
        let tokens = org.credentials(&own, &foreign).await;
        let row = org.by_era(OWN, WORKSPACE);
        for ((token, wanted), column) in tokens.iter().zip(row).zip(COLUMNS) {
            let call = org.get(&format!("/registry/discover/{}", target.id));
            let mut call = call.header("X-Workspace-ID", &own.id);
            if let Some(token) = token {
                call = call.bearer(token);
            }
            let reply = call.send().await;
            assert_eq!(reply.status, wanted, "{column}: {reply:?}");
        }
    }
}
