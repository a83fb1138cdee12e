//! The whole way over real sockets: a caller, the doors behind an HTTP server as the link has one, and an agent.

use std::{sync::Mutex, time::Instant};

use http_body_util::BodyExt as _;
use hyper::{client::conn::http1 as client, server::conn::http1 as server, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

use super::*;
use crate::agent::{CARD_PATHS, test_agent::piecewise};

/// Serves the doors on a port. A hushed call closes its connection.
async fn front(bench: &Bench) -> (std::net::SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let deliveries = bench.deliveries.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut open = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let deliveries = deliveries.clone();
            open.spawn(async move {
                let service = service_fn(move |request| {
                    let deliveries = deliveries.clone();
                    async move { deliveries.handle(request).await }
                });
                let _ = server::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (address, tasks)
}

/// What comes back for these bytes, until the connection is closed.
async fn raw(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn caller(address: std::net::SocketAddr) -> (client::SendRequest<Body>, JoinSet<()>) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let _ = connection.await;
    });
    (sender, tasks)
}

#[tokio::test]
async fn each_event_arrives_at_once_and_the_callers_leaving_cancels_the_agents_work() {
    let (event, body) = piecewise();
    let body = Arc::new(Mutex::new(Some(body)));
    let agent = TestAgent::start(move |request| {
        let body = if request.method() == hyper::Method::POST {
            body.lock().unwrap().take()
        } else {
            None
        };
        let response = body.map_or_else(
            || Response::new(full("{}")),
            |body| {
                Response::builder()
                    .header("content-type", "text/event-stream")
                    .body(body)
                    .unwrap()
            },
        );
        async move { response }
    })
    .await;
    let bench = Bench::new(attached(&agent));
    let (address, _front) = front(&bench).await;
    let (mut sender, caller) = caller(address).await;
    let request = Request::post(bench.path(Slot::Shared, ""))
        .header("host", "x")
        .body(full("go"))
        .unwrap();
    let mut stream = sender.send_request(request).await.unwrap().into_body();
    for number in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        #[allow(clippy::disallowed_methods, reason = "the test measures real time")]
        let sent = Instant::now();
        let said = format!("data: {number}\n\n");
        event.send(said.clone().into()).await.unwrap();
        assert_eq!(stream.frame().await.unwrap().unwrap().into_data().unwrap(), said);
        assert!(
            sent.elapsed() < Duration::from_millis(50),
            "event {number} took {:?}",
            sent.elapsed()
        );
    }
    drop((stream, sender, caller));
    timeout(Duration::from_secs(1), event.closed())
        .await
        .expect("the agent works on for nobody");
}

#[tokio::test]
async fn a_hushed_call_is_closed_without_a_single_byte() {
    let bench = Bench::new(Agent::echo("Echo"));
    bench.deliveries.accept(false);
    let (address, _front) = front(&bench).await;
    let path = bench.path(Slot::Platform, "");
    let request = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}");
    assert_eq!(raw(address, &request).await, "");
}

#[tokio::test]
async fn chunked_bodies_long_headers_and_missing_content_types_are_taken() {
    let bench = Bench::new(Agent::echo("Echo"));
    let (address, _front) = front(&bench).await;
    let path = bench.path(Slot::Platform, "");
    let body = message(&json!(1), "m", "hello");
    let (one, two) = body.split_at(20);
    let long = "x".repeat(60_000);
    let answer = raw(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
            one.len(),
            two.len()
        ),
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(r#""text":"hello""#),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_no_delivery() {
    let bench = Bench::new(Agent::echo("Echo"));
    let (address, _front) = front(&bench).await;
    let path = bench.path(Slot::Platform, "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{").as_bytes())
        .await
        .unwrap();
    drop(stream);
    // Nothing is left of it: a drain has nothing to wait for.
    assert_eq!(bench.deliveries.drain(Duration::from_secs(5)).await, 0);
}

#[tokio::test]
async fn a_head_request_for_the_card_has_its_length_and_no_body() {
    let bench = Bench::new(Agent::echo("Echo"));
    let (address, _front) = front(&bench).await;
    let path = bench.path(Slot::Shared, CARD_PATHS[0]);
    let (get, head) = (
        raw(address, &format!("GET {path} HTTP/1.0\r\n\r\n")).await,
        raw(address, &format!("HEAD {path} HTTP/1.0\r\n\r\n")).await,
    );
    let body = get.split("\r\n\r\n").nth(1).unwrap();
    let length = format!("content-length: {}\r\n", body.len());
    assert!(
        head.to_lowercase().contains(&length) && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn a_megabyte_goes_through_both_doors_and_a_few_bytes_more() {
    let bench = Bench::new(Agent::echo("Echo"));
    let (address, _front) = front(&bench).await;
    let words = "x".repeat(1_048_834);
    for slot in [Slot::Platform, Slot::Shared] {
        let (mut sender, _caller) = caller(address).await;
        let body = full(message(&json!(1), "m", &words));
        let request = Request::post(bench.path(slot, ""))
            .header("host", "x")
            .body(body)
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let answer: Value = serde_json::from_str(&text(response.into_body()).await).unwrap();
        assert_eq!(
            answer["result"]["parts"][0]["text"].as_str().unwrap().len(),
            words.len(),
            "{slot:?}"
        );
    }
}
