use hyper::StatusCode;
use serde_json::json;
use url::Url;

use super::*;
use crate::agent::{AgentError, CARD_PATHS};

/// An agent with this body at this path, and 404 everywhere else.
async fn with_card(path: &'static str, body: String) -> TestAgent {
    TestAgent::start(move |request| {
        let found = request.uri().path() == path;
        let response = if found { ok(body.clone()) } else { ok("not here") };
        async move {
            let mut response = response;
            if !found {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
    })
    .await
}

#[tokio::test]
async fn the_card_is_found_at_its_old_place_too_and_remembered() {
    let agent = with_card(CARD_PATHS[1], json!({"name": "old"}).to_string()).await;
    let attach = attach(&agent);
    assert_eq!(attach.fetch_card().await.unwrap()["name"], "old");
    assert_eq!(attach.interfaces().await.card, CARD_PATHS[1]);
    assert_eq!(agent.requests(), 2, "what is known is not asked again");
}

#[tokio::test]
async fn an_agent_below_a_path_has_its_card_there() {
    let agent = with_card(
        "/mine/.well-known/agent-card.json",
        json!({"name": "below"}).to_string(),
    )
    .await;
    let attach = Attach::new(&agent.url.join("/mine").unwrap());
    assert_eq!(attach.fetch_card().await.unwrap()["name"], "below");
    assert_eq!(attach.interfaces().await.endpoint, "/mine");
}

#[tokio::test]
async fn the_cards_json_rpc_address_is_the_endpoint() {
    let listening = TestAgent::start(|request| async move {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        ok(json!({"url": format!("http://{host}/rpc")}).to_string())
    })
    .await;
    assert_eq!(attach(&listening).interfaces().await.endpoint, "/rpc");
}

#[tokio::test]
async fn an_agent_without_a_card_is_asked_once_for_it_and_called_at_its_address() {
    let agent = with_card("/none", String::new()).await;
    let attach = attach(&agent);
    for _ in 0..3 {
        assert_eq!(attach.interfaces().await.endpoint, "/");
    }
    assert_eq!(agent.requests(), CARD_PATHS.len());
    assert!(matches!(
        attach.fetch_card().await.unwrap_err(),
        AgentError::CardStatus(404)
    ));
}

#[tokio::test]
async fn what_is_no_card_is_said_by_name() {
    for (body, named) in [
        ("<html></html>".to_owned(), "JSON"),
        ("[]".to_owned(), "JSON"),
        (String::new(), "JSON"),
        (
            format!(r#"{{"name":"{}"}}"#, "x".repeat(5 << 20)),
            "larger than 1024 KB",
        ),
    ] {
        let agent = with_card(CARD_PATHS[0], body).await;
        let error = attach(&agent).fetch_card().await.unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[tokio::test]
async fn without_an_address_on_this_machine_there_is_nothing_to_ask() {
    let attach = Attach::new(&Url::parse("https://agent.example").unwrap());
    assert!(matches!(
        attach.fetch_card().await.unwrap_err(),
        AgentError::Address
    ));
    assert_eq!(attach.interfaces().await.endpoint, "/");
}
