//! A caller that says whatever it likes, in packets of its own choice.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::pin::Pin;

use futures::channel::mpsc;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};

use super::*;
use crate::h1::Room;

const LINES: usize = 20;
const BYTES: usize = 1000;
/// What a connection holds.
const ROOM: usize = 64 * 1024;

/// What it takes at once of several pieces.
const AT_ONCE: usize = 30_001;

struct Connection(DuplexStream, Room);

impl Pipe for Connection {
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.1.poll_packet(&mut self.0, cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        assert!(pieces.iter().all(|piece| !piece.is_empty()));
        let whole = pieces.iter().flat_map(|piece| piece.iter().copied());
        let some: Vec<u8> = whole.take(AT_ONCE).collect();
        self.poll_write(cx, &some)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A caller, and the other end of its connection.
fn caller() -> (DuplexStream, PlainCalls<Connection>) {
    let (caller, relay) = tokio::io::duplex(ROOM);
    let pipe = Connection(relay, Room::default());
    (caller, PlainCalls::new(pipe, BYTES, LINES))
}

async fn echo(request: Request<CallerBody>) -> Result<Response<String>, BoxError> {
    let target = request.uri().to_string();
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(format!(
        "{target} {}.",
        String::from_utf8_lossy(&body)
    )))
}

async fn begun(calls: &mut PlainCalls<Connection>) -> bool {
    poll_fn(|cx| calls.poll_begun(cx)).await
}

/// A caller that has asked for something, and the other end of its connection.
async fn called() -> (DuplexStream, PlainCalls<Connection>) {
    let (mut caller, mut calls) = caller();
    let call = b"GET / HTTP/1.1\r\nhost: r\r\n\r\n";
    caller.write_all(call).await.unwrap();
    assert!(begun(&mut calls).await);
    (caller, calls)
}

/// What the caller reads until it has seen this.
async fn until(caller: &mut DuplexStream, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        text.push(caller.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn calls_are_answered_in_order_also_when_they_come_together() {
    let (mut caller, mut calls) = caller();
    let two = "POST /a?b HTTP/1.1\r\nhost: r\r\ncontent-length: 2\r\n\r\nhiGET /c HTTP/1.1\r\nHost: r\r\nconnection: Keep-Alive\r\n\r\n";
    caller.write_all(two.as_bytes()).await.unwrap();
    for expected in ["/a?b hi.", "/c ."] {
        assert!(begun(&mut calls).await);
        assert_eq!(calls.answer(echo).await, Answered::GoesOn);
        let answer = until(&mut caller, expected).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(!answer.contains("connection:"), "{answer}");
    }
    drop(caller);
    assert!(!begun(&mut calls).await);
}

/// A body in pieces that are all there.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[tokio::test]
async fn an_answer_in_pieces_long_and_short_is_whole_and_in_order() {
    let (mut caller, mut calls) = called().await;
    let lengths = [10, 0, 20_000, 1, 9000, 16_384, 100, 70_000, 3, 0, 8192, 1];
    let pieces: VecDeque<Bytes> = lengths
        .iter()
        .zip(b'a'..)
        .map(|(length, letter)| vec![letter; *length].into())
        .collect();
    let expected = pieces.iter().flatten().copied().collect::<Vec<u8>>();
    let answering = tokio::spawn(async move {
        let answer = |_| std::future::ready(Ok::<_, Infallible>(Response::new(Pieces(pieces))));
        calls.answer(answer).await
    });
    let head = until(&mut caller, "\r\n\r\n").await;
    assert!(
        head.contains(&format!("content-length: {}\r\n", expected.len())),
        "{head}"
    );
    let mut body = vec![0; expected.len()];
    caller.read_exact(&mut body).await.unwrap();
    assert!(body == expected);
    assert_eq!(answering.await.unwrap(), Answered::GoesOn);
}

#[tokio::test]
async fn what_is_not_plain_stays_as_it_came() {
    let long = format!("GET / HTTP/1.1\r\nhost: r\r\nx: {}\r\n\r\n", "x".repeat(BYTES));
    let many = format!("GET / HTTP/1.1\r\nhost: r\r\n{}\r\n", "x: y\r\n".repeat(LINES));
    for text in [
        "GET / HTTP/1.1\r\nhost: r\r\n",
        "GET / HTTP/1.0\r\nhost: r\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: r\r\nhost: r\r\n\r\n",
        "GET http://r/ HTTP/1.1\r\nhost: r\r\n\r\n",
        "CONNECT r:1 HTTP/1.1\r\nhost: r\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: r\r\nupgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: r\r\nconnection: keep-alive, x\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: r\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: r\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx",
        "POST / HTTP/1.1\r\nhost: r\r\ncontent-length: +1\r\n\r\nx",
        "GET / HTTP/1.1\r\nhost: r\r\na: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nhost : r\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: r\r\na: b\0c\r\n\r\n",
        "GET / HTTP/1.1\nhost: r\n\nGET / HTTP/1.1\r\nhost: r\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\r\n\r\n",
        &long,
        &many,
    ] {
        let (mut caller, mut calls) = caller();
        caller.write_all(text.as_bytes()).await.unwrap();
        assert!(begun(&mut calls).await);
        let never = |_| std::future::ready(Ok::<_, Infallible>(Response::new("called".to_owned())));
        assert_eq!(calls.answer(never).await, Answered::NotPlain, "{text:?}");
        let (pipe, rest) = calls.into_parts();
        assert_eq!(rest, text);
        drop(pipe);
        let mut said = String::new();
        caller.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "");
    }
}

#[tokio::test]
async fn a_body_that_comes_later_is_read_while_the_service_waits_for_it() {
    let (mut caller, mut calls) = caller();
    let length = 300_000;
    let head = format!("POST / HTTP/1.1\r\nhost: r\r\ncontent-length: {length}\r\n\r\n");
    caller.write_all(head.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        caller.write_all(&vec![b'x'; length]).await.unwrap();
        caller
    });
    assert!(begun(&mut calls).await);
    let count = async |request: Request<CallerBody>| {
        let body = request.into_body().collect().await.map_err(|_| ())?;
        Ok::<_, ()>(Response::new(format!("{}.", body.to_bytes().len())))
    };
    assert_eq!(calls.answer(count).await, Answered::GoesOn);
    until(&mut sending.await.unwrap(), "\r\n\r\n300000.").await;
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_read_away_unless_it_is_very_long() {
    let refuse = |_| std::future::ready(Ok::<_, Infallible>(Response::new("no".to_owned())));
    for (length, answered) in [(100_000, Answered::GoesOn), (1_000_000_000, Answered::Last)] {
        let (mut caller, mut calls) = caller();
        let head = format!("POST / HTTP/1.1\r\nhost: r\r\ncontent-length: {length}\r\n\r\n");
        caller.write_all(head.as_bytes()).await.unwrap();
        let sending = tokio::spawn(async move {
            caller.write_all(&[0; 100_000]).await.unwrap();
            caller
        });
        assert!(begun(&mut calls).await);
        assert_eq!(calls.answer(refuse).await, answered);
        drop(calls);
        // A caller that is closed under its pen may be told so.
        if let Ok(mut caller) = sending.await {
            until(&mut caller, "\r\n\r\nno").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_does_not_send_what_nobody_wants_is_not_waited_for_long() {
    let (mut caller, mut calls) = caller();
    let call = "POST / HTTP/1.1\r\nhost: r\r\ncontent-length: 9\r\n\r\nhalf";
    caller.write_all(call.as_bytes()).await.unwrap();
    assert!(begun(&mut calls).await);
    let refuse = |_| std::future::ready(Ok::<_, Infallible>(Response::new("no".to_owned())));
    assert_eq!(calls.answer(refuse).await, Answered::Last);
}

#[tokio::test]
async fn silence_is_not_a_byte_and_an_answer_with_a_connection_is_the_last() {
    let call = b"GET / HTTP/1.1\r\nhost: r\r\n\r\n";
    let (mut caller, mut calls) = caller();
    caller.write_all(call).await.unwrap();
    assert!(begun(&mut calls).await);
    let silent = |_| std::future::ready(Err::<Response<String>, _>(()));
    assert_eq!(calls.answer(silent).await, Answered::Silent);
    drop(calls);
    assert_eq!(caller.read(&mut [0]).await.unwrap(), 0);

    let (mut caller, mut calls) = self::caller();
    caller.write_all(call).await.unwrap();
    assert!(begun(&mut calls).await);
    let last = async |_| {
        let last = Response::builder().header(CONNECTION, "close");
        last.body("bye".to_owned()).map_err(|_| ())
    };
    assert_eq!(calls.answer(last).await, Answered::Last);
    let answer = until(&mut caller, "bye").await;
    assert_eq!(answer.matches("connection: close\r\n").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_caller_that_leaves_drops_the_service_and_one_that_says_more_does_not() {
    let (mut caller, mut calls) = called().await;
    let (go_on, mut waits) = mpsc::channel::<()>(1);
    let service = async |_| {
        futures::StreamExt::next(&mut waits).await;
        Ok::<_, ()>(Response::new("answer".to_owned()))
    };
    let more = async {
        // More than there is room for on the way, so that some of it has been read.
        let next = "GET /next HTTP/1.1\r\nhost: r\r\n\r\n".repeat(ROOM / 10);
        caller.write_all(&next.as_bytes()[..ROOM + 1]).await.unwrap();
        drop(go_on);
        until(&mut caller, "answer").await;
    };
    assert_eq!(tokio::join!(calls.answer(service), more).0, Answered::GoesOn);
    assert!(begun(&mut calls).await);
    assert_eq!(calls.answer(echo).await, Answered::GoesOn);
    until(&mut caller, "/next .").await;

    let (caller, mut calls) = called().await;
    let never = |_| std::future::pending::<Result<Response<String>, ()>>();
    let leave = async {
        tokio::task::yield_now().await;
        drop(caller);
    };
    assert_eq!(tokio::join!(calls.answer(never), leave).0, Answered::Broken);
}
