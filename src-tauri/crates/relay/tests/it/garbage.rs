//! Links that speak nonsense: they end, and nobody else notices.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use ligand_relay::RelayKeys;
use ligand_tunnel::hello::{LINK_PATH, SUBPROTOCOL};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

use crate::support::{Laptop, Platform, Relay, client, echo, soon};

async fn upgraded(relay: &Relay) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{}{LINK_PATH}", relay.addr())
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    let socket = TcpStream::connect(relay.addr()).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::client_async(request, socket).await.unwrap();
    soon(ws.next()).await.unwrap().unwrap();
    ws
}

/// A link that was welcomed and on which the test says what it wants.
async fn welcomed(relay: &Relay, platform: &Platform) -> WebSocketStream<TcpStream> {
    let mut keys = RelayKeys::load(&relay.folder.path().join("keys")).unwrap();
    let key = keys.add(&Uuid::new_v4().to_string(), None).unwrap();
    let mut ws = upgraded(relay).await;
    let body = json!({"version": 1, "dialled": relay.url().origin().ascii_serialization(),
        "platform": platform.base, "workspace": Uuid::new_v4(), "instance": Uuid::new_v4(), "generation": 1,
        "doors": [], "hold_s": 1});
    let hello =
        json!({"type": "hello", "body": body.to_string(), "proof": {"kind": "relay_key", "key": *key}});
    ws.send(Message::text(hello.to_string())).await.unwrap();
    let welcome = soon(ws.next()).await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&welcome).unwrap()["type"],
        "welcome"
    );
    ws
}

/// Reads until the relay has ended the connection.
async fn ended(mut ws: WebSocketStream<TcpStream>) {
    soon(async { while let Some(Ok(_)) = ws.next().await {} }).await;
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand::fill(bytes.as_mut_slice());
    bytes
}

#[tokio::test]
async fn nonsense_before_the_hello_ends_the_connection_and_nothing_else() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    for round in 0..30 {
        let mut ws = upgraded(&relay).await;
        let length = 1 + round * 37;
        match round % 3 {
            0 => ws.send(Message::binary(bytes(length))).await.unwrap(),
            1 => ws.get_mut().write_all(&bytes(length)).await.unwrap(),
            _ => ws.send(Message::text("{".repeat(length))).await.unwrap(),
        }
        if round % 3 == 1 {
            // Half a frame may just be waited for.
            ws.get_mut().shutdown().await.unwrap();
        }
        ended(ws).await;
    }
    let answer = client()
        .post(&served.platform_door)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn nonsense_after_the_welcome_ends_the_link_and_nothing_else() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let yamux = |version: u8, tag: u8, flags: u16, stream: u32, length: u32| {
        let mut header = vec![version, tag];
        header.extend(flags.to_be_bytes());
        header.extend(stream.to_be_bytes());
        header.extend(length.to_be_bytes());
        header
    };
    let (syn, ack, fin, rst) = (1, 2, 4, 8);
    let frames: Vec<Vec<u8>> = vec![
        yamux(9, 0, 0, 1, 0),
        yamux(0, 9, 0, 1, 0),
        yamux(0, 0, syn, 1, 0),
        yamux(0, 0, syn, 2, 0),
        yamux(0, 1, syn, 2, u32::MAX),
        yamux(0, 0, 0, 7, u32::MAX),
        yamux(0, 2, ack, 0, 99),
        yamux(0, 3, 0, 0, 0),
        [yamux(0, 0, syn, 2, 4), b"full".to_vec(), yamux(0, 0, syn, 2, 0)].concat(),
        [yamux(0, 1, ack | fin | rst, 77, 5), yamux(0, 3, 0, 0, 2)].concat(),
    ];
    for frame in frames {
        let mut ws = welcomed(&relay, &platform).await;
        ws.send(Message::binary(frame)).await.unwrap();
        // yamux tells the other side to go away, and waits for that.
        drop(ws.close(None).await);
        ended(ws).await;
    }
    for text in [
        "",
        "nonsense",
        "{}",
        r#"{"type":"hello","body":"","proof":{"kind":"relay_key","key":""}}"#,
    ] {
        let mut ws = welcomed(&relay, &platform).await;
        ws.send(Message::text(text)).await.unwrap();
        ended(ws).await;
    }
    for _ in 0..30 {
        let mut ws = welcomed(&relay, &platform).await;
        // Random bytes can be a frame that waits for more: the end of the connection ends the link then.
        ws.send(Message::binary(bytes(500))).await.unwrap();
        ws.get_mut().write_all(&bytes(500)).await.unwrap();
        ws.get_mut().shutdown().await.unwrap();
        ended(ws).await;
    }
    let answer = client()
        .post(&served.platform_door)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn unknown_messages_and_floods_of_pings_are_borne() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut ws = welcomed(&relay, &platform).await;
    ws.send(Message::text(r#"{"type":"weather","is":"fine"}"#))
        .await
        .unwrap();
    for _ in 0..200 {
        ws.send(Message::Ping(bytes(8).into())).await.unwrap();
    }
    let mut pongs = 0;
    while tokio::time::timeout(Duration::from_millis(500), ws.next())
        .await
        .is_ok_and(|next| next.is_some())
    {
        pongs += 1;
    }
    assert!(pongs > 0);
    ws.send(Message::Ping(bytes(8).into())).await.unwrap();
    assert!(
        matches!(soon(ws.next()).await, Some(Ok(Message::Pong(_)))),
        "the link is alive"
    );
}

#[tokio::test]
async fn messages_over_the_limit_end_the_link() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut ws = welcomed(&relay, &platform).await;
    // The relay may end it before all of it is sent.
    drop(ws.send(Message::binary(vec![0; 1024 * 1024])).await);
    ended(ws).await;
}
