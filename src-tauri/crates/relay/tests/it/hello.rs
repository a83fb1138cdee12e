//! Who is welcomed, who is refused, and why.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use ligand_relay::RelayKeys;
use ligand_tunnel::hello::{LINK_PATH, RefusalCode, SUBPROTOCOL};
use ligand_tunnel::{DialError, Prover};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::support::{Laptop, Platform, RawCaller, Relay, client, echo, soon};

fn code(dialled: Result<ligand_tunnel::Link, DialError>) -> RefusalCode {
    match dialled.map(drop) {
        Err(DialError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_laptop_whose_key_is_in_the_card_gets_doors_that_answer() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    for door in [&served.platform_door, &served.shared_door] {
        assert!(door.starts_with(&relay.url().origin().ascii_serialization()));
        let answer = client().post(door).body("hello").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn doors_are_the_same_after_a_restart_of_the_relay() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let before = laptop.dial().await.unwrap().doors;
    let (listen, folder) = (relay.addr().to_string(), relay.folder);
    relay.running.stop().await;
    let relay = Relay::start_in(folder, &listen, &platform).await;
    assert_eq!(relay.addr().to_string(), listen);
    assert_eq!(laptop.dial().await.unwrap().doors, before);
}

#[tokio::test]
async fn a_key_that_is_not_in_the_card_is_refused_after_one_look_and_welcomed_once_published() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::unknown(&platform, &relay);
    platform.publish(laptop.dial.workspace, None);
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownKey);
    assert_eq!(platform.lookups(), 1);
    platform.publish(laptop.dial.workspace, Some(laptop.key.verifying_key()));
    laptop.dial().await.unwrap();
    assert_eq!(platform.lookups(), 2);
}

#[tokio::test]
async fn a_remembered_key_needs_no_platform_and_another_one_does() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial().await.unwrap();
    platform.break_down(true);
    laptop.dial().await.unwrap();
    assert_eq!(platform.lookups(), 1);
    let mut stranger = Laptop::unknown(&platform, &relay);
    stranger.dial.workspace = laptop.dial.workspace;
    match stranger.dial().await {
        Err(DialError::Refused(refusal)) => {
            assert_eq!(refusal.code, RefusalCode::PlatformUnreachable);
            assert!(refusal.retry_after_s.is_some_and(|seconds| seconds > 0));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_platform_that_answers_html_counts_as_unreachable() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    platform.answer_html();
    assert_eq!(
        code(Laptop::known(&platform, &relay).dial().await),
        RefusalCode::PlatformUnreachable
    );
}

#[tokio::test]
async fn unknown_and_removed_workspaces_are_refused_as_such() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::unknown(&platform, &relay);
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownWorkspace);
    platform.remove(laptop.dial.workspace);
    assert_eq!(code(laptop.dial().await), RefusalCode::WorkspaceRemoved);
}

#[tokio::test]
async fn a_platform_that_is_not_served_is_refused_without_asking_it() {
    let (platform, other) = (Platform::start().await, Platform::start().await);
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&other, &relay);
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownPlatform);
    laptop.dial.platform = "nonsense".into();
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownPlatform);
    assert_eq!(other.lookups(), 0);
}

#[tokio::test]
async fn a_proof_made_for_another_relays_address_is_refused() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.relay = Url::parse(&format!("http://localhost:{}", relay.addr().port())).unwrap();
    assert_eq!(code(laptop.dial().await), RefusalCode::WrongRelay);
    assert_eq!(platform.lookups(), 0);
}

#[tokio::test]
async fn an_older_dial_of_the_same_process_is_stale() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(echo).await;
    assert_eq!(
        code(soon(ligand_tunnel::dial(&laptop.dial)).await),
        RefusalCode::Stale
    );
    laptop.dial.generation -= 1;
    assert_eq!(
        code(soon(ligand_tunnel::dial(&laptop.dial)).await),
        RefusalCode::Stale
    );
    let answer = client()
        .post(&served.platform_door)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "the newer link was not touched");
}

#[tokio::test]
async fn a_relay_key_is_welcomed_until_it_is_revoked_and_never_asks_the_platform() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let file = relay.folder.path().join("keys");
    let key = RelayKeys::load(&file).unwrap().add("ada", None).unwrap();
    let mut laptop = Laptop::unknown(&platform, &relay);
    laptop.dial.prover = Arc::new(Prover::RelayKey(key));
    laptop.dial().await.unwrap();
    RelayKeys::load(&file).unwrap().revoke("ada").unwrap();
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownKey);
    laptop.dial.prover = Arc::new(Prover::RelayKey(Zeroizing::new("guessed".into())));
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownKey);
    assert_eq!(platform.lookups(), 0);
}

/// A laptop that says what the test wants.
async fn raw_link(relay: &Relay) -> (WebSocketStream<TcpStream>, String) {
    let mut request = format!("ws://{}{LINK_PATH}", relay.addr())
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    let socket = TcpStream::connect(relay.addr()).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::client_async(request, socket).await.unwrap();
    let challenge = soon(ws.next())
        .await
        .unwrap()
        .unwrap()
        .into_text()
        .unwrap()
        .to_string();
    (ws, challenge)
}

async fn refused(relay: &Relay, hello: impl Into<String>) -> Value {
    let (mut ws, _) = raw_link(relay).await;
    ws.send(Message::text(hello.into())).await.unwrap();
    let answer = soon(ws.next()).await.unwrap().unwrap().into_text().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["type"], "refused");
    assert!(
        matches!(soon(ws.next()).await, Some(Ok(Message::Close(_))) | None),
        "and closes"
    );
    answer
}

fn claim(relay: &Relay, platform: &Platform) -> Value {
    json!({"version": 1, "dialled": relay.url().origin().ascii_serialization(), "platform": platform.base,
        "workspace": Uuid::new_v4(), "instance": Uuid::new_v4(), "generation": 1, "doors": [], "hold_s": 1})
}

#[tokio::test]
async fn malformed_hellos_are_refused_with_a_reason() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let proof = json!({"kind": "card_key", "public_key": "AAAA", "signature": "AAAA"});
    let body = claim(&relay, &platform).to_string();
    for hello in [
        "not json".to_owned(),
        json!({"type": "leaving", "hold_s": 1}).to_string(),
        json!({"type": "hello", "body": "{}", "proof": proof}).to_string(),
        json!({"type": "hello", "body": "not json", "proof": proof}).to_string(),
        json!({"type": "hello", "body": json!({"version": 1}).to_string(), "proof": proof}).to_string(),
        json!({"type": "hello", "body": body, "proof": proof}).to_string(),
        format!("{}{}", " ".repeat(20_000), json!({"type": "hello"})),
    ] {
        assert_eq!(refused(&relay, hello).await["code"], "malformed");
    }
}

#[tokio::test]
async fn another_version_is_refused_whatever_else_it_says() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let proof = json!({"kind": "relay_key", "key": "x"});
    let body = json!({"version": 2, "everything": "else"}).to_string();
    let answer = refused(
        &relay,
        json!({"type": "hello", "body": body, "proof": proof}).to_string(),
    )
    .await;
    assert_eq!(answer["code"], "version");
}

#[tokio::test]
async fn a_recorded_hello_does_not_work_twice() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let laptop = Laptop::known(&platform, &relay);
    let (mut ws, challenge) = raw_link(&relay).await;
    let mut claim = claim(&relay, &platform);
    claim["workspace"] = json!(laptop.dial.workspace);
    let body = claim.to_string();
    let signed = format!("ligand relay hello v1\n{challenge}\n{body}");
    let signature = ed25519_sign(&laptop.key, signed.as_bytes());
    let hello = json!({"type": "hello", "body": body, "proof": {
        "kind": "card_key",
        "public_key": URL_SAFE_NO_PAD.encode(laptop.key.verifying_key().as_bytes()),
        "signature": URL_SAFE_NO_PAD.encode(signature),
    }})
    .to_string();
    ws.send(Message::text(hello.clone())).await.unwrap();
    let answer = soon(ws.next()).await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&answer).unwrap()["type"],
        "welcome",
        "the form is documented"
    );
    assert_eq!(refused(&relay, hello).await["code"], "bad_proof");
}

fn ed25519_sign(key: &ligand_tunnel::SigningKey, bytes: &[u8]) -> [u8; 64] {
    use ligand_tunnel::Signer as _;
    key.sign(bytes).to_bytes()
}

#[tokio::test]
async fn what_is_no_websocket_of_ours_is_told_so() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let url = relay.url().join(LINK_PATH).unwrap();
    assert_eq!(client().get(url.clone()).send().await.unwrap().status(), 426);
    assert_eq!(client().post(url).send().await.unwrap().status(), 405);
    let mut other_protocol = RawCaller::connect(&relay).await;
    other_protocol
        .write(format!(
            "GET {LINK_PATH} HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: other\r\n\r\n"
        ))
        .await;
    assert!(other_protocol.until("\r\n\r\n").await.starts_with("HTTP/1.1 426"));
}

#[tokio::test]
async fn handshakes_that_say_nothing_are_bounded_and_do_not_disturb_links() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let mut silent = Vec::new();
    for _ in 0..256 {
        silent.push(raw_link(&relay).await);
    }
    match Laptop::known(&platform, &relay).dial().await {
        Err(DialError::Unavailable {
            status: 503,
            retry_after,
        }) => {
            assert_eq!(retry_after, Some(Duration::from_secs(5)));
        }
        other => panic!("{other:?}"),
    }
    let answer = client()
        .post(&served.platform_door)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    drop(silent);
}

#[tokio::test]
async fn what_is_neither_relay_nor_reachable_is_told_apart() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.relay = Url::parse(&platform.base).unwrap();
    assert!(matches!(
        laptop.dial().await,
        Err(DialError::NotARelay { status: 404 })
    ));
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    laptop.dial.relay = Url::parse(&format!("http://{free}")).unwrap();
    assert!(matches!(laptop.dial().await, Err(DialError::Connect(_))));
    laptop.dial.relay = Url::parse("mailto:relay@example.com").unwrap();
    assert!(matches!(laptop.dial().await, Err(DialError::Address)));
}
