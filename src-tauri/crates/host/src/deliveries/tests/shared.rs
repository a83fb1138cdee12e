use std::sync::Mutex;

use super::*;
use crate::agent::{
    CARD_PATHS,
    test_agent::{nobody, piecewise},
};

/// An agent that says what it was asked, and gives this card.
pub(super) async fn mirror(card: impl Fn(&str) -> Value + Clone + Send + 'static) -> TestAgent {
    TestAgent::start(move |request| {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        let response = if request.uri().path() == CARD_PATHS[0] {
            let builder = Response::builder()
                .header("etag", "\"its-own\"")
                .header("x-own", "1");
            builder.body(full(card(&host).to_string())).unwrap()
        } else {
            let seen = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            let said = json!({"method": request.method().as_str(), "uri": request.uri().to_string(),
                "authorization": seen("authorization"), "a2a-version": seen("a2a-version")});
            Response::builder()
                .status(418)
                .body(full(said.to_string()))
                .unwrap()
        };
        async move { response }
    })
    .await
}

pub(super) fn card_at(host: &str) -> Value {
    json!({"name": "A", "url": format!("http://{host}/rpc"), "unknown": {"kept": 1.5}, "additionalInterfaces": [
        {"url": format!("http://{host}/rest"), "transport": "HTTP+JSON"}]})
}

async fn said(response: Response<Body>) -> Value {
    assert_eq!(response.status(), 418, "the agent's own status passes");
    serde_json::from_str(&text(response.into_body()).await).unwrap()
}

#[tokio::test]
async fn calls_reach_the_agents_own_endpoint_and_the_paths_of_its_card() {
    let agent = mirror(card_at).await;
    let bench = Bench::new(attached(&agent));
    for (rest, uri) in [
        ("", "/rpc"),
        ("/", "/rpc"),
        ("/a2a?x=%2F&", "/rpc?x=%2F&"),
        ("/rpc", "/rpc"),
        ("/rest/v1/message:send?y", "/rest/v1/message:send?y"),
    ] {
        assert_eq!(said(bench.shared("POST", rest).await).await["uri"], uri, "{rest}");
    }
    for rest in [
        "/other",
        "/transcript",
        "/internal/x",
        "/rest/../internal/x",
        "/rest/%2e%2e/x",
    ] {
        assert_eq!(
            refusal(bench.shared("GET", rest).await).await.0,
            StatusCode::NOT_FOUND,
            "{rest}"
        );
    }
}

#[tokio::test]
async fn the_callers_headers_reach_the_agent() {
    let agent = mirror(card_at).await;
    let bench = Bench::new(attached(&agent));
    let request = Request::post(bench.path(Slot::Shared, "")).header("authorization", "Bearer caller");
    let request = request.header("a2a-version", "").body(full("x")).unwrap();
    let said = said(bench.deliveries.handle(request).await.unwrap()).await;
    assert_eq!(
        (&said["authorization"], &said["a2a-version"]),
        (&json!("Bearer caller"), &json!(""))
    );
}

#[tokio::test]
async fn an_agent_that_knows_our_door_is_reached_at_the_paths_that_it_names_below_it() {
    let door = Arc::new(Mutex::new(String::new()));
    let known = door.clone();
    let agent = mirror(move |_| json!({"url": format!("{}/rpc/", known.lock().unwrap()), "x": 1.0})).await;
    let bench = Bench::new(attached(&agent));
    *door.lock().unwrap() = bench.public();
    for (rest, uri) in [
        ("", "/rpc/"),
        ("/", "/rpc/"),
        ("/rpc", "/rpc/"),
        ("/rpc/?q", "/rpc/?q"),
    ] {
        assert_eq!(said(bench.shared("POST", rest).await).await["uri"], uri, "{rest}");
    }
    let card = text(bench.shared("GET", CARD_PATHS[1]).await.into_body()).await;
    assert_eq!(
        card,
        json!({"url": format!("{}/rpc/", bench.public()), "x": 1.0}).to_string()
    );
}

#[tokio::test]
async fn a_redirect_of_the_agents_leads_to_the_same_path_behind_the_door() {
    let agent = TestAgent::start(|request| async move {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        let to = match request.uri().query() {
            None => return Response::new(full("{}")),
            Some("own") => format!("http://{host}/next?x=%2F"),
            Some("path") => "/next?x=%2F".to_owned(),
            Some(_) => "https://elsewhere.example/".to_owned(),
        };
        Response::builder()
            .status(307)
            .header("location", to)
            .body(full(""))
            .unwrap()
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let next = format!("{}/next?x=%2F", bench.public());
    for (rest, to) in [
        ("?own", next.as_str()),
        ("?path", &next),
        ("?far", "https://elsewhere.example/"),
    ] {
        assert_eq!(bench.shared("POST", rest).await.headers()["location"], to);
    }
}

#[tokio::test]
async fn a_closed_door_says_nothing_of_what_is_behind_it() {
    let agent = mirror(card_at).await;
    let bench = Bench::new(attached(&agent));
    bench.doors.share(false);
    let mut reasons = Vec::new();
    for rest in ["", CARD_PATHS[0], "/internal/x", "/other"] {
        let (status, why) = refusal(bench.shared("GET", rest).await).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        reasons.push(why);
    }
    reasons.dedup();
    assert_eq!((reasons.len(), agent.requests()), (1, 0));
}

#[tokio::test]
async fn an_agent_that_is_not_there_or_has_no_readable_card_is_told_in_json() {
    let bench = Bench::new(Agent::attach(nobody().await));
    for (method, rest) in [("POST", ""), ("GET", CARD_PATHS[0])] {
        assert_eq!(
            refusal(bench.shared(method, rest).await).await.0,
            StatusCode::BAD_GATEWAY
        );
    }
    let html = TestAgent::start(|_| async { Response::new(full("<html>")) }).await;
    let (status, why) = refusal(Bench::new(attached(&html)).shared("GET", CARD_PATHS[0]).await).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(why.contains("JSON"), "{why}");
}

#[tokio::test]
async fn shared_calls_have_a_bound_of_their_own_until_their_last_byte_and_take_no_permits() {
    let streams = Arc::new(Mutex::new(Vec::new()));
    let kept = streams.clone();
    let agent = TestAgent::start(move |request| {
        let (event, body) = piecewise();
        let response = match *request.method() {
            hyper::Method::GET => Response::new(full("{}")),
            _ => Response::new(body),
        };
        kept.lock().unwrap().push(event);
        async move { response }
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(bench.shared("POST", "").await);
    }
    let (status, _) = refusal(bench.shared("POST", "").await).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(*bench.deliveries.active().borrow(), 0);
    open.pop();
    assert_eq!(bench.shared("GET", CARD_PATHS[0]).await.status(), StatusCode::OK);
}
