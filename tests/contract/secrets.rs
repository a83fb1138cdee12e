//! A workspace's secrets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::Org;

#[tokio::test]
async fn the_agent_gets_its_values_and_everybody_else_only_names() {
    for org in Org::each().await {
        let fields = json!({"name": "Laptop", "secrets": {"MODEL_KEY": "k-1"}});
        let workspace = org.create_with(fields).await;
        let path = format!("/workspaces/{}/secrets", workspace.id);
        let set = json!({"key": "OTHER", "value": "o-1"});
        for method in [Method::POST, Method::PUT] {
            let saved = org.call(method, &path).admin().json(set.clone()).send().await;
            assert_eq!(
                (saved.status, saved.body),
                (200, json!({"status": "saved", "key": "OTHER"}))
            );
        }
        let values = org.get(&format!("{path}/values")).bearer(&workspace.token);
        let values = values.send().await;
        assert_eq!(
            (values.status, values.body),
            (200, json!({"MODEL_KEY": "k-1", "OTHER": "o-1"}))
        );
        let names = org.get(&path).admin().send().await;
        assert!(!names.text.contains("k-1"));
        let names: Vec<&Value> = names.body.as_array().unwrap().iter().collect();
        assert_eq!(names.len(), 2);
        assert_eq!(
            (&names[0]["key"], &names[0]["scope"], &names[0]["has_value"]),
            (&json!("MODEL_KEY"), &json!("workspace"), &json!(true))
        );

        let gone = format!("{path}/OTHER");
        let deleted = org.call(Method::DELETE, &gone).admin().send().await;
        assert_eq!(deleted.body, json!({"status": "deleted", "key": "OTHER"}));
        let again = org.call(Method::DELETE, &gone).admin().send().await;
        assert_eq!(
            (again.status, again.body["error"].as_str()),
            (404, Some("secret not found"))
        );
        for wrong in [
            json!({}),
            json!({"key": "", "value": "x"}),
            json!({"key": 1, "value": "x"}),
        ] {
            let refused = org.post(&path).admin().json(wrong).send().await;
            assert_eq!(
                (refused.status, refused.body["error"].as_str()),
                (400, Some("invalid request body"))
            );
        }
        let upper = format!("/workspaces/{}/secrets/values", workspace.id.to_uppercase());
        let own = org.get(&upper).bearer(&workspace.token).send().await;
        assert_eq!(own.status, 401, "in capitals it is another one's");
        assert_eq!(org.get(&upper).admin().send().await.status, 400);
    }
}
