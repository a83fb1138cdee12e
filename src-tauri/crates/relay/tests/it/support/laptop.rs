//! Laptops that dial with the tunnel's own code, and what they answer.

use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use ligand_tunnel::door::{Nonce, Slot};
use ligand_tunnel::hello::DoorRequest;
use ligand_tunnel::{
    BoxError, CallContent, Dial, DialError, Hush, Link, LinkEnd, LinkHandle, Prover, SigningKey, dial,
};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Platform, Relay, client, soon};

/// What dials.
#[derive(Clone)]
pub(crate) struct Laptop {
    pub(crate) key: SigningKey,
    pub(crate) dial: Dial,
}

static GENERATION: AtomicU64 = AtomicU64::new(1);

impl Laptop {
    /// A laptop whose workspace exists and has its key in the card.
    pub(crate) fn known(platform: &Platform, relay: &Relay) -> Self {
        let laptop = Self::unknown(platform, relay);
        platform.publish(laptop.dial.workspace, Some(laptop.key.verifying_key()));
        laptop
    }

    /// A laptop of which the platform knows nothing.
    pub(crate) fn unknown(platform: &Platform, relay: &Relay) -> Self {
        let mut seed = [0; 32];
        rand::fill(&mut seed);
        let key = SigningKey::from_bytes(&seed);
        let dial = Dial {
            relay: relay.url(),
            platform: platform.base.clone(),
            org_id: None,
            workspace: Uuid::new_v4(),
            instance: Uuid::new_v4(),
            generation: 1,
            doors: [Slot::Platform, Slot::Shared]
                .map(|slot| DoorRequest::open(slot, Nonce::random()))
                .to_vec(),
            hold_s: 1,
            prover: Arc::new(Prover::CardKey(key.clone())),
            proxy: None,
        };
        Self { key, dial }
    }

    /// Dials as another process on the same workspace would.
    pub(crate) fn elsewhere(&self) -> Self {
        let mut other = self.clone();
        other.dial.instance = Uuid::new_v4();
        other
    }

    pub(crate) async fn dial(&mut self) -> Result<Link, DialError> {
        self.dial.generation = GENERATION.fetch_add(1, Ordering::SeqCst);
        soon(dial(&self.dial)).await
    }

    /// Dials and serves.
    pub(crate) async fn serve<S, F>(&mut self, service: S) -> Served
    where
        S: Fn(Request<CallContent>) -> F + Clone + Send + 'static,
        F: Future<Output = Answered> + Send + 'static,
    {
        Served::new(self.dial().await.unwrap(), service)
    }
}

pub(crate) type Body = BoxBody<Bytes, BoxError>;
pub(crate) type Answered = Result<Response<Body>, Hush>;

/// A link that is served until this is dropped.
pub(crate) struct Served {
    pub(crate) platform_door: String,
    pub(crate) shared_door: String,
    pub(crate) handle: LinkHandle,
    pub(crate) stop: CancellationToken,
    end: JoinHandle<LinkEnd>,
}

impl Served {
    pub(crate) fn new<S, F>(link: Link, service: S) -> Self
    where
        S: Fn(Request<CallContent>) -> F + Clone + Send + 'static,
        F: Future<Output = Answered> + Send + 'static,
    {
        let door = |slot| link.doors.urls[&slot].expose().to_owned();
        let (platform_door, shared_door) = (door(Slot::Platform), door(Slot::Shared));
        let (handle, stop) = (link.handle.clone(), CancellationToken::new());
        let end = tokio::spawn(link.serve(service, stop.clone()));
        Self {
            platform_door,
            shared_door,
            handle,
            stop,
            end,
        }
    }

    /// Waits for the link's own end.
    pub(crate) async fn end(mut self) -> LinkEnd {
        let end = soon(&mut self.end).await.unwrap();
        // Calls in flight go on after a goodbye.
        self.stop = CancellationToken::new();
        end
    }

    /// Stops it and waits until the relay has noticed that it is away.
    pub(crate) async fn leave(mut self) {
        self.stop.cancel();
        assert!(matches!(soon(&mut self.end).await.unwrap(), LinkEnd::Stopped));
        // The shared door says so at once.
        loop {
            if client().get(&self.shared_door).send().await.unwrap().status() == 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn text(text: impl Into<Bytes>) -> Response<Body> {
    Response::new(
        Full::new(text.into())
            .map_err(|never: Infallible| match never {})
            .boxed(),
    )
}

/// Sends back what it gets, as it comes.
pub(crate) async fn echo(request: Request<CallContent>) -> Answered {
    Ok(Response::new(request.into_body().map_err(BoxError::from).boxed()))
}

/// A body that the test feeds.
pub(crate) fn fed() -> (tokio::sync::mpsc::Sender<Result<Bytes, BoxError>>, Response<Body>) {
    let (feed, fed) = tokio::sync::mpsc::channel(1);
    let frames = futures::stream::unfold(fed, |mut fed| async move {
        let next: Result<Bytes, BoxError> = fed.recv().await?;
        Some((next.map(hyper::body::Frame::data), fed))
    });
    (
        feed,
        Response::new(http_body_util::StreamBody::new(sync(frames)).boxed()),
    )
}

/// A stream that may be shared, as boxed bodies have to be.
fn sync<T: Send + 'static>(
    stream: impl futures::Stream<Item = T> + Send + 'static,
) -> impl futures::Stream<Item = T> + Send + Sync {
    let stream = Mutex::new(Box::pin(stream));
    futures::stream::poll_fn(move |cx| stream.lock().unwrap().as_mut().poll_next(cx))
}

/// Counts things that are alive, such as calls at work.
#[derive(Clone, Default)]
pub(crate) struct Alive(Arc<AtomicUsize>);

impl Alive {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Alive until it is dropped.
    pub(crate) fn one(&self) -> OneAlive {
        self.0.fetch_add(1, Ordering::SeqCst);
        OneAlive(self.clone())
    }

    /// A service that counts each call until `go` lets it be echoed: a permit for each.
    pub(crate) fn at_work(
        &self,
        go: &Arc<Semaphore>,
    ) -> impl Fn(Request<CallContent>) -> BoxFuture<'static, Answered> + Clone + Send + 'static + use<> {
        let (alive, go) = (self.clone(), go.clone());
        move |request| {
            let (one, go) = (alive.one(), go.clone());
            Box::pin(async move {
                let _one = one;
                go.acquire().await.unwrap().forget();
                echo(request).await
            })
        }
    }

    /// A service that counts each call and never answers.
    pub(crate) fn endlessly(
        &self,
    ) -> impl Fn(Request<CallContent>) -> BoxFuture<'static, Answered> + Clone + Send + 'static + use<> {
        self.at_work(&Arc::new(Semaphore::new(0)))
    }
}

pub(crate) struct OneAlive(Alive);

impl Drop for OneAlive {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
