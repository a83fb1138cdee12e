//! How long and how large a message's way may be, and what it may cost.

use std::sync::Arc;
use std::time::Duration;

use ligand_e2e::Era;
use serde_json::json;
use tokio::sync::Notify;

use crate::agent::{Act, Agent, answer};
use crate::platform::{Org, eventually, message};

#[tokio::test]
async fn an_answer_over_the_cap_is_cut_by_the_older_generation_and_refused_by_the_later() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let cap = org.by_era(10 << 20, 64 << 20);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::Reply(200, vec![b'x'; cap + 1]));
        let reply = org.say(&workspace, "m-1", "hi").await;
        match era {
            Era::S => assert_eq!((reply.status, reply.text.len()), (200, cap)),
            Era::L => {
                assert_eq!((reply.status, &reply.body["truncated"]), (502, &json!(true)));
                assert_eq!(reply.body["max_bytes"], cap);
            }
        }
    }
}

#[tokio::test]
async fn a_message_over_the_cap_is_cut_to_nonsense_by_the_older_generation_and_refused_by_the_later() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let cap = org.by_era(1 << 20, 16 << 20);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let fits = message("m-1", &"x".repeat(cap - 400));
        let path = format!("/workspaces/{}/a2a", workspace.id);
        let reply = org.post(&path).admin().json(fits).send().await;
        assert_eq!(reply.status, 200);
        let reply = org
            .post(&path)
            .admin()
            .json(message("m-2", &"x".repeat(cap)))
            .send()
            .await;
        match era {
            Era::S => assert_eq!(
                (reply.status, &reply.body["error"]),
                (400, &json!("invalid JSON"))
            ),
            Era::L => {
                assert_eq!((reply.status, &reply.body["truncated"]), (413, &json!(true)));
                assert_eq!(reply.body["max_bytes"], cap);
            }
        }
        assert_eq!(agent.received().len(), 1);
    }
}

#[tokio::test]
async fn a_budget_that_is_used_up_stops_messages() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org
            .create_with(json!({"name": "Laptop", "budget_limit": 100}))
            .await;
        org.register(&workspace, &agent.url()).await;
        assert_eq!(org.say(&workspace, "m-1", "hi").await.status, 200);
        org.beat(&workspace, json!({"monthly_spend": 100})).await;
        let reply = org.say(&workspace, "m-2", "hi").await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (402, &json!("workspace budget limit exceeded"))
        );
    }
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_end_the_call() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let go = Arc::new(Notify::new());
        agent.next(Act::Wait(Arc::clone(&go), answer("late")));
        let left = tokio::time::timeout(Duration::from_millis(200), org.say(&workspace, "m-1", "hi")).await;
        assert!(left.is_err());
        go.notify_one();
        eventually("the answer is logged", || async {
            let rows = org.received(&workspace).await;
            rows.first()
                .is_some_and(|row| row["response_body"]["result"]["parts"][0]["text"] == "late")
        })
        .await;
    }
}

#[tokio::test]
async fn a_call_without_a_sign_of_life_is_given_up_and_queued_and_heartbeats_keep_it_alive() {
    for org in Org::each().await {
        if !org.has_clock() {
            continue;
        }
        let agent = Agent::start().await;
        let idle = org.by_era(300, 1_800);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let from = org.create("Other").await;
        let own = format!("/workspaces/{}/a2a", workspace.id);
        // As the workspace itself, so that the later generation waits as well.
        let say = |id: &str| {
            let call = org
                .post(&own)
                .bearer(&workspace.token)
                .header("X-Workspace-ID", &workspace.id);
            call.json(message(id, "hi")).send()
        };
        agent.next(Act::Wait(Arc::new(Notify::new()), Vec::new()));
        let given_up = async {
            eventually("the call is there", || async { agent.received().len() == 1 }).await;
            org.advance(Duration::from_secs(idle - 10)).await;
            // A full house: the heartbeat shall not drain anything.
            org.beat(&workspace, json!({"active_tasks": 1})).await;
            org.advance(Duration::from_secs(20)).await;
            org.beat(&from, json!({"active_tasks": 1})).await;
            // Whenever the beat is taken note of, no other one follows.
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                org.advance(Duration::from_secs(idle)).await;
            }
        };
        let reply = tokio::select! {
            reply = say("m-1") => reply,
            () = given_up => unreachable!("time never ends"),
        };
        assert_eq!((reply.status, &reply.body["queued"]), (202, &json!(true)));
    }
}

#[tokio::test]
async fn a_person_waits_90_seconds_at_most_in_the_later_generation_and_the_answer_comes_as_an_event() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let agent = Agent::start().await;
    let workspace = org.create_at("Laptop", &agent.url()).await;
    let go = Arc::new(Notify::new());
    agent.next(Act::Wait(Arc::clone(&go), answer("late")));
    let later = async {
        eventually("the call is there", || async { agent.received().len() == 1 }).await;
        org.advance(Duration::from_secs(91)).await;
    };
    let (reply, ()) = tokio::join!(org.say(&workspace, "m-1", "hi"), later);
    let wanted = json!({"status": "queued", "delivery_mode": "push-async", "method": "message/send"});
    assert_eq!((reply.status, reply.body), (200, wanted));
    go.notify_one();
    eventually("the answer is logged", || async {
        org.received(&workspace)
            .await
            .first()
            .is_some_and(|row| row.get("response_body").is_some())
    })
    .await;
}
