//! Neighbours, tokens of the org, and renewed credentials.

use ligand_local_org::Era;
use reqwest::Method;
use serde_json::json;

use crate::harness::{ADMIN, BOTH, Org, Reply, Workspace};

#[tokio::test]
async fn org_tokens_are_listed_by_prefix_used_and_revoked() {
    for era in BOTH {
        let org = Org::start(era).await;
        let made = org
            .post("/org/tokens")
            .bearer(ADMIN)
            .json(json!({"name": "ci"}))
            .send()
            .await
            .body;
        let token = made["auth_token"].as_str().unwrap();
        assert_eq!((token.len(), &made["prefix"]), (43, &json!(&token[..8])));
        let nameless = org.post("/org/tokens").bearer(token).send().await;
        assert_eq!(nameless.status, 200, "the body may be missing");
        let listed = org.get("/org/tokens").bearer(token).send().await.body;
        assert_eq!(listed["count"], 2);
        assert_eq!(
            listed["tokens"][0]["created_by"],
            format!("org-token:{}", &token[..8])
        );
        assert!(listed["tokens"][0].get("name").is_none());
        assert_eq!(
            (&listed["tokens"][1]["name"], &listed["tokens"][1]["created_by"]),
            (&json!("ci"), &json!("admin-token"))
        );
        assert!(!listed.to_string().contains(token));
        let path = format!("/org/tokens/{}", made["id"].as_str().unwrap());
        let gone = org.call(Method::DELETE, &path).bearer(ADMIN).send().await;
        assert_eq!(gone.body, json!({"revoked": made["id"]}));
        assert_eq!(
            org.call(Method::DELETE, &path).bearer(ADMIN).send().await.status,
            404
        );
        assert_eq!(org.get("/workspaces").bearer(token).send().await.status, 401);
        let long = org
            .post("/org/tokens")
            .bearer(ADMIN)
            .json(json!({"name": "x".repeat(101)}))
            .send()
            .await;
        assert_eq!(long.status, 400);
        org.running.stop().await;
    }
}

#[tokio::test]
async fn credentials_are_rotated_in_one_call_in_the_later_generation() {
    let org = Org::start(Era::L).await;
    let workspace = org.create("Laptop").await;
    let path = format!("/workspaces/{}/external/rotate", workspace.id);
    let reply = org.post(&path).bearer(&workspace.token).send().await;
    assert_eq!(reply.status, 200);
    let token = reply.body["connection"]["auth_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        org.beat(&workspace, json!({})).await.status,
        401,
        "the old token is dead"
    );
    let renewed = Workspace {
        token,
        ..workspace.clone()
    };
    assert_eq!(org.beat(&renewed, json!({})).await.status, 200);
    let shown = org
        .get(&format!("/workspaces/{}/external/connection", workspace.id))
        .bearer(ADMIN)
        .send()
        .await;
    assert_eq!(shown.body["connection"]["auth_token"], "");
    let lead = org.seeded("Lead").await;
    let reply = org
        .post(&format!("/workspaces/{}/external/rotate", lead.id))
        .bearer(ADMIN)
        .send()
        .await;
    assert_eq!(
        (reply.status, &reply.body["runtime"]),
        (400, &json!("claude-code"))
    );
    org.running.stop().await;
    let older = Org::start(Era::S).await;
    let workspace = older.create("Laptop").await;
    let path = format!("/workspaces/{}/external/rotate", workspace.id);
    assert_eq!(
        older.post(&path).bearer(&workspace.token).send().await.status,
        404
    );
    older.running.stop().await;
}

#[tokio::test]
async fn peers_are_the_siblings_the_children_and_the_parent() {
    for era in BOTH {
        let org = Org::start(era).await;
        let team = org.seeded("Engineering").await;
        let member = org
            .create_with(json!({"name": "Member", "parent_id": team.id, "role": "Tester"}))
            .await;
        let ask = |query: &str| {
            org.get(&format!("/registry/{}/peers{query}", member.id))
                .bearer(&member.token)
                .send()
        };
        let names = |reply: &Reply| -> Vec<String> {
            let rows = reply.body.as_array().unwrap();
            rows.iter()
                .map(|row| row["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let all = ask("").await;
        assert_eq!(names(&all), ["Backend", "Frontend", "Engineering"]);
        let keys: Vec<&String> = all.body[0].as_object().unwrap().keys().collect();
        let wanted = [
            "active_tasks",
            "agent_card",
            "id",
            "name",
            "parent_id",
            "role",
            "status",
            "tier",
            "url",
        ];
        assert_eq!(keys, wanted);
        assert_eq!(names(&ask("?q=END").await), ["Backend", "Frontend"]);
        assert_eq!(names(&ask("?q=screens").await), ["Frontend"], "roles count too");
        org.running.stop().await;
    }
}
