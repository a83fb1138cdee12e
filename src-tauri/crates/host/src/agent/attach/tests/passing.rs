use std::sync::{Arc, Mutex};

use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode, header::HeaderMap};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};
use url::Url;

use super::*;
use crate::agent::test_agent::{piecewise, text};

/// Makes one call, and says what the agent saw of its head.
async fn seen(request: Request<Body>) -> (Method, String, HeaderMap) {
    let (tell, mut told) = mpsc::channel(1);
    let agent = TestAgent::start(move |request| {
        let tell = tell.clone();
        async move {
            let (head, body) = request.into_parts();
            let _ = text(body).await;
            tell.send(head).await.unwrap();
            ok("")
        }
    })
    .await;
    let host = agent.url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    attach(&agent).call(request).await.unwrap();
    let head = told.recv().await.unwrap();
    assert_eq!(head.headers["host"], host);
    (head.method, head.uri.to_string(), head.headers)
}

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    for path in ["/v1/message:send?a=%2F&b=c+d%20&&=", "/x%2Fy", "/?"] {
        assert_eq!(seen(get(path)).await.1, path);
    }
    let absolute = Request::get("https://relay.example/w/door?x")
        .body(crate::agent::empty())
        .unwrap();
    assert_eq!(seen(absolute).await.1, "/w/door?x");
}

#[tokio::test]
async fn every_header_is_passed_on_except_those_between_neighbours() {
    let request = Request::post("/")
        .header("host", "relay.example")
        .header("a2a-version", "")
        .header("authorization", "Bearer caller")
        .header("x-unknown", "a")
        .header("x-unknown", "b")
        .header("connection", "keep-alive, X-Private")
        .header("x-private", "no")
        .header("keep-alive", "timeout=5")
        .header("te", "trailers")
        .header("upgrade", "h2c")
        .header("proxy-authorization", "no")
        .body(full("x"))
        .unwrap();
    let (_, _, headers) = seen(request).await;
    assert_eq!(headers["a2a-version"], "");
    assert_eq!(headers["authorization"], "Bearer caller");
    assert_eq!(
        headers.get_all("x-unknown").iter().collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(headers.get_all("host").iter().count(), 1);
    for gone in [
        "connection",
        "x-private",
        "keep-alive",
        "te",
        "upgrade",
        "proxy-authorization",
    ] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
}

#[tokio::test]
async fn an_answers_head_survives() {
    let agent = TestAgent::start(|request| async move {
        let builder = Response::builder()
            .header("etag", "W/\"x\"")
            .header("x-own", "1")
            .header("keep-alive", "no");
        match *request.method() {
            Method::HEAD => builder
                .header("content-length", "12345")
                .body(crate::agent::empty())
                .unwrap(),
            _ => builder
                .status(StatusCode::NOT_MODIFIED)
                .body(crate::agent::empty())
                .unwrap(),
        }
    })
    .await;
    let attach = attach(&agent);
    let head = attach
        .call(Request::head("/").body(crate::agent::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(
        (&head.headers()["etag"], &head.headers()["content-length"]),
        (&"W/\"x\"".parse().unwrap(), &"12345".parse().unwrap())
    );
    let not_modified = attach.call(get("/")).await.unwrap();
    assert_eq!(not_modified.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(not_modified.headers()["x-own"], "1");
    assert!(!not_modified.headers().contains_key("keep-alive"));
}

#[tokio::test]
async fn a_body_streams_to_the_agent_before_it_has_ended() {
    let (tell, mut told) = mpsc::channel(1);
    let agent = TestAgent::start(move |request| {
        let tell = tell.clone();
        async move {
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                tell.send(frame.unwrap().into_data().unwrap()).await.unwrap();
            }
            ok("end")
        }
    })
    .await;
    let attach = attach(&agent);
    let (piece, body) = piecewise();
    let call = tokio::spawn(async move { attach.call(Request::post("/").body(body).unwrap()).await });
    for text in ["one", "two"] {
        piece.send(text.into()).await.unwrap();
        assert_eq!(told.recv().await.unwrap(), text);
    }
    drop(piece);
    assert_eq!(text(call.await.unwrap().unwrap().into_body()).await, "end");
}

#[tokio::test]
async fn an_answer_is_read_while_a_long_body_is_still_being_sent() {
    let agent = TestAgent::start(|request| async move {
        // Kept unread until the answer is on its way.
        let body = Arc::new(Mutex::new(request.into_body()));
        let (piece, answer) = piecewise();
        tokio::spawn(async move {
            piece.send("early".into()).await.unwrap();
            piece.closed().await;
            drop(body);
        });
        Response::builder()
            .status(StatusCode::PAYLOAD_TOO_LARGE)
            .body(answer)
            .unwrap()
    })
    .await;
    let (piece, body) = piecewise();
    piece.send("first".into()).await.unwrap();
    let answer = attach(&agent)
        .call(Request::post("/").body(body).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let frame = answer.into_body().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "early");
}

#[tokio::test]
async fn a_body_of_unknown_length_has_one_transfer_coding_and_no_length() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let attach = Attach::new(&Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap());
    let (piece, body) = piecewise();
    let request = Request::post("/")
        .header("transfer-encoding", "chunked")
        .body(body)
        .unwrap();
    let call = tokio::spawn(async move { attach.call(request).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    piece.send("abc".into()).await.unwrap();
    drop(piece);
    let mut seen = Vec::new();
    while !seen.ends_with(b"0\r\n\r\n") {
        assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
    }
    let seen = String::from_utf8(seen).unwrap().to_lowercase();
    assert_eq!(seen.matches("transfer-encoding: chunked").count(), 1);
    assert!(
        !seen.contains("content-length") && seen.ends_with("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        "{seen}"
    );
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::NO_CONTENT);
}
