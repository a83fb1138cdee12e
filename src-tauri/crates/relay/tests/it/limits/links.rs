//! Limits of links and of dials.

use std::time::Duration;

use ligand_tunnel::hello::{LINK_PATH, RefusalCode};
use ligand_tunnel::{DialError, LinkEnd};

use crate::support::{Laptop, Platform, RawCaller, Relay, client, echo, fed, soon, timed};

/// A connection that has begun to dial and says no more; what it heard until this text.
async fn dial(relay: &Relay, until: &str) -> (RawCaller, String) {
    dial_after("", relay, until).await
}

/// The same, after what a proxy says first.
async fn dial_after(first: &str, relay: &Relay, until: &str) -> (RawCaller, String) {
    let mut caller = RawCaller::connect(relay).await;
    caller
        .write(format!(
            "{first}GET {LINK_PATH} HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             sec-websocket-protocol: ligand.v1\r\n\r\n"
        ))
        .await;
    let head = caller.until(until).await;
    (caller, head)
}

fn refusal(dialled: Result<ligand_tunnel::Link, DialError>) -> ligand_tunnel::hello::Refusal {
    match dialled {
        Err(DialError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_has_so_many_dials_under_way_and_the_next_is_told_to_come_later() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.dials_per_address = 3).await;
    let mut dials = Vec::new();
    for _ in 0..3 {
        let (caller, head) = dial(&relay, "challenge").await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        dials.push(caller);
    }
    let (_, head) = dial(&relay, "dials_per_address").await;
    assert!(
        head.starts_with("HTTP/1.1 429") && head.contains("retry-after: "),
        "{head}"
    );
    relay.hit("dials_per_address").await;
    let mut laptop = Laptop::known(&platform, &relay);
    assert!(matches!(
        laptop.dial().await,
        Err(DialError::Unavailable { status: 429, .. })
    ));
    drop(dials);
    soon(async { while relay.metric("dials").await > 0 {} }).await;
    laptop.dial().await.unwrap();
}

#[tokio::test]
async fn behind_a_proxy_that_says_whose_its_connections_are_each_address_has_its_own_dials() {
    let platform = Platform::start().await;
    let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, |options| {
        options.ingress.proxy_protocol_from = vec!["127.0.0.0/8".parse().unwrap()];
        options.limits.dials_per_address = 1;
    })
    .await;
    let one = "PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n";
    let other = "PROXY TCP4 192.0.2.8 10.0.0.1 56324 443\r\n";
    let (_first, head) = dial_after(one, &relay, "challenge").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    let (_, head) = dial_after(one, &relay, "dials_per_address").await;
    assert!(head.starts_with("HTTP/1.1 429"), "{head}");
    let (_second, head) = dial_after(other, &relay, "challenge").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
}

#[tokio::test]
async fn all_dials_together_are_bounded() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.dials = 2).await;
    let mut dials = Vec::new();
    for _ in 0..2 {
        dials.push(dial(&relay, "challenge").await);
    }
    let (_, answer) = dial(&relay, "\"dials\"").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

#[tokio::test]
async fn an_address_has_so_many_links_and_can_always_renew_one() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.links_per_address = 2).await;
    let mut first = Laptop::known(&platform, &relay);
    let served = first.serve(echo).await;
    let _second = Laptop::known(&platform, &relay).serve(echo).await;
    let refused = refusal(Laptop::known(&platform, &relay).dial().await);
    assert_eq!(refused.code, RefusalCode::Busy);
    assert!(refused.message.contains("--max-links-per-address"), "{refused:?}");
    assert!(refused.retry_after_s.is_some());
    relay.hit("links_per_address").await;
    let _renewed = first.serve(echo).await;
    assert!(matches!(served.end().await, LinkEnd::Goodbye(_)));
}

#[tokio::test]
async fn all_links_together_are_bounded() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.links = 1).await;
    let only = Laptop::known(&platform, &relay).serve(echo).await;
    let refused = refusal(Laptop::known(&platform, &relay).dial().await);
    assert!(refused.message.contains("--max-links"), "{refused:?}");
    relay.hit("links").await;
    only.leave().await;
    soon(async { while relay.metric("links").await > 0 {} }).await;
    Laptop::known(&platform, &relay).dial().await.unwrap();
}

#[tokio::test]
async fn a_workspace_has_a_link_and_the_one_it_took_over_from_and_no_third() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let (give, mut take) = tokio::sync::mpsc::channel(1);
    let endless = move |_request| {
        let give = give.clone();
        async move {
            let (feed, response) = fed();
            give.send(feed).await.unwrap();
            Ok(response)
        }
    };
    // Each link has a call that goes on.
    let mut under_way = Vec::new();
    for _ in 0..3 {
        let served = laptop.serve(endless.clone()).await;
        let call = client().post(&served.shared_door).body("x").send();
        let call = tokio::spawn(call);
        let feed = soon(take.recv()).await.unwrap();
        under_way.push((served, feed, soon(call).await.unwrap().unwrap()));
    }
    let (_, feed, answer) = under_way.remove(0);
    soon(feed.closed()).await;
    let (took, cut) = timed(answer.bytes()).await;
    assert!(cut.is_err());
    assert!(took < Duration::from_secs(1), "{took:?}");
    relay.hit("links_per_workspace").await;
    for (_served, feed, answer) in under_way {
        feed.send(Ok("to the end".into())).await.unwrap();
        drop(feed);
        assert_eq!(soon(answer.text()).await.unwrap(), "to the end");
    }
}

#[tokio::test]
async fn connections_without_a_call_make_room_for_new_ones() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.connections = 8).await;
    let ask = "GET /healthz HTTP/1.1\r\nhost: r\r\n\r\n";
    // Of every kind: silent, within a head, and kept after an answer.
    let mut squatters = Vec::new();
    for number in 0..20 {
        let mut caller = RawCaller::connect(&relay).await;
        match number % 3 {
            0 => {}
            1 => caller.write("GET /healthz HTTP/1.1\r\n").await,
            _ => {
                caller.write(ask).await;
                caller.until("ok").await;
            }
        }
        squatters.push(caller);
    }
    relay.hit("connections").await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(ask).await;
    let (took, answer) = timed(caller.until("ok")).await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn calls_are_not_cut_for_new_connections() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.connections = 2).await;
    let (give, mut take) = tokio::sync::mpsc::channel(2);
    let served = Laptop::known(&platform, &relay)
        .serve(move |_request| {
            let give = give.clone();
            async move {
                let (feed, response) = fed();
                give.send(feed).await.unwrap();
                Ok(response)
            }
        })
        .await;
    let mut calls = Vec::new();
    for _ in 0..2 {
        let call = tokio::spawn(client().post(&served.shared_door).body("x").send());
        let feed = soon(take.recv()).await.unwrap();
        calls.push((feed, soon(call).await.unwrap().unwrap()));
    }
    let mut waiting = RawCaller::connect(&relay).await;
    waiting.write("GET /healthz HTTP/1.1\r\nhost: r\r\n\r\n").await;
    relay.hit("connections").await;
    for (feed, answer) in calls {
        feed.send(Ok("to the end".into())).await.unwrap();
        drop(feed);
        assert_eq!(soon(answer.text()).await.unwrap(), "to the end");
    }
    assert!(waiting.until("ok").await.starts_with("HTTP/1.1 200"));
}
