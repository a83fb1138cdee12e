//! Pausing, resuming and deleting workspaces, and what their agents see of it.

use ligand_e2e::Era;
use reqwest::Method;
use serde_json::json;

use crate::platform::{NOBODY, Org, Reply};

async fn delete(org: &Org, id: &str, query: &str, name: Option<&str>) -> Reply {
    let mut call = org
        .call(Method::DELETE, &format!("/workspaces/{id}{query}"))
        .admin();
    if let Some(name) = name {
        call = call.header("X-Confirm-Name", name);
    }
    call.send().await
}

#[tokio::test]
async fn deleting_a_team_needs_confirmation_and_in_the_later_generation_its_name() {
    for org in Org::each().await {
        let era = org.era;
        let team = org.create("Engineering").await;
        for name in ["Backend", "Frontend"] {
            org.create_below(&team, name).await;
        }
        let name = (era == Era::L).then_some("Engineering");
        if era == Era::L {
            let reply = delete(&org, &team.id, "?confirm=true", None).await;
            assert_eq!(
                (reply.status, &reply.body["workspace_name"]),
                (400, &json!("Engineering"))
            );
            assert_eq!(reply.body["error"], "destructive_action_requires_confirmation");
        }
        let reply = delete(&org, &team.id, "", name).await;
        assert_eq!(
            (reply.status, &reply.body["status"]),
            (409, &json!("confirmation_required"))
        );
        assert_eq!(
            (
                &reply.body["children_count"],
                reply.body["children"].as_array().unwrap().len()
            ),
            (&json!(2), 2)
        );
        let reply = delete(&org, &team.id, "?confirm=true", name).await;
        assert_eq!(
            (reply.status, &reply.body),
            (200, &json!({"status": "removed", "cascade_deleted": 2}))
        );
        let again = delete(&org, &team.id, "?confirm=true", name).await;
        assert_eq!(again.status, if era == Era::S { 200 } else { 410 });
        let shown = org.get(&format!("/workspaces/{}", team.id)).send().await;
        match era {
            Era::S => assert_eq!((shown.status, &shown.body["status"]), (200, &json!("removed"))),
            Era::L => {
                assert_eq!(
                    (shown.status, &shown.body["error"]),
                    (410, &json!("workspace removed"))
                );
                assert!(shown.body["removed_at"].is_string());
                let left = org
                    .get(&format!("/workspaces/{}?include_removed=true", team.id))
                    .send()
                    .await;
                assert_eq!((left.status, &left.body["status"]), (200, &json!("removed")));
            }
        }
        let all = org.get("/workspaces").admin().send().await.body;
        let mut left = all.as_array().unwrap().iter();
        assert!(left.all(|row| row["id"] != team.id.as_str() && row["parent_id"] != team.id.as_str()));
    }
}

#[tokio::test]
async fn the_agent_of_a_deleted_workspace_sees_401_on_state_and_200_on_heartbeat() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/state", workspace.id);
        let state = org.get(&path).bearer(&workspace.token).send().await;
        assert_eq!(
            (state.status, &state.body["deleted"], &state.body["paused"]),
            (200, &json!(false), &json!(false))
        );
        assert_eq!(delete(&org, &workspace.id, "", Some("Laptop")).await.status, 200);
        assert_eq!(org.get(&path).bearer(&workspace.token).send().await.status, 401);
        let seen = org.get(&path).admin().send().await;
        assert_eq!(
            (seen.status, &seen.body["deleted"], &seen.body["status"]),
            (404, &json!(true), &json!("removed"))
        );
        assert_eq!(
            org.beat(&workspace, json!({})).await.body,
            json!({"status": "ok"})
        );
        let shown = org
            .get(&format!("/workspaces/{}?include_removed=true", workspace.id))
            .send()
            .await;
        assert_eq!(shown.body["status"], "removed");
    }
}

#[tokio::test]
async fn registering_a_deleted_workspace_mints_a_token_that_is_never_valid() {
    for org in Org::each().await {
        let mut workspace = org.create("Laptop").await;
        delete(&org, &workspace.id, "", Some("Laptop")).await;
        let reply = org.register(&workspace, "http://localhost:9/").await;
        assert_eq!((reply.status, &reply.body["status"]), (200, &json!("registered")));
        workspace.token = reply.body["auth_token"].as_str().unwrap().into();
        assert_eq!(org.beat(&workspace, json!({})).await.status, 401);
    }
}

#[tokio::test]
async fn a_purged_workspace_is_gone_and_its_registration_makes_a_new_nameless_one() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let reply = delete(&org, &workspace.id, "?purge=true", Some("Laptop")).await;
        assert_eq!(reply.body["status"], "purged");
        assert_eq!(
            org.get(&format!("/workspaces/{}", workspace.id))
                .send()
                .await
                .status,
            404
        );
        let state = org
            .get(&format!("/workspaces/{}/state", workspace.id))
            .admin()
            .send()
            .await;
        assert_eq!((state.status, &state.body["deleted"]), (404, &json!(true)));
        assert_eq!(org.register(&workspace, "http://localhost:9/").await.status, 200);
        let shown = org.show(&workspace).await;
        assert_eq!(
            (&shown["name"], &shown["runtime"]),
            (&json!(workspace.id), &json!("langgraph"))
        );
    }
}

#[tokio::test]
async fn pausing_clears_the_url_of_a_whole_team_and_heartbeats_do_not_undo_it() {
    for org in Org::each().await {
        let lead = org.create("Lead").await;
        let workspace = org
            .create_with(json!({"name": "Laptop", "parent_id": lead.id}))
            .await;
        org.register(&workspace, "http://localhost:9/").await;
        let reply = org
            .post(&format!("/workspaces/{}/pause", lead.id))
            .admin()
            .send()
            .await;
        assert_eq!(
            (reply.status, &reply.body),
            (200, &json!({"status": "paused", "paused_count": 2}))
        );
        let again = org
            .post(&format!("/workspaces/{}/pause", lead.id))
            .admin()
            .send()
            .await;
        assert_eq!(again.status, 404);
        let shown = org.show(&workspace).await;
        assert_eq!((&shown["status"], &shown["url"]), (&json!("paused"), &json!("")));
        assert_eq!(org.beat(&workspace, json!({})).await.status, 200);
        assert_eq!(org.status(&workspace).await, "paused");
        let state = org
            .get(&format!("/workspaces/{}/state", workspace.id))
            .bearer(&workspace.token)
            .send()
            .await;
        assert_eq!(
            (&state.body["paused"], &state.body["status"]),
            (&json!(true), &json!("paused"))
        );
        let child = org
            .post(&format!("/workspaces/{}/resume", workspace.id))
            .bearer(&workspace.token)
            .send()
            .await;
        assert_eq!(child.status, 409, "its parent is still paused");
        let reply = org
            .post(&format!("/workspaces/{}/resume", lead.id))
            .admin()
            .send()
            .await;
        assert_eq!(
            (reply.status, &reply.body),
            (200, &json!({"status": "provisioning", "resumed_count": 2}))
        );
        // The older generation looks for its container and finds none.
        org.wait_for_status(&workspace, org.by_era("failed", "provisioning"))
            .await;
        org.beat(&workspace, json!({})).await;
        assert_eq!(org.status(&workspace).await, org.by_era("failed", "online"));
        assert_eq!(org.show(&workspace).await["url"], "", "the URL is not back");
        org.register(&workspace, NOBODY).await;
        assert_eq!(org.status(&workspace).await, "online");
    }
}

#[tokio::test]
async fn registering_a_paused_workspace_wakes_it_in_the_older_generation_only() {
    for org in Org::each().await {
        let status = org.by_era("online", "paused");
        let workspace = org.create("Laptop").await;
        org.post(&format!("/workspaces/{}/pause", workspace.id))
            .bearer(&workspace.token)
            .send()
            .await;
        let reply = org.register(&workspace, "http://localhost:9/").await;
        assert_eq!((reply.status, &reply.body["status"]), (200, &json!("registered")));
        assert_eq!(org.status(&workspace).await, status);
    }
}
