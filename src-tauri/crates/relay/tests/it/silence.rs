//! How a connection ends on which there is no answer: so that a caller finds that there was none, and nothing else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Laptop, Platform, RawCaller, Relay, client, echo, path, post, soon};

/// Sends all of it, then reads to an orderly end: what came.
async fn send(relay: &Relay, call: &str) -> Vec<u8> {
    let mut caller = RawCaller::connect(relay).await;
    soon(caller.0.write_all(call.as_bytes()))
        .await
        .expect("writing failed");
    let mut answer = Vec::new();
    soon(caller.0.read_to_end(&mut answer))
        .await
        .expect("no orderly end");
    answer
}

#[tokio::test]
async fn a_long_message_to_a_workspace_that_is_away_is_taken_whole_before_the_silence() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    let nothing: &[u8] = b"";
    served.leave().await;
    for length in [0, 1_000, 200_000, 16_000_000] {
        assert_eq!(
            send(&relay, &post(&door, &"x".repeat(length))).await,
            nothing,
            "{length} bytes"
        );
    }
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let chunked = format!(
        "POST {door} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(10)
    );
    assert_eq!(send(&relay, &chunked).await, nothing);
}

#[tokio::test]
async fn a_message_over_the_limit_to_a_workspace_that_is_away_is_silence_too() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.body_mib = 1).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    let message = post(&door, &"x".repeat(4_000_000));
    served.leave().await;
    assert_eq!(send(&relay, &message).await, b"");
    assert_eq!(relay.metric("limit_hits_total{limit=\"body_bytes\"}").await, 0);
}

#[tokio::test]
async fn a_long_message_that_the_laptop_does_not_take_is_taken_before_the_silence() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    // Without a word, and without reading.
    let served = Laptop::known(&platform, &relay)
        .serve(|_| async { Err(ligand_tunnel::Hush) })
        .await;
    let door = path(&served.platform_door);
    let nothing: &[u8] = b"";
    for _ in 0..3 {
        assert_eq!(send(&relay, &post(&door, &"x".repeat(8_000_000))).await, nothing);
    }
    let short = client().get(&served.shared_door).send().await.unwrap();
    assert_eq!(short.status(), 502, "the link is well");
}
