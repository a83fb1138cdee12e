//! Deliveries: what becomes of a call that came through a door.
//!
//! The way of one delivery through the platform door:
//!
//! ```text
//! the door's rules ─▶ body (64 MB) ─▶ parsed ─▶ known already? ──no──▶ Waiting ─▶ Working ─▶ Ended ─▶ answered
//!   404 401 405         └── JSON-RPC errors with HTTP 200 ──┘   └─yes: waits for the one under way, or gets its ending
//! ```
//!
//! From `Waiting` on (see [`delivery`]) a delivery is a task of its own: a caller that leaves does not stop the agent,
//! and finds the answer when it comes again. Only a call without a message id ends with its caller. The answer is read
//! whole, also a stream's: the platform does the same with it.
//!
//! `Working` is in the [`journal`] before the agent hears anything, and `Ended` is before anybody hears of it: the same
//! delivery gets its ending again after a crash too. What was `Working` then has an unknown outcome.
//!
//! A message that the host has fetched itself (see [`fetched`]) goes the same way from *parsed* on.
//!
//! Through the shared door nothing is read or remembered: bytes stream both ways, and a caller that leaves cancels the
//! agent's work.
//!
//! Shared calls take no permits. They can last for hours, and would lock the org out of its own agent; they have a
//! bound of their own, and are not counted in [`Deliveries::active`], by which the platform decides whether to send
//! what it has queued.

mod count;
mod curl;
mod delivery;
mod extended_card;
mod fetched;
mod intake;
mod journal;
mod keepable;
mod memory;
mod message;
mod normalise;
mod permits;
mod platform_door;
mod recorder;
mod replay;
mod replies;
mod shared_card;
mod shared_door;
#[cfg(test)]
mod tests;
mod timings;
mod vitals;
mod work;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    Request, Response,
    body::Body as HttpBody,
    header::{HeaderName, HeaderValue},
    http::uri::PathAndQuery,
};
use ligand_tunnel::{Hush, door::Slot};
use subtle::ConstantTimeEq as _;
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

pub(crate) use self::curl::curl;
pub(crate) use self::fetched::{Fetched, Outcome, Reply};
pub(crate) use self::journal::Owed;
pub use self::journal::{AnswerView, DeliveryDetail, DeliveryView, Journal, JournalState};
pub use self::recorder::Recording;
pub use self::replay::{NoReplay, Replayed};
pub use self::timings::Timing;
pub use self::vitals::Vitals;
use self::{
    delivery::Ending, intake::Room, memory::Memory, permits::Permits, timings::Timings, vitals::Watch,
};
use crate::{
    agent::{Agent, Body, BoxError, keeping, rpc::NO_ID},
    clock::Clock,
    config::DeliveryConfig,
    doors::{Deliver, Doors, NotFound, at_platform_door},
};

/// Calls through the shared door at a time: a quarter of the streams of a link.
const SHARED_CALLS: usize = 64;

/// After its time is up, a delivery that is cut off has this long to say so to its caller.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The self-test's header.
const PROBE_HEADER: HeaderName = HeaderName::from_static("ligand-probe");

/// With this beside it the self-test's call is closed without a byte, to see whether that gets back to the caller.
pub(crate) const CLOSE_HEADER: HeaderName = HeaderName::from_static("ligand-probe-close");

/// The bounds of deliveries through the platform door.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many the agent works on at a time.
    pub permits: usize,
    /// How many more may wait for their turn.
    pub waiting: usize,
    /// How long one waits for its turn.
    pub hold: Duration,
    /// The longest body and the longest answer, in bytes: what the platform's newer generation takes.
    pub body: usize,
    /// How long the agent may take: the platform itself gives up after as long.
    pub answer: Duration,
}

impl Limits {
    /// The usual bounds, with this time to wait for a turn.
    #[must_use]
    pub fn for_hold(hold: Duration) -> Self {
        Self {
            permits: 1,
            waiting: 64,
            hold,
            body: 64 * 1024 * 1024,
            answer: Duration::from_secs(30 * 60),
        }
    }
}

/// What a call to our own platform door carries to find out whether it reaches us.
#[derive(Clone)]
pub struct Probe {
    /// The header's name.
    pub name: HeaderName,
    /// Its value, which nobody else knows.
    pub value: HeaderValue,
}

/// The service that a link serves. Clones share everything.
#[derive(Clone)]
pub struct Deliveries(Arc<Inner>);

struct Inner {
    workspace: Uuid,
    agent: Agent,
    doors: Doors,
    limits: Limits,
    config: DeliveryConfig,
    journal: Journal,
    permits: Permits,
    shared_calls: Arc<Semaphore>,
    room: Room,
    memory: Memory,
    timings: Timings,
    watch: Watch,
    clock: Clock,
    probe: Probe,
    accepting: watch::Sender<bool>,
    /// Everything under way, until the last byte of its answer was taken. Closed from the beginning, which lets it be
    /// waited for.
    open: TaskTracker,
    /// Cuts off what is under way; a fresh one for what comes after.
    cut_off: Mutex<CancellationToken>,
}

impl Deliveries {
    /// Brings what comes for this workspace through these doors to this agent, once [`Deliveries::accept`] has said so.
    #[must_use]
    pub fn new(
        workspace: Uuid,
        agent: Agent,
        doors: Doors,
        limits: Limits,
        config: DeliveryConfig,
        journal: Journal,
    ) -> Self {
        // A UUID's hyphenated text is always a header's value.
        let mut value =
            HeaderValue::try_from(Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-"));
        value.set_sensitive(true);
        let open = TaskTracker::new();
        open.close();
        Self(Arc::new(Inner {
            workspace,
            agent,
            doors,
            permits: Permits::new(limits.permits, limits.waiting),
            limits,
            watch: Watch::new(config.current_task),
            config,
            journal,
            shared_calls: Arc::new(Semaphore::new(SHARED_CALLS)),
            room: Room::new(),
            memory: Memory::default(),
            timings: Timings::default(),
            clock: Clock::start(),
            probe: Probe {
                name: PROBE_HEADER,
                value,
            },
            accepting: watch::Sender::new(false),
            open,
            cut_off: Mutex::new(CancellationToken::new()),
        }))
    }

    /// Sees to one call.
    ///
    /// # Errors
    /// [`Hush`]: the call is to be closed without a byte.
    pub async fn handle<B>(&self, request: Request<B>) -> Result<Response<Body>, Hush>
    where
        B: HttpBody<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BoxError>,
    {
        let open = self.0.open.token();
        // A hold on the text, as the request goes on.
        let target = request.uri().path_and_query().cloned();
        let path = target.as_ref().map_or("", PathAndQuery::path);
        let response = match self.0.doors.find(path) {
            None => match self.0.doors.moving(path).map(at_platform_door) {
                // The platform keeps it, and sends it to our address when it knows that.
                Some(Ok(Deliver { queued })) => replies::reply(&Ending::Hushed, NO_ID, queued)?,
                Some(Err(_)) | None => replies::not_found(NotFound::NoDoor),
            },
            Some((Slot::Platform, rest)) => self.at_platform_door(request, rest).await?,
            Some((Slot::Shared, rest)) => {
                let (response, place) = self.at_shared_door(request, rest).await;
                return Ok(keeping(response, (open, place)));
            }
        };
        Ok(keeping(response, open))
    }

    /// Whether calls are taken. When not, the platform's are closed without a byte, also those that wait for their
    /// turn, and others are told that the agent is away. What the agent works on goes on.
    pub fn accept(&self, on: bool) {
        self.0.accepting.send_replace(on);
    }

    /// How many deliveries the agent works on, for the heartbeat.
    #[must_use]
    pub fn active(&self) -> watch::Receiver<usize> {
        self.0.permits.active()
    }

    /// How the agent fares, for the heartbeat.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        self.0.watch.vitals()
    }

    /// Changes how many deliveries the workspace wants the agent to work on at a time; the profile may want fewer.
    pub fn set_permits(&self, permits: usize) {
        let own = self
            .0
            .config
            .max_tasks
            .and_then(|tasks| usize::try_from(tasks).ok());
        self.0.permits.set(own.map_or(permits, |own| permits.min(own)));
    }

    /// Takes no more, and waits until everything under way has ended and been sent. What has not after `deadline` is
    /// cut off and its caller told so. Says how many those were.
    pub async fn drain(&self, deadline: Duration) -> usize {
        self.accept(false);
        if timeout(deadline, self.0.open.wait()).await.is_ok() {
            return 0;
        }
        let left = self.0.open.len();
        let cut_off = {
            let mut place = self.0.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *place)
        };
        cut_off.cancel();
        // Whoever takes no answer within this time gets none.
        let _ = timeout(LAST_WORDS, self.0.open.wait()).await;
        left
    }

    /// What the self-test's call to the platform door carries. It is answered here, whoever else may come in.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.0.probe.clone()
    }

    /// Where the time of one of the last deliveries went.
    #[must_use]
    pub fn timing(&self, message_id: &str) -> Option<Timing> {
        self.0.timings.get(message_id)
    }

    /// Whether calls are taken, and when that changes.
    pub(crate) fn accepting(&self) -> watch::Receiver<bool> {
        self.0.accepting.subscribe()
    }

    fn is_accepting(&self) -> bool {
        *self.0.accepting.borrow()
    }

    fn cut_off(&self) -> CancellationToken {
        self.0
            .cut_off
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_probe(&self, headers: &hyper::HeaderMap) -> bool {
        let Probe { name, value } = &self.0.probe;
        headers
            .get(name)
            .is_some_and(|shown| shown.as_bytes().ct_eq(value.as_bytes()).into())
    }
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}
