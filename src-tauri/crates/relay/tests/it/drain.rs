//! How a relay goes: calls in flight finish, and nothing new begins.

use std::time::Duration;

use bytes::Bytes;
use ligand_tunnel::{BoxError, DialError, LinkEnd};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::tls::Authority;
use crate::support::{Laptop, Platform, RawCaller, Relay, client, echo, fed, path, post, soon, timed};
use crate::tls;

type Feed = mpsc::Sender<Result<Bytes, BoxError>>;

/// A relay with a laptop on which one call has begun to be answered, told to stop.
struct Draining {
    platform: Platform,
    laptop: Laptop,
    address: std::net::SocketAddr,
    ops: String,
    door: String,
    shared: String,
    feed: Feed,
    answer: reqwest::Response,
    end: JoinHandle<LinkEnd>,
    stopped: JoinHandle<()>,
}

impl Draining {
    async fn begin(drain: Duration) -> Self {
        let platform = Platform::start().await;
        let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, |options| {
            options.drain = drain
        })
        .await;
        let mut laptop = Laptop::known(&platform, &relay);
        let (give, mut take) = mpsc::channel(1);
        let served = laptop
            .serve(move |_request| {
                let give = give.clone();
                async move {
                    let (feed, response) = fed();
                    give.send(feed).await.unwrap();
                    Ok(response)
                }
            })
            .await;
        let (door, shared) = (served.platform_door.clone(), served.shared_door.clone());
        let call = tokio::spawn(client().post(&shared).body("x").send());
        let feed = soon(take.recv()).await.unwrap();
        let answer = soon(call).await.unwrap().unwrap();
        let address = relay.addr();
        let ops = format!("http://{}", relay.running.metrics_addr().unwrap());
        let stopped = tokio::spawn(async move { relay.running.stop().await });
        let end = tokio::spawn(served.end());
        let this = Self {
            platform,
            laptop,
            address,
            ops,
            door,
            shared,
            feed,
            answer,
            end,
            stopped,
        };
        soon(async { while this.ops("/readyz").await != 503 {} }).await;
        this
    }

    async fn ops(&self, page: &str) -> u16 {
        let answer = soon(client().get(format!("{}{page}", self.ops)).send()).await;
        answer.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_call_in_flight_finishes_and_new_ones_are_closed_or_told() {
    let mut draining = Draining::begin(Duration::from_secs(30)).await;
    assert_eq!(draining.ops("/healthz").await, 200, "it lives, and is not ready");
    // Neither a held call nor one of the workspace that still has its link: all at once, and without a byte.
    for _ in 0..3 {
        let mut caller = RawCaller(tokio::net::TcpStream::connect(draining.address).await.unwrap());
        caller.write(post(&path(&draining.door), "new")).await;
        let (took, rest) = timed(caller.rest()).await;
        assert_eq!(rest, b"");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    let told = soon(client().post(&draining.shared).body("new").send())
        .await
        .unwrap();
    assert_eq!(told.status(), 503);
    assert!(told.headers().contains_key("retry-after"));
    assert_eq!(told.json::<Value>().await.unwrap()["code"], "draining");
    let dialled = draining.laptop.dial().await;
    assert!(
        matches!(dialled, Err(DialError::Unavailable { status: 503, .. })),
        "{dialled:?}"
    );
    draining.feed.send(Ok("to the end".into())).await.unwrap();
    drop(draining.feed);
    assert_eq!(soon(draining.answer.text()).await.unwrap(), "to the end");
    let (took, stopped) = timed(soon(draining.stopped)).await;
    stopped.unwrap();
    assert!(
        took < Duration::from_secs(3),
        "nothing more to wait for: {took:?}"
    );
    drop(draining.platform);
}

#[tokio::test]
async fn what_takes_longer_than_the_drain_is_cut() {
    let draining = Draining::begin(Duration::from_secs(1)).await;
    soon(draining.stopped).await.unwrap();
    assert!(soon(draining.answer.text()).await.is_err());
    assert!(tokio::net::TcpStream::connect(draining.address).await.is_err());
}

#[tokio::test]
async fn laptops_are_told_at_once_when_to_come_back() {
    let draining = Draining::begin(Duration::from_secs(30)).await;
    match soon(draining.end).await.unwrap() {
        LinkEnd::Goodbye(goodbye) => {
            assert_eq!(goodbye.reason.as_str(), "draining");
            let back = goodbye.retry_after().unwrap();
            assert!(
                (1..=4).contains(&back.as_secs()),
                "a single laptop crowds nobody: {back:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn connections_that_ask_nothing_do_not_hold_it_up() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let mut kept = RawCaller::connect(&relay).await;
    kept.write(post(&path(&served.shared_door), "once")).await;
    kept.until("once").await;
    let mut silent = RawCaller::connect(&relay).await;
    soon(async { while relay.metric("connections").await < 2 {} }).await;
    let (took, ()) = timed(relay.running.stop()).await;
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(kept.rest().await, b"");
    assert_eq!(silent.rest().await, b"");
}

#[tokio::test]
async fn whoever_begins_tls_while_it_drains_is_heard_and_closed_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let platform = Platform::start().await;
    let relay = tls::start(&platform, &authority.issue(&["localhost"]), |_| {}).await;
    let address = relay.addr();
    let mut silent = RawCaller::connect(&relay).await;
    // A call in flight, for which the relay waits.
    let mut waited_for = authority.connect(address, "localhost", &[]).await.unwrap();
    let half = "POST /w/x HTTP/1.1\r\nhost: r\r\n";
    waited_for.write_all(half.as_bytes()).await.unwrap();
    soon(async { while relay.metric("connections").await < 2 {} }).await;
    let stopped = tokio::spawn(async move { relay.running.stop().await });
    assert_eq!(silent.rest().await, b"", "nobody waits for what asks nothing");
    let mut caller = authority.connect(address, "localhost", &[]).await.unwrap();
    caller
        .write_all(post("/v1/silence", "new").as_bytes())
        .await
        .unwrap();
    let mut rest = Vec::new();
    // An end of TLS that was not said would be an error.
    soon(caller.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, b"");
    waited_for.write_all(b"\r\n").await.unwrap();
    let mut answer = String::new();
    soon(waited_for.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    let (took, stopped) = timed(soon(stopped)).await;
    stopped.unwrap();
    assert!(took < Duration::from_secs(4), "{took:?}");
}
