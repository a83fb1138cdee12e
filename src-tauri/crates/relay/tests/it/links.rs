//! A link's life: taking over, falling silent, rotating, ending.

use std::time::Duration;

use ligand_tunnel::LinkEnd;
use ligand_tunnel::door::{Nonce, Slot};
use ligand_tunnel::hello::DoorRequest;

use crate::support::{
    Alive, FreezingProxy, Laptop, Platform, RawCaller, Relay, client, echo, eventually, fed, path, post,
    soon, text, timed,
};

/// Starts a relay that laptops can only reach through a proxy which can stop moving bytes.
async fn behind_a_proxy(platform: &Platform) -> (FreezingProxy, Relay) {
    // The laptop must dial the relay's public URL, so the proxy is what that names.
    let reserved = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let proxy = FreezingProxy::before(reserved).await;
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start_at(folder, &reserved.to_string(), platform, Some(proxy.address)).await;
    (proxy, relay)
}

#[tokio::test]
async fn a_newer_link_of_another_process_takes_over_at_once() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let old = laptop.serve(|_| async { Ok(text("old")) }).await;
    let new = laptop.elsewhere().serve(|_| async { Ok(text("new")) }).await;
    assert_eq!(old.platform_door, new.platform_door);
    let answer = client().post(&new.platform_door).body("x").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "new");
    match old.end().await {
        LinkEnd::Goodbye(goodbye) => {
            assert_eq!(goodbye.reason.as_str(), "superseded");
            assert_eq!(goodbye.same_instance, Some(false));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_in_flight_survives_that_its_link_is_superseded() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let (give, mut take) = tokio::sync::mpsc::channel(1);
    let old = laptop
        .serve(move |_request| {
            let give = give.clone();
            async move {
                let (feed, response) = fed();
                give.send(feed).await.unwrap();
                Ok(response)
            }
        })
        .await;
    let call = tokio::spawn(client().post(&old.platform_door).body("x").send());
    let feed = soon(take.recv()).await.unwrap();
    let answer = soon(call).await.unwrap().unwrap();
    let _new = laptop.serve(echo).await;
    match old.end().await {
        LinkEnd::Goodbye(goodbye) => assert_eq!(goodbye.same_instance, Some(true)),
        other => panic!("{other:?}"),
    }
    feed.send(Ok("to the end".into())).await.unwrap();
    drop(feed);
    assert_eq!(soon(answer.text()).await.unwrap(), "to the end");
}

#[tokio::test]
async fn a_link_is_verified_and_its_round_trip_known_soon_after_its_welcome() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let mut status = served.handle.status.clone();
    let verified = *soon(status.wait_for(|status| status.verified_at.is_some()))
        .await
        .unwrap();
    assert!(verified.round_trip.unwrap() < Duration::from_secs(1));
    assert!(soon(served.handle.ping()).await.unwrap() < Duration::from_secs(1));
}

#[tokio::test]
async fn rotated_doors_are_granted_on_the_running_link() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    let doors = soon(
        served
            .handle
            .doors(&[DoorRequest::open(Slot::Platform, Nonce::random())]),
    )
    .await
    .unwrap();
    let rotated = doors.urls[&Slot::Platform].expose();
    assert_ne!(rotated, served.platform_door);
    for door in [rotated, &served.platform_door] {
        assert_eq!(
            client()
                .post(door)
                .body("x")
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap(),
            "x"
        );
    }
}

#[tokio::test]
async fn a_link_that_goes_silent_is_found_out_by_the_laptop() {
    let platform = Platform::start().await;
    let (proxy, relay) = behind_a_proxy(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    soon(served.handle.ping()).await.unwrap();
    proxy.freeze();
    let (took, lost) = timed(served.handle.ping()).await;
    assert!(lost.is_err());
    assert!(took < Duration::from_secs(7), "{took:?}");
    assert!(matches!(served.end().await, LinkEnd::Silent));
}

#[tokio::test]
async fn a_call_for_a_link_that_has_gone_silent_waits_for_the_next_link() {
    let platform = Platform::start().await;
    let (proxy, relay) = behind_a_proxy(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial.hold_s = 20;
    let silent = laptop.serve(|_| async { Ok(text("silent")) }).await;
    soon(silent.handle.ping()).await.unwrap();
    proxy.freeze();
    // Longer than the relay believes in a link from which it hears nothing.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let call = tokio::spawn(
        client()
            .post(relay.direct(&silent.platform_door))
            .body("x")
            .send(),
    );
    let prompt = timed(client().post(relay.direct(&silent.shared_door)).body("x").send());
    let (took, answer) = soon(prompt).await;
    assert_eq!(answer.unwrap().status(), 503);
    assert!(
        (Duration::from_secs(1)..Duration::from_secs(4)).contains(&took),
        "asked for 2 s: {took:?}"
    );
    let _back = laptop.serve(echo).await;
    assert_eq!(soon(call).await.unwrap().unwrap().text().await.unwrap(), "x");
}

#[tokio::test]
async fn a_relay_that_is_killed_ends_its_links_at_once() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let served = Laptop::known(&platform, &relay).serve(echo).await;
    soon(served.handle.ping()).await.unwrap();
    drop(relay);
    let (took, end) = timed(served.end()).await;
    assert!(
        matches!(end, LinkEnd::Closed | LinkEnd::Goodbye(_) | LinkEnd::Error(_)),
        "{end:?}"
    );
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_laptop_that_stops_cancels_its_work_and_is_away_at_once() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let alive = Alive::default();
    let served = Laptop::known(&platform, &relay).serve(alive.endlessly()).await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(post(&path(&served.platform_door), "x")).await;
    eventually("at work", || alive.count() == 1).await;
    served.leave().await;
    eventually("cancelled", || alive.count() == 0).await;
}
