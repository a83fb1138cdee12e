//! What is seen in the bytes of a connection, and that it is what hyper takes from them.

use std::convert::Infallible;
use std::sync::atomic::AtomicUsize;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const PLAIN: &str = "GET / HTTP/1.1\r\nhost: r\r\n\r\n";
const SIZED: &str = "POST / HTTP/1.1\r\ncontent-length: 29\r\n\r\nx\r\ntransfer-encoding: chunked";
const CHUNKED: &str = "POST / HTTP/1.1\nTransfer-Encoding:chunked\n\n3;e=1\r\nabc\r\n1a \r\n\
                       \r\ncontent-length: 1\r\nabcde\r\n0\r\ncontent-length: 5\r\n\r\n";

fn in_doubt(text: &str, piece: usize) -> bool {
    let doubt = Doubt::default();
    let mut framing = Framing::new(doubt.clone(), usize::MAX);
    for piece in text.as_bytes().to_vec().chunks_mut(piece) {
        framing.feed(piece);
    }
    doubt.is_there()
}

#[test]
fn requests_with_one_length_or_none_leave_no_doubt_however_they_come() {
    let all = format!("{PLAIN}\r\n{SIZED}{CHUNKED}{SIZED}{PLAIN}{CHUNKED}{CHUNKED}{PLAIN}");
    for piece in 1..all.len() {
        assert!(!in_doubt(&all, piece), "in pieces of {piece}");
    }
}

#[test]
fn two_lengths_are_seen_in_any_request_of_a_connection_and_any_spelling() {
    for before in ["", PLAIN, SIZED, CHUNKED, "\r\n"] {
        for lengths in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding:\tchunked\r\nx: y\r\nCONTENT-LENGTH:5\r\n",
            "content-length: 0\ntransfer-encoding: identity\n",
        ] {
            let text = format!("{before}POST / HTTP/1.1\r\n{lengths}\r\n");
            for piece in 1..text.len() {
                assert!(in_doubt(&text, piece), "{text:?} in pieces of {piece}");
            }
        }
    }
}

#[test]
fn chunks_that_can_not_be_followed_leave_a_doubt() {
    for chunks in [
        "zz\r\n",
        "+5\r\n",
        "0x5\r\n",
        "\r\n",
        "10000000000000000\r\n",
        "3\r\nabcd\r\n",
    ] {
        let text = format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
        assert!(in_doubt(&text, 7), "{chunks:?}");
    }
}

#[test]
fn http_2_is_spelled_so_that_hyper_answers_it() {
    for piece in 1..20 {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let mut framing = Framing::new(Doubt::default(), usize::MAX);
        bytes.chunks_mut(piece).for_each(|piece| framing.feed(piece));
        assert_eq!(bytes, b"PRI * HTTP/2.9\r\n\r\nSM\r\n\r\n");
    }
}

/// How many heads end in these bytes, and whether they leave a doubt.
fn heads_in(text: &[u8]) -> (usize, bool) {
    let doubt = Doubt::default();
    let mut framing = Framing::new(doubt.clone(), usize::MAX);
    let mut heads = 0;
    for byte in text.to_vec().chunks_mut(1) {
        let lines = framing.lines;
        framing.feed(byte);
        heads += usize::from(lines > 0 && framing.lines == 0);
    }
    (heads, doubt.is_there())
}

/// How many requests hyper takes from these bytes, and whether it went on to their end.
async fn requests_in(text: &[u8]) -> (usize, bool) {
    let (mut caller, relay) = tokio::io::duplex(1 << 20);
    caller.write_all(text).await.unwrap();
    caller.shutdown().await.unwrap();
    let (count, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, breaks) = (count.clone(), broken.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        counted.fetch_add(1, Ordering::Relaxed);
        let breaks = breaks.clone();
        async move {
            if request.into_body().collect().await.is_err() {
                breaks.store(true, Ordering::Relaxed);
            }
            Ok::<_, Infallible>(Response::new(String::new()))
        }
    });
    let served = http1::Builder::new()
        .serve_connection(TokioIo::new(relay), service)
        .await;
    let mut answers = String::new();
    caller.read_to_string(&mut answers).await.unwrap();
    let closed = answers.contains("connection: close") || answers.contains("HTTP/1.0");
    let whole = served.is_ok() && !closed && !broken.load(Ordering::Relaxed);
    (count.load(Ordering::Relaxed), whole)
}

/// What a change puts into a stream of requests.
const PIECES: [&str; 12] = [
    "",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    ":",
    ";",
    "0",
    "f",
    "content-length: 3\r\n",
    "transfer-encoding: chunked\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn where_there_is_no_doubt_hyper_sees_a_request_wherever_one_is_seen_here(
        requests in prop::collection::vec(prop::sample::select(vec![PLAIN, SIZED, CHUNKED, "\r\n"]), 1..5),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<bool>(), prop::sample::select(&PIECES[..])),
            0..4,
        ),
    ) {
        let mut text = requests.concat().into_bytes();
        for (at, replaces, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = text.len().min(at + usize::from(replaces));
            text.splice(at..end, piece.bytes());
        }
        let (heads, doubt) = heads_in(&text);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (requests, whole) = runtime.block_on(requests_in(&text));
        if !doubt {
            let shown = String::from_utf8_lossy(&text);
            prop_assert!(requests <= heads, "{requests} requests, {heads} heads: {shown:?}");
            prop_assert!(!whole || requests == heads, "{requests} requests, {heads} heads: {shown:?}");
        }
    }
}

#[test]
fn a_head_is_too_long_by_its_bytes_or_lines_and_a_body_never_is() {
    let is_too_long = |text: String| {
        let doubt = Doubt::default();
        Framing::new(doubt.clone(), 100).feed(&mut text.into_bytes());
        doubt.is_of_length()
    };
    let head = |value: usize| format!("POST / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(value));
    assert!(!is_too_long(head(76)) && is_too_long(head(77)));
    assert!(is_too_long("x".repeat(101)), "before it has ended");
    assert!(!is_too_long(head(50).repeat(9)), "each by itself");
    let body = format!(
        "POST / HTTP/1.1\r\ncontent-length: 500\r\n\r\n{}",
        "y".repeat(500)
    );
    assert!(!is_too_long(body));
    let lines = |number| {
        let doubt = Doubt::default();
        let head = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(number));
        Framing::new(doubt.clone(), usize::MAX).feed(&mut head.into_bytes());
        doubt.is_of_length()
    };
    assert!(!lines(MAX_HEADERS) && lines(MAX_HEADERS + 1));
}
