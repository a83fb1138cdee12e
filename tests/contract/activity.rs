//! The activity log.

use ligand_e2e::Era;
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::platform::{Org, Reply};

#[tokio::test]
async fn an_answered_message_is_one_activity_row_with_both_bodies() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        org.say(&workspace, "m-1", "hi").await;
        let rows = org.received(&workspace).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        assert_eq!(
            (&row["status"], &row["method"]),
            (&json!("ok"), &json!("message/send"))
        );
        assert_eq!(
            (&row["source_id"], &row["target_id"]),
            (&Value::Null, &json!(workspace.id))
        );
        assert_eq!(row["summary"], "message/send → Laptop");
        assert_eq!(row["request_body"]["params"]["message"]["parts"][0]["text"], "hi");
        assert_eq!(row["response_body"]["result"]["parts"][0]["text"], "done");
        assert_eq!(row.get("seq").is_some(), era == Era::L);
    }
}

#[tokio::test]
async fn the_activity_cursor_exists_in_the_later_generation_only() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        for id in ["m-1", "m-2", "m-3"] {
            org.say(&workspace, id, "hi").await;
        }
        let ask = |query: &str| {
            org.get(&format!("/workspaces/{}/activity?{query}", workspace.id))
                .bearer(&workspace.token)
                .send()
        };
        let ids = |reply: &Reply| -> Vec<String> {
            let rows = reply.body.as_array().unwrap();
            rows.iter()
                .map(|row| {
                    row["request_body"]["params"]["message"]["messageId"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                })
                .collect()
        };
        let all = ask("type=a2a_receive&source=canvas").await;
        assert_eq!(ids(&all), ["m-3", "m-2", "m-1"], "newest first");
        assert_eq!(ids(&ask("limit=1").await), ["m-3"]);
        assert_eq!(ids(&ask("source=agent").await), [""; 0]);
        let wrong = ask("source=moon").await;
        assert_eq!(wrong.refusal(), (400, "source must be 'canvas' or 'agent'"));
        let oldest = all.body[2]["id"].as_str().unwrap();
        let since = ask(&format!("since_id={oldest}&limit=100")).await;
        let probe = ask("since_id=00000000-0000-0000-0000-000000000000&limit=1").await;
        match era {
            Era::S => {
                assert_eq!(ids(&since), ["m-3", "m-2", "m-1"], "ignored");
                assert_eq!(probe.status, 200);
                assert_eq!(ask("since_secs=x").await.status, 200);
            }
            Era::L => {
                assert_eq!(ids(&since), ["m-2", "m-3"], "oldest first");
                assert_eq!(probe.status, 410);
                assert_eq!(
                    ask("since_secs=x").await.body["error"],
                    "since_secs must be a positive integer"
                );
                assert_eq!(ask("since_secs=60").await.body.as_array().unwrap().len(), 3);
                for (wrong, error) in [
                    ("peer_id=x", "peer_id must be a UUID"),
                    ("before_ts=x", "before_ts must be an RFC3339 timestamp"),
                ] {
                    assert_eq!(ask(wrong).await.refusal(), (400, error));
                }
                let newest = all.body[0]["created_at"].as_str().unwrap();
                assert_eq!(ids(&ask(&format!("before_ts={newest}")).await), ["m-2", "m-1"]);
                assert_eq!(
                    ids(&ask(&format!("peer_id={}", workspace.id)).await).len(),
                    3,
                    "sender or target"
                );
            }
        }
    }
}
