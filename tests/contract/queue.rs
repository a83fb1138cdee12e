//! Messages that wait for a busy agent.

use std::time::Duration;

use base64::Engine;
use ligand_e2e::Era;
use serde_json::{Value, json};

use crate::agent::{Act, Agent, answer};
use crate::platform::{Org, Reply, Workspace, eventually};

async fn queue_state(org: &Org, workspace: &Workspace, queue_id: &Value, token: &str) -> Reply {
    let path = format!(
        "/workspaces/{}/a2a/queue/{}",
        workspace.id,
        queue_id.as_str().unwrap()
    );
    org.get(&path).bearer(token).send().await
}

/// Registers an agent and has it refuse one message without a byte, so that it is queued.
async fn with_one_queued(org: &Org) -> (Agent, Workspace, Value) {
    let agent = Agent::start().await;
    let workspace = org.create_at("Laptop", &agent.url()).await;
    agent.next(Act::Close);
    let reply = org.say(&workspace, "m-1", "hi").await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let id = reply.body["queue_id"].clone();
    (agent, workspace, id)
}

/// Lets the time pass after which the later generation tries a message again that met a busy agent.
async fn wait_between_tries(org: &Org) {
    if org.era == Era::L && org.has_clock() {
        org.advance(Duration::from_secs(6)).await;
    }
}

#[tokio::test]
async fn a_connection_closed_without_a_byte_or_reset_queues_the_message() {
    for org in Org::each().await {
        for act in [Act::Close, Act::Reset] {
            let agent = Agent::start().await;
            let workspace = org.create_at("Laptop", &agent.url()).await;
            agent.next(act);
            let reply = org.say(&workspace, "m-1", "hi").await;
            assert_eq!(reply.status, 202, "{reply:?}");
            assert_eq!(
                (&reply.body["queued"], &reply.body["queue_depth"]),
                (&json!(true), &json!(1))
            );
            assert!(reply.body["queue_id"].is_string() && reply.body["message"].is_string());
            assert_eq!(agent.received().len(), 1, "it is not tried again by itself");
        }
    }
}

#[tokio::test]
async fn a_queued_message_is_delivered_by_the_next_heartbeat_with_room_as_it_was() {
    for org in Org::each().await {
        let (agent, workspace, _) = with_one_queued(&org).await;
        org.beat(&workspace, json!({"active_tasks": 1})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(agent.received().len(), 1, "no room, no delivery");
        org.beat(&workspace, json!({"active_tasks": 0})).await;
        eventually("it is delivered", || async { agent.received().len() == 2 }).await;
        let received = agent.received();
        assert_eq!(received[0].body, received[1].body);
        assert_eq!(
            received[0].header("authorization"),
            received[1].header("authorization")
        );
        org.beat(&workspace, json!({})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(agent.received().len(), 2, "once is enough");
    }
}

#[tokio::test]
async fn the_answer_of_a_drained_message_can_be_read_in_the_later_generation() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let (agent, workspace, id) = with_one_queued(&org).await;
    let waiting = queue_state(&org, &workspace, &id, &org.admin).await.body;
    assert_eq!(
        (&waiting["status"], &waiting["attempts"], &waiting["priority"]),
        (&json!("queued"), &json!(0), &json!(50))
    );
    let rows = org.received(&workspace).await;
    assert_eq!((rows.len(), rows[0].get("response_body")), (1, None));
    agent.next(Act::Reply(200, answer("better late")));
    org.beat(&workspace, json!({})).await;
    eventually("it is completed", || async {
        queue_state(&org, &workspace, &id, &org.admin).await.body["status"] == "completed"
    })
    .await;
    let done = queue_state(&org, &workspace, &id, &workspace.token).await.body;
    assert_eq!(
        (&done["attempts"], &done["workspace_id"]),
        (&json!(1), &json!(workspace.id))
    );
    let body = base64::engine::general_purpose::STANDARD
        .decode(done["response_body"].as_str().unwrap())
        .unwrap();
    assert_eq!(body, answer("better late"));
    let rows = org.received(&workspace).await;
    assert_eq!(rows.len(), 1, "one message, one row");
    assert_eq!(
        rows[0]["response_body"]["result"]["parts"][0]["text"],
        "better late"
    );
    let stranger = org.create("Stranger").await;
    let foreign = queue_state(&org, &workspace, &id, &stranger.token).await;
    assert_eq!(foreign.refusal(), (404, "queue item not found"));
    assert_eq!(queue_state(&org, &workspace, &id, "x").await.status, 404);
}

#[tokio::test]
async fn the_older_generation_logs_the_failed_call_and_nothing_of_the_drained_one() {
    let Some(org) = Org::of(Era::S).await else {
        return;
    };
    let (agent, workspace, id) = with_one_queued(&org).await;
    org.beat(&workspace, json!({})).await;
    eventually("it is delivered", || async { agent.received().len() == 2 }).await;
    assert_eq!(
        queue_state(&org, &workspace, &id, &org.admin).await.status,
        404,
        "there is no such question"
    );
    let rows = org.received(&workspace).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["status"], &rows[0]["error_detail"]),
        (&json!("error"), &json!(format!("Post {:?}: EOF", agent.url()))),
        "whoever reads it learns the agent's URL"
    );
}

#[tokio::test]
async fn the_same_message_is_not_queued_twice() {
    for org in Org::each().await {
        let (agent, workspace, id) = with_one_queued(&org).await;
        agent.next(Act::Close);
        let again = org.say(&workspace, "m-1", "hi").await;
        assert_eq!(
            (&again.body["queue_id"], &again.body["queue_depth"]),
            (&id, &json!(1))
        );
        agent.next(Act::Close);
        let other = org.say(&workspace, "m-2", "hi").await;
        assert_ne!(other.body["queue_id"], id);
        assert_eq!(other.body["queue_depth"], 2);
    }
}

#[tokio::test]
async fn the_older_generation_drains_one_message_per_heartbeat_and_the_later_as_many_as_there_is_room_for() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org
            .create_with(json!({"name": "Laptop", "max_concurrent_tasks": 3}))
            .await;
        org.register(&workspace, &agent.url()).await;
        for id in ["m-1", "m-2", "m-3"] {
            agent.next(Act::Close);
            assert_eq!(org.say(&workspace, id, "hi").await.status, 202);
        }
        org.beat(&workspace, json!({"active_tasks": 1})).await;
        let drained = if era == Era::S { 1 } else { 2 };
        eventually("they are drained", || async {
            agent.received().len() == 3 + drained
        })
        .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(agent.received().len(), 3 + drained);
        let order: Vec<Value> = agent.received()[3..]
            .iter()
            .map(|call| call.body["params"]["message"]["messageId"].clone())
            .collect();
        assert_eq!(order, [json!("m-1"), json!("m-2")][..drained]);
    }
}

#[tokio::test]
async fn a_drained_message_that_meets_a_busy_agent_is_lost_in_the_older_generation_and_kept_in_the_later() {
    for org in Org::each().await {
        let era = org.era;
        let (agent, workspace, id) = with_one_queued(&org).await;
        agent.next(Act::Close);
        org.beat(&workspace, json!({})).await;
        eventually("it was tried", || async { agent.received().len() == 2 }).await;
        if era == Era::L {
            eventually("it is back", || async {
                queue_state(&org, &workspace, &id, &org.admin).await.body["status"] == "queued"
            })
            .await;
            assert_eq!(
                queue_state(&org, &workspace, &id, &org.admin).await.body["attempts"],
                0
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        wait_between_tries(&org).await;
        org.beat(&workspace, json!({})).await;
        match era {
            Era::S => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                assert_eq!(agent.received().len(), 2);
            }
            Era::L => eventually("it arrives", || async { agent.received().len() == 3 }).await,
        }
    }
}

#[tokio::test]
async fn an_agent_that_refuses_a_drained_message_five_times_does_not_get_it_again() {
    for org in Org::each().await {
        let era = org.era;
        let (agent, workspace, id) = with_one_queued(&org).await;
        for attempt in 1..=7 {
            agent.next(Act::Reply(500, br#"{"error":"no"}"#.to_vec()));
            org.beat(&workspace, json!({})).await;
            let calls = 1 + usize::min(attempt, 5);
            eventually("it was tried", || async { agent.received().len() == calls }).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(agent.received().len(), 6);
        if era == Era::L {
            let state = queue_state(&org, &workspace, &id, &org.admin).await.body;
            assert_eq!(
                (&state["status"], &state["last_error"], &state["attempts"]),
                (&json!("failed"), &json!("no"), &json!(5))
            );
        }
    }
}

#[tokio::test]
async fn heartbeats_while_the_way_is_down_burn_the_queue_in_the_older_generation_only() {
    for org in Org::each().await {
        let era = org.era;
        let (agent, workspace, _) = with_one_queued(&org).await;
        for _ in 0..6 {
            agent.next(Act::Reply(503, br#"{"error":"no link"}"#.to_vec()));
        }
        for beats in 0..6 {
            org.beat(&workspace, json!({})).await;
            let calls = 1 + if era == Era::S {
                usize::min(beats + 1, 5)
            } else {
                beats + 1
            };
            eventually("it was tried", || async { agent.received().len() == calls }).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            wait_between_tries(&org).await;
        }
        org.beat(&workspace, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(
            agent.received().len(),
            if era == Era::S { 6 } else { 8 },
            "the later one still has it"
        );
    }
}

#[tokio::test]
async fn an_agent_that_keeps_sessions_itself_is_not_queued_for_in_the_older_generation() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        org.beat(
            &workspace,
            json!({"runtime_metadata": {"capabilities": {"session": true}}}),
        )
        .await;
        agent.next(Act::Close);
        let reply = org.say(&workspace, "m-1", "hi").await;
        match era {
            Era::S => {
                assert_eq!((reply.status, &reply.body["native_session"]), (503, &json!(true)));
                assert_eq!(reply.headers["retry-after"], "30");
            }
            Era::L => assert_eq!(reply.status, 202),
        }
    }
}

#[tokio::test]
async fn a_message_that_may_wait_only_so_long_is_dropped_when_its_time_is_over() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let agent = Agent::start().await;
    let workspace = org.create_at("Laptop", &agent.url()).await;
    let mut message = crate::platform::message("m-1", "hi");
    message["params"]["expires_in_seconds"] = json!(60);
    agent.next(Act::Close);
    let path = format!("/workspaces/{}/a2a", workspace.id);
    let id = org.post(&path).admin().json(message).send().await.body["queue_id"].clone();
    org.advance(Duration::from_secs(61)).await;
    org.beat(&workspace, json!({})).await;
    eventually("it is dropped", || async {
        queue_state(&org, &workspace, &id, &org.admin).await.body["status"] == "dropped"
    })
    .await;
    assert_eq!(agent.received().len(), 1);
}
