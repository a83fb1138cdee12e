//! The feed of events, from a real WebSocket server.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    http::HeaderMap,
    routing::any,
};
use futures::future::BoxFuture;
use ligand_platform::{Error, Events, Kind, Stage};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::common::{Asked, Server, TOKEN, WORKSPACE, answering, answering_json, code, raw, serve, token};

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

async fn refusal(server: &Server) -> Error {
    let error = server.platform().events(Some(&token()), None).await.unwrap_err();
    assert_eq!(error.stage, Stage::Events);
    code(&error);
    error
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

#[tokio::test]
async fn a_refused_upgrade_is_told_like_any_refusal() {
    let server = answering_json(401, &json!({"error": "invalid WebSocket credential"})).await;
    let error = refusal(&server).await;
    assert!(
        matches!(error.kind, Kind::Unauthorized { status: 401, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("invalid WebSocket credential"),
        "{error}"
    );
    for (status, body, kind) in [
        (
            429,
            json!({"error": "rate limit exceeded", "retry_after": 7}),
            "rate_limited",
        ),
        (500, json!({"error": "auth check failed"}), "server"),
        (200, json!({"status": "ok"}), "protocol"),
    ] {
        assert_eq!(
            refusal(&answering_json(status, &body).await).await.kind.code(),
            kind
        );
    }
    assert_eq!(
        refusal(&answering(404, "", "").await).await.kind.code(),
        "not_a_platform"
    );
    assert_eq!(
        refusal(&answering(200, "text/html", "<title>").await)
            .await
            .kind
            .code(),
        "not_a_platform"
    );
}

#[tokio::test]
async fn an_origin_that_the_feed_does_not_take_is_told_as_such() {
    // Platform and edge refuse it without a body, the upgrade itself in plain text.
    for (content_type, body) in [("", ""), ("text/plain; charset=utf-8", "Forbidden\n")] {
        assert_eq!(
            refusal(&answering(403, content_type, body).await)
                .await
                .kind
                .code(),
            "wrong_origin"
        );
    }
    assert_eq!(
        refusal(&answering(403, "text/html", "<title>").await)
            .await
            .kind
            .code(),
        "not_a_platform"
    );
    let json = answering_json(403, &json!({"error": "no"})).await;
    assert_eq!(refusal(&json).await.kind.code(), "unauthorized");
}

#[tokio::test]
async fn an_upgrade_that_does_not_fit_our_key_is_refused() {
    let server = raw(
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-accept: c29tZXRoaW5nIGVsc2U=\r\n\r\n",
        false,
    )
    .await;
    assert_eq!(refusal(&server).await.kind.code(), "protocol");
}

/// Stops the clock of the test's runtime; from then on it moves when told and not by itself.
struct StoppedClock(std::sync::mpsc::Sender<()>);

impl StoppedClock {
    fn stop() -> Self {
        let (running, until) = std::sync::mpsc::channel::<()>();
        tokio::time::pause();
        // A stopped clock jumps to the next timer whenever nothing else is to do, unless blocking work is under way:
        // what comes through a real socket would lose that race.
        tokio::task::spawn_blocking(move || until.recv());
        Self(running)
    }

    async fn pass(&self, time: Duration) {
        let _running = &self.0;
        tokio::time::advance(time).await;
    }
}

/// A ping goes out every 25 s, as documented; and timers are due at the next full millisecond.
const UNTIL_PING: Duration = Duration::from_millis(25_001);

#[tokio::test]
async fn a_quiet_feed_is_pinged_and_lives_on() {
    let (server, _heads) = feed(|mut socket| {
        Box::pin(async move {
            // The pong is the WebSocket library's own; this shows that the ping came.
            while let Some(Ok(frame)) = socket.recv().await {
                if matches!(frame, Message::Ping(_)) {
                    socket.send(text(&online())).await.unwrap();
                }
            }
        })
    })
    .await;
    let mut events = follow(&server).await;
    let clock = StoppedClock::stop();
    for _ in 0..10 {
        let (next, ()) = futures::join!(events.next(), clock.pass(UNTIL_PING));
        assert_eq!(next.unwrap().unwrap().event, "WORKSPACE_ONLINE");
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
