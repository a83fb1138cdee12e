//! Who is let in where.

use ligand_local_org::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{ADMIN, BOTH, Org, Workspace};

/// The credentials of the table's columns, from one workspace's point of view.
struct Keys {
    own: Workspace,
    foreign: Workspace,
    org_token: String,
}

async fn keys(org: &Org) -> Keys {
    let reply = org
        .post("/org/tokens")
        .bearer(ADMIN)
        .json(json!({"name": "ci"}))
        .send()
        .await;
    assert_eq!(reply.status, 200);
    Keys {
        own: org.create("Own").await,
        foreign: org.create("Foreign").await,
        org_token: reply.body["auth_token"].as_str().unwrap().into(),
    }
}

impl Keys {
    /// Every column: nothing, own, foreign, org, admin, unknown.
    fn columns(&self) -> [Option<&str>; 6] {
        [
            None,
            Some(&self.own.token),
            Some(&self.foreign.token),
            Some(&self.org_token),
            Some(ADMIN),
            Some("nobody's"),
        ]
    }
}

/// Asserts the status for each column.
async fn assert_row(org: &Org, keys: &Keys, method: Method, path: &str, body: &Value, wanted: [u16; 6]) {
    for (column, (token, wanted)) in keys.columns().into_iter().zip(wanted).enumerate() {
        let mut call = org.call(method.clone(), path).json(body.clone());
        if let Some(token) = token {
            call = call.bearer(token);
        }
        let reply = call.send().await;
        assert_eq!(
            reply.status, wanted,
            "{method} {path}, column {column}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn every_gate_lets_in_exactly_whom_its_row_of_the_table_says() {
    for era in BOTH {
        let org = Org::start(era).await;
        let keys = keys(&org).await;
        let id = &keys.own.id;
        let later = |older: u16, later: u16| if era == Era::S { older } else { later };
        assert_row(
            &org,
            &keys,
            Method::GET,
            "/workspaces",
            &Value::Null,
            [401, 401, 401, 200, 200, 401],
        )
        .await;
        assert_row(
            &org,
            &keys,
            Method::GET,
            "/org/tokens",
            &Value::Null,
            [401, 401, 401, 200, 200, 401],
        )
        .await;
        let path = format!("/workspaces/{id}/activity");
        assert_row(
            &org,
            &keys,
            Method::GET,
            &path,
            &Value::Null,
            [401, 200, 401, 200, 200, 401],
        )
        .await;
        for (path, wanted) in [
            (format!("/workspaces/{id}/tokens"), [401, 200, 401, 200, 200, 401]),
            (
                format!("/workspaces/{id}/secrets"),
                [401, 200, 401, 200, 200, 401],
            ),
            (
                format!("/workspaces/{id}/delegations"),
                [401, 200, 401, 200, 200, 401],
            ),
            (
                format!("/workspaces/{id}/approvals"),
                [401, 200, 401, 200, 200, 401],
            ),
            (
                format!("/workspaces/{id}/secrets/values"),
                [401, 200, 401, 401, 401, 401],
            ),
            ("/approvals/pending".to_owned(), [401, 401, 401, 200, 200, 401]),
            ("/events".to_owned(), [401, 401, 401, 200, 200, 401]),
            (format!("/events/{id}"), [401, 401, 401, 200, 200, 401]),
            ("/canvas/viewport".to_owned(), [200; 6]),
        ] {
            assert_row(&org, &keys, Method::GET, &path, &Value::Null, wanted).await;
        }
        for (path, body) in [
            ("notify", json!({"message": "hello"})),
            ("activity", json!({"activity_type": "agent_log"})),
        ] {
            let path = format!("/workspaces/{id}/{path}");
            assert_row(
                &org,
                &keys,
                Method::POST,
                &path,
                &body,
                [401, 200, 401, 200, 200, 401],
            )
            .await;
        }
        assert_row(
            &org,
            &keys,
            Method::PUT,
            "/canvas/viewport",
            &json!({"x": 1, "y": 2, "zoom": 0.5}),
            [401, 200, 200, 401, 200, 401],
        )
        .await;
        let path = format!("/workspaces/{id}/state");
        assert_row(
            &org,
            &keys,
            Method::GET,
            &path,
            &Value::Null,
            [401, 200, 401, 401, 401, 401],
        )
        .await;
        let beat = json!({"workspace_id": id});
        assert_row(
            &org,
            &keys,
            Method::POST,
            "/registry/heartbeat",
            &beat,
            [401, 200, 401, 401, 401, 401],
        )
        .await;
        let card = json!({"workspace_id": id, "agent_card": {"name": "x"}});
        assert_row(
            &org,
            &keys,
            Method::POST,
            "/registry/update-card",
            &card,
            [401, 200, 401, 401, 401, 401],
        )
        .await;
        let register =
            json!({"id": id, "url": "http://127.0.0.1:9/", "agent_card": {}, "delivery_mode": "push"});
        assert_row(
            &org,
            &keys,
            Method::POST,
            "/registry/register",
            &register,
            [401, 200, 401, 401, 401, 401],
        )
        .await;
        let path = format!("/registry/{id}/peers");
        let others = later(401, 200);
        assert_row(
            &org,
            &keys,
            Method::GET,
            &path,
            &Value::Null,
            [401, 200, 401, others, others, 401],
        )
        .await;
        // Nobody listens there, so 502 is the sign of having been let in. Roots may talk in the older
        // generation only.
        let path = format!("/workspaces/{id}/a2a");
        let nobody = later(502, 401);
        let send = crate::harness::message("m", "hi");
        let wanted = [nobody, 502, later(502, 403), 502, 502, nobody];
        assert_row(&org, &keys, Method::POST, &path, &send, wanted).await;
        assert_row(&org, &keys, Method::GET, "/health", &Value::Null, [200; 6]).await;
        assert_row(
            &org,
            &keys,
            Method::GET,
            &format!("/workspaces/{id}"),
            &Value::Null,
            [200; 6],
        )
        .await;
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_refusal_says_whether_a_credential_was_missing_or_wrong() {
    for era in BOTH {
        let org = Org::start(era).await;
        let workspace = org.create("Laptop").await;
        let state = format!("/workspaces/{}/state", workspace.id);
        for (path, missing, wrong) in [
            ("/workspaces", "admin auth required", "invalid admin auth token"),
            (
                &state,
                "missing workspace auth token",
                "invalid workspace auth token",
            ),
        ] {
            assert_eq!(org.get(path).send().await.body["error"], missing);
            assert_eq!(org.get(path).bearer("x").send().await.body["error"], wrong);
            let other_scheme = org
                .get(path)
                .header("Authorization", &format!("bearer {ADMIN}"))
                .send()
                .await;
            assert_eq!(
                other_scheme.body["error"], missing,
                "the prefix is matched to the letter"
            );
        }
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_workspace_without_any_token_is_bootstrapped_by_its_first_registration() {
    for era in BOTH {
        let org = Org::start(era).await;
        let body =
            json!({"name": "x", "runtime": "external", "external": true, "url": "http://127.0.0.1:9/"});
        let id = org.post("/workspaces").bearer(ADMIN).json(body).send().await.body["id"].clone();
        let register =
            json!({"id": id, "url": "http://127.0.0.1:9/", "agent_card": {}, "delivery_mode": "push"});
        let first = org.post("/registry/register").json(register.clone()).send().await;
        assert_eq!(
            (first.status, first.body["auth_token"].as_str().unwrap().len()),
            (200, 43)
        );
        assert_eq!(
            org.post("/registry/register")
                .json(register.clone())
                .send()
                .await
                .status,
            401
        );
        let token = first.body["auth_token"].as_str().unwrap();
        let again = org
            .post("/registry/register")
            .bearer(token)
            .json(register)
            .send()
            .await;
        assert_eq!(again.status, 200);
        assert!(again.body.get("auth_token").is_none());
        org.running.stop().await;
    }
}

#[tokio::test]
async fn nobody_can_register_in_the_place_of_a_seeded_workspace() {
    for era in BOTH {
        let org = Org::start(era).await;
        let lead = org.seeded("Lead").await;
        let register = json!({"id": lead.id, "url": "http://127.0.0.1:9/", "agent_card": {}});
        assert_eq!(
            org.post("/registry/register").json(register).send().await.status,
            401
        );
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_message_in_the_name_of_a_workspace_needs_its_token() {
    for era in BOTH {
        let org = Org::start(era).await;
        let keys = keys(&org).await;
        let lead = org.seeded("Lead").await;
        let member = org
            .create_with(json!({"name": "Member", "parent_id": lead.id}))
            .await;
        let target = format!("/workspaces/{}/a2a", lead.id);
        let send = |token: Option<&str>, claimed: &str| {
            let call = org
                .post(&target)
                .header("X-Workspace-ID", claimed)
                .json(crate::harness::message("m", "hi"));
            match token {
                Some(token) => call.bearer(token).send(),
                None => call.send(),
            }
        };
        // The lead has no URL: 503 is the sign of having been let in.
        assert_eq!(send(Some(&member.token), &member.id).await.status, 503);
        let missing = send(None, &member.id).await;
        assert_eq!(
            (missing.status, &missing.body["error"]),
            (401, &json!("missing caller auth token"))
        );
        let wrong = send(Some(&keys.own.token), &member.id).await;
        assert_eq!(wrong.status, 401);
        if era == Era::L {
            assert_eq!(
                wrong.body["error"],
                "caller ID does not match workspace auth token"
            );
        }
        let stranger = send(Some(&keys.own.token), &keys.own.id).await;
        let roots_talk = if era == Era::S { 503 } else { 403 };
        assert_eq!(stranger.status, roots_talk);
        let nested = org.seeded("Backend").await;
        let path = format!("/workspaces/{}/a2a", nested.id);
        let cousin = org
            .post(&path)
            .header("X-Workspace-ID", &member.id)
            .bearer(&member.token);
        assert_eq!(
            cousin
                .json(crate::harness::message("m", "hi"))
                .send()
                .await
                .status,
            403,
            "not in its line"
        );
        for forged in ["system:x", "webhook:x", "test:x", "channel:x"] {
            let reply = send(Some(ADMIN), forged).await;
            assert_eq!(
                (reply.status, &reply.body["error"]),
                (403, &json!("invalid caller ID"))
            );
        }
        org.running.stop().await;
    }
}
