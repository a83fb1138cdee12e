//! TLS with a laptop that dials: it trusts whom its machine trusts, which only Linux lets a process choose.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::proxy_protocol::block;
use crate::support::tls::Authority;
use crate::support::{Laptop, Platform, echo, path, post, soon};
use crate::tls::start;

#[tokio::test]
async fn a_laptop_dials_by_wss_and_a_caller_reaches_it_by_https() {
    let test = "dialled::a_laptop_dials_by_wss_and_a_caller_reaches_it_by_https";
    let Some(authority) = Authority::trusted(test).await else {
        return;
    };
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |_| {}).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.relay = format!("wss://{}", relay.addr()).parse().unwrap();
    let served = laptop.serve(echo).await;
    assert!(served.platform_door.starts_with("https://127.0.0.1:"));
    let body = "x".repeat(1_100_000);
    let calling = authority.client().post(&served.platform_door).body(body.clone());
    let answer = soon(calling.send()).await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    assert!(soon(answer.text()).await.unwrap() == body);
}

#[tokio::test]
async fn a_held_call_over_tls_ends_orderly_and_without_a_byte() {
    let test = "dialled::a_held_call_over_tls_ends_orderly_and_without_a_byte";
    let Some(authority) = Authority::trusted(test).await else {
        return;
    };
    let platform = Platform::start().await;
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |_| {}).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    served.leave().await;
    let unfinished = format!("POST {door} HTTP/1.1\r\nhost: r\r\ncontent-length: 1000000\r\n\r\nbegun");
    let long = post(&door, &"x".repeat(16_000_000));
    for call in [post(&door, "hello"), unfinished, long] {
        let mut caller = authority.connect(relay.addr(), "127.0.0.1", &[]).await.unwrap();
        caller.write_all(call.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Without the notice that TLS ends, or after a reset, this is an error.
        let read = soon(caller.read_to_end(&mut answer)).await;
        assert_eq!(read.unwrap(), 0);
    }
}

#[tokio::test]
async fn tls_begins_after_the_header_and_the_promise_of_silence_holds_through_both() {
    let test = "dialled::tls_begins_after_the_header_and_the_promise_of_silence_holds_through_both";
    let Some(authority) = Authority::trusted(test).await else {
        return;
    };
    let platform = Platform::start().await;
    // The laptop dials without a header, from an address that is not named; the proxy has another one.
    let relay = start(&platform, &authority.issue(&["127.0.0.1"]), |ingress| {
        ingress.proxy_protocol_from = vec!["127.0.0.2/32".parse().unwrap()];
    })
    .await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    let through_proxy = async || {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut socket = socket.connect(relay.addr()).await.unwrap();
        socket.write_all(&block()).await.unwrap();
        authority
            .secure(socket, "127.0.0.1", &["http/1.1"])
            .await
            .unwrap()
    };
    let mut caller = through_proxy().await;
    caller.write_all(post(&door, "hello").as_bytes()).await.unwrap();
    let mut head = [0; 12];
    soon(caller.read_exact(&mut head)).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    served.leave().await;
    let mut caller = through_proxy().await;
    caller.write_all(post(&door, "hello").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    assert_eq!(soon(caller.read_to_end(&mut answer)).await.unwrap(), 0);
}
