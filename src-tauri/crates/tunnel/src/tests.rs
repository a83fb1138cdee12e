//! Both ends of a link in memory, with a clock that the test moves.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use hyper::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::adapter::Carried;
use crate::backlog::LEAST_BYTES;
use crate::carrier::Carrier;
use crate::dial::introduce;
use crate::door::{DoorUrl, Nonce, Slot};
use crate::hello::{DoorGrant, DoorRequest, Goodbye, GoodbyeReason};
use crate::{
    BoxError, CallBody, CallContent, Dial, ExchangeError, Handshake, Hush, LinkEnd, LinkHandle, Prover,
    RelayEvent, RelayEvents, RelayLink, STREAMS_PER_LINK,
};

/// What happens on the way between the two ends.
#[derive(Clone, Default)]
struct Wire {
    /// Nothing comes through any more, and nothing is closed.
    frozen: Arc<AtomicBool>,
    /// Writes of the relay.
    writes: Arc<AtomicUsize>,
    /// How much the system was told to keep of what the relay is to send.
    unsent: Arc<AtomicU32>,
}

impl Wire {
    fn freeze(&self) {
        self.frozen.store(true, Ordering::SeqCst);
    }

    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

/// The relay's end of the wire.
struct End {
    io: DuplexStream,
    wire: Wire,
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.wire.frozen.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for End {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wire.writes.fetch_add(1, Ordering::SeqCst);
        if self.wire.frozen.load(Ordering::SeqCst) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl Carrier for End {
    fn keep_unsent(&self, bytes: u32) {
        self.wire.unsent.store(bytes, Ordering::SeqCst);
    }
}

/// A link with its two ends.
struct Pair {
    relay: RelayLink,
    events: RelayEvents,
    laptop: LinkHandle,
    stop: CancellationToken,
    end: JoinHandle<LinkEnd>,
    wire: Wire,
}

async fn pair<S, F>(service: S) -> Pair
where
    S: Fn(Request<CallContent>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Whole>, Hush>> + Send + 'static,
{
    let (near, far) = tokio::io::duplex(256 * 1024);
    let wire = Wire::default();
    let relay_end = End {
        io: far,
        wire: wire.clone(),
    };
    let relay = Url::parse("https://relay.example").unwrap();
    let dial = Dial {
        relay: relay.clone(),
        platform: "https://org.example".into(),
        org_id: None,
        workspace: Uuid::new_v4(),
        instance: Uuid::new_v4(),
        generation: 1,
        doors: vec![DoorRequest::open(Slot::Platform, Nonce::random())],
        hold_s: 20,
        prover: Arc::new(Prover::RelayKey(Zeroizing::new("sesame".into()))),
        proxy: None,
    };
    let accepting = async {
        let opened = Handshake::begin(relay_end).await.unwrap().open(STREAMS_PER_LINK);
        let link = opened.link.clone();
        let url = DoorUrl::new("https://relay.example/w/x".into());
        (
            link,
            opened.welcome(vec![DoorGrant {
                slot: Slot::Platform,
                url,
                host_url: None,
            }]),
        )
    };
    let dialling = async {
        let carried = Carried::new(Box::new(near), Role::Client).await;
        introduce(&dial, &relay, carried, None).await.unwrap()
    };
    let ((relay, events), link) = tokio::join!(accepting, dialling);
    let (laptop, stop) = (link.handle.clone(), CancellationToken::new());
    let end = tokio::spawn(link.serve(service, stop.clone()));
    Pair {
        relay,
        events,
        laptop,
        stop,
        end,
        wire,
    }
}

/// A body that is there at once.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

async fn collect<B: Body<Data = Bytes> + Unpin>(mut body: B) -> Result<Bytes, B::Error> {
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        all.extend(frame?.into_data().unwrap());
    }
    Ok(all.into())
}

async fn echo(request: Request<CallContent>) -> Result<Response<Whole>, Hush> {
    Ok(Response::new(Whole(Some(
        collect(request.into_body()).await.unwrap(),
    ))))
}

fn call(body: &str) -> Request<CallBody> {
    let body = CallBody::whole(Bytes::copy_from_slice(body.as_bytes()));
    Request::post("/x")
        .header("host", "relay.example")
        .body(body)
        .unwrap()
}

async fn text(relay: &RelayLink, body: &str) -> String {
    let answer = relay.send(call(body)).await.unwrap();
    String::from_utf8(collect(answer.into_body()).await.unwrap().to_vec()).unwrap()
}

/// Lets every task do what it can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_in_a_row_share_one_stream() {
    let pair = pair(echo).await;
    for number in 0..50 {
        let body = format!("call {number}");
        assert_eq!(text(&pair.relay, &body).await, body);
        assert_eq!(pair.relay.0.idle_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_system_keeps_little_of_what_a_link_is_to_send_until_the_way_is_known() {
    let pair = pair(echo).await;
    assert_eq!(text(&pair.relay, "call").await, "call");
    assert_eq!(pair.wire.unsent.load(Ordering::SeqCst), LEAST_BYTES);
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_short_body_is_one_write() {
    let pair = pair(echo).await;
    text(&pair.relay, "first").await;
    settle().await;
    let before = pair.wire.writes();
    text(&pair.relay, &"x".repeat(1000)).await;
    settle().await;
    assert_eq!(pair.wire.writes() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn calls_at_the_same_time_are_gathered_into_few_writes() {
    let gate = Arc::new(Semaphore::new(0));
    let (at_work, service_gate) = (Arc::new(AtomicUsize::new(0)), gate.clone());
    let arrived = at_work.clone();
    let pair = pair(move |request| {
        let (gate, arrived) = (service_gate.clone(), arrived.clone());
        async move {
            arrived.fetch_add(1, Ordering::SeqCst);
            gate.acquire().await.unwrap().forget();
            echo(request).await
        }
    })
    .await;
    settle().await;
    let before = pair.wire.writes();
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let relay = pair.relay.clone();
            tokio::spawn(async move { text(&relay, "x").await })
        })
        .collect();
    while at_work.load(Ordering::SeqCst) < 32 {
        settle().await;
    }
    let writes = pair.wire.writes() - before;
    assert!(writes <= 8, "{writes} writes for 32 calls");
    gate.add_permits(32);
    for call in calls {
        assert_eq!(call.await.unwrap(), "x");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_the_laptop_closes_after_its_answer_is_not_used_again() {
    let pair = pair(|request| async {
        let mut answer = echo(request).await?;
        answer
            .headers_mut()
            .insert("connection", "close".parse().unwrap());
        Ok(answer)
    })
    .await;
    for number in 0..20 {
        let body = format!("call {number}");
        assert_eq!(text(&pair.relay, &body).await, body);
        assert_eq!(pair.relay.0.idle_count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn idle_streams_are_dropped_after_a_minute() {
    let pair = pair(echo).await;
    text(&pair.relay, "x").await;
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(pair.relay.0.idle_count(), 1);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(pair.relay.0.idle_count(), 0);
    assert_eq!(text(&pair.relay, "y").await, "y");
}

#[tokio::test(start_paused = true)]
async fn a_hush_is_broken_off_with_bytes_sent() {
    let pair = pair(|_| async { Err(Hush) }).await;
    let error = pair.relay.send(call("x")).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Broken(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_after_the_end_of_a_link_comes_back_unsent() {
    let pair = pair(echo).await;
    text(&pair.relay, "x").await;
    pair.stop.cancel();
    assert!(matches!(pair.end.await.unwrap(), LinkEnd::Stopped));
    pair.relay.ended().await;
    match pair.relay.send(call("kept")).await {
        Err(ExchangeError::Away(request)) => {
            assert_eq!(collect(request.into_body()).await.unwrap(), "kept");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_link_stays_alive_and_verified() {
    let pair = pair(echo).await;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        #[allow(clippy::disallowed_methods, reason = "the test's own clock")]
        let now = tokio::time::Instant::now().into_std();
        assert!(pair.laptop.status.borrow().is_verified(now));
    }
    assert_eq!(text(&pair.relay, "still there").await, "still there");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_link_is_dead_for_both_sides_within_their_times() {
    let pair = pair(echo).await;
    pair.laptop.ping().await.unwrap();
    pair.wire.freeze();
    let laptop = tokio::time::timeout(Duration::from_secs(21), pair.end)
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(laptop, LinkEnd::Silent), "{laptop:?}");
    tokio::time::timeout(Duration::from_secs(36), pair.relay.ended())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_on_a_quiet_link_asks_first_and_comes_back_after_two_seconds() {
    let pair = pair(echo).await;
    pair.laptop.ping().await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(text(&pair.relay, "x").await, "x", "it answers");
    pair.wire.freeze();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let sending = tokio::time::timeout(Duration::from_millis(2_100), pair.relay.send(call("kept")));
    assert!(matches!(sending.await.unwrap(), Err(ExchangeError::Away(_))));
    assert!(pair.relay.has_ended());
}

#[tokio::test(start_paused = true)]
async fn a_retired_link_finishes_its_calls_and_sends_no_new_ones() {
    let gate = Arc::new(Semaphore::new(0));
    let service_gate = gate.clone();
    let pair = pair(move |request| {
        let gate = service_gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            echo(request).await
        }
    })
    .await;
    let relay = pair.relay.clone();
    let running = tokio::spawn(async move { text(&relay, "to the end").await });
    settle().await;
    let relay = pair.relay.clone();
    let goodbye = Goodbye {
        reason: GoodbyeReason::Draining,
        retry_after_s: Some(3),
        same_instance: None,
    };
    let retiring = tokio::spawn(async move { relay.retire(goodbye, Duration::from_secs(10)).await });
    match pair.end.await.unwrap() {
        LinkEnd::Goodbye(goodbye) => assert_eq!(goodbye.retry_after(), Some(Duration::from_secs(3))),
        other => panic!("{other:?}"),
    }
    let relay = pair.relay.clone();
    let late = tokio::spawn(async move { relay.send(call("late")).await });
    settle().await;
    gate.add_permits(1);
    assert_eq!(running.await.unwrap(), "to the end");
    retiring.await.unwrap();
    assert!(matches!(late.await.unwrap(), Err(ExchangeError::Away(_))));
}

#[tokio::test(start_paused = true)]
async fn a_retired_link_does_not_wait_for_calls_for_ever() {
    let pair = pair(|_| std::future::pending()).await;
    let relay = pair.relay.clone();
    let running = tokio::spawn(async move { relay.send(call("x")).await });
    settle().await;
    let goodbye = Goodbye {
        reason: GoodbyeReason::Superseded,
        retry_after_s: None,
        same_instance: None,
    };
    let retiring = pair.relay.retire(goodbye, Duration::from_secs(10));
    tokio::time::timeout(Duration::from_secs(11), retiring)
        .await
        .unwrap();
    assert!(matches!(running.await.unwrap(), Err(ExchangeError::Broken(_))));
}

#[tokio::test(start_paused = true)]
async fn what_the_laptop_says_reaches_the_relay_in_order() {
    let mut pair = pair(echo).await;
    pair.laptop.leaving(0, true).await.unwrap();
    let closed = DoorRequest {
        closed: true,
        ..DoorRequest::open(Slot::Shared, Nonce::random())
    };
    let wanted = [closed];
    let asking = pair.laptop.doors(&wanted);
    let answering = async {
        assert!(matches!(
            pair.events.next().await,
            Some(RelayEvent::Leaving {
                hold_s: 0,
                refuse: true
            })
        ));
        let Some(RelayEvent::Doors(doors)) = pair.events.next().await else {
            panic!()
        };
        assert_eq!(doors, wanted);
        let url = DoorUrl::new("https://relay.example/w/y".into());
        pair.relay.grant(vec![DoorGrant {
            slot: Slot::Shared,
            url,
            host_url: None,
        }]);
    };
    let (granted, ()) = tokio::join!(asking, answering);
    assert_eq!(
        granted.unwrap().urls[&Slot::Shared].expose(),
        "https://relay.example/w/y"
    );
    pair.stop.cancel();
    assert!(pair.events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_an_ended_link_says_so() {
    let pair = pair(echo).await;
    pair.stop.cancel();
    pair.end.await.unwrap();
    assert!(pair.laptop.ping().await.is_err());
    assert!(pair.laptop.leaving(0, false).await.is_err());
    assert!(pair.laptop.doors(&[]).await.is_err());
}
