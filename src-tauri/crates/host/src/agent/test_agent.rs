//! A small real agent for tests: an HTTP server on loopback that counts what it sees.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};
use url::Url;

use super::Body;

/// The agent. It ends when this is dropped.
pub(crate) struct TestAgent {
    pub(crate) url: Url,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) requests: Arc<AtomicUsize>,
    _server: JoinSet<()>,
}

impl TestAgent {
    /// Starts an agent that answers with what `answer` says.
    pub(crate) async fn start<F, Fut>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (opened, counted) = (connections.clone(), requests.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                opened.fetch_add(1, Ordering::SeqCst);
                let (answer, counted) = (answer.clone(), counted.clone());
                open.spawn(async move {
                    let service = service_fn(move |request| {
                        counted.fetch_add(1, Ordering::SeqCst);
                        let answer = answer(request);
                        async move { Ok::<_, Infallible>(answer.await) }
                    });
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            url,
            connections,
            requests,
            _server: server,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// The address of a port where nothing listens.
pub(crate) async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// A body whose pieces the test sends one by one.
pub(crate) fn piecewise() -> (mpsc::Sender<Bytes>, Body) {
    let (send, mut receive) = mpsc::channel::<Bytes>(1);
    let pieces = stream::poll_fn(move |cx| {
        receive
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    });
    (send, StreamBody::new(pieces).boxed())
}

/// Tells when it is dropped, and with it what holds it.
pub(crate) struct Held(Arc<watch::Sender<usize>>);

impl Held {
    /// How many are held.
    pub(crate) fn counter() -> Arc<watch::Sender<usize>> {
        Arc::new(watch::Sender::new(0))
    }

    pub(crate) fn by(counter: &Arc<watch::Sender<usize>>) -> Self {
        counter.send_modify(|count| *count += 1);
        Self(counter.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Waits until the count is this, and no longer than a test may.
pub(crate) async fn until(counter: &watch::Sender<usize>, wanted: usize) {
    let mut counter = counter.subscribe();
    let reached = counter.wait_for(|count| *count == wanted);
    tokio::time::timeout(Duration::from_secs(10), reached)
        .await
        .expect("the count was never reached")
        .unwrap();
}

/// An answer that never comes; `held` is let go when its caller leaves.
pub(crate) async fn never(held: Held) -> Response<Body> {
    let _held = held;
    std::future::pending().await
}

/// The whole of a body as text.
pub(crate) async fn text<B>(body: B) -> String
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
}
