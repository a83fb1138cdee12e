//! Exchanges with a laptop that says whatever it likes.

use bytes::Bytes;
use futures::StreamExt as _;
use futures::io::AsyncWriteExt as _;
use hyper::{Method, Request};

use super::*;
use crate::testing::{head_of, streams};

/// An exchange and the laptop's end of its stream.
async fn pair() -> (Box<Exchange>, yamux::Stream) {
    let (relay, laptop) = streams().await;
    (Exchange::new(relay), laptop)
}

fn post(body: &'static [u8]) -> Request<CallBody> {
    Request::post("/w/door")
        .body(CallBody::whole(Bytes::from_static(body)))
        .unwrap()
}

async fn send(exchange: &mut Exchange, request: Request<CallBody>) -> Result<Parts, Unanswered<CallBody>> {
    let whole = request.body().whole_bytes().cloned();
    exchange.send(request, whole).await
}

/// Sends a call, lets the laptop say this piece by piece, and reads the answer.
async fn answered(said: &[u8], step: usize, method: Method) -> Result<(u16, Vec<u8>, bool), AnswerError> {
    let (mut exchange, mut laptop) = pair().await;
    let said = said.to_vec();
    let saying = tokio::spawn(async move {
        head_of(&mut laptop).await;
        for piece in said.chunks(step) {
            // The relay may have had enough.
            if laptop.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(laptop.close().await);
        laptop
    });
    let mut request = post(b"");
    *request.method_mut() = method;
    let parts = match send(&mut exchange, request).await {
        Ok(parts) => parts,
        Err(Unanswered::Broken(error)) => return Err(error),
        Err(Unanswered::Back(_)) => panic!("the call came back"),
    };
    let mut body = Vec::new();
    while let Some(piece) = poll_fn(|cx| exchange.poll_content(cx)).await? {
        body.extend_from_slice(&piece);
    }
    drop(saying.await);
    Ok((parts.status.as_u16(), body, exchange.keeps_alive))
}

#[tokio::test]
async fn an_answer_is_the_same_however_it_arrives() {
    let sized = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    let chunked = b"HTTP/1.1 201 Made\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    for step in [1, 2, 3, 7, 1000] {
        let (status, body, keeps) = answered(sized, step, Method::POST).await.unwrap();
        assert_eq!((status, &body[..], keeps), (200, &b"hello"[..], true), "{step}");
        let (status, body, keeps) = answered(chunked, step, Method::POST).await.unwrap();
        assert_eq!((status, &body[..], keeps), (201, &b"hello"[..], true), "{step}");
    }
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_its_stream_which_is_not_used_again() {
    let open = b"HTTP/1.1 200 OK\r\n\r\nhello";
    let (_, body, keeps) = answered(open, 3, Method::POST).await.unwrap();
    assert_eq!((&body[..], keeps), (&b"hello"[..], false));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_never_shorter() {
    for said in [
        &b""[..],
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let ended = answered(said, 1000, Method::POST).await;
        assert!(
            matches!(ended, Err(AnswerError::Wire(WireError::Ended))),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_an_error() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "x".repeat(80 * 1024));
    for said in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        &long,
    ] {
        let error = answered(said.as_bytes(), 1000, Method::POST).await;
        assert!(
            matches!(error, Err(AnswerError::Wire(WireError::Malformed(_)))),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn bytes_after_an_answer_make_the_stream_unfit_for_another() {
    let (mut exchange, mut laptop) = pair().await;
    tokio::join!(
        async {
            assert!(send(&mut exchange, post(b"")).await.is_ok());
            assert_eq!(poll_fn(|cx| exchange.poll_content(cx)).await.unwrap(), None);
            assert!(!exchange.is_ready());
        },
        async {
            head_of(&mut laptop).await;
            let said = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nanother's answer";
            laptop.write_all(said).await.unwrap();
        }
    );
}

#[tokio::test]
async fn a_call_whose_stream_has_ended_comes_back_whole() {
    let (mut exchange, mut laptop) = pair().await;
    laptop.close().await.unwrap();
    poll_fn(|cx| exchange.wire.poll_silence(cx)).await;
    match send(&mut exchange, post(b"hello")).await {
        Err(Unanswered::Back(request)) => {
            assert_eq!(request.body().whole_bytes().unwrap(), "hello");
            assert_eq!(request.uri(), "/w/door");
        }
        _ => panic!("the call did not come back"),
    }
}

#[tokio::test]
async fn an_answer_comes_through_while_a_long_call_is_still_on_its_way() {
    let (mut exchange, mut laptop) = pair().await;
    // Longer than the window: nobody reads it.
    let body = Bytes::from(vec![b'x'; 4 * 1024 * 1024]);
    let request = Request::post("/w/door").body(CallBody::whole(body)).unwrap();
    let (sent, ()) = tokio::join!(send(&mut exchange, request), async {
        head_of(&mut laptop).await;
        laptop
            .write_all(b"HTTP/1.1 413 Too long\r\ncontent-length: 2\r\n\r\nno")
            .await
            .unwrap();
    });
    assert_eq!(sent.ok().unwrap().status, 413);
    assert_eq!(
        poll_fn(|cx| exchange.poll_content(cx)).await.unwrap().unwrap(),
        "no"
    );
    assert!(exchange.content.is_done() && !exchange.is_ready());
}

#[tokio::test]
async fn a_short_body_goes_out_with_its_head() {
    let (mut exchange, mut laptop) = pair().await;
    let sending = tokio::spawn(async move { send(&mut exchange, post(b"hello")).await.map(drop).is_ok() });
    let mut packet = laptop.next().await.unwrap().unwrap();
    if packet.as_ref().is_empty() {
        // What is left of the packet with which the stream began.
        packet = laptop.next().await.unwrap().unwrap();
    }
    assert!(packet.as_ref().ends_with(b"content-length: 5\r\n\r\nhello"));
    laptop.write_all(b"HTTP/1.1 204 No\r\n\r\n").await.unwrap();
    assert!(sending.await.unwrap());
}
