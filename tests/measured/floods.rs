//! Strangers who try doors and begin handshakes by the thousand, against the relay that a laptop's callers use.

use std::net::SocketAddr;
use std::time::Duration;

use ligand_e2e::{Era, Scratch, Stage, WITH_METRICS, now, until, upstream};
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::alone;

/// How many of each, and how many strangers try at the same time.
const FALSE_PATHS: usize = 10_000;
const HANDSHAKES: usize = 2_000;
const AT_ONCE: usize = 20;
/// How many calls somebody else has under way all the time, and how long they pause between two.
const CALLERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(2);
/// What 99 of 100 of their calls may take. They should take less than 50 ms; the rest is for debug builds, and for
/// strangers, callers, relay and laptop that share a small machine with whatever else it does.
const CALL_WITHIN: Duration = Duration::from_secs(1);
/// Until what a flood left is gone: a handshake that says nothing is cut after some seconds.
const OVER_WITHIN: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_false_paths_and_two_thousand_silent_handshakes_hardly_delay_the_calls_of_others() {
    let _alone = alone().await;
    let stage = Stage::set_in(Scratch::with_usual_log(), Era::L, &WITH_METRICS).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut profile = stage.profile();
    profile.agent = Some(format!("http://{}", listener.local_addr().unwrap()));
    profile.shared = true;
    tokio::spawn(upstream(listener, None));
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    let relay = stage.relay.url().trim_start_matches("http://").parse().unwrap();

    let (over, mut callers) = (CancellationToken::new(), JoinSet::new());
    for _ in 0..CALLERS {
        callers.spawn(calls(format!("{door}/echo"), over.clone()));
    }
    let (began, mut strangers) = (now(), JoinSet::new());
    for number in 0..AT_ONCE {
        let paths = false_paths(&door, number);
        strangers.spawn(async move {
            try_paths(relay, paths).await;
            Vec::new()
        });
        strangers.spawn(begin_handshakes(relay, HANDSHAKES / AT_ONCE));
    }
    let kept: Vec<_> = strangers.join_all().await.into_iter().flatten().collect();
    let took = began.elapsed();
    over.cancel();
    let mut times = callers.join_all().await.concat();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    eprintln!(
        "{} calls beside a flood of {took:.1?}: p50 {:.1?}, p99 {:.1?}, slowest {:.1?}",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
    assert!(
        times.len() > 100,
        "the flood was too short to tell: {} calls",
        times.len()
    );
    assert!(at(99) < CALL_WITHIN, "p99 {:?}", at(99));

    drop(kept);
    assert_eq!(
        stage.relay.metric("unknown_paths_total").await,
        FALSE_PATHS as u64
    );
    assert_eq!(
        stage.relay.metric("links_welcomed_total").await,
        1,
        "the link is the one that it was"
    );
    until("all places for dials are free", OVER_WITHIN, async || {
        (stage.relay.metric("dials").await == 0).then_some(())
    })
    .await;
}

/// Calls one after the other until it is over; how long each took.
async fn calls(url: String, over: CancellationToken) -> Vec<Duration> {
    let client = Client::builder().no_proxy().build().unwrap();
    let mut times = Vec::new();
    while !over.is_cancelled() {
        let began = now();
        let answer = client.post(&url).body("hello").send().await.unwrap();
        assert_eq!(answer.error_for_status().unwrap().text().await.unwrap(), "hello");
        times.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    times
}

/// Paths of a stranger's that look like doors and differ from each other: only the MAC at the end is false.
fn false_paths(door: &str, stranger: usize) -> impl Iterator<Item = String> + Send + use<> {
    const FALSE: usize = 10;
    let path = &door[door.find("/w/").unwrap()..];
    let begin = path[..path.len() - FALSE].to_owned();
    let count = FALSE_PATHS / AT_ONCE;
    (0..count).map(move |number| format!("{begin}{:0FALSE$}", stranger * count + number))
}

async fn try_paths(relay: SocketAddr, paths: impl Iterator<Item = String>) {
    let mut stream = TcpStream::connect(relay).await.unwrap();
    let mut answer = Vec::new();
    for path in paths {
        let call = format!("POST {path} HTTP/1.1\r\nhost: r\r\ncontent-length: 1\r\n\r\nx");
        stream.write_all(call.as_bytes()).await.unwrap();
        answer.clear();
        // The answer is a JSON object.
        while !answer.ends_with(b"}") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 404"));
    }
}

/// Begins so many and says nothing more, but keeps what it was given.
async fn begin_handshakes(relay: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut kept = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(relay).await.unwrap();
        let upgrade = "GET /v1/link HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             sec-websocket-protocol: ligand.v1\r\n\r\n";
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        match &head[9..] {
            b"101" => kept.push(stream),
            // All places are taken.
            b"429" | b"503" => {}
            other => panic!("{}", String::from_utf8_lossy(other)),
        }
    }
    kept
}
