//! A message's way to the agent and back.

use std::io::Write;
use std::time::Duration;

use ligand_e2e::Era;
use serde_json::json;

use crate::agent::{Act, Agent, answer};
use crate::platform::{Org, eventually, message};

#[tokio::test]
async fn the_agent_gets_exactly_the_platforms_request_and_the_caller_exactly_the_agents_answer() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create("Laptop").await;
        let url = format!("{}?x=%2F1", agent.url());
        let registered = org.register(&workspace, &url).await;
        let reply = org.say(&workspace, "m-1", "hi").await;
        assert_eq!(
            (reply.status, reply.text.as_bytes()),
            (200, answer("done").as_slice())
        );
        assert_eq!(reply.headers["content-type"], "application/json");
        let received = &agent.received()[0];
        assert_eq!(
            received.head.lines().next().unwrap(),
            "POST /w/secret?x=%2F1 HTTP/1.1"
        );
        assert_eq!(received.header("content-type"), Some("application/json"));
        assert_eq!(received.header("user-agent"), Some("Go-http-client/1.1"));
        assert_eq!(received.header("accept-encoding"), Some("gzip"));
        let host = format!("localhost:{}", agent.addr.port());
        assert_eq!(received.header("host"), Some(host.as_str()));
        assert!(received.header("content-length").is_some());
        let mut names: Vec<String> = received
            .head
            .lines()
            .skip(1)
            .map(|line| line.split(':').next().unwrap().to_lowercase())
            .collect();
        names.sort();
        match era {
            Era::S => {
                assert_eq!(received.header("authorization"), None);
                assert_eq!(received.body, message("m-1", "hi"));
            }
            Era::L => {
                let secret = registered.body["platform_inbound_secret"].as_str().unwrap();
                assert_eq!(
                    received.header("authorization"),
                    Some(format!("Bearer {secret}").as_str())
                );
                assert_eq!(
                    received.body["params"]["message"]["contextId"],
                    format!("canvas-{}", workspace.id)
                );
                names.retain(|name| name != "authorization");
            }
        }
        // reqwest adds `accept`, which Go's client does not send; nothing else is there.
        names.retain(|name| name != "accept");
        assert_eq!(
            names,
            [
                "accept-encoding",
                "content-length",
                "content-type",
                "host",
                "user-agent"
            ]
        );
    }
}

#[tokio::test]
async fn a_message_between_workspaces_names_its_source_and_no_more_reaches_the_agent() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let lead = org.create("Lead").await;
        let from = org.create_below(&lead, "From").await;
        let to = org.create_below(&lead, "To").await;
        org.register(&to, &agent.url()).await;
        let reply = org.say_as(&from, &to, "m-1").await;
        assert_eq!(reply.status, 200);
        assert_eq!(
            agent.received()[0].body,
            message("m-1", "hi"),
            "no context of a person's canvas"
        );
        assert!(agent.received()[0].header("x-workspace-id").is_none());
        assert_eq!(org.received(&to).await[0]["source_id"], from.id);
        assert!(org.show(&from).await["last_outbound_at"].is_string());
    }
}

#[tokio::test]
async fn nobody_listening_is_502_and_nothing_is_queued() {
    for org in Org::each().await {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let workspace = org
            .create_at("Laptop", &format!("http://localhost:{port}/"))
            .await;
        let reply = org.say(&workspace, "m-1", "hi").await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (502, &json!("failed to reach workspace agent"))
        );
        assert_eq!(org.status(&workspace).await, "online", "its status stays");
        let row = &org.received(&workspace).await[0];
        assert_eq!(
            (
                &row["status"],
                row["error_detail"]
                    .as_str()
                    .unwrap()
                    .ends_with("connection refused")
            ),
            (&json!("error"), true)
        );
    }
}

#[tokio::test]
async fn an_agent_that_speaks_no_http_or_no_tls_is_502() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::Nonsense("SSH-2.0-OpenSSH_9.6\r\n\r\n"));
        assert_eq!(org.say(&workspace, "m-1", "hi").await.status, 502);
        org.register(&workspace, &agent.url().replace("http:", "https:"))
            .await;
        // The agent can't read a TLS greeting as HTTP and just waits; it is told to answer in clear text
        // instead.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
        });
        org.register(&workspace, &format!("https://{addr}/")).await;
        assert_eq!(org.say(&workspace, "m-2", "hi").await.status, 502);
    }
}

#[tokio::test]
async fn every_status_from_300_on_is_passed_with_its_own_error_text_only() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::Reply(503, br#"{"error":"asleep","detail":"more"}"#.to_vec()));
        let reply = org.say(&workspace, "m-1", "hi").await;
        assert_eq!((reply.status, reply.body), (503, json!({"error": "asleep"})));
        agent.next(Act::Reply(
            500,
            br#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"x"}}"#.to_vec(),
        ));
        let reply = org.say(&workspace, "m-2", "hi").await;
        assert_eq!(
            (reply.status, reply.body),
            (500, json!({"error": "Internal Server Error"}))
        );
        agent.next(Act::Reply(401, Vec::new()));
        assert_eq!(
            org.say(&workspace, "m-3", "hi").await.body,
            json!({"error": "Unauthorized"})
        );
        assert_eq!(org.received(&workspace).await[0]["status"], "error");
    }
}

#[tokio::test]
async fn redirects_are_followed_by_the_older_generation_and_refused_by_the_later() {
    for org in Org::each().await {
        let (era, agent, other) = (org.era, Agent::start().await, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::ReplyWith(
            307,
            format!("Location: {}\r\n", other.url()),
            Vec::new(),
        ));
        let reply = org.say(&workspace, "m-1", "hi").await;
        match era {
            Era::S => {
                assert_eq!((reply.status, other.received().len()), (200, 1));
                assert_eq!(other.received()[0].body, message("m-1", "hi"), "307 posts again");
            }
            Era::L => {
                assert_eq!(
                    (reply.status, &reply.body),
                    (307, &json!({"error": "Temporary Redirect"}))
                );
                assert!(other.received().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_502_and_counts_as_delivered() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::HalfBody(200));
        let reply = org.say(&workspace, "m-1", "hi").await;
        assert_eq!(
            (reply.status, &reply.body["delivery_confirmed"]),
            (502, &json!(true))
        );
        assert_eq!(reply.body["error"], "failed to read agent response");
    }
}

#[tokio::test]
async fn an_empty_success_is_an_error_in_the_later_generation() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::Reply(200, Vec::new()));
        let reply = org.say(&workspace, "m-1", "hi").await;
        let wanted = if era == Era::S {
            ""
        } else {
            r#"{"error":"agent returned empty response body"}"#
        };
        assert_eq!((reply.status, reply.text.as_str()), (200, wanted));
    }
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked() {
    for org in Org::each().await {
        let agent = Agent::start().await;
        let workspace = org.create_at("Laptop", &agent.url()).await;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(&answer("zipped")).unwrap();
        let zipped = zip.finish().unwrap();
        agent.next(Act::ReplyWith(
            200,
            "Content-Encoding: gzip\r\n".into(),
            zipped.clone(),
        ));
        assert_eq!(
            org.say(&workspace, "m-1", "hi").await.text.as_bytes(),
            answer("zipped")
        );
        agent.next(Act::ReplyWith(
            200,
            "Content-Encoding: gzip\r\n".into(),
            zipped[..20].to_vec(),
        ));
        assert_eq!(org.say(&workspace, "m-2", "hi").await.status, 502);
    }
}

#[tokio::test]
async fn a_workspace_without_a_url_is_503_with_its_status_or_waits_for_it_in_the_later_generation() {
    for org in Org::each().await {
        let (era, agent) = (org.era, Agent::start().await);
        let paused = org.create_at("Paused", &agent.url()).await;
        org.post(&paused.path("/pause")).admin().send().await;
        let reply = org.say(&paused, "m-1", "hi").await;
        let wanted = json!({"error": "workspace has no URL", "status": "paused"});
        assert_eq!((reply.status, reply.body), (503, wanted));
        let workspace = org.create("Laptop").await;
        let reply = org.say(&workspace, "m-2", "hi").await;
        match era {
            Era::S => assert_eq!(
                (reply.status, &reply.body["status"]),
                (503, &json!("provisioning"))
            ),
            Era::L => {
                assert_eq!((reply.status, &reply.body["queued"]), (202, &json!(true)));
                org.register(&workspace, &agent.url()).await;
                org.beat(&workspace, json!({})).await;
                eventually("the agent gets it", || async { agent.received().len() == 1 }).await;
            }
        }
        let unknown = org
            .post("/workspaces/7d0f0000-0000-0000-0000-000000000000/a2a")
            .admin();
        assert_eq!(unknown.json(message("m", "hi")).send().await.status, 404);
    }
}

#[tokio::test]
async fn who_knows_the_workspaces_own_secret_may_send_from_outside_in_the_later_generation() {
    let Some(org) = Org::of(Era::L).await else {
        return;
    };
    let agent = Agent::start().await;
    let workspace = org.create("Laptop").await;
    let path = format!("/workspaces/{}/a2a/inbound", workspace.id);
    let send = async |token: Option<&str>| {
        let call = org
            .post(&path)
            .json(message("m-1", "hi"))
            .header("X-Workspace-ID", "anybody");
        let call = match token {
            Some(token) => call.bearer(token),
            None => call,
        };
        let reply = call.send().await;
        (
            reply.status,
            reply.body["error"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(send(None).await, (401, "missing Authorization header".into()));
    assert_eq!(
        send(Some("x")).await,
        (401, "workspace has no inbound secret configured".into())
    );
    let registered = org.register(&workspace, &agent.url()).await.body;
    let secret = registered["platform_inbound_secret"].as_str().unwrap();
    assert_eq!(
        send(Some(&workspace.token)).await,
        (403, "invalid inbound secret".into())
    );
    agent.next(Act::Reply(200, answer("hello")));
    assert_eq!(send(Some(secret)).await.0, 200);
    assert_eq!(agent.received().len(), 1);
}
