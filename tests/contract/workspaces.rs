//! Making, showing, pausing and deleting workspaces.

use ligand_e2e::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::Org;

#[tokio::test]
async fn an_external_workspace_is_created_with_everything_that_an_agent_needs_to_connect() {
    for org in Org::each().await {
        let era = org.era;
        let body = json!({"name": "Laptop", "runtime": "external", "external": true});
        let reply = org.post("/workspaces").admin().json(body).send().await;
        assert_eq!(reply.status, 201);
        assert_eq!(
            (&reply.body["external"], &reply.body["status"]),
            (&json!(true), &json!("awaiting_agent"))
        );
        let connection = &reply.body["connection"];
        assert_eq!(connection["workspace_id"], reply.body["id"]);
        assert_eq!(connection["platform_url"], org.url);
        assert_eq!(connection["auth_token"].as_str().unwrap().len(), 43);
        let endpoint = format!("{}/registry/register", org.url);
        assert_eq!(connection["registry_endpoint"], endpoint);
        let id = reply.body["id"].as_str().unwrap();
        for snippet in ["curl_register_template", "python_snippet"] {
            assert!(connection[snippet].as_str().unwrap().contains(id), "{snippet}");
        }
        let shown = org.get(&format!("/workspaces/{id}")).send().await.body;
        assert_eq!(
            (&shown["runtime"], &shown["tier"]),
            (&json!("external"), &json!(3))
        );
        assert_eq!(shown["max_concurrent_tasks"], 1);
        // Only the later generation can store what both claim.
        let stored = if era == Era::S {
            "provisioning"
        } else {
            "awaiting_agent"
        };
        assert_eq!(shown["status"], stored);
    }
}

#[tokio::test]
async fn the_older_generation_loses_the_runtime_of_a_workspace_that_only_says_external() {
    for org in Org::each().await {
        let runtime = org.by_era("langgraph", "external");
        let reply = org
            .post("/workspaces")
            .admin()
            .json(json!({"name": "x", "external": true}))
            .send()
            .await;
        let path = format!("/workspaces/{}", reply.body["id"].as_str().unwrap());
        assert_eq!(org.get(&path).send().await.body["runtime"], runtime);
    }
}

#[tokio::test]
async fn a_workspace_created_with_a_url_is_online_at_once_without_a_token() {
    for org in Org::each().await {
        let era = org.era;
        let body =
            json!({"name": "x", "runtime": "external", "external": true, "url": "http://localhost:9/a"});
        let reply = org.post("/workspaces").admin().json(body).send().await;
        assert_eq!((reply.status, &reply.body["status"]), (201, &json!("online")));
        assert!(reply.body.get("connection").is_none());
        let bad = json!({"name": "x", "runtime": "external", "external": true, "url": "http://10.0.0.1/a"});
        let reply = org.post("/workspaces").admin().json(bad).send().await;
        if era == Era::S {
            assert_eq!(reply.status, 201, "only the later generation looks");
        } else {
            let (status, error) = reply.refusal();
            assert_eq!(status, 400);
            assert!(error.starts_with("unsafe workspace URL: "), "{error}");
        }
    }
}

#[tokio::test]
async fn what_a_workspace_cannot_be_made_of_is_refused_with_400() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    for (body, error) in [
        (json!({}), "invalid workspace payload"),
        (json!({"name": ""}), "invalid workspace payload"),
        (json!({"name": 7}), "invalid workspace payload"),
        (json!({"name": "x", "tier": "high"}), "invalid workspace payload"),
        (json!([1]), "invalid workspace payload"),
        (json!({"name": "a{b"}), "invalid workspace fields"),
        (json!({"name": "a\nb"}), "invalid workspace fields"),
        (json!({"name": "a".repeat(256)}), "invalid workspace fields"),
        (
            json!({"name": "x", "workspace_dir": "relative"}),
            "invalid workspace directory",
        ),
        (
            json!({"name": "x", "workspace_dir": "/etc/x"}),
            "invalid workspace directory",
        ),
        (
            json!({"name": "x", "workspace_access": "all"}),
            "invalid workspace access",
        ),
    ] {
        let reply = org.post("/workspaces").admin().json(body.clone()).send().await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!(error)),
            "{body}"
        );
    }
    let orphan = json!({"name": "x", "external": true, "parent_id": "7d0f0000-0000-0000-0000-000000000000"});
    assert_eq!(
        org.post("/workspaces").admin().json(orphan).send().await.status,
        500
    );
}

#[tokio::test]
async fn a_workspace_is_shown_to_anybody_who_knows_its_id_but_not_what_it_does() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        org.beat(
            &workspace,
            json!({"current_task": "secret task", "active_tasks": 1, "uptime_seconds": 7}),
        )
        .await;
        let shown = org.show(&workspace).await;
        assert_eq!(
            (&shown["active_tasks"], &shown["uptime_seconds"]),
            (&json!(1), &json!(7))
        );
        for hidden in [
            "current_task",
            "monthly_spend",
            "budget_limit",
            "last_sample_error",
            "workspace_dir",
        ] {
            assert!(shown.get(hidden).is_none(), "{hidden}");
        }
        assert!(shown["last_outbound_at"].is_null());
        let all = org.get("/workspaces").admin().send().await.body;
        let listed = all
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == workspace.id.as_str())
            .unwrap()
            .clone();
        assert_eq!(listed["current_task"], "secret task");
        assert_eq!(
            (&listed["monthly_spend"], &listed["budget_limit"]),
            (&json!(0), &Value::Null)
        );
        assert_eq!(org.get("/workspaces/nonsense").send().await.status, 400);
        let unknown = org
            .get("/workspaces/7d0f0000-0000-0000-0000-000000000000")
            .send()
            .await;
        assert_eq!(
            (unknown.status, &unknown.body["error"]),
            (404, &json!("workspace not found"))
        );
    }
}

#[tokio::test]
async fn what_a_workspace_may_change_of_itself_is_less_in_the_later_generation() {
    for org in Org::each().await {
        let era = org.era;
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}", workspace.id);
        let patch = |token: &str, body: Value| org.call(Method::PATCH, &path).bearer(token).json(body).send();
        let reply = patch(&workspace.token, json!({"name": "New", "x": 3.5, "y": 4})).await;
        assert_eq!((reply.status, &reply.body), (200, &json!({"status": "updated"})));
        let shown = org.show(&workspace).await;
        assert_eq!(
            (&shown["name"], shown["x"].as_f64(), shown["y"].as_f64()),
            (&json!("New"), Some(3.5), Some(4.0))
        );
        let own = patch(&workspace.token, json!({"tier": 4})).await;
        match era {
            Era::S => assert_eq!(own.status, 200),
            Era::L => {
                assert_eq!(
                    (own.status, &own.body["code"]),
                    (403, &json!("WORKSPACE_INFRASTRUCTURE_AUTH_REQUIRED"))
                );
                assert_eq!(patch(&org.admin, json!({"tier": 4})).await.status, 200);
            }
        }
        assert_eq!(org.show(&workspace).await["tier"], 4);
        assert_eq!(patch(&org.admin, json!({"name": "a|b"})).await.status, 400);
        assert_eq!(patch(&org.admin, json!([])).await.status, 400);
    }
}
