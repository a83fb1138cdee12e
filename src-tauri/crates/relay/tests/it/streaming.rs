//! Bodies: as they come, both ways, as long as they like, and cancelled both ways.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::join_all;
use http_body_util::BodyExt as _;
use hyper::Request;
use ligand_tunnel::CallContent;
use tokio::sync::mpsc;

use crate::support::{
    Alive, Answered, Laptop, Platform, RawCaller, Relay, client, echo, eventually, fed, path, soon, text,
    timed,
};

/// Callers that never read. More streams than these a link has only a few.
const STALLED: usize = 200;

/// How long cancelled work may go on.
const CANCELLED_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn each_part_of_an_answer_arrives_before_the_next_one_is_made() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let (give, mut take) = mpsc::channel(1);
    let served = Laptop::known(&platform, &relay)
        .serve(move |_request| {
            let give = give.clone();
            async move {
                let (feed, mut response) = fed();
                response
                    .headers_mut()
                    .insert("content-type", "text/event-stream".parse().unwrap());
                give.send(feed).await.unwrap();
                Ok(response)
            }
        })
        .await;
    let answer = tokio::spawn(client().post(&served.shared_door).body("x").send());
    let feed = soon(take.recv()).await.unwrap();
    let mut events = soon(answer).await.unwrap().unwrap().bytes_stream();
    for number in 0..20 {
        let event = format!("data: {number}\n\n");
        feed.send(Ok(event.clone().into())).await.unwrap();
        let (took, arrived) = timed(soon(events.next())).await;
        assert_eq!(arrived.unwrap().unwrap(), event);
        assert!(took < Duration::from_millis(50), "{took:?}");
    }
    drop(feed);
    assert!(soon(events.next()).await.is_none());
}

#[tokio::test]
async fn each_part_of_a_call_arrives_before_the_next_one_is_sent() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let (give, mut take) = mpsc::channel::<Bytes>(16);
    let served = Laptop::known(&platform, &relay)
        .serve(move |request: Request<CallContent>| {
            let give = give.clone();
            async move {
                let mut body = request.into_body();
                while let Some(frame) = body.frame().await {
                    give.send(frame.unwrap().into_data().unwrap()).await.unwrap();
                }
                Ok(text("all"))
            }
        })
        .await;
    // Sized and short, but slow: it must not be waited for. And chunked.
    let path = path(&served.shared_door);
    let mut sized = RawCaller::connect(&relay).await;
    sized
        .write(format!(
            "POST {path} HTTP/1.1\r\nhost: r\r\ncontent-length: 10\r\n\r\n"
        ))
        .await;
    for _ in 0..5 {
        sized.write("xy").await;
        assert_eq!(soon(take.recv()).await.unwrap(), "xy");
    }
    assert!(sized.until("all").await.starts_with("HTTP/1.1 200"));
    let mut chunked = RawCaller::connect(&relay).await;
    chunked
        .write(format!(
            "POST {path} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n"
        ))
        .await;
    for _ in 0..5 {
        chunked.write("2\r\nxy\r\n").await;
        assert_eq!(soon(take.recv()).await.unwrap(), "xy");
    }
    chunked.write("0\r\n\r\n").await;
    assert!(chunked.until("all").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_may_begin_before_the_call_has_ended() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let mut caller = RawCaller::connect(&relay).await;
    let path = path(&served.shared_door);
    caller
        .write(format!(
            "POST {path} HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n"
        ))
        .await;
    for word in ["one", "two", "three"] {
        caller.write(format!("{:x}\r\n{word}\r\n", word.len())).await;
        caller.until(word).await;
    }
    caller.write("0\r\n\r\n").await;
    caller.until("0\r\n\r\n").await;
}

/// Works until it is dropped, before or after the head of its answer.
fn at_work(
    alive: &Alive,
    answers: bool,
) -> impl Fn(Request<CallContent>) -> futures::future::BoxFuture<'static, Answered> + Clone + use<> {
    let alive = alive.clone();
    move |request| {
        let one = alive.one();
        Box::pin(async move {
            request.into_body().collect().await.unwrap();
            if !answers {
                let _one = one;
                return std::future::pending().await;
            }
            let (feed, response) = fed();
            tokio::spawn(async move {
                let _one = one;
                feed.send(Ok("begun".into())).await.unwrap();
                feed.closed().await;
            });
            Ok(response)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_cancels_the_work_before_and_after_the_head() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    for answers in [false, true] {
        let alive = Alive::default();
        let served = Laptop::known(&platform, &relay)
            .serve(at_work(&alive, answers))
            .await;
        for door in [&served.platform_door, &served.shared_door] {
            for body in ["", "short", &"x".repeat(500_000)] {
                let mut caller = RawCaller::connect(&relay).await;
                caller.write(crate::support::post(&path(door), body)).await;
                eventually("at work", || alive.count() == 1).await;
                if answers {
                    caller.until("begun").await;
                }
                drop(caller);
                let (took, ()) = timed(eventually("cancelled", || alive.count() == 0)).await;
                assert!(took < CANCELLED_WITHIN, "{took:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_callers_that_vanish_together_leave_the_link_alive() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let alive = Alive::default();
    let work = at_work(&alive, true);
    let served = Laptop::known(&platform, &relay)
        .serve(move |request: Request<CallContent>| {
            let work = work.clone();
            async move {
                if request.headers().contains_key("x-echo") {
                    echo(request).await
                } else {
                    work(request).await
                }
            }
        })
        .await;
    let path = path(&served.shared_door);
    let mut callers = Vec::new();
    for _ in 0..400 {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(crate::support::post(&path, "x")).await;
        callers.push(caller);
    }
    eventually("all streams are busy", || {
        alive.count() == ligand_tunnel::STREAMS_PER_LINK
    })
    .await;
    drop(callers);
    let (took, ()) = timed(eventually("all work is cancelled", || alive.count() == 0)).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    for _ in 0..20 {
        let answer = client()
            .post(&served.shared_door)
            .header("x-echo", "1")
            .body("still")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.text().await.unwrap(), "still");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_go_up_and_down_unchanged() {
    const CHUNK: usize = 64 * 1024;
    const CHUNKS: usize = 1600;
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start_with(folder, &platform, |options| options.limits.body_mib = 128).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let chunk = |number: usize| Bytes::from(vec![u8::try_from(number % 251).unwrap(); CHUNK]);
    let upload = futures::stream::iter((0..CHUNKS).map(move |number| Ok::<_, std::io::Error>(chunk(number))));
    let whole = async {
        let call = client()
            .post(&served.shared_door)
            .body(reqwest::Body::wrap_stream(upload));
        let mut answer = call.send().await.unwrap().bytes_stream();
        let mut length = 0;
        while let Some(part) = answer.next().await {
            let mut part = part.unwrap();
            while !part.is_empty() {
                let rest_of_chunk = CHUNK - length % CHUNK;
                let piece = part.split_to(part.len().min(rest_of_chunk));
                assert!(
                    piece == chunk(length / CHUNK)[..piece.len()],
                    "after {length} bytes"
                );
                length += piece.len();
            }
        }
        length
    };
    let length = tokio::time::timeout(Duration::from_secs(120), whole)
        .await
        .unwrap();
    assert_eq!(length, CHUNK * CHUNKS);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_never_read_do_not_stall_others() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            if !request.headers().contains_key("x-endless") {
                return echo(request).await;
            }
            let (feed, response) = fed();
            tokio::spawn(async move { while feed.send(Ok(vec![0; 64 * 1024].into())).await.is_ok() {} });
            Ok(response)
        })
        .await;
    let path = path(&served.shared_door);
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        let mut caller = RawCaller::connect(&relay).await;
        caller
            .write(format!("GET {path} HTTP/1.1\r\nhost: r\r\nx-endless: 1\r\n\r\n"))
            .await;
        caller.until("\r\n\r\n").await;
        stalled.push(caller);
    }
    let client = client();
    let others = (0..50).map(|number| {
        let call = client.post(&served.shared_door).body(format!("call {number}"));
        async move {
            let (took, answer) = timed(soon(call.send())).await;
            assert_eq!(answer.unwrap().text().await.unwrap(), format!("call {number}"));
            took
        }
    });
    let mut took = join_all(others).await;
    took.sort();
    let (middle, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    eprintln!("beside {STALLED} that never read: {middle:?}, at worst {slowest:?}");
    assert!(middle < Duration::from_secs(1), "{took:?}");
}
