//! Keeps the own listener open and reachable, and tells the profile at which public address; the counterpart of `link` where
//! there is no relay.
//!
//! It decides nothing about presence. States: listening for the first time (tried again by `backoff`) → starting → open ⇄
//! shut → stopped. Neither a sleep nor another network ends it: what makes the listener reachable connects anew by itself,
//! and keeps its address where it can.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use ligand_backoff::{Backoff, Bounds};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{handle::Shared, link::LinkEvent};
use crate::{
    clock::Clock,
    config::ProfileName,
    deliveries::Deliveries,
    exposure::{Front, Kit, OwnListener, Program, Publisher, Reach},
    health::Fault,
};

/// Waits while the listener's address is somebody else's.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The handle of the task.
pub(super) struct FrontTask {
    again: Arc<Notify>,
    stop: CancellationToken,
    join: JoinHandle<()>,
}

impl FrontTask {
    /// Starts it.
    pub(super) fn spawn(
        front: Front,
        profile: &ProfileName,
        deliveries: Deliveries,
        shared: &Shared,
    ) -> (Self, mpsc::Receiver<LinkEvent>) {
        let (tell, events) = mpsc::channel(8);
        let (again, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let keeper = Keeper {
            front,
            profile: profile.clone(),
            deliveries,
            clock: shared.clock.clone(),
            log_dir: shared.places.exposure_log_dir(profile),
            tell,
            again: again.clone(),
            stop: stop.clone(),
        };
        let join = tokio::spawn(keeper.run());
        (Self { again, stop, join }, events)
    }

    /// Tells again how the listener is reached; what has been given up is tried again.
    pub(super) fn again(&self) {
        self.again.notify_one();
    }

    /// Ends it and everything that it has started, and waits for that.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.join.await {
            tracing::error!(%error, "the task of the own listener did not end well");
        }
    }
}

struct Keeper {
    front: Front,
    profile: ProfileName,
    deliveries: Deliveries,
    clock: Clock,
    log_dir: PathBuf,
    tell: mpsc::Sender<LinkEvent>,
    again: Arc<Notify>,
    stop: CancellationToken,
}

impl Keeper {
    async fn run(self) {
        self.say(LinkEvent::Dialling).await;
        let Some(listener) = self.listen().await else {
            return;
        };
        match &self.front {
            Front::Url { url, .. } => {
                tracing::info!(profile = %self.profile, listener = %listener.addr(), "the own listener is open");
                loop {
                    self.say(LinkEvent::Open(url.clone())).await;
                    if self
                        .stop
                        .run_until_cancelled(self.again.notified())
                        .await
                        .is_none()
                    {
                        break;
                    }
                }
            }
            Front::Program(program) => self.publish(*program, listener.addr()).await,
        }
        listener.stop().await;
    }

    /// Opens the listener; none when it was stopped before that.
    async fn listen(&self) -> Option<OwnListener> {
        let addr = match &self.front {
            Front::Url { listen, .. } => *listen,
            Front::Program(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        let mut backoff = Backoff::new(Bounds::new(FIRST_WAIT, LONGEST_WAIT).ok()?);
        loop {
            let why = match OwnListener::start(addr, self.deliveries.clone()).await {
                Ok(listener) => return Some(listener),
                Err(error) => format!("{addr}: {error}"),
            };
            let wait = backoff.next_delay(self.clock.now(), None);
            self.say(LinkEvent::Shut {
                fault: Fault::ListenerTaken,
                why,
                wait: Some(wait),
            })
            .await;
            let pause = async {
                tokio::select! {
                    biased;
                    () = self.again.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            };
            self.stop.run_until_cancelled(pause).await?;
        }
    }

    /// Keeps the program running that makes the listener reachable, and tells what it comes to.
    async fn publish(&self, program: Program, listener: SocketAddr) {
        let kit = Kit {
            profile: self.profile.clone(),
            program,
            listener,
            clock: self.clock.clone(),
            log_dir: self.log_dir.clone(),
        };
        let mut publisher = match Publisher::start(kit) {
            Ok(publisher) => publisher,
            Err(why) => {
                self.shut(Fault::ExposureDown, why).await;
                return self.stop.cancelled().await;
            }
        };
        let mut told = Reach::Starting;
        loop {
            let reach = publisher.reach();
            if reach != told {
                match &reach {
                    Reach::Open(url) => {
                        tracing::info!(profile = %self.profile, "{} leads here", program.name());
                        self.say(LinkEvent::Open(url.clone())).await;
                    }
                    Reach::Shut(fault, why) => self.shut(*fault, why.clone()).await,
                    // What it came to before is known until it comes to something else.
                    Reach::Starting => {
                        if let Reach::Open(_) = told {
                            self.shut(Fault::ExposureDown, format!("{} has ended", program.name()))
                                .await;
                        }
                    }
                }
                told = reach;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                () = self.again.notified() => {
                    publisher.retry().await;
                    told = Reach::Starting;
                }
                goes_on = publisher.changed() => if !goes_on { break },
            }
        }
        publisher.stop().await;
    }

    async fn shut(&self, fault: Fault, why: String) {
        tracing::warn!(profile = %self.profile, %why, "the own listener cannot be reached");
        self.say(LinkEvent::Shut {
            fault,
            why,
            wait: None,
        })
        .await;
    }

    async fn say(&self, event: LinkEvent) {
        // Whoever stops this task may wait for it, and hear nothing meanwhile.
        let _ = self.stop.run_until_cancelled(self.tell.send(event)).await;
    }
}
