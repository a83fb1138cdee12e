use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::mpsc;

use super::*;
use crate::{
    agent::{BoxError, test_agent::nobody},
    vault::Secret,
};

#[tokio::test]
async fn a_message_is_answered_by_the_echo_agent() {
    let bench = Bench::new(Agent::echo("Echo"));
    for rest in ["", "/", "/a2a"] {
        let answer = rpc(bench
            .push_below(rest, message(&json!("i"), rest, "hello"))
            .await
            .unwrap())
        .await;
        assert_eq!(answer["id"], "i");
        assert_eq!(
            answer["result"]["parts"],
            json!([{ "kind": "text", "text": "hello" }])
        );
    }
}

#[tokio::test]
async fn what_is_not_at_the_platform_door_is_refused_in_json_with_a_reason() {
    let bench = Bench::new(Agent::echo("Echo"));
    for rest in [
        "/.well-known/agent-card.json",
        "/transcript",
        "/internal/file/read",
        "/other",
    ] {
        let (status, why) = refusal(bench.push_below(rest, "x").await.unwrap()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{rest}");
        assert!(!why.is_empty());
    }
    let nowhere = Request::post("/w/nothing").body(full("x")).unwrap();
    assert_eq!(
        refusal(bench.deliveries.handle(nowhere).await.unwrap()).await.0,
        StatusCode::NOT_FOUND
    );
    let get = Request::get(bench.path(Slot::Platform, ""))
        .body(full(""))
        .unwrap();
    assert_eq!(
        refusal(bench.deliveries.handle(get).await.unwrap()).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn strange_bodies_are_answered_in_json_rpc_and_never_reach_the_agent() {
    let agent = willing().await;
    let bench = Bench::with(attached(&agent), |limits| limits.body = 100_000);
    let nested = "[".repeat(50_000);
    for (body, code) in [
        ("", -32700),
        ("<html><body>login</body></html>", -32700),
        (r#"{"jsonrpc":"2.0","id":1,"method":"mess"#, -32700),
        (&nested, -32700),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"message/send"}]"#, -32600),
        ("[]", -32600),
        ("\"text\"", -32600),
        ("{}", -32600),
        (r#"{"id":[1],"method":"x"}"#, -32600),
        (&" ".repeat(100_001), -32600),
    ] {
        let answer = bench.told(body.to_owned()).await;
        assert_eq!(answer["error"]["code"], code, "{}", &body[..body.len().min(40)]);
        assert_eq!(answer["id"], Value::Null);
    }
    assert_eq!(agent.requests(), 0);
}

#[tokio::test]
async fn the_id_comes_back_as_it_was_whatever_it_is() {
    let bench = Bench::new(Agent::echo("Echo"));
    for id in [
        json!(null),
        json!(0),
        json!(-7),
        json!(1.5),
        json!("text"),
        json!(""),
    ] {
        assert_eq!(bench.told(message(&id, &id.to_string(), "x")).await["id"], id);
    }
}

#[tokio::test]
async fn once_a_secret_is_known_a_call_without_it_is_refused_before_its_body_is_read() {
    /// A body that must not be looked at.
    struct Untouched;
    impl HttpBody for Untouched {
        type Data = Bytes;
        type Error = BoxError;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            panic!("the body was read");
        }
    }
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    assert!(!bench.doors.demands_inbound_secret());
    assert!(bench.doors.learn_inbound_secret(Secret::new("right")));
    for rest in ["", "/a2a"] {
        for shown in [None, Some("Bearer wrong"), Some("right")] {
            let mut request = Request::post(bench.path(Slot::Platform, rest));
            if let Some(shown) = shown {
                request = request.header("authorization", shown);
            }
            let response = bench
                .deliveries
                .handle(request.body(Untouched).unwrap())
                .await
                .unwrap();
            assert_eq!(refusal(response).await.0, StatusCode::UNAUTHORIZED);
        }
    }
    assert_eq!(agent.requests(), 0);
}

#[tokio::test]
async fn the_platforms_secret_never_reaches_the_agent_and_other_headers_do() {
    let (tell, mut told) = mpsc::channel(4);
    let agent = TestAgent::start(move |request| {
        let tell = tell.clone();
        async move {
            if request.method() == hyper::Method::POST {
                tell.send(request.headers().clone()).await.unwrap();
            }
            answer_to(&text_or_empty(request).await)
        }
    })
    .await;
    let bench = Bench::new(attached(&agent));
    bench.doors.learn_inbound_secret(Secret::new("old"));
    bench.doors.learn_inbound_secret(Secret::new("right"));
    for shown in ["Bearer right", "Bearer old"] {
        let request = Request::post(bench.path(Slot::Platform, ""))
            .header("authorization", shown)
            .header("accept-encoding", "gzip")
            .header("x-workspace-id", "w")
            .body(full(message(&json!(1), shown, "x")))
            .unwrap();
        rpc(bench.deliveries.handle(request).await.unwrap()).await;
        let headers = told.recv().await.unwrap();
        assert!(!headers.contains_key("authorization") && !headers.contains_key("accept-encoding"));
        assert_eq!(
            (&headers["x-workspace-id"], &headers["content-type"]),
            (&"w".parse().unwrap(), &"application/json".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn an_agent_that_fails_is_told_in_json_rpc_with_http_200() {
    let agent = TestAgent::start(|request| async {
        let call: Value = serde_json::from_str(&text_or_empty(request).await).unwrap();
        let status = call["params"]["message"]["parts"][0]["text"]
            .as_str()
            .unwrap_or("200");
        let body = if status == "500" {
            r#"{"error":"out of tea"}"#
        } else {
            "<html>"
        };
        Response::builder().status(status).body(full(body)).unwrap()
    })
    .await;
    let bench = Bench::new(attached(&agent));
    for status in ["302", "401", "404", "500", "503"] {
        let answer = bench.told(message(&json!(9), status, status)).await;
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&json!(9), &json!(-32052))
        );
        assert_eq!(answer["error"]["data"]["reason"], "rejected");
        assert!(answer["error"]["message"].as_str().unwrap().contains(status));
    }
    let told = bench.told(message(&json!(9), "500", "500")).await;
    assert!(told["error"]["message"].as_str().unwrap().ends_with("out of tea"));
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_told_as_that_and_tried_again() {
    let bench = Bench::new(Agent::attach(nobody().await));
    for _ in 0..2 {
        let answer = bench.told(message(&json!(1), "m", "x")).await;
        assert_eq!(answer["error"]["data"]["reason"], "agent_unreachable");
    }
}

#[tokio::test]
async fn a_success_of_the_agent_passes_as_it_is() {
    let agent = TestAgent::start(|_| async {
        let response = Response::builder()
            .status(202)
            .header("content-type", "text/plain")
            .header("x-own", "1");
        response.body(full("anything at all")).unwrap()
    })
    .await;
    let response = Bench::new(attached(&agent))
        .push(message(&json!(1), "m", "x"))
        .await
        .unwrap();
    assert_eq!(
        (response.status(), &response.headers()["x-own"]),
        (StatusCode::ACCEPTED, &"1".parse().unwrap())
    );
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(text(response.into_body()).await, "anything at all");
}

#[tokio::test]
async fn the_self_tests_call_is_answered_here_whoever_else_may_come_in() {
    let agent = willing().await;
    let bench = Bench::new(attached(&agent));
    bench.deliveries.accept(false);
    bench.doors.learn_inbound_secret(Secret::new("s"));
    let probe = bench.deliveries.probe();
    assert!(probe.value.is_sensitive());
    let call = |value: &str| {
        let request = Request::post(bench.path(Slot::Platform, "")).header(&probe.name, value);
        bench.deliveries.handle(request.body(full("")).unwrap())
    };
    let response = call(probe.value.to_str().unwrap()).await.unwrap();
    assert_eq!(
        (response.status(), text(response.into_body()).await),
        (StatusCode::OK, r#"{"ligand":"here"}"#.to_owned())
    );
    assert!(call("guessed").await.is_err());
    assert_eq!(agent.requests(), 0);
}

#[tokio::test]
async fn where_the_time_of_a_delivery_went_can_be_asked() {
    let agent = TestAgent::start(|request| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer_to(&text_or_empty(request).await)
    })
    .await;
    let bench = Bench::new(attached(&agent));
    bench.told(message(&json!(1), "m", "x")).await;
    let timing = bench.deliveries.timing("m").unwrap();
    assert!(
        timing.agent >= Duration::from_millis(20) && timing.host >= timing.agent,
        "{timing:?}"
    );
    assert!(bench.deliveries.timing("other").is_none());
}
