use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http_body_util::BodyExt as _;
use tokio::{io::AsyncReadExt as _, net::TcpListener, time::timeout};
use url::Url;

use super::*;
use crate::agent::{
    AgentError,
    test_agent::{Held, never, nobody, piecewise, text, until},
};

/// A server that does with each connection what a test says, counting the connections.
async fn raw<F, Fut>(serve: F) -> (Attach, Arc<AtomicUsize>)
where
    F: Fn(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream));
        }
    });
    (Attach::new(&url), connections)
}

async fn read_head(stream: &mut tokio::net::TcpStream) {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut byte = [0; 1];
        if stream.read(&mut byte).await.unwrap() == 0 {
            return;
        }
        seen.push(byte[0]);
    }
}

#[tokio::test]
async fn a_connection_is_used_again_after_an_answer_was_read_to_its_end() {
    let agent = TestAgent::start(|_| async { ok("hi") }).await;
    let attach = attach(&agent);
    for _ in 0..20 {
        assert_eq!(
            text(attach.call(post("x")).await.unwrap().into_body()).await,
            "hi"
        );
    }
    assert_eq!((agent.requests(), agent.connections()), (20, 1));
}

#[tokio::test]
async fn a_connection_is_used_again_after_an_answer_without_a_body() {
    let agent = TestAgent::start(|_| async { ok("") }).await;
    let attach = attach(&agent);
    for _ in 0..5 {
        drop(attach.call(get("/")).await.unwrap());
    }
    assert_eq!((agent.connections(), attach.pool.idle()), (1, 1));
}

#[tokio::test]
async fn a_connection_that_the_agent_has_just_closed_is_not_used_again() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (go, wait) = std::sync::mpsc::channel();
    let (tell, closed) = std::sync::mpsc::channel();
    let agent = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                .unwrap();
            wait.recv().unwrap();
            drop(stream);
            tell.send(()).unwrap();
        }
    });
    let attach = Attach::new(&url);
    for _ in 0..2 {
        assert_eq!(text(attach.call(get("/")).await.unwrap().into_body()).await, "hi");
        assert_eq!(attach.pool.idle(), 1);
        // This blocks the runtime, so that nothing but the socket itself knows that the agent has closed it.
        go.send(()).unwrap();
        closed.recv().unwrap();
    }
    agent.join().unwrap();
}

#[tokio::test]
async fn a_request_of_which_bytes_went_out_is_never_sent_twice() {
    let (attach, connections) = raw(|mut stream| async move { read_head(&mut stream).await }).await;
    let error = attach.call(post("x")).await.err().unwrap();
    assert!(
        matches!(error, AgentError::Broken(_)) && error.may_have_arrived(),
        "{error}"
    );
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_told_apart_from_one_that_breaks_off() {
    let error = Attach::new(&nobody().await).call(post("x")).await.err().unwrap();
    assert!(
        matches!(error, AgentError::Connect(_)) && !error.may_have_arrived(),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_elsewhere_is_never_called() {
    let error = Attach::new(&Url::parse("http://192.0.2.1/").unwrap())
        .call(get("/"))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, AgentError::Address));
}

#[tokio::test]
async fn a_caller_that_leaves_before_the_head_cancels_the_agents_work() {
    let working = Held::counter();
    let count = working.clone();
    let agent = TestAgent::start(move |_| never(Held::by(&count))).await;
    let attach = attach(&agent);
    let call = tokio::spawn(async move { attach.call(post("x")).await.map(drop) });
    until(&working, 1).await;
    call.abort();
    timeout(Duration::from_secs(1), until(&working, 0)).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_leaves_a_silent_stream_cancels_the_agents_work() {
    let (event, body) = piecewise();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let agent = TestAgent::start(move |_| {
        let body = body.lock().unwrap().take().unwrap();
        async move { Response::new(body) }
    })
    .await;
    let mut body = attach(&agent).call(get("/")).await.unwrap().into_body();
    event.send("data: 1\n\n".into()).await.unwrap();
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "data: 1\n\n"
    );
    drop(body);
    timeout(Duration::from_secs(1), event.closed()).await.unwrap();
}

#[tokio::test]
async fn a_connection_whose_answer_was_left_is_not_used_again() {
    let agent = TestAgent::start(|_| async { ok(vec![0; 1 << 20]) }).await;
    let attach = attach(&agent);
    for _ in 0..3 {
        drop(attach.call(get("/")).await.unwrap());
    }
    assert_eq!((agent.connections(), attach.pool.idle()), (3, 0));
}

#[tokio::test]
async fn a_long_body_gets_a_fresh_connection() {
    let agent =
        TestAgent::start(|request| async { ok(text(request.into_body()).await.len().to_string()) }).await;
    let attach = attach(&agent);
    assert_eq!(text(attach.call(post("x")).await.unwrap().into_body()).await, "1");
    let long = vec![b'x'; 1_048_834];
    assert_eq!(
        text(attach.call(post(long)).await.unwrap().into_body()).await,
        "1048834"
    );
    assert_eq!(agent.connections(), 2);
}

#[tokio::test]
async fn many_calls_at_once_leave_a_bounded_number_of_connections() {
    let agent = TestAgent::start(|_| async { ok("hi") }).await;
    let attach = attach(&agent);
    let calls = (0..100).map(|_| async { text(attach.call(post("x")).await.unwrap().into_body()).await });
    assert!(
        futures::future::join_all(calls)
            .await
            .iter()
            .all(|answer| answer == "hi")
    );
    assert!((1..=32).contains(&attach.pool.idle()));
}

#[tokio::test]
async fn idle_connections_are_closed_soon_but_those_that_calls_use_are_kept() {
    let agent = TestAgent::start(|_| async { ok("hi") }).await;
    let attach = attach(&agent);
    let (one, other) = tokio::join!(attach.call(post("x")), attach.call(post("x")));
    for answer in [one, other] {
        text(answer.unwrap().into_body()).await;
    }
    assert_eq!((agent.connections(), attach.pool.idle()), (2, 2));
    for left in [2, 1, 1] {
        // The one on top.
        text(attach.call(post("x")).await.unwrap().into_body()).await;
        look().await;
        assert_eq!(attach.pool.idle(), left);
    }
    look().await;
    assert_eq!((agent.connections(), attach.pool.idle()), (2, 0));
    // And again after there was nothing to look at.
    text(attach.call(post("x")).await.unwrap().into_body()).await;
    for left in [1, 0] {
        look().await;
        assert_eq!(attach.pool.idle(), left);
    }
}

/// Lets the time pass after which idle connections are looked at.
async fn look() {
    // The task that looks begins to wait.
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(super::super::pool::LOOK_EVERY).await;
    tokio::time::resume();
    // Timers fire when nothing else is to be done.
    tokio::time::sleep(Duration::from_millis(2)).await;
}
