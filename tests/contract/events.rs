//! Watching events over `/ws`.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use ligand_e2e::Era;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::agent::Agent;
use crate::platform::{NOBODY, Org, Workspace};

/// A viewer's connection.
pub(crate) type Feed = WebSocketStream<TcpStream>;

/// Opens the feed, or gives the status that refused it.
async fn watch(org: &Org, headers: &[(&'static str, &str)]) -> Result<Feed, u16> {
    let addr = org.url.trim_start_matches("http://");
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
    watch(org, &[("authorization", &format!("Bearer {}", org.admin))])
        .await
        .unwrap()
}

/// The next event of any of these workspaces; a platform may have others.
async fn next_of(feed: &mut Feed, of: &[&Workspace]) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let frame = tokio::time::timeout_at(deadline, feed.next()).await;
        let frame = frame.unwrap().unwrap().unwrap();
        let event: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        if of
            .iter()
            .any(|workspace| event["workspace_id"] == workspace.id.as_str())
        {
            return event;
        }
    }
}

/// The next event of a workspace.
async fn next(feed: &mut Feed, of: &Workspace) -> Value {
    next_of(feed, &[of]).await
}

/// The names of the next events.
async fn names(feed: &mut Feed, of: &Workspace, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(next(feed, of).await["event"].as_str().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn the_whole_feed_is_open_in_the_older_generation_and_for_the_org_in_the_later() {
    for org in Org::each().await {
        let era = org.era;
        let workspace = org.create("Laptop").await;
        let own = format!("Bearer {}", workspace.token);
        let admin = format!("Bearer {}", org.admin);
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
    }
}

#[tokio::test]
async fn the_life_of_a_workspace_is_told_in_order() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let mut feed = watch_all(&org).await;
        let workspace = org.create("Laptop").await;
        assert_eq!(
            names(&mut feed, &workspace, 2).await,
            ["WORKSPACE_PROVISIONING", "WORKSPACE_AWAITING_AGENT"]
        );
        org.register(&workspace, &agent.url()).await;
        let online = next(&mut feed, &workspace).await;
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
        let task = next(&mut feed, &workspace).await;
        assert_eq!(
            task["payload"],
            json!({"current_task": "thinking", "active_tasks": 1})
        );
        let beat = next(&mut feed, &workspace).await;
        assert_eq!(beat["event"], "WORKSPACE_HEARTBEAT");
        assert_eq!(beat["payload"], json!({"active_tasks": 1, "uptime_seconds": 5}));
        org.beat(
            &workspace,
            json!({"current_task": "thinking", "error_rate": 0.9, "sample_error": "no"}),
        )
        .await;
        let degraded = next(&mut feed, &workspace).await;
        assert_eq!(
            degraded["payload"],
            json!({"error_rate": 0.9, "sample_error": "no"})
        );
        assert_eq!(names(&mut feed, &workspace, 1).await, ["WORKSPACE_HEARTBEAT"]);
        org.post(&format!("/workspaces/{}/pause", workspace.id))
            .admin()
            .send()
            .await;
        assert_eq!(
            next(&mut feed, &workspace).await["payload"],
            json!({"name": "Laptop"})
        );
        org.post(&format!("/workspaces/{}/resume", workspace.id))
            .admin()
            .send()
            .await;
        assert_eq!(names(&mut feed, &workspace, 1).await, ["WORKSPACE_PROVISIONING"]);
        if era == Era::S {
            // It looks for a container of the workspace's and finds none.
            assert_eq!(
                names(&mut feed, &workspace, 1).await,
                ["WORKSPACE_PROVISION_FAILED"]
            );
        }
        let path = format!("/workspaces/{}", workspace.id);
        org.call(Method::PATCH, &path)
            .admin()
            .json(json!({"name": "Renamed"}))
            .send()
            .await;
        org.call(Method::DELETE, &path)
            .admin()
            .header("X-Confirm-Name", "Renamed")
            .send()
            .await;
        let removed = next(&mut feed, &workspace).await;
        assert_eq!(
            removed["event"], "WORKSPACE_REMOVED",
            "a change of name is not told"
        );
        assert_eq!(removed["payload"], json!({"cascade_deleted": 0}));
    }
}

#[tokio::test]
async fn an_answer_to_a_person_is_told_with_its_body() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let mut feed = watch_all(&org).await;
        org.say(&workspace, "m-1", "hi").await;
        if era == Era::L {
            assert_eq!(
                names(&mut feed, &workspace, 1).await,
                ["ACTIVITY_LOGGED"],
                "the message itself"
            );
        }
        // In whichever order.
        let mut both = [
            next(&mut feed, &workspace).await,
            next(&mut feed, &workspace).await,
        ];
        both.sort_by_key(|event| event["event"].as_str() == Some("A2A_RESPONSE"));
        let [logged, answered] = both;
        assert_eq!(
            (&logged["event"], &logged["payload"]["status"]),
            (&json!("ACTIVITY_LOGGED"), &json!("ok"))
        );
        assert_eq!(logged["payload"].get("response_body").is_some(), era == Era::L);
        assert_eq!(answered["event"], "A2A_RESPONSE");
        assert_eq!(
            answered["payload"]["response_body"]["result"]["parts"][0]["text"],
            "done"
        );
        assert_eq!(answered["payload"]["method"], "message/send");
        assert_eq!(answered["payload"].get("message_id").is_some(), era == Era::L);
    }
}

#[tokio::test]
async fn a_workspace_sees_the_events_of_those_it_may_talk_to() {
    for org in Org::each().await {
        let lead = org.create("Lead").await;
        let own = org
            .create_with(json!({"name": "Own", "parent_id": lead.id}))
            .await;
        let sibling = org
            .create_with(json!({"name": "Sibling", "parent_id": lead.id}))
            .await;
        let team = org.create("Engineering").await;
        let cousin = org
            .create_with(json!({"name": "Cousin", "parent_id": team.id}))
            .await;
        let bearer = format!("Bearer {}", own.token);
        let mut feed = watch(&org, &[("x-workspace-id", &own.id), ("authorization", &bearer)])
            .await
            .unwrap();
        org.beat(&cousin, json!({})).await;
        org.beat(&sibling, json!({})).await;
        let seen = next_of(&mut feed, &[&cousin, &sibling]).await;
        assert_eq!(
            seen["workspace_id"], sibling.id,
            "the cousin's came first and was not for us"
        );
    }
}

#[tokio::test]
async fn pings_are_answered_and_what_a_viewer_says_is_thrown_away() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let mut feed = watch_all(&org).await;
    feed.send(Message::text("hello")).await.unwrap();
    feed.send(Message::Ping("x".into())).await.unwrap();
    let pong = tokio::time::timeout(Duration::from_secs(10), feed.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(pong, Message::Pong("x".into()));
}

#[tokio::test]
async fn a_viewer_who_does_not_read_loses_events_and_holds_nobody_up() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create("Laptop").await;
    let _stalled = watch_all(&org).await;
    let mut awake = watch_all(&org).await;
    // Far more than sockets and the buffer of 256 hold together.
    let big = "x".repeat(64 << 10);
    for round in 0..600 {
        let beat = json!({"current_task": format!("{round} {big}")});
        assert_eq!(org.beat(&workspace, beat).await.status, 200);
        while next(&mut awake, &workspace).await["event"] != "WORKSPACE_HEARTBEAT" {}
    }
}

#[tokio::test]
async fn a_stream_has_one_workspaces_events_and_begins_with_a_ping() {
    for org in Org::each().await {
        let (own, other) = (org.create("Own").await, org.create("Other").await);
        let url = format!("{}/workspaces/{}/events/stream", org.url, own.id);
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
        assert_eq!(org.get(nobody).admin().send().await.status, 404);
        let foreign = format!("/workspaces/{}/events/stream", own.id);
        assert_eq!(org.get(&foreign).bearer(&other.token).send().await.status, 401);
    }
}

#[tokio::test]
async fn what_happens_to_a_workspace_is_told_with_its_payload() {
    for org in Org::each().await {
        let parent = org.create("Parent").await;
        let workspace = org.create_below(&parent, "Laptop").await;
        org.register(&workspace, NOBODY).await;
        let mut feed = watch_all(&org).await;
        let id = workspace.id.as_str();
        let post = async |under: &str, body: Value| {
            let call = org.post(&workspace.path(under)).bearer(&workspace.token);
            call.json(body).send().await.body
        };

        let card = json!({"name": "Laptop", "version": "2"});
        let update = json!({"workspace_id": id, "agent_card": card});
        let call = org.post("/registry/update-card").bearer(&workspace.token);
        call.json(update).send().await;
        expect(
            &mut feed,
            &workspace,
            "AGENT_CARD_UPDATED",
            json!({"agent_card": card}),
        )
        .await;

        let file = json!({"uri": "u", "name": "n", "mimeType": "text/plain", "size": 3});
        let said = json!({"message": "done", "attachments": [file]});
        post("/notify", said).await;
        let wanted = json!({"message": "done", "workspace_id": id, "name": "Laptop", "attachments": [file]});
        expect(&mut feed, &workspace, "AGENT_MESSAGE", wanted).await;

        org.beat(
            &workspace,
            json!({"runtime_state": "wedged", "sample_error": "stuck"}),
        )
        .await;
        let wanted = json!({"runtime_state": "wedged", "sample_error": "stuck"});
        expect(&mut feed, &workspace, "WORKSPACE_DEGRADED", wanted).await;
        org.beat(&workspace, json!({})).await;
        let beat = json!({"active_tasks": 0, "uptime_seconds": 0});
        expect(&mut feed, &workspace, "WORKSPACE_HEARTBEAT", beat.clone()).await;
        expect(&mut feed, &workspace, "WORKSPACE_ONLINE", json!({})).await;
        expect(&mut feed, &workspace, "WORKSPACE_HEARTBEAT", beat).await;

        let asked = json!({"action": "deploy", "reason": "friday", "task_id": "t"});
        let asked = post("/approvals", asked).await;
        let approval = &asked["approval_id"];
        let wanted = json!({"approval_id": approval, "action": "deploy", "reason": "friday", "task_id": "t"});
        expect(&mut feed, &workspace, "APPROVAL_REQUESTED", wanted).await;
        let wanted = json!({"approval_id": approval, "from_workspace_id": id, "action": "deploy",
            "reason": "friday"});
        expect(&mut feed, &parent, "APPROVAL_ESCALATED", wanted).await;
        let decide = format!("/approvals/{}/decide", approval.as_str().unwrap());
        post(&decide, json!({"decision": "denied", "decided_by": "me"})).await;
        let wanted = json!({"approval_id": approval, "decision": "denied", "decided_by": "me"});
        expect(&mut feed, &workspace, "APPROVAL_DENIED", wanted).await;

        post("/pause", json!({})).await;
        expect(
            &mut feed,
            &workspace,
            "WORKSPACE_PAUSED",
            json!({"name": "Laptop"}),
        )
        .await;
    }
}

/// The next event of a workspace is this.
async fn expect(feed: &mut Feed, of: &Workspace, event: &str, payload: Value) {
    let told = next(feed, of).await;
    assert_eq!(
        (told["event"].as_str(), &told["payload"]),
        (Some(event), &payload)
    );
}

#[tokio::test]
async fn the_later_generation_tells_of_rotation_and_hibernation_too() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let workspace = org.create_at("Laptop", NOBODY).await;
    let mut feed = watch_all(&org).await;
    for under in ["/hibernate", "/external/rotate"] {
        let done = org.post(&workspace.path(under)).admin().send().await;
        assert_eq!(done.status, 200, "{done:?}");
    }
    let wanted = json!({"name": "Laptop", "tier": 3});
    expect(&mut feed, &workspace, "WORKSPACE_HIBERNATED", wanted).await;
    let wanted = json!({"workspace_id": workspace.id});
    expect(&mut feed, &workspace, "EXTERNAL_CREDENTIALS_ROTATED", wanted).await;
}

#[tokio::test]
async fn a_workspace_that_falls_silent_is_told_as_offline_in_both_generations() {
    for org in Org::each().await {
        if !org.has_clock() {
            continue;
        }
        let workspace = org.create_at("Laptop", NOBODY).await;
        let mut feed = watch_all(&org).await;
        org.advance(Duration::from_secs(200)).await;
        expect(&mut feed, &workspace, "WORKSPACE_OFFLINE", json!({})).await;
    }
}

#[tokio::test]
async fn a_refused_viewer_is_told_why() {
    for org in Org::each().await {
        let workspace = org.create("Laptop").await;
        let refused = async |token: Option<&str>, id: Option<&str>| {
            let mut call = org.get("/ws").header("Connection", "Upgrade");
            for (name, value) in [
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ] {
                call = call.header(name, value);
            }
            if let Some(token) = token {
                call = call.bearer(token);
            }
            if let Some(id) = id {
                call = call.header("X-Workspace-ID", id);
            }
            let reply = call.send().await;
            assert_eq!(reply.status, 401);
            reply.body["error"].as_str().unwrap().to_owned()
        };
        let id = Some(workspace.id.as_str());
        let (missing, invalid) = org.by_era(
            ("missing workspace auth token", "invalid workspace auth token"),
            ("canvas auth required", "invalid WebSocket credential"),
        );
        assert_eq!(refused(None, id).await, missing);
        assert_eq!(refused(Some("x"), id).await, invalid);
        if org.era == Era::L {
            assert_eq!(refused(None, None).await, missing);
            assert_eq!(refused(Some("x"), None).await, invalid);
            assert_eq!(refused(Some(&workspace.token), None).await, invalid);
        }
    }
}

#[tokio::test]
async fn who_sees_which_feed_is_what_its_row_of_the_table_says() {
    for org in Org::each().await {
        let (own, foreign) = (org.create("Own").await, org.create("Foreign").await);
        let tokens = org.credentials(&own, &foreign).await;
        let whole = org.by_era([101; 6], [401, 401, 401, 101, 101, 401]);
        let filtered = org.by_era([401, 101, 401, 401, 401, 401], [401, 101, 401, 101, 101, 401]);
        for (id, row) in [(None, whole), (Some(own.id.as_str()), filtered)] {
            for (column, (token, wanted)) in tokens.iter().zip(row).enumerate() {
                let bearer = token.as_ref().map(|token| format!("Bearer {token}"));
                let mut headers = Vec::new();
                headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
                headers.extend(id.map(|id| ("x-workspace-id", id)));
                let status = watch(&org, &headers).await.err().unwrap_or(101);
                assert_eq!(status, wanted, "{id:?} column {column}");
            }
        }
    }
}
