//! Watching events over `/ws`.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use ligand_local_org::Era;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::agent::Agent;
use crate::harness::{ADMIN, BOTH, Org};

/// A viewer's connection.
pub(crate) type Feed = WebSocketStream<TcpStream>;

/// Opens the feed, or gives the status that refused it.
async fn watch(org: &Org, headers: &[(&'static str, &str)]) -> Result<Feed, u16> {
    let addr = org.running.addr();
    let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(addr).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((feed, _)) => Ok(feed),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// Opens the whole org's feed.
pub(crate) async fn watch_all(org: &Org) -> Feed {
    watch(org, &[("authorization", &format!("Bearer {ADMIN}"))])
        .await
        .unwrap()
}

/// The next event.
async fn next(feed: &mut Feed) -> Value {
    let frame = tokio::time::timeout(Duration::from_secs(10), feed.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    serde_json::from_str(frame.to_text().unwrap()).unwrap()
}

/// The names of the next events.
async fn names(feed: &mut Feed, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(next(feed).await["event"].as_str().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn the_whole_feed_is_open_in_the_older_generation_and_for_the_org_in_the_later() {
    for era in BOTH {
        let org = Org::start(era).await;
        let workspace = org.create("Laptop").await;
        let own = format!("Bearer {}", workspace.token);
        let admin = format!("Bearer {ADMIN}");
        let later = |status| if era == Era::S { None } else { Some(status) };
        assert_eq!(watch(&org, &[]).await.err(), later(401));
        assert_eq!(
            watch(&org, &[("authorization", &own)]).await.err(),
            later(401),
            "a token alone is not enough"
        );
        assert_eq!(watch(&org, &[("authorization", &admin)]).await.err(), None);
        assert_eq!(
            watch(&org, &[("authorization", "Bearer x")]).await.err(),
            later(401)
        );
        let id = ("x-workspace-id", workspace.id.as_str());
        assert_eq!(watch(&org, &[id, ("authorization", &own)]).await.err(), None);
        assert_eq!(watch(&org, &[id]).await.err(), Some(401));
        assert_eq!(
            watch(&org, &[id, ("authorization", "Bearer x")]).await.err(),
            Some(401)
        );
        assert_eq!(
            watch(&org, &[("authorization", &admin), ("authorization", &own)])
                .await
                .err(),
            later(401)
        );
        assert_eq!(
            watch(&org, &[("origin", "http://evil.example")]).await.err(),
            Some(403)
        );
        org.running.stop().await;
    }
}

#[tokio::test]
async fn the_life_of_a_workspace_is_told_in_order() {
    for era in BOTH {
        let (org, agent) = (Org::start(era).await, Agent::start().await);
        let mut feed = watch_all(&org).await;
        let workspace = org.create("Laptop").await;
        assert_eq!(
            names(&mut feed, 2).await,
            ["WORKSPACE_PROVISIONING", "WORKSPACE_AWAITING_AGENT"]
        );
        org.register(&workspace, &agent.url()).await;
        let online = next(&mut feed).await;
        assert_eq!(
            (&online["event"], &online["workspace_id"]),
            (&json!("WORKSPACE_ONLINE"), &json!(workspace.id))
        );
        assert_eq!(online["payload"]["url"], agent.url());
        assert_eq!(online["payload"].get("delivery_mode").is_some(), era == Era::L);
        assert!(online["timestamp"].as_str().unwrap().ends_with('Z'));
        org.beat(
            &workspace,
            json!({"current_task": "thinking", "active_tasks": 1, "uptime_seconds": 5}),
        )
        .await;
        let task = next(&mut feed).await;
        assert_eq!(
            task["payload"],
            json!({"current_task": "thinking", "active_tasks": 1})
        );
        let beat = next(&mut feed).await;
        assert_eq!(beat["event"], "WORKSPACE_HEARTBEAT");
        assert_eq!(beat["payload"], json!({"active_tasks": 1, "uptime_seconds": 5}));
        org.beat(
            &workspace,
            json!({"current_task": "thinking", "error_rate": 0.9, "sample_error": "no"}),
        )
        .await;
        let degraded = next(&mut feed).await;
        assert_eq!(
            degraded["payload"],
            json!({"error_rate": 0.9, "sample_error": "no"})
        );
        assert_eq!(names(&mut feed, 1).await, ["WORKSPACE_HEARTBEAT"]);
        org.post(&format!("/workspaces/{}/pause", workspace.id))
            .bearer(ADMIN)
            .send()
            .await;
        assert_eq!(next(&mut feed).await["payload"], json!({"name": "Laptop"}));
        org.post(&format!("/workspaces/{}/resume", workspace.id))
            .bearer(ADMIN)
            .send()
            .await;
        assert_eq!(names(&mut feed, 1).await, ["WORKSPACE_PROVISIONING"]);
        let path = format!("/workspaces/{}", workspace.id);
        org.call(Method::PATCH, &path)
            .bearer(ADMIN)
            .json(json!({"name": "Renamed"}))
            .send()
            .await;
        org.call(Method::DELETE, &path)
            .bearer(ADMIN)
            .header("X-Confirm-Name", "Renamed")
            .send()
            .await;
        let removed = next(&mut feed).await;
        assert_eq!(
            removed["event"], "WORKSPACE_REMOVED",
            "a change of name is not told"
        );
        assert_eq!(removed["payload"], json!({"cascade_deleted": 0}));
        org.running.stop().await;
    }
}

#[tokio::test]
async fn an_answer_to_a_person_is_told_with_its_body() {
    for era in BOTH {
        let (org, agent) = (Org::start(era).await, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let mut feed = watch_all(&org).await;
        org.say(&workspace, "m-1", "hi").await;
        if era == Era::L {
            assert_eq!(
                names(&mut feed, 1).await,
                ["ACTIVITY_LOGGED"],
                "the message itself"
            );
        }
        let logged = next(&mut feed).await;
        assert_eq!(
            (&logged["event"], &logged["payload"]["status"]),
            (&json!("ACTIVITY_LOGGED"), &json!("ok"))
        );
        assert_eq!(logged["payload"].get("response_body").is_some(), era == Era::L);
        let answered = next(&mut feed).await;
        assert_eq!(answered["event"], "A2A_RESPONSE");
        assert_eq!(
            answered["payload"]["response_body"]["result"]["parts"][0]["text"],
            "done"
        );
        assert_eq!(answered["payload"]["method"], "message/send");
        assert_eq!(answered["payload"].get("message_id").is_some(), era == Era::L);
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_workspace_sees_the_events_of_those_it_may_talk_to() {
    for era in BOTH {
        let org = Org::start(era).await;
        let lead = org.seeded("Lead").await;
        let own = org
            .create_with(json!({"name": "Own", "parent_id": lead.id}))
            .await;
        let sibling = org
            .create_with(json!({"name": "Sibling", "parent_id": lead.id}))
            .await;
        let team = org.seeded("Engineering").await;
        let cousin = org
            .create_with(json!({"name": "Cousin", "parent_id": team.id}))
            .await;
        let bearer = format!("Bearer {}", own.token);
        let mut feed = watch(&org, &[("x-workspace-id", &own.id), ("authorization", &bearer)])
            .await
            .unwrap();
        org.beat(&cousin, json!({})).await;
        org.beat(&sibling, json!({})).await;
        let seen = next(&mut feed).await;
        assert_eq!(
            seen["workspace_id"], sibling.id,
            "the cousin's came first and was not for us"
        );
        org.running.stop().await;
    }
}

#[tokio::test]
async fn pings_are_answered_and_what_a_viewer_says_is_thrown_away() {
    let org = Org::start(Era::L).await;
    let mut feed = watch_all(&org).await;
    feed.send(Message::text("hello")).await.unwrap();
    feed.send(Message::Ping("x".into())).await.unwrap();
    let pong = tokio::time::timeout(Duration::from_secs(10), feed.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(pong, Message::Pong("x".into()));
    org.running.stop().await;
}

#[tokio::test]
async fn a_viewer_who_does_not_read_loses_events_and_holds_nobody_up() {
    let org = Org::start(Era::L).await;
    let workspace = org.create("Laptop").await;
    let _stalled = watch_all(&org).await;
    let mut awake = watch_all(&org).await;
    // Far more than sockets and the buffer of 256 hold together.
    let big = "x".repeat(64 << 10);
    for round in 0..600 {
        let beat = json!({"current_task": format!("{round} {big}")});
        assert_eq!(org.beat(&workspace, beat).await.status, 200);
        while next(&mut awake).await["event"] != "WORKSPACE_HEARTBEAT" {}
    }
    org.running.stop().await;
}

#[tokio::test]
async fn a_stream_has_one_workspaces_events_and_begins_with_a_ping() {
    for era in BOTH {
        let org = Org::start(era).await;
        let (own, other) = (org.create("Own").await, org.create("Other").await);
        let url = format!("{}/workspaces/{}/events/stream", org.running.url(), own.id);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut stream = client.get(&url).bearer_auth(&own.token).send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut next = async || {
            let chunk = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
            String::from_utf8(chunk.unwrap().unwrap().unwrap().to_vec()).unwrap()
        };
        assert_eq!(next().await, ": ping\n\n");
        org.beat(&other, json!({})).await;
        org.beat(&own, json!({"current_task": "thinking"})).await;
        let mut events = String::new();
        while !events.contains("TASK_UPDATED") {
            events += &next().await;
        }
        let task = events
            .split("\n\n")
            .find(|event| event.contains("TASK_UPDATED"))
            .unwrap();
        let event: Value = serde_json::from_str(task.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(event["data"]["current_task"], "thinking");
        assert!(event["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
        assert!(!events.contains(&other.id));

        let nobody = "/workspaces/00000000-0000-0000-0000-000000000001/events/stream";
        assert_eq!(org.get(nobody).bearer(ADMIN).send().await.status, 404);
        let foreign = format!("/workspaces/{}/events/stream", own.id);
        assert_eq!(org.get(&foreign).bearer(&other.token).send().await.status, 401);
    }
}
