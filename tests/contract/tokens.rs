//! Tokens of one workspace: rotated without a gap, bounded in number.

use reqwest::Method;
use serde_json::json;

use crate::platform::Org;

#[tokio::test]
async fn a_token_is_made_used_listed_by_its_prefix_and_revoked() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/tokens", workspace.id);
        let made = org.post(&path).bearer(&workspace.token).send().await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.body["workspace_id"], workspace.id);
        let second = made.body["auth_token"].as_str().unwrap().to_owned();
        assert_eq!(second.len(), 43);
        assert!(made.body["message"].is_string());

        let listed = org.get(&path).bearer(&second).send().await.body;
        assert_eq!(listed["count"], 2);
        let newest = &listed["tokens"][0];
        assert_eq!(newest["prefix"], second[..8]);
        assert!(newest["created_at"].is_string() && newest["last_used_at"].is_string());
        assert!(!listed.to_string().contains(&second), "only its prefix is shown");
        let page = org.get(&format!("{path}?limit=1&offset=1")).bearer(&second);
        assert_eq!(
            page.send().await.body["tokens"][0]["prefix"],
            workspace.token[..8]
        );

        let first = listed["tokens"][1]["id"].as_str().unwrap();
        let one = format!("{path}/{first}");
        let revoked = org.call(Method::DELETE, &one).bearer(&second).send().await;
        assert_eq!(
            (revoked.status, revoked.body),
            (200, json!({"status": "revoked"}))
        );
        assert_eq!(org.get(&path).bearer(&workspace.token).send().await.status, 401);
        for (gone, status, error) in [
            (first, 404, "token not found or already revoked"),
            // An id that is none reaches the platform's database.
            ("nonsense", 500, "failed to revoke token"),
        ] {
            let again = org.call(Method::DELETE, &format!("{path}/{gone}"));
            let again = again.bearer(&second).send().await;
            assert_eq!(again.refusal(), (status, error));
        }
    }
}

#[tokio::test]
async fn a_workspace_has_fifty_live_tokens_at_the_most() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/tokens", workspace.id);
        for _ in 1..50 {
            assert_eq!(org.post(&path).bearer(&workspace.token).send().await.status, 201);
        }
        let one_more = org.post(&path).bearer(&workspace.token).send().await;
        assert_eq!(one_more.status, 429);
        assert_eq!(one_more.body["error"], "maximum 50 active tokens per workspace");
    }
}
