//! The agent's card as it reads from the shared door.

use std::sync::Mutex;

use super::{
    shared::{card_at, mirror},
    *,
};
use crate::agent::CARD_PATHS;

#[tokio::test]
async fn the_card_names_the_door_and_keeps_everything_else() {
    let agent = mirror(card_at).await;
    let bench = Bench::new(attached(&agent));
    for rest in CARD_PATHS {
        let response = bench.shared("GET", rest).await;
        assert_ne!(
            response.headers()["etag"],
            "\"its-own\"",
            "that was of other bytes"
        );
        assert_eq!(response.headers()["x-own"], "1");
        let card: Value = serde_json::from_str(&text(response.into_body()).await).unwrap();
        assert_eq!(card["url"], format!("{}/rpc", bench.public()));
        assert_eq!(
            card["additionalInterfaces"][0]["url"],
            format!("{}/rest", bench.public())
        );
        assert_eq!(card["unknown"], json!({"kept": 1.5}));
    }
}

/// Asks for the card with these tags at hand.
async fn asked_with(bench: &Bench, method: &str, tags: &str) -> Response<Body> {
    let request = Request::builder()
        .method(method)
        .uri(bench.path(Slot::Shared, CARD_PATHS[0]));
    let request = request.header("if-none-match", tags).header("range", "bytes=0-1");
    bench
        .deliveries
        .handle(request.body(crate::agent::empty()).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_caller_that_has_the_card_is_told_so_until_the_card_or_the_door_is_another() {
    let version = Arc::new(Mutex::new(1));
    let now = version.clone();
    let agent = mirror(move |host| {
        let mut card = card_at(host);
        card["version"] = json!(*now.lock().unwrap());
        card
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let first = bench.shared("GET", CARD_PATHS[0]).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && !text(first.into_body()).await.is_empty());
    for method in ["GET", "HEAD"] {
        for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let had = asked_with(&bench, method, &tags).await;
            assert_eq!(had.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(
                (&had.headers()["etag"], &had.headers()["x-own"]),
                (&tag.parse().unwrap(), &"1".parse().unwrap())
            );
            assert_eq!(text(had.into_body()).await, "");
        }
        let agents = asked_with(&bench, method, "\"its-own\"").await;
        assert_eq!(
            (agents.status(), &agents.headers()["etag"]),
            (StatusCode::OK, &tag.parse().unwrap())
        );
    }
    assert_eq!(
        asked_with(&Bench::new(attached(&agent)), "GET", &tag)
            .await
            .status(),
        StatusCode::OK
    );
    *version.lock().unwrap() = 2;
    assert_eq!(asked_with(&bench, "GET", &tag).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_untouched_card_keeps_the_agents_tag_and_a_caller_that_has_it_is_told_so() {
    let agent = mirror(|_| json!({"url": "https://agent.example/"})).await;
    let bench = Bench::new(attached(&agent));
    assert_eq!(
        asked_with(&bench, "GET", "\"its-own\"").await.status(),
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(
        asked_with(&bench, "GET", "\"another\"").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_card_that_needs_no_change_or_is_signed_passes_bit_for_bit() {
    for card in [
        json!({"url": "https://agent.example/a2a", "name": "knows its address"}),
        json!({"url": "http://127.0.0.1:1/", "signatures": [{"signature": "x"}]}),
    ] {
        let given = card.clone();
        let agent = mirror(move |_| given.clone()).await;
        let response = Bench::new(attached(&agent)).shared("GET", CARD_PATHS[0]).await;
        assert_eq!(response.headers()["etag"], "\"its-own\"");
        assert_eq!(text(response.into_body()).await, card.to_string());
    }
}

#[tokio::test]
async fn the_echo_agents_card_names_the_door() {
    let bench = Bench::new(Agent::echo("Echo"));
    let card: Value =
        serde_json::from_str(&text(bench.shared("GET", CARD_PATHS[0]).await.into_body()).await).unwrap();
    assert_eq!(card["url"], bench.public());
    assert_eq!(card["supportedInterfaces"][0]["url"], bench.public());
}

#[tokio::test]
async fn the_card_for_those_who_have_proved_who_they_are_names_the_door_too() {
    let agent = TestAgent::start(|request| async move {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        let card = match request.uri().path() {
            "/rest/v1/card" if request.headers().contains_key("authorization") => {
                json!({"url": format!("http://{host}/rpc"), "secret": true})
            }
            "/rest/v1/card" => return Response::builder().status(401).body(full("who?")).unwrap(),
            _ => card_at(&host),
        };
        Response::new(full(card.to_string()))
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let request = Request::get(bench.path(Slot::Shared, "/rest/v1/card")).header("authorization", "Bearer x");
    let answer = bench
        .deliveries
        .handle(request.body(crate::agent::empty()).unwrap())
        .await
        .unwrap();
    let card: Value = serde_json::from_str(&text(answer.into_body()).await).unwrap();
    assert_eq!(
        (&card["url"], &card["secret"]),
        (&json!(format!("{}/rpc", bench.public())), &json!(true))
    );
    let refused = bench.shared("GET", "/rest/v1/card").await;
    assert_eq!(
        (
            refused.status().as_u16(),
            text(refused.into_body()).await.as_str()
        ),
        (401, "who?")
    );
    let card = bench.shared("GET", CARD_PATHS[0]).await;
    assert!(
        text(card.into_body()).await.contains("additionalInterfaces"),
        "it is not taken for the card of all"
    );
}

#[tokio::test]
async fn a_card_in_a_coding_that_nobody_asked_for_passes_as_it_is() {
    let agent = TestAgent::start(|request| async move {
        assert_eq!(request.headers()["accept-encoding"], "identity");
        Response::builder()
            .header("content-encoding", "odd")
            .body(full("?"))
            .unwrap()
    })
    .await;
    let response = Bench::new(attached(&agent)).shared("GET", CARD_PATHS[0]).await;
    assert_eq!(text(response.into_body()).await, "?");
}

#[tokio::test]
async fn the_card_that_anybody_gets_may_be_kept_and_no_other() {
    use ligand_tunnel::card::MAY_BE_KEPT;
    let agent = TestAgent::start(|request| async move {
        let response = Response::builder().header(MAY_BE_KEPT, "1");
        let response = match request.uri().query() {
            Some("A2A-Version=1.0") => response.header("cache-control", "private"),
            Some("A2A-Version=0.3") => response.status(401),
            _ => response,
        };
        response.body(full(card_at("localhost").to_string())).unwrap()
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let word = async |query: &str, header: Option<&str>| {
        let mut request = Request::get(bench.path(Slot::Shared, &format!("{}{query}", CARD_PATHS[0])));
        if let Some(name) = header {
            request = request.header(name, "x");
        }
        let request = request.body(crate::agent::empty()).unwrap();
        let answer = bench.deliveries.handle(request).await.unwrap();
        let word = answer.headers().get(MAY_BE_KEPT);
        word.map(|word| word.to_str().unwrap().to_owned())
    };
    assert_eq!(word("", None).await.as_deref(), Some("1"));
    assert_eq!(word("", Some("if-none-match")).await.as_deref(), Some("1"));
    assert_eq!(
        word("?A2A-Version=1.0", None).await.as_deref(),
        Some("0"),
        "private"
    );
    assert_eq!(
        word("?A2A-Version=0.3", None).await.as_deref(),
        Some("0"),
        "refused"
    );
    for proof in ["authorization", "cookie", "x-api-key"] {
        assert_eq!(word("", Some(proof)).await, None, "{proof}");
    }
    assert_eq!(word("?key=1", None).await, None);
    bench.doors.share(false);
    assert_eq!(word("", None).await, None);
}

/// Asks for the card that is for those who have proved who they are, over JSON-RPC.
async fn extended(bench: &Bench, method: &str) -> Response<Body> {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": method}).to_string();
    let request = Request::post(bench.path(Slot::Shared, "")).header("authorization", "Bearer x");
    bench
        .deliveries
        .handle(request.body(full(call)).unwrap())
        .await
        .unwrap()
}

/// An agent that answers every call with the same, once it has said its card.
async fn answering(answer: impl Fn(&str) -> Value + Clone + Send + 'static) -> TestAgent {
    TestAgent::start(move |request| {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        let answer = answer.clone();
        async move {
            if request.method() == "GET" {
                return Response::new(full(card_at(&host).to_string()));
            }
            Response::builder()
                .header("content-type", "application/json")
                .header("etag", "\"its-own\"")
                .body(full(answer(&host).to_string()))
                .unwrap()
        }
    })
    .await
}

const EXTENDED: [&str; 2] = ["agent/getAuthenticatedExtendedCard", "GetExtendedAgentCard"];

#[tokio::test]
async fn the_card_that_is_asked_for_over_json_rpc_names_the_door_too() {
    let agent =
        answering(|host| json!({"jsonrpc": "2.0", "id": 1, "result": card_at(host), "odd": 1.5})).await;
    let bench = Bench::new(attached(&agent));
    for method in EXTENDED {
        let answer = extended(&bench, method).await;
        assert!(!answer.headers().contains_key("etag"), "that was of other bytes");
        let answer: Value = serde_json::from_str(&text(answer.into_body()).await).unwrap();
        assert_eq!(answer["result"]["url"], format!("{}/rpc", bench.public()));
        assert_eq!(
            (&answer["id"], &answer["odd"], &answer["result"]["unknown"]),
            (&json!(1), &json!(1.5), &json!({"kept": 1.5}))
        );
    }
    let other = extended(&bench, "tasks/get").await;
    assert_eq!(other.headers()["etag"], "\"its-own\"");
    let other: Value = serde_json::from_str(&text(other.into_body()).await).unwrap();
    assert!(
        other["result"]["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127."),
        "what is no card is not looked into"
    );
}

#[tokio::test]
async fn a_signed_card_and_an_error_over_json_rpc_pass_bit_for_bit() {
    for result in [
        json!({"result": {"url": "http://127.0.0.1:1/", "signatures": [{"signature": "x"}]}}),
        json!({"result": {"url": "https://agent.example/"}}),
        json!({"error": {"code": -32007, "message": "not configured"}}),
    ] {
        let given = result.clone();
        let agent = answering(move |_| given.clone()).await;
        let bench = Bench::new(attached(&agent));
        for method in EXTENDED {
            let answer = extended(&bench, method).await;
            assert_eq!(answer.headers()["etag"], "\"its-own\"");
            assert_eq!(text(answer.into_body()).await, result.to_string());
        }
    }
}
