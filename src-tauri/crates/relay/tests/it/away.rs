//! What a caller gets while the laptop is away, or leaves in the middle.

use std::time::Duration;

use futures::future::join_all;
use ligand_tunnel::Hush;
use serde_json::Value;

use crate::support::{
    Alive, Laptop, Platform, RawCaller, Relay, client, echo, eventually, fed, path, post, soon, text, timed,
};

const NOTHING: &[u8] = b"";

#[tokio::test]
async fn a_call_to_the_platform_door_is_held_and_then_closed_without_a_byte() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    served.leave().await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(post(&door, "hello")).await;
    let (took, answer) = timed(caller.rest()).await;
    assert_eq!(answer, NOTHING);
    assert!(
        took >= Duration::from_millis(900),
        "held for hold_s = 1: {took:?}"
    );
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn a_call_whose_body_is_still_coming_is_closed_without_a_byte_too() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    served.leave().await;
    let head = format!("POST {door} HTTP/1.1\r\nhost: r\r\ncontent-length: 1000000\r\n\r\n");
    let mut pending = RawCaller::connect(&relay).await;
    pending.write(&head).await;
    pending.write(vec![b'x'; 100_000]).await;
    let mut expecting = RawCaller::connect(&relay).await;
    expecting
        .write(head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n"))
        .await;
    assert_eq!(pending.rest().await, NOTHING);
    assert_eq!(expecting.rest().await, NOTHING, "not even a 100 Continue");
}

#[tokio::test]
async fn a_kept_connection_is_closed_without_a_byte_after_its_first_answer() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = path(&served.platform_door);
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(post(&door, "first")).await;
    assert!(caller.until("first").await.starts_with("HTTP/1.1 200"));
    served.leave().await;
    caller.write(post(&door, "second")).await;
    assert_eq!(caller.rest().await, NOTHING);
}

#[tokio::test]
async fn a_held_call_goes_to_the_link_that_arrives_in_the_meantime() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let served = laptop.serve(echo).await;
    let door = served.platform_door.clone();
    served.leave().await;
    let held: Vec<_> = (0..5)
        .map(|number| tokio::spawn(client().post(&door).body(format!("call {number}")).send()))
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let _served = laptop.serve(echo).await;
    for (number, held) in held.into_iter().enumerate() {
        let answer = soon(held).await.unwrap().unwrap();
        assert_eq!(answer.text().await.unwrap(), format!("call {number}"));
    }
}

#[tokio::test]
async fn a_laptop_that_says_it_is_asleep_has_its_calls_closed_at_once() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let served = laptop.serve(echo).await;
    let door = path(&served.platform_door);
    served.handle.leaving(0, false).await.unwrap();
    // The relay has taken the message when it has answered what came after it.
    served.handle.ping().await.unwrap();
    served.leave().await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(post(&door, "hello")).await;
    let (took, answer) = timed(caller.rest()).await;
    assert_eq!(answer, NOTHING);
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn everything_but_a_post_to_the_platform_door_itself_gets_a_prompt_answer() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let served = laptop.serve(echo).await;
    let (door, shared) = (served.platform_door.clone(), served.shared_door.clone());
    served.leave().await;
    for request in [
        client().post(format!("{door}/a2a")),
        client().post(format!("{door}/")),
        client().get(format!("{door}/transcript")),
        client().get(&door),
        client().post(&shared),
        client().get(format!("{shared}/.well-known/agent-card.json")),
    ] {
        let (took, answer) = timed(request.body("x").send()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(
            answer.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse::<u32>()
                .unwrap()
                > 0
        );
        assert_eq!(answer.headers()["content-type"], "application/json");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "away");
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_body_does_not_make_a_caller_lose_its_prompt_answer() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let door = served.shared_door.clone();
    served.leave().await;
    let client = client();
    for _ in 0..20 {
        let answer = client
            .post(&door)
            .body(vec![b'x'; 1_000_000])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 503);
    }
}

#[tokio::test]
async fn a_false_door_is_refused_at_once_and_holds_nothing() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let served = laptop.serve(echo).await;
    let door = served.platform_door.clone();
    served.leave().await;
    let (start, mac) = door.split_at(door.len() - 5);
    let other = if mac.starts_with('A') { "B" } else { "A" };
    for url in [
        format!("{start}{other}{}", &mac[1..]),
        format!("{start}{mac}x"),
        start.to_owned(),
        relay.url().join("/w/").unwrap().to_string(),
        relay.url().join("/").unwrap().to_string(),
        relay.url().join("/transcript").unwrap().to_string(),
    ] {
        let (took, answer) = timed(client().post(&url).body("x").send()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 404, "{url}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], "not_found");
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
}

#[tokio::test]
async fn a_relay_that_was_just_started_holds_calls_for_workspaces_it_has_not_seen() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(echo).await;
    let door = served.platform_door.clone();
    let (listen, folder) = (relay.addr().to_string(), relay.folder);
    relay.running.stop().await;
    drop(served);
    let relay = Relay::start_in(folder, &listen, &platform).await;
    let held = tokio::spawn(client().post(&door).body("early").send());
    eventually("the call is there", || !held.is_finished()).await;
    let _served = laptop.serve(echo).await;
    assert_eq!(soon(held).await.unwrap().unwrap().text().await.unwrap(), "early");
    drop(relay);
}

#[tokio::test]
async fn a_link_that_dies_under_a_call_closes_it_without_a_byte_or_answers_502() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let alive = Alive::default();
    let served = Laptop::known(&platform, &relay).serve(alive.endlessly()).await;
    let mut quiet = RawCaller::connect(&relay).await;
    quiet.write(post(&path(&served.platform_door), "hello")).await;
    let loud = tokio::spawn(client().post(&served.shared_door).body("hello").send());
    let bridge = tokio::spawn(
        client()
            .post(format!("{}/a2a", served.platform_door))
            .body("hello")
            .send(),
    );
    eventually("all three are at work", || alive.count() == 3).await;
    served.stop.cancel();
    assert_eq!(quiet.rest().await, NOTHING);
    for answer in [loud, bridge] {
        let answer = soon(answer).await.unwrap().unwrap();
        assert_eq!(answer.status(), 502);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], "broken");
    }
    eventually("the work is cancelled", || alive.count() == 0).await;
}

#[tokio::test]
async fn a_hush_of_the_laptop_is_silence_for_the_platform_and_502_for_others() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay)
        .serve(|_request| async { Err(Hush) })
        .await;
    for body in ["", "hello", &"x".repeat(100_000)] {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(post(&path(&served.platform_door), body)).await;
        assert_eq!(caller.rest().await, NOTHING);
        let answer = client()
            .post(&served.shared_door)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 502);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_cuts_the_callers_connection() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let (give, mut take) = tokio::sync::mpsc::channel(1);
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
    for door in [&served.platform_door, &served.shared_door] {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(post(&path(door), "hello")).await;
        let feed = soon(take.recv()).await.unwrap();
        feed.send(Ok("half".into())).await.unwrap();
        assert!(caller.until("half\r\n").await.starts_with("HTTP/1.1 200"));
        feed.send(Err("the agent broke off".into())).await.unwrap();
        assert_eq!(caller.rest().await, NOTHING, "not even the end of the chunks");
    }
}

#[tokio::test]
async fn one_call_more_than_can_be_held_is_closed_at_once() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let served = laptop.serve(echo).await;
    let door = path(&served.platform_door);
    served.leave().await;
    let mut held = Vec::new();
    for _ in 0..64 {
        let mut caller = RawCaller::connect(&relay).await;
        caller.write(post(&door, "hello")).await;
        held.push(caller);
    }
    // The calls race each other to the relay: one of the 65 is over the limit.
    let mut last = RawCaller::connect(&relay).await;
    last.write(post(&door, "hello")).await;
    held.push(last);
    let first_end = futures::future::select_all(held.iter_mut().map(|caller| Box::pin(caller.rest())));
    let (took, (answer, ..)) = timed(soon(first_end)).await;
    assert_eq!(answer, NOTHING);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_relay_that_stops_lets_calls_finish_and_ends_held_ones_in_silence() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let away = Laptop::known(&platform, &relay).serve(echo).await;
    let away_door = path(&away.platform_door);
    away.leave().await;
    let alive = Alive::default();
    let working = alive.clone();
    let served = laptop
        .serve(move |_request| {
            let one = working.one();
            async move {
                tokio::time::sleep(Duration::from_millis(500)).await;
                drop(one);
                Ok(text("finished"))
            }
        })
        .await;
    let working: Vec<_> = (0..3)
        .map(|_| tokio::spawn(client().post(&served.platform_door).body("x").send()))
        .collect();
    let mut held = RawCaller::connect(&relay).await;
    held.write(post(&away_door, "hello")).await;
    eventually("the calls are at work", || alive.count() == 3).await;
    let (took, ()) = timed(relay.running.stop()).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    for answer in join_all(working).await {
        assert_eq!(answer.unwrap().unwrap().text().await.unwrap(), "finished");
    }
    assert_eq!(held.rest().await, NOTHING);
    match served.end().await {
        ligand_tunnel::LinkEnd::Goodbye(goodbye) => {
            assert_eq!(goodbye.reason.as_str(), "draining");
            assert!(goodbye.retry_after().is_some());
        }
        other => panic!("{other:?}"),
    }
}
