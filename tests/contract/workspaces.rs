//! Making, reading, changing, pausing and deleting workspaces.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Platform, answer};

#[tokio::test]
async fn one_without_a_url_comes_with_a_block_that_connects_its_agent() {
    for platform in Platform::all().await {
        let body = json!({"name": "Laptop", "runtime": "external", "external": true});
        let made = platform.post("/workspaces", &platform.admin, &body).await;
        assert_eq!(made.status, 201);
        assert_eq!(
            (&made.body["external"], &made.body["status"]),
            (&json!(true), &json!("awaiting_agent"))
        );
        let block = &made.body["connection"];
        assert_eq!(block["workspace_id"], made.body["id"]);
        assert_eq!(block["auth_token"].as_str().unwrap().len(), 43);
        for (key, end) in [
            ("registry_endpoint", "/registry/register"),
            ("heartbeat_endpoint", "/registry/heartbeat"),
        ] {
            assert!(block[key].as_str().unwrap().ends_with(end));
        }
        let row = platform
            .get(
                &format!("/workspaces/{}", made.body["id"].as_str().unwrap()),
                &platform.admin,
            )
            .await;
        // The older generation cannot store what it has claimed.
        assert_eq!(
            row.body["status"],
            platform.by_era("provisioning", "awaiting_agent")
        );
    }
}

#[tokio::test]
async fn a_name_is_needed_and_keeps_to_its_characters() {
    for platform in Platform::all().await {
        for (fields, error) in [
            (json!({}), "invalid workspace payload"),
            (json!({"name": 5}), "invalid workspace payload"),
            (json!({"name": "a\nb"}), "invalid workspace fields"),
            (json!({"name": "a{b"}), "invalid workspace fields"),
            (json!({"name": "x".repeat(256)}), "invalid workspace fields"),
            (json!({"name": "x", "role": "a|b"}), "invalid workspace fields"),
        ] {
            let refused = platform.post("/workspaces", &platform.admin, &fields).await;
            assert_eq!(
                (refused.status, refused.body),
                (400, json!({"error": error})),
                "{fields}"
            );
        }
    }
}

#[tokio::test]
async fn who_knows_the_id_sees_less_than_the_orgs_own_list_shows() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let list = platform.get("/workspaces", &platform.admin).await.body;
        let rows = list.as_array().unwrap();
        let listed = rows
            .iter()
            .find(|row| row["id"] == workspace.id.as_str())
            .unwrap();
        let path = format!("/workspaces/{}", workspace.id);
        let open = answer(platform.request(Method::GET, &path)).await.body;
        for key in [
            "budget_limit",
            "monthly_spend",
            "current_task",
            "last_sample_error",
            "workspace_dir",
        ] {
            assert!(listed.get(key).is_some() && open.get(key).is_none(), "{key}");
        }
        assert!(open.get("last_outbound_at").is_some());
        for key in ["created_at", "last_heartbeat_at"] {
            assert!(listed.get(key).is_none(), "{key} is not told");
        }
        for (id, status, error) in [
            ("nonsense", 400, "invalid workspace ID"),
            ("00000000-0000-0000-0000-000000000000", 404, "workspace not found"),
        ] {
            let answered = answer(platform.request(Method::GET, &format!("/workspaces/{id}"))).await;
            assert_eq!(
                (answered.status, answered.body),
                (status, json!({"error": error}))
            );
        }
    }
}

#[tokio::test]
async fn pausing_clears_the_url_and_resuming_waits_for_the_agent() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        assert_eq!(platform.register(&workspace).await.status, 200);
        let on = |what: &str| format!("/workspaces/{}/{what}", workspace.id);
        let paused = platform.post(&on("pause"), &workspace.token, &Value::Null).await;
        assert_eq!(
            (paused.status, paused.body),
            (200, json!({"status": "paused", "paused_count": 1}))
        );
        let state = platform.get(&on("state"), &workspace.token).await.body;
        assert_eq!(
            (&state["status"], &state["paused"]),
            (&json!("paused"), &json!(true))
        );
        assert_eq!(platform.beat(&workspace, json!({})).await.status, 200);
        assert_eq!(
            platform.status(&workspace).await,
            "paused",
            "a beat changes nothing"
        );
        let again = platform.post(&on("pause"), &workspace.token, &Value::Null).await;
        assert_eq!(again.status, 404);
        let resumed = platform.post(&on("resume"), &workspace.token, &Value::Null).await;
        assert_eq!(
            (resumed.status, resumed.body),
            (200, json!({"status": "provisioning", "resumed_count": 1}))
        );
        platform.beat(&workspace, json!({})).await;
        assert_eq!(platform.status(&workspace).await, "online");
        let row = platform
            .get(&format!("/workspaces/{}", workspace.id), &platform.admin)
            .await;
        assert_eq!(row.body["url"], "", "it must register again to be reached");
    }
}

#[tokio::test]
async fn deleting_needs_the_name_in_the_later_generation_and_takes_the_token_in_both() {
    for platform in Platform::all().await {
        let workspace = platform.create("Laptop").await;
        let path = format!("/workspaces/{}", workspace.id);
        let delete = async |name: Option<&str>| {
            let mut request = platform
                .request(Method::DELETE, &path)
                .bearer_auth(&platform.admin);
            if let Some(name) = name {
                request = request.header("X-Confirm-Name", name);
            }
            answer(request).await
        };
        if platform.by_era(false, true) {
            let refused = delete(None).await;
            assert_eq!(
                (
                    refused.status,
                    &refused.body["error"],
                    &refused.body["workspace_name"]
                ),
                (
                    400,
                    &json!("destructive_action_requires_confirmation"),
                    &json!("Laptop")
                )
            );
        }
        let removed = delete(Some("Laptop")).await;
        assert_eq!(
            (removed.status, removed.body),
            (200, json!({"status": "removed", "cascade_deleted": 0}))
        );
        let state = platform.get(&format!("{path}/state"), &workspace.token).await;
        assert_eq!(state.status, 401, "its token is revoked");
        assert_eq!(
            platform.beat(&workspace, json!({})).await.status,
            200,
            "nobody checks a token any more"
        );
        let row = answer(platform.request(Method::GET, &path)).await;
        assert_eq!(row.status, platform.by_era(200, 410));
    }
}
