//! The feed of events, from a real WebSocket server.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    http::HeaderMap,
    routing::any,
};
use futures::{SinkExt, future::BoxFuture};
use ligand_platform::{Events, PING_EVERY, Stage};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use tokio_tungstenite::tungstenite::{
    self,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::common::{Asked, Server, StoppedClock, TOKEN, WORKSPACE, client, code, serve, token};

/// A server whose feed does what the test says, and the heads of the requests for it.
async fn feed(
    play: impl Fn(WebSocket) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> (Server, UnboundedReceiver<Asked>) {
    let (heads, heard) = unbounded_channel();
    let play = Arc::new(play);
    let handler = async move |headers: HeaderMap, upgrade: WebSocketUpgrade| {
        let path = "/ws".to_owned();
        let asked = Asked {
            method: axum::http::Method::GET,
            path,
            headers,
            body: Default::default(),
        };
        // Most tests do not listen.
        let _ = heads.send(asked);
        upgrade.on_upgrade(move |socket| play(socket))
    };
    (serve(Router::new().route("/ws", any(handler))).await, heard)
}

/// A feed that tells these frames and then stays open.
async fn telling(frames: Vec<Message>) -> (Server, UnboundedReceiver<Asked>) {
    feed(move |mut socket| {
        let frames = frames.clone();
        Box::pin(async move {
            for frame in frames {
                socket.send(frame).await.unwrap();
            }
            while socket.recv().await.is_some() {}
        })
    })
    .await
}

fn online() -> Value {
    json!({
        "event": "WORKSPACE_ONLINE", "workspace_id": WORKSPACE,
        "timestamp": "2026-05-02T10:00:00.123456789Z", "payload": {"recovered_from": "provisioning"}
    })
}

fn text(json: &Value) -> Message {
    Message::text(json.to_string())
}

async fn follow(server: &Server) -> Events {
    server.platform().events(Some(&token()), None).await.unwrap()
}

#[tokio::test]
async fn events_come_in_their_order_with_all_they_say() {
    let second =
        json!({"event": "WORKSPACE_OFFLINE", "workspace_id": WORKSPACE, "timestamp": "…", "payload": {}});
    let (server, _heads) = telling(vec![text(&online()), text(&second)]).await;
    let mut events = follow(&server).await;
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(
        (first.event.as_str(), first.workspace_id),
        ("WORKSPACE_ONLINE", Some(WORKSPACE))
    );
    assert_eq!(first.timestamp, "2026-05-02T10:00:00.123456789Z");
    assert_eq!(first.payload, json!({"recovered_from": "provisioning"}));
    assert_eq!(events.next().await.unwrap().unwrap().event, "WORKSPACE_OFFLINE");
}

#[tokio::test]
async fn what_is_no_event_is_passed_over() {
    let (server, _heads) = telling(vec![
        Message::text("not json"),
        Message::text(""),
        Message::text("[1, 2]"),
        Message::text("{\"hello\": true}"),
        Message::text("{\"event\": 7}"),
        Message::binary(vec![0xff, 0x00]),
        Message::Ping(Vec::new().into()),
        Message::Pong(Vec::new().into()),
        text(&online()),
    ])
    .await;
    let event = follow(&server).await.next().await.unwrap().unwrap();
    assert_eq!(event.event, "WORKSPACE_ONLINE");
}

#[tokio::test]
async fn a_large_event_is_read_whole() {
    let mut large = online();
    large["payload"] = json!({"response_body": "x".repeat(16 << 20)});
    let (server, _heads) = telling(vec![text(&large)]).await;
    let event = follow(&server).await.next().await.unwrap().unwrap();
    assert_eq!(event.payload["response_body"].as_str().unwrap().len(), 16 << 20);
}

#[tokio::test]
async fn an_event_without_end_is_an_error() {
    let (server, _heads) = telling(vec![Message::text("x".repeat(21 << 20))]).await;
    let error = follow(&server).await.next().await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Events, "protocol"));
}

#[tokio::test]
async fn an_event_in_pieces_without_end_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let piece =
        |code| tungstenite::Message::Frame(Frame::message(vec![b'x'; 1 << 20], OpCode::Data(code), false));
    let feed = tokio::spawn(async move {
        let stream = listener.accept().await.unwrap().0;
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        socket.send(piece(Data::Text)).await.unwrap();
        for _ in 0..64 {
            if socket.send(piece(Data::Continue)).await.is_err() {
                return;
            }
        }
        panic!("64 MiB were read, and there would have been more");
    });
    let mut events = client(&base).events(None, None).await.unwrap();
    let error = events.next().await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Events, "protocol"));
    drop(events);
    feed.await.unwrap();
}

#[tokio::test]
async fn the_whole_org_is_followed_with_a_credential_alone() {
    let (server, mut heads) = telling(vec![]).await;
    let _events = follow(&server).await;
    let head = heads.recv().await.unwrap();
    assert_eq!(head.header("authorization"), [format!("Bearer {TOKEN}")]);
    assert_eq!(head.header("x-workspace-id"), [""; 0]);
    assert_eq!(head.header("origin"), [server.base.as_str()]);
    assert_eq!(head.header("sec-websocket-version"), ["13"]);
    assert_eq!(head.header("sec-websocket-protocol"), [""; 0]);
}

#[tokio::test]
async fn one_workspaces_feed_is_asked_for_by_its_id() {
    let (server, mut heads) = telling(vec![]).await;
    let _events = server
        .platform()
        .events(Some(&token()), Some(WORKSPACE))
        .await
        .unwrap();
    assert_eq!(
        heads.recv().await.unwrap().header("x-workspace-id"),
        [WORKSPACE.to_string()]
    );
}

#[tokio::test]
async fn an_old_platforms_feed_needs_no_credential() {
    let (server, mut heads) = telling(vec![text(&online())]).await;
    let mut events = server.platform().events(None, None).await.unwrap();
    assert!(events.next().await.unwrap().is_some());
    assert_eq!(heads.recv().await.unwrap().header("authorization"), [""; 0]);
}

#[tokio::test]
async fn a_feed_that_the_platform_closes_has_ended() {
    for frame in [
        None,
        Some(CloseFrame {
            code: 1001,
            reason: "going away".into(),
        }),
    ] {
        let (server, _heads) = feed(move |mut socket| {
            let frame = frame.clone();
            Box::pin(async move {
                socket.send(text(&online())).await.unwrap();
                socket.send(Message::Close(frame)).await.unwrap();
                while socket.recv().await.is_some() {}
            })
        })
        .await;
        let mut events = follow(&server).await;
        assert!(events.next().await.unwrap().is_some());
        assert_eq!(events.next().await.unwrap(), None);
        assert_eq!(events.next().await.unwrap(), None, "an ended feed stays ended");
    }
}

#[tokio::test]
async fn a_feed_that_breaks_is_an_error() {
    let (server, _heads) = feed(|socket| Box::pin(async move { drop(socket) })).await;
    let error = follow(&server).await.next().await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Events, "unreachable"));
}

/// A feed that answers each ping with an event, besides the pong that its WebSocket library sends; and a word for each.
async fn answering_pings() -> (Server, UnboundedReceiver<()>) {
    let (answered, answers) = unbounded_channel();
    let (server, _heads) = feed(move |mut socket| {
        let answered = answered.clone();
        Box::pin(async move {
            while let Some(Ok(frame)) = socket.recv().await {
                if matches!(frame, Message::Ping(_)) {
                    socket.send(text(&online())).await.unwrap();
                    let _ = answered.send(());
                }
            }
        })
    })
    .await;
    (server, answers)
}

#[tokio::test]
async fn a_quiet_feed_is_pinged_and_lives_on() {
    let (server, _answers) = answering_pings().await;
    let mut events = follow(&server).await;
    let clock = StoppedClock::stop();
    for _ in 0..10 {
        let next = clock.now(async { futures::join!(events.next(), clock.pass(PING_EVERY)).0 });
        assert_eq!(next.await.unwrap().unwrap().event, "WORKSPACE_ONLINE");
    }
}

#[tokio::test]
async fn what_came_while_its_reader_was_away_is_read_before_a_feed_is_found_dead() {
    let (server, mut answers) = answering_pings().await;
    let mut events = follow(&server).await;
    let clock = StoppedClock::stop();
    for _ in 0..10 {
        clock.pass(PING_EVERY).await;
        assert!(
            futures::poll!(std::pin::pin!(events.next())).is_pending(),
            "only a ping was due"
        );
        clock.now(answers.recv()).await.unwrap();
        // The answer has arrived; the runtime sees so within its next turns.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        clock.pass(PING_EVERY).await;
        assert!(clock.now(events.next()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_feed_that_answers_no_pings_is_dead_although_its_reader_looks_up_now_and_then() {
    // It reads nothing after the upgrade, so that nothing comes back.
    let (server, _heads) = feed(|socket| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(socket);
        })
    })
    .await;
    let mut events = follow(&server).await;
    let clock = StoppedClock::stop();
    for second in 0..90 {
        // Dropped each second, as by a reader with other things to do.
        let next = std::pin::pin!(events.next());
        let std::task::Poll::Ready(end) = futures::poll!(next) else {
            clock.pass(Duration::from_secs(1)).await;
            continue;
        };
        let error = end.unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Events, "timeout"));
        assert!(second > 45, "too soon, after {second} s");
        return;
    }
    panic!("it was never found dead");
}

#[tokio::test]
async fn a_reader_that_was_away_for_long_finds_the_feed_alive() {
    let (server, _heads) = telling(vec![]).await;
    let mut events = follow(&server).await;
    let clock = StoppedClock::stop();
    clock.pass(Duration::from_secs(600)).await;
    for _ in 0..10 {
        assert!(futures::poll!(std::pin::pin!(events.next())).is_pending());
    }
}
