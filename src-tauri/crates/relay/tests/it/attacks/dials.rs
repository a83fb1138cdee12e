//! Dials that prove nothing, from an address of their own: other systems than Linux have one loopback address only.

use std::net::SocketAddr;

use futures::future::join_all;
use ligand_tunnel::hello::LINK_PATH;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::Bystander;
use crate::support::{Laptop, Platform, Relay, echo, soon};

const DIALS: usize = 2_000;
/// At the same time, so that the test's own files suffice.
const AT_ONCE: usize = 100;

/// A dial from that address that says nothing after the upgrade; the status that it was answered with.
async fn dial(relay: SocketAddr, from: &str) -> (u16, TcpStream) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let mut stream = socket.connect(relay).await.unwrap();
    let request = format!(
        "GET {LINK_PATH} HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: ligand.v1\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while head.len() < 12 {
        assert!(soon(stream.read_buf(&mut head)).await.unwrap() > 0);
    }
    let status = std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap();
    (status, stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_dials_that_prove_nothing_leave_room_for_calls_and_for_other_laptops() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |_| {}).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let bystander = Bystander::calling(&served.platform_door);
    let flood = (0..AT_ONCE).map(|_| async {
        let mut kept = Vec::new();
        for _ in 0..DIALS / AT_ONCE {
            match dial(relay.addr(), "127.0.0.2").await {
                (101, stream) => kept.push(stream),
                (429, _) => {}
                (other, _) => panic!("{other}"),
            }
        }
        kept
    });
    let kept: usize = join_all(flood).await.iter().map(Vec::len).sum();
    assert!(kept < DIALS / 4, "{kept} got through");
    let mut another = Laptop::known(&platform, &relay);
    another.dial().await.unwrap();
    bystander.unharmed("2,000 silent dials").await;
    relay.hit("dials_per_address").await;
    soon(async { while relay.metric("dials").await > 0 {} }).await;
    assert_eq!(
        platform.lookups(),
        2,
        "the platform was asked for the two that proved something"
    );
}
