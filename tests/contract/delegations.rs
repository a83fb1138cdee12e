//! Work that one workspace hands to another.

use ligand_e2e::Era;
use serde_json::{Value, json};

use crate::agent::{Act, Agent};
use crate::platform::{Org, Workspace, eventually};

/// A team of two: whose agent is at that URL, and who hands work to it.
async fn team(org: &Org, url: &str) -> (Workspace, Workspace) {
    let worker = org.create_at("Worker", url).await;
    let lead = org
        .create_with(json!({"name": "Lead", "parent_id": worker.id}))
        .await;
    (lead, worker)
}

async fn delegations(org: &Org, lead: &Workspace) -> Vec<Value> {
    let path = format!("/workspaces/{}/delegations", lead.id);
    let reply = org.get(&path).bearer(&lead.token).send().await;
    reply.body.as_array().unwrap().clone()
}

async fn events(org: &Org, lead: &Workspace) -> Vec<String> {
    let reply = org.get(&format!("/events/{}", lead.id)).admin().send().await;
    let rows = reply.body.as_array().unwrap().clone();
    let kinds = rows
        .iter()
        .rev()
        .map(|row| row["event_type"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind.starts_with("DELEGATION_")).collect()
}

#[tokio::test]
async fn a_delegation_is_sent_answered_and_told() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let answer = json!({"jsonrpc": "2.0", "id": 1, "result": {"kind": "message",
            "parts": [{"kind": "text", "text": "forty-two"}]}});
        agent.next(Act::Reply(200, answer.to_string().into_bytes()));
        let (lead, worker) = team(&org, &agent.url()).await;
        let path = format!("/workspaces/{}/delegate", lead.id);
        let asked = json!({"target_id": worker.id, "task": "think", "idempotency_key": "k"});
        let sent = org
            .post(&path)
            .bearer(&lead.token)
            .json(asked.clone())
            .send()
            .await;
        assert_eq!(sent.status, 202, "{sent:?}");
        assert_eq!(
            (&sent.body["status"], &sent.body["target_id"]),
            (&json!("delegated"), &json!(worker.id))
        );
        let id = sent.body["delegation_id"].as_str().unwrap();

        eventually("it is completed", || async {
            delegations(&org, &lead)
                .await
                .iter()
                .all(|row| row["status"] == "completed")
        })
        .await;
        let rows = delegations(&org, &lead).await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row["delegation_id"] == id));
        assert_eq!(rows[0]["response_preview"], "forty-two");
        assert_eq!(rows[0]["summary"], "Delegation completed (forty-two)");
        let mut told = events(&org, &lead).await;
        assert_eq!(told.pop().as_deref(), Some("DELEGATION_COMPLETE"));
        told.sort();
        assert_eq!(
            told,
            ["DELEGATION_SENT", "DELEGATION_STATUS"],
            "in whichever order"
        );
        let call = &agent.received()[0];
        assert_eq!(call.body["params"]["message"]["messageId"], id);
        assert_eq!(call.body["params"]["message"]["metadata"]["delegation_id"], id);

        let again = org.post(&path).bearer(&lead.token).json(asked).send().await;
        assert_eq!(
            (again.status, again.body),
            (
                200,
                json!({"delegation_id": id, "status": "completed", "target_id": worker.id,
                         "idempotent_hit": true})
            )
        );
        assert_eq!(agent.received().len(), 1, "the same request is sent once");
    }
}

#[tokio::test]
async fn a_busy_target_gets_it_with_its_next_beat() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        agent.next(Act::Close);
        agent.next(Act::Reply(200, br#"{"result":"later"}"#.to_vec()));
        let (lead, worker) = team(&org, &agent.url()).await;
        let path = format!("/workspaces/{}/delegate", lead.id);
        let asked = json!({"target_id": worker.id, "task": "wait"});
        assert_eq!(
            org.post(&path)
                .bearer(&lead.token)
                .json(asked)
                .send()
                .await
                .status,
            202
        );
        eventually("it is queued", || async {
            delegations(&org, &lead)
                .await
                .iter()
                .any(|row| row["summary"].as_str().unwrap().contains("queued"))
        })
        .await;
        org.beat(&worker, json!({"active_tasks": 0})).await;
        eventually("it is answered", || async {
            events(&org, &lead)
                .await
                .last()
                .is_some_and(|kind| kind == "DELEGATION_COMPLETE")
        })
        .await;
    }
}

#[tokio::test]
async fn what_can_not_be_handed_out_is_refused_or_fails() {
    for org in Org::each().await {
        let era = org.era;
        let (team, lead) = (org.create("Team").await, org.create("Lead").await);
        let stranger = org.create_below(&team, "Stranger").await;
        let path = format!("/workspaces/{}/delegate", lead.id);
        let ask = async |body| {
            let reply = org.post(&path).bearer(&lead.token).json(body).send().await;
            (
                reply.status,
                reply.body["error"].as_str().unwrap_or_default().to_owned(),
            )
        };
        assert_eq!(
            ask(json!({"target_id": lead.id, "task": "x"})).await,
            (400, "self-delegation not permitted".into())
        );
        assert_eq!(
            ask(json!({"target_id": "nobody", "task": "x"})).await,
            (400, "target_id must be a valid UUID".into())
        );
        for wrong in [
            json!({}),
            json!({"target_id": stranger.id}),
            json!({"target_id": 1, "task": "x"}),
        ] {
            assert_eq!(ask(wrong).await, (400, "invalid delegation request".into()));
        }
        let foreign = ask(json!({"target_id": stranger.id, "task": "x"})).await.0;
        if era == Era::L {
            assert_eq!(foreign, 403);
            continue;
        }
        assert_eq!(foreign, 202, "the older generation takes it and lets it fail");
        eventually("it has failed", || async {
            events(&org, &lead)
                .await
                .last()
                .is_some_and(|kind| kind == "DELEGATION_FAILED")
        })
        .await;
    }
}

#[tokio::test]
async fn an_agents_own_delegation_is_recorded_and_ended_by_itself() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let (lead, worker) = team(&org, "http://localhost:9/").await;
    let id = "6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001";
    let path = format!("/workspaces/{}/delegations", lead.id);
    let sent = json!({"target_id": worker.id, "task": "t", "delegation_id": id});
    let recorded = org
        .post(&format!("{path}/record"))
        .bearer(&lead.token)
        .json(sent)
        .send()
        .await;
    assert_eq!(
        (recorded.status, recorded.body),
        (202, json!({"delegation_id": id, "status": "recorded"}))
    );
    let update = format!("{path}/{id}/update");
    let wrong = org
        .post(&update)
        .bearer(&lead.token)
        .json(json!({"status": "maybe"}))
        .send()
        .await;
    assert_eq!(wrong.refusal(), (400, "status must be 'completed' or 'failed'"));
    let ended = json!({"status": "completed", "response_preview": "ok"});
    let ended = org.post(&update).bearer(&lead.token).json(ended).send().await;
    assert_eq!((ended.status, &ended.body["status"]), (200, &json!("completed")));
    assert_eq!(
        events(&org, &lead).await,
        ["DELEGATION_SENT", "DELEGATION_COMPLETE"]
    );
}
