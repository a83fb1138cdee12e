//! Limits of calls.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use hyper::Request;
use ligand_tunnel::CallContent;
use tokio::sync::Semaphore;

use super::said;
use crate::support::{
    Alive, Laptop, Platform, RawCaller, Relay, client, echo, eventually, fed, path, post, soon, text, timed,
};

const NOTHING: &[u8] = b"";
const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_answered_413_sized_or_not() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.body_mib = 1).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let allowed = client().post(&served.shared_door).body(vec![b'x'; MIB]).send();
    assert_eq!(soon(allowed).await.unwrap().status(), 200);
    for door in [&served.platform_door, &served.shared_door] {
        let sized = client().post(door).body(vec![b'x'; MIB + 1]).send();
        assert_eq!(said(soon(sized).await.unwrap()).await, (413, "body_bytes".into()));
    }
    relay.hit("body_bytes").await;
    // An agent that answers at the end of the body never sees that end.
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            let whole = http_body_util::BodyExt::collect(request.into_body()).await;
            Ok(text(if whole.is_ok() { "whole" } else { "broken off" }))
        })
        .await;
    let parts = futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b'x'; MIB / 32])));
    let chunked = client()
        .post(&served.shared_door)
        .body(reqwest::Body::wrap_stream(parts))
        .send();
    assert_eq!(
        said(soon(chunked).await.unwrap()).await,
        (413, "body_bytes".into())
    );
}

#[tokio::test]
async fn on_the_platform_door_of_an_away_workspace_no_limit_says_a_word() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| {
        limits.body_mib = 1;
        limits.calls_per_s = 1;
        limits.held_per_workspace = 1;
    })
    .await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    served.leave().await;
    let mut callers = Vec::new();
    for _ in 0..8 {
        let mut caller = RawCaller::connect(&relay).await;
        caller
            .write(format!(
                "POST {door} HTTP/1.1\r\nhost: r\r\ncontent-length: 2000000\r\n\r\n"
            ))
            .await;
        callers.push(caller);
    }
    for mut caller in callers {
        assert_eq!(caller.rest().await, NOTHING);
    }
    relay.hit("held_per_workspace").await;
    assert_eq!(relay.metric("calls_total{outcome=\"silent\"}").await, 8);
}

#[tokio::test]
async fn a_body_that_trickles_is_answered_408_and_its_call_cancelled() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_body_s = 1).await;
    let alive = Alive::default();
    let working = alive.clone();
    let served = Laptop::known(&platform, &relay)
        .serve(move |request: Request<CallContent>| {
            let one = working.one();
            async move {
                let whole = http_body_util::BodyExt::collect(request.into_body()).await;
                drop(one);
                whole.map_err(|_| ligand_tunnel::Hush).map(|_| text("whole"))
            }
        })
        .await;
    let mut caller = RawCaller::connect(&relay).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: r\r\ncontent-length: 1000\r\n\r\n",
        path(&served.shared_door)
    );
    caller.write(head).await;
    eventually("the call has begun", || alive.count() == 1).await;
    let answered = timed(caller.until("slow_body"));
    let (took, answer) = soon(answered).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    eventually("the call is cancelled", || alive.count() == 0).await;
    relay.hit("slow_body").await;
}

#[tokio::test]
async fn a_slow_agent_is_not_a_slow_caller() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_body_s = 1).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            // Longer than a caller may take, with a body that does not fit into what lies between.
            tokio::time::sleep(Duration::from_secs(4)).await;
            echo(request).await
        })
        .await;
    let call = client()
        .post(&served.shared_door)
        .body(vec![b'x'; 20 * MIB])
        .send();
    let answer = soon(call).await.unwrap();
    assert_eq!(soon(answer.bytes()).await.unwrap().len(), 20 * MIB);
}

#[tokio::test]
async fn a_head_that_does_not_end_is_closed_without_a_byte() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_head_s = 1).await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write("POST /w/x HTTP/1.1\r\nhost: r\r\n").await;
    assert_eq!(caller.rest().await, NOTHING);
    relay.hit("slow_head").await;
}

#[tokio::test]
async fn a_head_that_does_not_end_and_is_no_message_to_a_door_is_answered_408() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.slow_head_s = 1).await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write("GET /w/x HTTP/1.1\r\nhost: r\r\n").await;
    let answer = String::from_utf8(caller.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    for part in ["\r\nconnection: close\r\n", "\"head_too_slow\"", "\"slow_head\""] {
        assert!(answer.contains(part), "{answer}");
    }
    relay.hit("slow_head").await;
}

#[tokio::test]
async fn a_head_over_the_limit_is_answered_431_in_words_and_counted() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.head_kib = 8).await;
    let large = client()
        .get(relay.url())
        .header("x-large", "x".repeat(9 * 1024))
        .send();
    assert_eq!(
        said(soon(large).await.unwrap()).await,
        (431, "head_bytes".to_owned())
    );
    relay.hit("head_bytes").await;
    let mut many = client().get(relay.url());
    for number in 0..201 {
        many = many.header(format!("x-{number}"), "1");
    }
    assert_eq!(
        said(soon(many.send()).await.unwrap()).await,
        (431, "head_bytes".to_owned())
    );
    let mut endless = RawCaller::connect(&relay).await;
    endless.write("GET /".to_owned() + &"x".repeat(9 * 1024)).await;
    let answer = String::from_utf8(endless.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_takes_nothing_of_its_answer_is_dropped_and_its_call_cancelled() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.stalled_answer_s = 1).await;
    let alive = Alive::default();
    let working = alive.clone();
    let served = Laptop::known(&platform, &relay)
        .serve(move |_request| {
            let one = working.one();
            async move {
                let (feed, response) = fed();
                tokio::spawn(async move {
                    let _one = one;
                    while feed.send(Ok(vec![0; 64 * 1024].into())).await.is_ok() {}
                });
                Ok(response)
            }
        })
        .await;
    let mut caller = RawCaller::with_little_room(&relay).await;
    caller.write(post(&path(&served.shared_door), "x")).await;
    eventually("it is answered", || alive.count() == 1).await;
    eventually("it is cancelled", || alive.count() == 0).await;
    relay.hit("stalled_answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_come_too_fast_wait_and_then_are_answered_429_and_others_are_not_touched() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.calls_per_s = 10).await;
    let busy = Laptop::known(&platform, &relay).serve(echo).await;
    let quiet = Laptop::known(&platform, &relay).serve(echo).await;
    let client = client();
    let flood = (0..60).map(|_| client.post(&busy.shared_door).body("x").send());
    let flood = tokio::spawn(join_all(flood.collect::<Vec<_>>()));
    relay.hit("calls_per_second").await;
    let (took, answer) = timed(client.post(&quiet.shared_door).body("x").send()).await;
    assert_eq!(answer.unwrap().status(), 200);
    assert!(took < Duration::from_secs(1), "{took:?}");
    let mut answered = 0;
    for answer in soon(flood).await.unwrap() {
        let answer = answer.unwrap();
        if answer.status() == 200 {
            answered += 1;
            continue;
        }
        assert!(answer.headers().contains_key("retry-after"));
        assert_eq!(said(answer).await, (429, "calls_per_second".into()));
    }
    assert!(
        (40..60).contains(&answered),
        "a burst of 20, and 20 that waited: {answered}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_whose_calls_never_end_leaves_room_for_another() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.calls = 16).await;
    let (go, alive) = (Arc::new(Semaphore::new(0)), Alive::default());
    let busy = Laptop::known(&platform, &relay).serve(alive.at_work(&go)).await;
    let quiet = Laptop::known(&platform, &relay).serve(echo).await;
    let client = client();
    let flood = (0..100).map(|_| client.post(&busy.shared_door).body("x").send());
    let flood = tokio::spawn(join_all(flood.collect::<Vec<_>>()));
    // 8 at work, 64 in line, and the rest are told.
    relay.hit("calls").await;
    eventually("half of all", || alive.count() == 8).await;
    let (took, answer) = timed(client.post(&quiet.platform_door).body("x").send()).await;
    assert_eq!(answer.unwrap().status(), 200);
    assert!(took < Duration::from_secs(1), "{took:?}");
    go.add_permits(100);
    let mut told = 0;
    for answer in soon(flood).await.unwrap() {
        let answer = answer.unwrap();
        if answer.status() != 200 {
            assert_eq!(said(answer).await, (503, "calls".into()));
            told += 1;
        }
    }
    assert_eq!(told, 100 - 8 - 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_carries_as_many_calls_at_a_time_as_its_relay_allows() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.streams_per_link = 2).await;
    let (go, alive) = (Arc::new(Semaphore::new(0)), Alive::default());
    let served = Laptop::known(&platform, &relay).serve(alive.at_work(&go)).await;
    let client = client();
    let calls = (0..6).map(|_| client.post(&served.shared_door).body("x").send());
    let calls = tokio::spawn(join_all(calls.collect::<Vec<_>>()));
    soon(async { while relay.metric("calls_in_flight").await < 6 {} }).await;
    assert!(alive.count() <= 2);
    go.add_permits(6);
    for answer in soon(calls).await.unwrap() {
        assert_eq!(answer.unwrap().status(), 200);
    }
}
