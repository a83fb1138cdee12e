//! Keeps one link up: dials, serves until it ends, waits by `backoff`, dials again.
//!
//! It decides nothing about presence; it tells the profile what happened. Three outcomes are not tried again here:
//! a final refusal, a takeover by another host, and a stop. A key that the relay does not know is tried again when
//! the profile prods (after publishing it) or when the wait is over. After a sleep the profile has it dial anew,
//! whatever it was doing.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use ligand_backoff::{Backoff, Bounds};
use ligand_platform::{Kind, is_proxy_login};
use ligand_tunnel::{
    Dial, DialError, Granted, Link, LinkEnd, LinkHandle,
    hello::{DoorRequest, GoodbyeReason, RefusalCode},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::handle::Shared;
use crate::{
    clock::{Clock, TICK, next_turn, wall_now, wall_words},
    deliveries::Deliveries,
    health::Fault,
    presence::LinkLoss,
};

/// First and longest wait between two dials that failed: short enough to be back within seconds of a relay's
/// restart, long enough that a relay which is gone for a day costs nothing.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A link that lasted this long was good: the next dial is made at once.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// What the link's task, or that of the own listener, tells the profile. The channel is as short as its bound: the profile always reads it.
pub(super) enum LinkEvent {
    /// Messages are fetched: there is nothing to dial.
    NotNeeded,
    /// A dial is under way.
    Dialling,
    /// A link is up, with these doors.
    Up(Granted, LinkHandle),
    /// Without a relay: the own listener is reached at this public address.
    Open(Url),
    /// Without a relay: the own listener cannot be reached.
    Shut {
        /// What is wrong.
        fault: Fault,
        /// Why, for people.
        why: String,
        /// Until it is tried again here, where that is known.
        wait: Option<Duration>,
    },
    /// It ended, or could not be had.
    Lost {
        /// What presence makes of it.
        loss: LinkLoss,
        /// Why, for people.
        why: String,
        /// Until the next dial.
        wait: Option<Duration>,
    },
}

/// The handle of the task.
pub(super) struct LinkTask {
    prod: Arc<Notify>,
    redial: Arc<Notify>,
    doors: watch::Sender<Vec<DoorRequest>>,
    stop: CancellationToken,
    join: JoinHandle<()>,
}

impl LinkTask {
    /// Starts it. `dial` holds what every dial has in common; its generation is set here.
    pub(super) fn spawn(
        dial: Dial,
        deliveries: Deliveries,
        shared: &Shared,
    ) -> (Self, mpsc::Receiver<LinkEvent>) {
        let (tell, events) = mpsc::channel(8);
        let (prod, redial) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let stop = CancellationToken::new();
        let (doors, asked) = watch::channel(dial.doors.clone());
        let keeper = Keeper {
            proxy: shared.proxies.name(&dial.relay),
            dial,
            doors: asked,
            deliveries,
            clock: shared.clock.clone(),
            generations: shared.generations.clone(),
            tell,
            prod: prod.clone(),
            redial: redial.clone(),
            stop: stop.clone(),
        };
        let join = tokio::spawn(keeper.run());
        let task = Self {
            prod,
            redial,
            doors,
            stop,
            join,
        };
        (task, events)
    }

    /// Dials now, if it waits.
    pub(super) fn prod(&self) {
        self.prod.notify_one();
    }

    /// Drops the link or the dial that there is, and dials now.
    pub(super) fn redial(&self) {
        self.redial.notify_one();
    }

    /// Asks for these doors from the next dial on.
    pub(super) fn set_doors(&self, doors: &[DoorRequest]) {
        self.doors.send_replace(doors.to_vec());
    }

    /// Ends it and waits for its end.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.join.await {
            tracing::error!(%error, "the link's task did not end well");
        }
    }
}

struct Keeper {
    dial: Dial,
    doors: watch::Receiver<Vec<DoorRequest>>,
    deliveries: Deliveries,
    /// The proxy on the way to the relay, in words.
    proxy: Option<String>,
    clock: Clock,
    generations: Arc<AtomicU64>,
    tell: mpsc::Sender<LinkEvent>,
    prod: Arc<Notify>,
    redial: Arc<Notify>,
    stop: CancellationToken,
}

/// What to do after a link ended or a dial failed.
enum Next {
    Again {
        loss: LinkLoss,
        why: String,
        hint: Option<Duration>,
    },
    Never {
        loss: LinkLoss,
        why: String,
    },
    Now,
    Stopped,
}

impl Keeper {
    async fn run(mut self) {
        let Ok(bounds) = Bounds::new(FIRST_WAIT, LONGEST_WAIT) else {
            return;
        };
        let mut backoff = Backoff::new(bounds);
        loop {
            let next = self.once(&mut backoff).await;
            let (loss, why, hint) = match next {
                Next::Stopped => return,
                Next::Now => {
                    tracing::info!("dialling anew");
                    continue;
                }
                Next::Never { loss, why } => {
                    tracing::warn!(%why, "the link is given up");
                    self.say(LinkEvent::Lost {
                        loss,
                        why,
                        wait: None,
                    })
                    .await;
                    return;
                }
                Next::Again { loss, why, hint } => (loss, why, hint),
            };
            let wait = backoff.next_delay(self.clock.now(), hint);
            tracing::info!(%why, wait_ms = wait.as_millis() as u64, "no link; dialling again");
            self.say(LinkEvent::Lost {
                loss,
                why,
                wait: Some(wait),
            })
            .await;
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.prod.notified() => {}
                () = self.redial.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One dial and, if it succeeds, the whole life of the link.
    async fn once(&mut self, backoff: &mut Backoff) -> Next {
        self.say(LinkEvent::Dialling).await;
        self.dial.doors.clone_from(&self.doors.borrow());
        self.dial.generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        let dialled = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Next::Stopped,
            () = self.redial.notified() => return Next::Now,
            dialled = ligand_tunnel::dial(&self.dial) => dialled,
        };
        let link = match dialled {
            Ok(link) => link,
            Err(error) => return after_dial(&error, self.proxy.as_deref()),
        };
        let since = self.clock.now();
        tracing::info!(relay = %self.dial.relay, "link up");
        self.say(LinkEvent::Up(link.doors.clone(), link.handle.clone()))
            .await;
        let pinged = link.handle.clone();
        let end = tokio::select! {
            biased;
            // The link ends with the future that serves it.
            () = self.redial.notified() => return Next::Now,
            end = serve(link, self.deliveries.clone(), self.stop.clone()) => end,
            never = ping_at_ticks(self.clock.clone(), pinged) => match never {},
        };
        if self.clock.now().saturating_sub(since) >= GOOD_AFTER {
            backoff.good();
        }
        after_link(end)
    }

    async fn say(&self, event: LinkEvent) {
        // The profile drops its end only after it has stopped this task.
        let _ = self.tell.send(event).await;
    }
}

/// Asks whether the link is alive when other things wake the machine anyway: the link's own pings are never due then.
async fn ping_at_ticks(clock: Clock, link: LinkHandle) -> Infallible {
    loop {
        tokio::time::sleep_until(clock.instant(next_turn(clock.now(), TICK))).await;
        let _end_is_told_by_the_link = link.ping().await;
    }
}

/// Serves the link with the deliveries. Boxed here, where the compiler can still see that it may change threads.
fn serve(link: Link, deliveries: Deliveries, stop: CancellationToken) -> BoxFuture<'static, LinkEnd> {
    let service = move |request| {
        let deliveries = deliveries.clone();
        async move { deliveries.handle(request).await }
    };
    link.serve(service, stop).boxed()
}

fn after_dial(error: &DialError, proxy: Option<&str>) -> Next {
    let why = match (error, proxy) {
        (DialError::Connect(cause), Some(proxy)) if is_proxy_login(cause) => {
            format!("{proxy}: {}", Kind::ProxyLogin)
        }
        _ => error.to_string(),
    };
    let DialError::Refused(refusal) = error else {
        let hint = match error {
            DialError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        };
        return Next::Again {
            loss: LinkLoss::Broken,
            why,
            hint,
        };
    };
    let hint = refusal
        .retry_after_s
        .map(|seconds| Duration::from_secs(seconds.into()));
    match refusal.code {
        RefusalCode::UnknownKey => Next::Again {
            loss: LinkLoss::KeyUnknown,
            why,
            hint,
        },
        RefusalCode::Version
        | RefusalCode::Malformed
        | RefusalCode::WrongRelay
        | RefusalCode::UnknownPlatform
        | RefusalCode::BadProof
        | RefusalCode::TokenNotTaken
        | RefusalCode::TokenProvesNothing => Next::Never {
            loss: LinkLoss::Refused,
            why,
        },
        // What the platform says about the workspace, presence asks the platform itself.
        _ => Next::Again {
            loss: LinkLoss::Broken,
            why,
            hint,
        },
    }
}

fn after_link(end: LinkEnd) -> Next {
    match end {
        LinkEnd::Stopped => Next::Stopped,
        LinkEnd::Goodbye(goodbye)
            if goodbye.reason == GoodbyeReason::Superseded && goodbye.same_instance != Some(true) =>
        {
            Next::Never {
                loss: LinkLoss::Superseded,
                why: format!("taken over at {}", wall_words(wall_now())),
            }
        }
        LinkEnd::Goodbye(goodbye) => {
            let why = format!("the relay ended the link ({})", goodbye.reason.as_str());
            Next::Again {
                loss: LinkLoss::Broken,
                why,
                hint: goodbye.retry_after(),
            }
        }
        LinkEnd::Silent => again("the relay went silent"),
        LinkEnd::Closed => again("the relay closed the link"),
        LinkEnd::Error(error) => again(&format!("the link broke: {error}")),
    }
}

fn again(why: &str) -> Next {
    Next::Again {
        loss: LinkLoss::Broken,
        why: why.to_owned(),
        hint: None,
    }
}
