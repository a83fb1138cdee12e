//! Restarting, hibernating, and finding another workspace.

use ligand_e2e::Era;
use serde_json::json;

use crate::platform::Org;

#[tokio::test]
async fn restarting_an_external_workspace_takes_its_url_and_fails_in_the_older_generation_and_does_nothing_in_the_later()
 {
    for org in Org::each().await {
        let era = org.era;
        let workspace = org.create_at("Laptop", "http://localhost:9/").await;
        let path = format!("/workspaces/{}/restart", workspace.id);
        let reply = org.post(&path).bearer(&workspace.token).send().await;
        assert_eq!(reply.status, 200);
        let beat = org.beat(&workspace, json!({})).await.status;
        if era == Era::S {
            assert_eq!(reply.body["status"], "provisioning");
            assert_eq!((beat, &org.show(&workspace).await["url"]), (200, &json!("")));
            org.wait_for_status(&workspace, "failed").await;
        } else {
            assert_eq!(
                (&reply.body["status"], &reply.body["runtime"]),
                (&json!("noop"), &json!("external"))
            );
            assert_eq!((beat, org.status(&workspace).await.as_str()), (200, "online"));
        }
        let nobody = "/workspaces/00000000-0000-0000-0000-000000000001/restart";
        assert_eq!(org.post(nobody).admin().send().await.status, 404);
    }
}

#[tokio::test]
async fn a_workspace_with_tasks_hibernates_only_by_force() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create_at("Laptop", "http://localhost:9/").await;
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
    for org in Org::each().await {
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
        let nameless = find(None, &parent.token).await;
        assert_eq!(
            (nameless.0, &nameless.1["error"]),
            (400, &json!("X-Workspace-ID header is required"))
        );
        assert_eq!(find(Some(&parent.id), "nonsense").await.0, 401);
        assert_eq!(
            find(Some(&parent.id), &parent.token).await.0,
            503,
            "it has not come yet"
        );
        org.register(&child, "http://localhost:9/door").await;
        assert_eq!(
            find(Some(&parent.id), &parent.token).await,
            (
                200,
                json!({"id": child.id, "url": "http://localhost:9/door", "name": "Child"})
            )
        );
        let stranger = org.create("Stranger").await;
        let cousin = org.create_below(&stranger, "Cousin").await;
        let access = async |target: &str| {
            let body = json!({"caller_id": parent.id, "target_id": target});
            org.post("/registry/check-access").json(body).send().await.body
        };
        let refused = org
            .get(&format!("/registry/discover/{}", cousin.id))
            .header("X-Workspace-ID", &parent.id)
            .bearer(&parent.token)
            .send()
            .await;
        assert_eq!(
            refused.refusal(),
            (403, "not authorized to discover this workspace")
        );
        assert_eq!(access(&child.id).await, json!({"allowed": true}));
        assert_eq!(access(&cousin.id).await, json!({"allowed": false}));
        let wrong = org
            .post("/registry/check-access")
            .json(json!({"caller_id": "x"}))
            .send()
            .await;
        assert_eq!(wrong.status, 400);
    }
}
