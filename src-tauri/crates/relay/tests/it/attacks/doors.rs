//! Doors and workspaces that are not the caller's.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use ligand_tunnel::door::{Nonce, RelaySecret, Slot};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::Bystander;
use crate::support::{Laptop, Platform, Relay, client, echo, post, soon};

const FALSE_PATHS: usize = 10_000;
/// At the same time, so that the test's own files suffice.
const AT_ONCE: usize = 100;

/// Doors as another relay would make them: only the MAC is false.
async fn try_false_doors(relay: SocketAddr, count: usize) {
    let secret = RelaySecret::random();
    let mut stream = TcpStream::connect(relay).await.unwrap();
    let mut answer = Vec::new();
    for _ in 0..count {
        let path = secret.seal(
            "https://org.example",
            Uuid::new_v4(),
            Slot::Platform,
            &Nonce::random(),
        );
        stream.write_all(post(&path, "x").as_bytes()).await.unwrap();
        answer.clear();
        while !answer.ends_with(b"}") {
            assert!(soon(stream.read_buf(&mut answer)).await.unwrap() > 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 404"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_false_doors_are_refused_at_once_hold_nothing_and_harm_nobody() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let bystander = Bystander::calling(&served.platform_door);
    let tries = (0..AT_ONCE).map(|_| tokio::spawn(try_false_doors(relay.addr(), FALSE_PATHS / AT_ONCE)));
    let tries = tokio::spawn(join_all(tries.collect::<Vec<_>>()));
    assert_eq!(relay.metric("held_calls").await, 0);
    for done in soon(tries).await.unwrap() {
        done.unwrap();
    }
    bystander.unharmed("10,000 false doors").await;
    assert_eq!(relay.metric("unknown_paths_total").await, FALSE_PATHS as u64);
    assert_eq!(
        relay.metric("linked_workspaces").await,
        1,
        "nobody is remembered for a false door"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_key_of_its_own_takes_over_nobodys_workspace() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(echo).await;
    let bystander = Bystander::calling(&served.platform_door);
    for _ in 0..20 {
        let mut thief = Laptop::unknown(&platform, &relay);
        thief.dial.workspace = laptop.dial.workspace;
        assert!(thief.dial().await.is_err());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bystander.unharmed("20 thieves").await;
    let answer = client()
        .post(&served.shared_door)
        .body("still ours")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "still ours");
    assert_eq!(relay.metric("links_taken_over_total").await, 0);
}
