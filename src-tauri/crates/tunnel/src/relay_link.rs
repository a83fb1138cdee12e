//! A welcomed link at the relay: where calls are sent, and the streams that are kept for them.
//!
//! Before a call goes out on a link that has been quiet, the laptop is asked whether it is there: a call that waits
//! for another link is better than one that is lost on a dead one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::{Request, Response};
use tokio::sync::{Semaphore, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::adapter::Heard;
use crate::body::CallBody;
use crate::driver::Opening;
use crate::exchange::{Exchange, ExchangeError, Reply, Unanswered};
use crate::hello::{DoorGrant, FromRelay, Goodbye};
use crate::queue;

/// Most calls at a time over one link, and no relay may allow more. Others wait.
pub const STREAMS_PER_LINK: usize = crate::driver::STREAMS;
/// How long a call waits for a stream: longer than the platform's bridge waits for anything (30 s) makes no sense.
const STREAM_WAIT: Duration = Duration::from_secs(30);
/// How long the driver may take to open a stream, which needs no answer from the laptop.
const OPEN_WAIT: Duration = Duration::from_secs(5);
/// Most streams that are kept for use again. An idle one costs two HTTP buffers at each end.
const IDLE_STREAMS: usize = 64;
/// How long a stream is kept idle.
const IDLE_FOR: Duration = Duration::from_secs(60);
/// After this long without a word from the laptop a call first asks whether it is still there.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// How long the laptop may take to answer that.
const PROBE_WAIT: Duration = Duration::from_secs(2);
/// Longest body that the laptop's HTTP surely has read with the head, or can still throw away when the answer was an
/// error and nobody had looked at it. With a longer one it may close the stream after the answer.
const SURELY_READ_BYTES: u64 = 4 * 1024;

/// A welcomed link at the relay. Cheap to clone; the link lives until it ends by itself or by [`RelayLink::close`].
#[derive(Clone)]
pub struct RelayLink(pub(crate) Arc<Shared>);

impl std::fmt::Debug for RelayLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelayLink").finish_non_exhaustive()
    }
}

/// What all handles of a link and the task that runs it have in common.
pub(crate) struct Shared {
    pub(crate) wishes: queue::Sender<Opening>,
    pub(crate) outgoing: queue::Sender<Message>,
    pub(crate) heard: Arc<Heard>,
    /// Cancelled when the link has ended or must.
    pub(crate) closed: CancellationToken,
    idle: Mutex<Vec<Idle>>,
    permits: Arc<Semaphore>,
    /// How many permits there are.
    streams: usize,
}

impl Shared {
    pub(crate) fn new(
        streams: usize,
        wishes: queue::Sender<Opening>,
        outgoing: queue::Sender<Message>,
        heard: Arc<Heard>,
    ) -> Self {
        Self {
            wishes,
            outgoing,
            heard,
            closed: CancellationToken::new(),
            idle: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(streams)),
            streams,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream that was used last, so that the others age.
    fn take_idle(&self) -> Option<Box<Exchange>> {
        loop {
            let mut idle = self.idle().pop()?;
            if idle.exchange.is_ready() {
                return Some(idle.exchange);
            }
        }
    }

    /// Takes back a stream that a call is done with.
    pub(crate) fn keep(&self, exchange: Box<Exchange>) {
        // Just now, as a rule: the end of its answer.
        let since = self.heard.at();
        let mut idle = self.idle();
        if idle.len() < IDLE_STREAMS && !self.closed.is_cancelled() {
            idle.push(Idle { exchange, since });
        }
    }

    /// How many streams are kept.
    #[cfg(test)]
    pub(crate) fn idle_count(&self) -> usize {
        self.idle().len()
    }

    /// Drops the streams that nobody has used for long; all of them when the link has ended.
    pub(crate) fn drop_idle(&self) {
        let now = self.heard.clock().now();
        let ended = self.closed.is_cancelled();
        let dropped: Vec<Idle> = self
            .idle()
            .extract_if(.., |idle| ended || now.saturating_sub(idle.since) > IDLE_FOR)
            .collect();
        drop(dropped);
    }
}

struct Idle {
    exchange: Box<Exchange>,
    since: Duration,
}

impl RelayLink {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Whether both are handles of one link.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Sends one call and waits for the head of its answer. URI and headers go out as they are. Dropping the future
    /// or the answer's body cancels the call at the laptop.
    pub async fn send(&self, mut request: Request<CallBody>) -> Result<Response<Reply>, ExchangeError> {
        if !self.answers().await {
            return Err(ExchangeError::Away(Box::new(request)));
        }
        let permits = self.0.permits.clone();
        let permit = match permits.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => tokio::select! {
                biased;
                () = self.0.closed.cancelled() => None,
                permit = permits.acquire_owned() => permit.ok(),
                () = tokio::time::sleep(STREAM_WAIT) => return Err(ExchangeError::Busy(Box::new(request))),
            },
        };
        let Some(permit) = permit else {
            return Err(ExchangeError::Away(Box::new(request)));
        };
        let whole = request.body().whole_bytes().cloned();
        let length = whole.as_ref().map(|bytes| bytes.len() as u64);
        loop {
            let (mut exchange, reused) = match self.0.take_idle() {
                Some(exchange) => (exchange, true),
                None => match self.open().await {
                    Some(exchange) => (exchange, false),
                    None => return Err(ExchangeError::Away(Box::new(request))),
                },
            };
            match exchange.send(request, whole.clone()).await {
                Ok(parts) => {
                    let surely_read = |length| length <= SURELY_READ_BYTES || parts.status.is_success();
                    let reusable = length.is_some_and(surely_read);
                    let reply = Reply::new(exchange, reusable, self.0.clone(), permit);
                    return Ok(Response::from_parts(parts, reply));
                }
                Err(Unanswered::Back(back)) if reused && !self.0.closed.is_cancelled() => request = *back,
                Err(Unanswered::Back(back)) => {
                    // A fresh stream takes a call unless its link has ended.
                    self.close();
                    return Err(ExchangeError::Away(back));
                }
                Err(Unanswered::Broken(cause)) => return Err(ExchangeError::Broken(cause)),
            }
        }
    }

    /// Whether the laptop is still there. Believed for a while after it was heard; then asked first hand, and when it
    /// does not answer the link is over.
    async fn answers(&self) -> bool {
        let heard = &self.0.heard;
        if self.0.closed.is_cancelled() {
            return false;
        }
        if heard.ago() <= TRUSTED_FOR {
            return true;
        }
        let before = heard.messages();
        // No room means that a question is waiting to be sent already.
        drop(self.0.outgoing.try_send(Message::Ping(Bytes::new())));
        let answered = tokio::select! {
            biased;
            () = self.0.closed.cancelled() => false,
            answered = tokio::time::timeout(PROBE_WAIT, heard.more_than(before)) => answered.is_ok(),
        };
        if !answered {
            self.close();
        }
        answered
    }

    async fn open(&self) -> Option<Box<Exchange>> {
        let (wish, granted) = oneshot::channel();
        self.0.wishes.send(wish).await.ok()?;
        let Ok(stream) = tokio::time::timeout(OPEN_WAIT, granted).await else {
            // It opens streams whenever it runs: it has stopped moving.
            self.close();
            return None;
        };
        stream.ok().map(Exchange::new)
    }

    /// Says goodbye and takes no more calls, but lets those in flight finish: at most for `within`.
    pub async fn retire(&self, goodbye: Goodbye, within: Duration) {
        self.say(&FromRelay::Goodbye(goodbye));
        // Whoever waits for a stream is behind this, and goes to another link.
        let all = u32::try_from(self.0.streams).unwrap_or(u32::MAX);
        tokio::select! {
            biased;
            () = self.0.closed.cancelled() => {}
            _all_done = self.0.permits.acquire_many(all) => {}
            () = tokio::time::sleep(within) => {}
        }
        self.close();
    }

    /// Answers a laptop that has asked for other doors.
    pub fn grant(&self, doors: Vec<DoorGrant>) {
        self.say(&FromRelay::Doors { doors });
    }

    /// Ends the link and every call on it.
    pub fn close(&self) {
        self.0.closed.cancel();
    }

    /// Waits until the link has ended.
    pub async fn ended(&self) {
        self.0.closed.cancelled().await;
    }

    /// Whether the link has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    pub(crate) fn say(&self, message: &FromRelay) {
        let Ok(text) = serde_json::to_string(message) else {
            return;
        };
        if self.0.outgoing.try_send(Message::text(text)).is_err() {
            // The driver takes messages whenever the socket does: a full queue is a link that does not move.
            self.close();
        }
    }
}
