//! What an agent says of its own accord.

use ligand_e2e::Era;
use serde_json::json;

use crate::platform::Org;

#[tokio::test]
async fn a_notification_is_a_row_without_a_question_that_people_see() {
    for org in Org::each().await {
        let workspace = org.create_at("Laptop", "http://localhost:9/").await;
        let path = format!("/workspaces/{}/notify", workspace.id);
        let said = json!({"message": "done", "attachments": [{"uri": "u", "name": "n", "size": 3}]});
        let sent = org.post(&path).bearer(&workspace.token).json(said).send().await;
        assert_eq!((sent.status, sent.body), (200, json!({"status": "sent"})));
        let rows = org.received(&workspace).await;
        let row = &rows[0];
        assert_eq!(row["method"], "notify");
        assert!(row["source_id"].is_null() && row["target_id"].is_null());
        assert!(row.get("request_body").is_none());
        assert_eq!(row["summary"], "Agent message: done");
        assert_eq!(
            row["response_body"],
            json!({"result": "done",
                   "parts": [{"kind": "file", "file": {"uri": "u", "name": "n", "size": 3}}]})
        );
        for (wrong, error) in [
            (json!({}), "message is required"),
            (json!({"message": 5}), "message is required"),
            (
                json!({"message": "x", "attachments": [{"uri": "u", "name": "n"}, {"uri": ""}]}),
                "attachment[1]: uri and name are required",
            ),
        ] {
            let refused = org.post(&path).bearer(&workspace.token).json(wrong).send().await;
            assert_eq!(
                (refused.status, refused.body["error"].as_str()),
                (400, Some(error))
            );
        }
    }
}

#[tokio::test]
async fn an_agents_own_row_has_itself_as_source_and_one_of_seven_types() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let other = org.create("Other").await;
        let path = format!("/workspaces/{}/activity", workspace.id);
        let log = async |body| {
            let reply = org.post(&path).bearer(&workspace.token).json(body).send().await;
            (reply.status, reply.body)
        };
        let row = json!({"activity_type": "task_update", "summary": "half way", "duration_ms": 5,
                         "metadata": {"step": 1}});
        assert_eq!(log(row).await, (200, json!({"status": "logged"})));
        let rows = org.get(&path).bearer(&workspace.token).send().await.body;
        assert_eq!(rows[0]["source_id"], workspace.id);
        assert_eq!(
            (&rows[0]["status"], &rows[0]["request_body"], &rows[0]["method"]),
            (&json!("ok"), &json!({"step": 1}), &json!(null))
        );
        assert_eq!(log(json!({"activity_type": "delegation"})).await.0, 400);
        assert_eq!(
            log(json!({})).await,
            (400, json!({"error": "invalid request body"}))
        );
        let spoofed = json!({"activity_type": "error", "source_id": other.id});
        assert_eq!(
            log(spoofed).await,
            (
                403,
                json!({"error": "source_id must match authenticated workspace"})
            )
        );
    }
}

#[tokio::test]
async fn what_was_read_is_acknowledged_and_never_goes_back_in_the_later_generation() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create("Laptop").await;
    let path = format!("/workspaces/{}/activity/ack", workspace.id);
    let ack = async |body| {
        let reply = org.post(&path).bearer(&workspace.token).json(body).send().await;
        (reply.status, reply.body)
    };
    assert_eq!(
        ack(json!({"acked_seq": 7})).await,
        (200, json!({"last_acked_seq": 7}))
    );
    assert_eq!(
        ack(json!({"acked_seq": 3})).await,
        (200, json!({"last_acked_seq": 7}))
    );
    assert_eq!(
        ack(json!({})).await,
        (400, json!({"error": "acked_seq is required"}))
    );
    assert_eq!(
        ack(json!({"acked_seq": -1})).await,
        (400, json!({"error": "acked_seq must be >= 0"}))
    );
}
