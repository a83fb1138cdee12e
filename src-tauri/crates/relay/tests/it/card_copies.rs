//! The card that is shown while the laptop is away.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use ligand_tunnel::CallContent;
use ligand_tunnel::card::{CARD_PATHS, MAY_BE_KEPT};
use ligand_tunnel::door::{Nonce, Slot};
use ligand_tunnel::hello::DoorRequest;

use crate::support::{Answered, Laptop, Platform, Relay, Served, client, eventually_async, soon};

const CARD: &str = r#"{"name":"A","url":"https://relay.example/w/x"}"#;

/// An agent that has a card for anybody, and answers nothing else.
async fn with_card(request: Request<CallContent>) -> Answered {
    let body = Full::new(CARD.into()).map_err(|never: Infallible| match never {});
    let is_card = CARD_PATHS.iter().any(|path| request.uri().path().ends_with(path));
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("etag", "\"1\"")
        .header(MAY_BE_KEPT, if is_card { "1" } else { "0" });
    Ok(response.body(body.boxed()).unwrap())
}

/// Asks for the card, which is there; whether it is a copy.
async fn card(door: &str) -> reqwest::Response {
    soon(client().get(format!("{door}{}", CARD_PATHS[0])).send())
        .await
        .unwrap()
}

/// Ends the link, and waits until the relay has noticed.
async fn away(served: Served) -> String {
    let door = served.shared_door.clone();
    served.leave().await;
    door
}

#[tokio::test]
async fn the_card_that_was_served_last_is_shown_while_the_laptop_is_away_and_no_longer() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(with_card).await;
    let first = card(&served.shared_door).await;
    assert!(!first.headers().contains_key(MAY_BE_KEPT) && !first.headers().contains_key("ligand-stale"));
    assert_eq!(soon(first.text()).await.unwrap(), CARD);
    let door = away(served).await;
    let copy = card(&door).await;
    assert_eq!(copy.status(), 200);
    for (name, value) in [
        ("ligand-stale", "true"),
        ("etag", "\"1\""),
        ("content-type", "application/json"),
    ] {
        assert_eq!(copy.headers()[name], value);
    }
    assert!(copy.headers().contains_key("age"));
    assert_eq!(soon(copy.text()).await.unwrap(), CARD);
    let url = format!("{door}{}", CARD_PATHS[1]);
    let had = client().get(&url).header("if-none-match", "\"1\"");
    assert_eq!(soon(had.send()).await.unwrap().status(), 304);
    let head = soon(client().head(&url).send()).await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &CARD.len().to_string().parse().unwrap())
    );
    for other in ["", "/x", "/v1/card"] {
        let answer = client().get(format!("{door}{other}")).send();
        assert_eq!(soon(answer).await.unwrap().status(), 503, "{other}");
    }
    assert_eq!(relay.metric("card_copies").await, 1);
    assert_eq!(relay.metric("calls_total{outcome=\"copied\"}").await, 3);
    let served = laptop.serve(with_card).await;
    assert!(
        !card(&served.shared_door)
            .await
            .headers()
            .contains_key("ligand-stale")
    );
    let forged = door.replace(&door[door.len() - 4..], "AAAA");
    assert_eq!(card(&forged).await.status(), 404);
}

#[tokio::test]
async fn a_door_that_was_rotated_or_closed_with_a_link_shows_no_card_afterwards() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let open = laptop.dial.doors[1].clone();
    assert_eq!(open.slot, Slot::Shared);
    let closed = DoorRequest {
        closed: true,
        ..open.clone()
    };
    let rotated = DoorRequest::open(Slot::Shared, Nonce::random());
    for now in [closed, rotated] {
        let served = laptop.serve(with_card).await;
        soon(card(&served.shared_door).await.bytes()).await.unwrap();
        assert_eq!(relay.metric("card_copies").await, 1);
        soon(served.handle.doors(&[now])).await.unwrap();
        assert_eq!(relay.metric("card_copies").await, 0);
        let door = away(served).await;
        assert_eq!(card(&door).await.status(), 503);
    }
}

#[tokio::test]
async fn a_laptop_that_comes_with_another_door_ends_the_copy_of_the_one_before() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(with_card).await;
    soon(card(&served.shared_door).await.bytes()).await.unwrap();
    let door = away(served).await;
    assert_eq!(card(&door).await.status(), 200);
    laptop.dial.doors[1].nonce = Nonce::random();
    away(laptop.serve(with_card).await).await;
    assert_eq!(card(&door).await.status(), 503);
}

#[tokio::test]
async fn a_workspace_that_is_removed_while_it_is_away_shows_its_card_no_more() {
    let platform = Platform::start().await;
    let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, |options| {
        options.recheck_every = Duration::from_millis(200);
    })
    .await;
    let mut laptop = Laptop::known(&platform, &relay);
    let served = laptop.serve(with_card).await;
    soon(card(&served.shared_door).await.bytes()).await.unwrap();
    let door = away(served).await;
    assert_eq!(card(&door).await.status(), 200);
    platform.remove(laptop.dial.workspace);
    eventually_async("the relay has looked", async || card(&door).await.status() == 503).await;
}
