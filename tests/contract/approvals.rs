//! Questions of agents to people.

use std::time::Duration;

use serde_json::json;

use crate::platform::Org;

#[tokio::test]
async fn a_question_is_asked_listed_and_answered_once() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/approvals", workspace.id);
        let asked = json!({"action": "deploy", "reason": "friday", "task_id": "t"});
        let made = org.post(&path).bearer(&workspace.token).json(asked).send().await;
        assert_eq!((made.status, &made.body["status"]), (201, &json!("pending")));
        let id = made.body["approval_id"].as_str().unwrap();
        let pending = org.get("/approvals/pending").admin().send().await.body;
        assert_eq!(
            (
                &pending[0]["id"],
                &pending[0]["workspace_name"],
                &pending[0]["action"]
            ),
            (&json!(id), &json!("Laptop"), &json!("deploy"))
        );
        let decide = format!("{path}/{id}/decide");
        let decide = async |decision: &str| {
            let body = json!({"decision": decision});
            let reply = org.post(&decide).admin().json(body).send().await;
            let (status, error) = reply.refusal();
            (status, error.to_owned())
        };
        let wrong = "decision must be 'approved' or 'denied'";
        assert_eq!(decide("perhaps").await, (400, wrong.into()));
        assert_eq!(decide("approved").await.0, 200);
        let again = "approval not found or already decided";
        assert_eq!(decide("denied").await, (404, again.into()));
        let listed = org.get(&path).bearer(&workspace.token).send().await.body;
        assert_eq!(
            (&listed[0]["status"], &listed[0]["decided_by"]),
            (&json!("approved"), &json!("human"))
        );
        let events = org
            .get(&format!("/events/{}", workspace.id))
            .admin()
            .send()
            .await
            .body;
        assert_eq!(events[0]["event_type"], "APPROVAL_APPROVED");
        assert_eq!(events[1]["event_type"], "APPROVAL_REQUESTED");
        assert_eq!(org.post(&path).admin().json(json!({})).send().await.status, 400);
    }
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_closed_after_ten_minutes() {
    for org in Org::each().await {
        if !org.has_clock() {
            continue;
        }
        let workspace = org.create("Laptop").await;
        let path = format!("/workspaces/{}/approvals", workspace.id);
        org.post(&path)
            .bearer(&workspace.token)
            .json(json!({"action": "x"}))
            .send()
            .await;
        org.advance(Duration::from_secs(601)).await;
        let pending = org.get("/approvals/pending").admin().send().await.body;
        assert_eq!(pending, json!([]));
        let listed = org.get(&path).admin().send().await.body;
        assert_eq!(listed[0]["decided_by"], "auto-expired");
    }
}
