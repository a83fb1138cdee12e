//! Neighbours, tokens of the org, and renewed credentials.

use ligand_e2e::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Org, Reply, Workspace};

#[tokio::test]
async fn org_tokens_are_listed_by_prefix_used_and_revoked() {
    for org in Org::each().await {
        let made = org
            .post("/org/tokens")
            .admin()
            .json(json!({"name": "ci"}))
            .send()
            .await
            .body;
        let token = made["auth_token"].as_str().unwrap();
        assert_eq!((token.len(), &made["prefix"]), (43, &json!(&token[..8])));
        let nameless = org.post("/org/tokens").bearer(token).send().await;
        assert_eq!(nameless.status, 200, "the body may be missing");
        let listed = org.get("/org/tokens").bearer(token).send().await.body;
        let tokens = listed["tokens"].as_array().unwrap();
        assert_eq!(listed["count"], tokens.len());
        let by_prefix = |prefix: &Value| tokens.iter().find(|row| row["prefix"] == *prefix).unwrap();
        let row = by_prefix(&nameless.body["prefix"]);
        assert_eq!(row["created_by"], format!("org-token:{}", &token[..8]));
        assert!(row.get("name").is_none());
        let row = by_prefix(&made["prefix"]);
        assert_eq!(
            (&row["name"], &row["created_by"]),
            (&json!("ci"), &json!("admin-token"))
        );
        assert!(!listed.to_string().contains(token));
        let path = format!("/org/tokens/{}", made["id"].as_str().unwrap());
        let gone = org.call(Method::DELETE, &path).admin().send().await;
        assert_eq!(gone.body, json!({"revoked": made["id"]}));
        assert_eq!(org.call(Method::DELETE, &path).admin().send().await.status, 404);
        assert_eq!(org.get("/workspaces").bearer(token).send().await.status, 401);
        let long = org
            .post("/org/tokens")
            .admin()
            .json(json!({"name": "x".repeat(101)}))
            .send()
            .await;
        assert_eq!(long.status, 400);
    }
}

#[tokio::test]
async fn credentials_are_rotated_in_one_call_in_the_later_generation() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
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
        .admin()
        .send()
        .await;
    assert_eq!(shown.body["connection"]["auth_token"], "");
    let container = json!({"name": "Container", "runtime": "claude-code"});
    let container = org.post("/workspaces").admin().json(container).send().await;
    let path = format!(
        "/workspaces/{}/external/rotate",
        container.body["id"].as_str().unwrap()
    );
    let reply = org.post(&path).admin().send().await;
    assert_eq!(reply.refusal(), (400, "workspace is not external"));
    assert_eq!(reply.body["runtime"], "claude-code");
}

#[tokio::test]
async fn peers_are_the_siblings_the_children_and_the_parent() {
    for org in Org::each().await {
        let team = org
            .create_with(json!({"name": "Engineering", "role": "Lead"}))
            .await;
        for (name, role) in [("Backend", "Services"), ("Frontend", "Screens")] {
            org.create_with(json!({"name": name, "role": role, "parent_id": team.id}))
                .await;
        }
        let member = org
            .create_with(json!({"name": "Member", "parent_id": team.id, "role": "Tester"}))
            .await;
        let ask = |query: &str| {
            org.get(&format!("/registry/{}/peers{query}", member.id))
                .bearer(&member.token)
                .send()
        };
        let names = |reply: &Reply| -> Vec<String> {
            let rows = reply.body.as_array().unwrap_or_else(|| panic!("{reply:?}"));
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
    }
}

#[tokio::test]
async fn the_older_generation_fails_over_a_filter_when_a_neighbour_has_no_role() {
    for org in Org::each().await {
        let team = org.create("Team without a role").await;
        let member = org.create_below(&team, "Member").await;
        let path = format!("/registry/{}/peers?q=team", member.id);
        let reply = org.get(&path).bearer(&member.token).send().await;
        assert_eq!(
            (reply.status, reply.text.is_empty()),
            org.by_era((500, true), (200, false))
        );
    }
}
