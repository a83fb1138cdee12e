//! Restarting, hibernating, finding another workspace, and the shared view.

use ligand_local_org::Era;
use reqwest::Method;
use serde_json::json;

use crate::harness::{ADMIN, BOTH, Org};

#[tokio::test]
async fn restarting_an_external_workspace_takes_its_token_in_the_older_generation_and_nothing_in_the_later() {
    for era in BOTH {
        let org = Org::start(era).await;
        let workspace = org.create_at("Laptop", "http://127.0.0.1:9/").await;
        let path = format!("/workspaces/{}/restart", workspace.id);
        let reply = org.post(&path).bearer(&workspace.token).send().await;
        assert_eq!(reply.status, 200);
        let beat = org.beat(&workspace, json!({})).await.status;
        if era == Era::S {
            assert_eq!(reply.body["status"], "provisioning");
            assert_eq!(
                (beat, org.show(&workspace).await["url"].as_str()),
                (401, Some(""))
            );
        } else {
            assert_eq!(
                (&reply.body["status"], &reply.body["runtime"]),
                (&json!("noop"), &json!("external"))
            );
            assert_eq!((beat, org.status(&workspace).await.as_str()), (200, "online"));
        }
        let nobody = "/workspaces/00000000-0000-0000-0000-000000000001/restart";
        assert_eq!(org.post(nobody).bearer(ADMIN).send().await.status, 404);
    }
}

#[tokio::test]
async fn a_workspace_with_tasks_hibernates_only_by_force() {
    let org = Org::start(Era::L).await;
    let workspace = org.create_at("Laptop", "http://127.0.0.1:9/").await;
    org.beat(&workspace, json!({"active_tasks": 2})).await;
    let path = format!("/workspaces/{}/hibernate", workspace.id);
    let refused = org.post(&path).bearer(&workspace.token).send().await;
    assert_eq!((refused.status, &refused.body["active_tasks"]), (409, &json!(2)));
    let forced = org
        .post(&format!("{path}?force=true"))
        .bearer(&workspace.token)
        .send()
        .await;
    assert_eq!(
        (forced.status, forced.body),
        (200, json!({"status": "hibernated"}))
    );
    assert_eq!(org.status(&workspace).await, "hibernated");
    assert_eq!(org.post(&path).bearer(&workspace.token).send().await.status, 404);
}

#[tokio::test]
async fn a_neighbour_finds_an_agent_that_is_there_and_nobody_else_does() {
    for era in BOTH {
        let org = Org::start(era).await;
        let parent = org.create("Parent").await;
        let child = org
            .create_with(json!({"name": "Child", "parent_id": parent.id}))
            .await;
        let find = async |from: Option<&str>, token: &str| {
            let mut call = org.get(&format!("/registry/discover/{}", child.id)).bearer(token);
            if let Some(from) = from {
                call = call.header("X-Workspace-ID", from);
            }
            let reply = call.send().await;
            (reply.status, reply.body)
        };
        assert_eq!(find(None, &parent.token).await.0, 400);
        assert_eq!(find(Some(&parent.id), "nonsense").await.0, 401);
        assert_eq!(
            find(Some(&parent.id), &parent.token).await.0,
            503,
            "it has not come yet"
        );
        org.register(&child, "http://127.0.0.1:9/door").await;
        assert_eq!(
            find(Some(&parent.id), &parent.token).await,
            (
                200,
                json!({"id": child.id, "url": "http://127.0.0.1:9/door", "name": "Child"})
            )
        );
        let backend = org.seeded("Backend").await;
        let access = async |target: &str| {
            let body = json!({"caller_id": parent.id, "target_id": target});
            org.post("/registry/check-access").json(body).send().await.body
        };
        assert_eq!(access(&child.id).await, json!({"allowed": true}));
        assert_eq!(access(&backend.id).await, json!({"allowed": false}));
        let wrong = org
            .post("/registry/check-access")
            .json(json!({"caller_id": "x"}))
            .send()
            .await;
        assert_eq!(wrong.status, 400);
    }
}

#[tokio::test]
async fn all_viewers_share_one_view_of_the_canvas() {
    let org = Org::start(Era::L).await;
    let view = async || org.get("/canvas/viewport").send().await.body;
    assert_eq!(view().await, json!({"x": 0, "y": 0, "zoom": 1}));
    let moved = json!({"x": 1.5, "y": -2.0, "zoom": 0.5});
    let saved = org
        .call(Method::PUT, "/canvas/viewport")
        .bearer(ADMIN)
        .json(moved.clone())
        .send()
        .await;
    assert_eq!((saved.status, saved.body), (200, json!({"status": "saved"})));
    assert_eq!(view().await, moved);
    let wrong = org
        .call(Method::PUT, "/canvas/viewport")
        .bearer(ADMIN)
        .raw("{")
        .send()
        .await;
    assert_eq!(
        (wrong.status, wrong.body["error"].as_str()),
        (400, Some("invalid viewport data"))
    );
}
