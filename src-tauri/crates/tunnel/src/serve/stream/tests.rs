//! A laptop's stream whose other end says whatever it likes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, ready};

use bytes::{Bytes, BytesMut};
use futures::{AsyncReadExt as _, AsyncWriteExt as _};
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::*;
use crate::testing::{head_of, streams};

/// A body of pieces as they are sent.
struct Pieces(mpsc::UnboundedReceiver<Result<&'static str, BoxError>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = ready!(self.0.poll_recv(cx));
        Poll::Ready(piece.map(|piece| piece.map(|text| Frame::data(text.into()))))
    }
}

async fn collect(mut body: CallContent) -> Result<Bytes, WireError> {
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        whole.extend_from_slice(&frame?.into_data().unwrap_or_default());
    }
    Ok(whole.freeze())
}

/// What the stream's service does.
async fn echo(request: Request<CallContent>) -> Result<Response<String>, Hush> {
    let body = collect(request.into_body()).await.map_err(|_| Hush)?;
    Ok(Response::new(String::from_utf8_lossy(&body).into_owned()))
}

/// Everything that the laptop writes until it closes.
async fn rest(mut stream: yamux::Stream) -> String {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ended = stream.read_to_end(&mut rest).await;
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn calls_are_answered_one_after_the_other_however_they_arrive() {
    let calls = [
        ("POST /w/x HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello", "hello"),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n1\r\ny\r\n0\r\n\r\n",
            "hey",
        ),
        ("GET / HTTP/1.1\r\n\r\n", ""),
    ];
    for step in [1, 2, 5, 1000] {
        let (mut relay, laptop) = streams().await;
        let serving = tokio::spawn(async move { serve(laptop, echo, &CancellationToken::new()).await });
        for (call, expected) in calls {
            for piece in call.as_bytes().chunks(step) {
                relay.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            let head = head_of(&mut relay).await;
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(
                head.contains(&format!("content-length: {}\r\n", expected.len())),
                "{head}"
            );
            let mut body = vec![0; expected.len()];
            relay.read_exact(&mut body).await.unwrap();
            assert_eq!(body, expected.as_bytes(), "{step}");
        }
        relay.close().await.unwrap();
        serving.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_answer_of_unknown_length_comes_as_it_is_made() {
    let (mut relay, laptop) = streams().await;
    let (make, pieces) = mpsc::unbounded_channel();
    let body = std::sync::Mutex::new(Some(Pieces(pieces)));
    let service = move |_: Request<CallContent>| {
        let body = body.lock().unwrap().take();
        async move { body.map(Response::new).ok_or(Hush) }
    };
    let serving = tokio::spawn(async move { serve(laptop, service, &CancellationToken::new()).await });
    relay.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(head_of(&mut relay).await.contains("transfer-encoding: chunked"));
    for (piece, chunk) in [("one", "3\r\none\r\n"), ("four", "4\r\nfour\r\n")] {
        make.send(Ok(piece)).unwrap();
        let mut read = vec![0; chunk.len()];
        relay.read_exact(&mut read).await.unwrap();
        assert_eq!(read, chunk.as_bytes());
    }
    make.send(Err("the agent is gone".into())).unwrap();
    assert_eq!(rest(relay).await, "");
    assert!(matches!(serving.await.unwrap(), Err(Broken::Answer(_))));
}

#[tokio::test]
async fn a_hush_ends_the_stream_without_a_byte() {
    let (mut relay, laptop) = streams().await;
    let hush = |_: Request<CallContent>| async { Err::<Response<String>, _>(Hush) };
    let serving = tokio::spawn(async move { serve(laptop, hush, &CancellationToken::new()).await });
    relay
        .write_all(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(rest(relay).await, "");
    assert!(matches!(serving.await.unwrap(), Err(Broken::Hush)));
}

#[tokio::test]
async fn what_is_no_call_reaches_no_service() {
    for text in [
        "GET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nx",
        "nonsense\r\n\r\n",
    ] {
        let (mut relay, laptop) = streams().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let service = move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            echo(request)
        };
        let serving = tokio::spawn(async move { serve(laptop, service, &CancellationToken::new()).await });
        relay.write_all(text.as_bytes()).await.unwrap();
        assert_eq!(rest(relay).await, "", "{text}");
        assert!(matches!(serving.await.unwrap(), Err(Broken::Wire(_))));
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_drops_the_service_and_the_answer() {
    struct Gone(mpsc::UnboundedSender<()>);
    impl Drop for Gone {
        fn drop(&mut self) {
            let _told = self.0.send(());
        }
    }
    for text in [
        "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        let (mut relay, laptop) = streams().await;
        let (gone, mut is_gone) = mpsc::unbounded_channel();
        let service = move |_: Request<CallContent>| {
            let guard = Gone(gone.clone());
            async move {
                std::future::pending::<()>().await;
                drop(guard);
                Err::<Response<String>, _>(Hush)
            }
        };
        let serving = tokio::spawn(async move { serve(laptop, service, &CancellationToken::new()).await });
        relay.write_all(text.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        drop(relay);
        is_gone.recv().await.unwrap();
        assert!(matches!(serving.await.unwrap(), Err(Broken::Left)), "{text}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_never_taken_for_a_short_one() {
    let (mut relay, laptop) = streams().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let service = move |request: Request<CallContent>| {
        let tell = tell.clone();
        async move {
            let read = collect(request.into_body()).await;
            tell.send(read.is_err()).unwrap();
            Err::<Response<String>, _>(Hush)
        }
    };
    let serving = tokio::spawn(async move { serve(laptop, service, &CancellationToken::new()).await });
    relay
        .write_all(b"POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\nhalf")
        .await
        .unwrap();
    relay.close().await.unwrap();
    // Either it hears of it, or it is dropped before it could.
    assert_ne!(told.recv().await, Some(false));
    drop(serving.await);
}

#[tokio::test]
async fn a_long_body_that_nobody_reads_is_held_back_and_an_answer_comes_all_the_same() {
    let (mut relay, laptop) = streams().await;
    let refuse = |_: Request<CallContent>| async { Ok::<_, Hush>(Response::new("no".to_owned())) };
    let serving = tokio::spawn(async move { serve(laptop, refuse, &CancellationToken::new()).await });
    relay
        .write_all(b"POST / HTTP/1.1\r\ncontent-length: 10000000\r\n\r\nbegin")
        .await
        .unwrap();
    assert!(rest(relay).await.ends_with("\r\n\r\nno"));
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_lets_the_answer_under_way_end_and_takes_no_further_call() {
    let (mut relay, laptop) = streams().await;
    let stop = CancellationToken::new();
    let (stopping, stopped) = (stop.clone(), stop.clone());
    let service = move |_: Request<CallContent>| {
        let stopped = stopped.clone();
        async move {
            stopped.cancelled().await;
            Ok::<_, Hush>(Response::new("the last".to_owned()))
        }
    };
    let serving = tokio::spawn(async move { serve(laptop, service, &stopping).await });
    relay.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    tokio::task::yield_now().await;
    stop.cancel();
    let answer = rest(relay).await;
    assert!(
        answer.contains("connection: close\r\n") && answer.ends_with("the last"),
        "{answer}"
    );
    serving.await.unwrap().unwrap();
}
