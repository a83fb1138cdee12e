//! Callers who take their time: with heads, with bodies, with reading what they asked for.

use std::time::Duration;

use futures::future::join_all;
use hyper::Request;
use ligand_tunnel::CallContent;

use super::Bystander;
use crate::support::{Alive, Laptop, Platform, RawCaller, Relay, echo, fed, path, soon};

const MANY: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_heads_that_trickle_are_closed_and_harm_nobody() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_head_s = 1).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let bystander = Bystander::calling(&served.platform_door);
    let trickle = (0..MANY).map(|_| async {
        let mut caller = RawCaller::connect(&relay).await;
        let bytes = "POST /w/x HTTP/1.1\r\nhost: r\r\nx: "
            .bytes()
            .chain(std::iter::repeat(b'y'));
        // A byte now and then, for as long as the relay takes them.
        for byte in bytes {
            if tokio::io::AsyncWriteExt::write_all(&mut caller.0, &[byte])
                .await
                .is_err()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    soon(join_all(trickle)).await;
    bystander.unharmed("200 slow heads").await;
    assert_eq!(
        relay.metric("limit_hits_total{limit=\"slow_head\"}").await,
        MANY as u64
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_bodies_that_trickle_are_answered_and_give_their_streams_back() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_body_s = 1).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            let whole = http_body_util::BodyExt::collect(request.into_body()).await;
            let whole = whole.map_err(|_| ligand_tunnel::Hush)?.to_bytes();
            Ok(crate::support::text(whole))
        })
        .await;
    let bystander = Bystander::calling(&served.platform_door);
    let door = path(&served.shared_door);
    let trickle = (0..MANY).map(|_| async {
        let mut caller = RawCaller::connect(&relay).await;
        let head = format!("POST {door} HTTP/1.1\r\nhost: r\r\ncontent-length: 100000\r\n\r\n");
        caller.write(head).await;
        let (mut reader, mut writer) = caller.0.split();
        let mut answer = Vec::new();
        let writing = async {
            while tokio::io::AsyncWriteExt::write_all(&mut writer, b"x")
                .await
                .is_ok()
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            std::future::pending::<()>().await
        };
        let reading = tokio::io::AsyncReadExt::read_buf(&mut reader, &mut answer);
        tokio::select! {
            read = reading => { read.unwrap(); }
            () = writing => {}
        }
        answer.starts_with(b"HTTP/1.1 408")
    });
    let answered = soon(join_all(trickle)).await;
    assert!(answered.into_iter().all(|answered| answered));
    bystander.unharmed("200 slow bodies").await;
    // The bystander's last call may be ending.
    soon(async { while relay.metric("calls_in_flight").await > 0 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_readers_that_stall_are_dropped_and_harm_nobody() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.stalled_answer_s = 2).await;
    let alive = Alive::default();
    let working = alive.clone();
    let served = Laptop::known(&platform, &relay)
        .serve(move |request: Request<CallContent>| {
            let working = working.clone();
            async move {
                if !request.headers().contains_key("x-endless") {
                    return echo(request).await;
                }
                let (feed, response) = fed();
                let one = working.one();
                tokio::spawn(async move {
                    let _one = one;
                    while feed.send(Ok(vec![0; 64 * 1024].into())).await.is_ok() {}
                });
                Ok(response)
            }
        })
        .await;
    let bystander = Bystander::calling(&served.platform_door);
    let door = path(&served.shared_door);
    let mut stalled = Vec::new();
    for _ in 0..MANY {
        let mut caller = RawCaller::with_little_room(&relay).await;
        caller
            .write(format!("GET {door} HTTP/1.1\r\nhost: r\r\nx-endless: 1\r\n\r\n"))
            .await;
        stalled.push(caller);
    }
    relay.hit("stalled_answer").await;
    // What fits into all their buffers, hundreds of megabytes, has to come first.
    let dropped = async {
        while alive.count() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), dropped)
        .await
        .expect("all are dropped and their work is cancelled");
    bystander.unharmed("200 stalled readers").await;
    assert_eq!(
        relay.metric("limit_hits_total{limit=\"stalled_answer\"}").await,
        MANY as u64
    );
}
