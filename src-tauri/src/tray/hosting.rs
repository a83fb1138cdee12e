//! The host's life in the tray's process: begun, tried again when it could not begin, and ended in order.
//!
//! States: [`Phase`]. The task hears wishes (clicks) and the signals that ask a process to end, and tells its phase.

use std::{
    io::{self, Write},
    sync::Arc,
};

use ligand_host::{
    config::ProfileName,
    host::{Host, HostError, HostHandle, HostOptions},
    lock::HostLock,
    places::Places,
    status::Status,
};
use ligand_hosting::{Embedded, EmbeddedError, EndSignals, Era, Turn, take_turn};
use tokio::sync::{mpsc, watch};

use crate::note;

/// The exit code when all went well.
const DONE: u8 = 0;
/// The exit code when there never was a host, or it was cut off.
const FAILED: u8 = 1;

/// What the host is doing.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// It begins.
    Starting,
    /// It will begin when the user has unlocked the keychain.
    WaitingForKeychain,
    /// It could not begin, for this reason.
    Failed(String),
    /// It runs.
    Running(Arc<Status>),
    /// It lets messages in flight end, for 10 s at most.
    Stopping,
}

/// What the user wants of it.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// Bring a profile online.
    Start(ProfileName),
    /// Take a profile out.
    Stop(ProfileName),
    /// Try again to begin.
    TryAgain,
    /// End.
    Quit,
}

/// Why the host could not begin.
#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Host(#[from] HostError),
}

/// A host that has begun, with what came along.
struct Begun {
    host: Host,
    embedded: Option<Embedded>,
}

/// The task.
pub(super) struct Hosting {
    pub(super) places: Places,
    /// Whether the embedded org and relay come along.
    pub(super) local: bool,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) end: EndSignals,
}

impl Hosting {
    /// Is the host until it is told to end; gives the exit code.
    pub(super) async fn run(mut self, lock: HostLock) -> u8 {
        let mut lock = lock;
        loop {
            self.phase.send_replace(Phase::Starting);
            let begin = begin(&self.places, lock, self.local, &self.phase);
            let begun = tokio::select! {
                biased;
                () = asked_to_end(&mut self.end, &mut self.wishes) => return DONE,
                begun = begin => begun,
            };
            match begun {
                Ok(begun) => return self.live(begun).await,
                Err(error) => self.say_failed(&error.to_string()),
            }
            match self.next_try().await {
                Some(next) => lock = next,
                None => return FAILED,
            }
        }
    }

    fn say_failed(&self, why: &str) {
        tracing::error!(%why, "the host did not start");
        let _unread = writeln!(io::stderr(), "ligand-desktop: {why}");
        self.phase.send_replace(Phase::Failed(why.to_owned()));
    }

    /// Waits until the user wants another try and it is our turn; `None` when they have had enough.
    async fn next_try(&mut self) -> Option<HostLock> {
        loop {
            tokio::select! {
                biased;
                () = self.end.next() => return None,
                wish = self.wishes.recv() => match wish? {
                    Wish::TryAgain => {}
                    Wish::Quit => return None,
                    Wish::Start(_) | Wish::Stop(_) => continue,
                },
            }
            match take_turn(&self.places).await {
                Ok(Turn::Ours(lock)) => return Some(lock),
                Ok(Turn::Theirs(_)) => {
                    self.say_failed("another host has started meanwhile. Open the Canvas to see it, or end it with `ligand down`");
                }
                Err(error) => self.say_failed(&error.to_string()),
            }
        }
    }

    /// Serves wishes and tells the status until the host has ended.
    async fn live(mut self, Begun { host, embedded }: Begun) -> u8 {
        let handle = host.handle();
        let mut status = handle.status();
        status.mark_changed();
        let mut running = std::pin::pin!(async {
            host.run_until_stopped().await;
            if let Some(embedded) = embedded {
                embedded.stop().await;
            }
        });
        let mut is_ending = false;
        loop {
            tokio::select! {
                biased;
                () = self.end.next() => {
                    if is_ending {
                        return FAILED;
                    }
                    is_ending = true;
                    self.stop(&handle);
                }
                () = &mut running => return DONE,
                Some(wish) = self.wishes.recv() => match wish {
                    Wish::Start(name) => drop(tokio::spawn(start(handle.clone(), name))),
                    Wish::Stop(name) => drop(tokio::spawn(stop(handle.clone(), name))),
                    Wish::TryAgain => {}
                    Wish::Quit => {
                        is_ending = true;
                        self.stop(&handle);
                    }
                },
                changed = status.changed() => {
                    if changed.is_ok() && !is_ending {
                        let now = status.borrow_and_update().clone();
                        self.phase.send_replace(Phase::Running(now));
                    }
                }
            }
        }
    }

    fn stop(&self, handle: &HostHandle) {
        note("Stopping; messages in flight get up to 10 s.");
        self.phase.send_replace(Phase::Stopping);
        handle.shutdown();
    }
}

async fn begin(
    places: &Places,
    lock: HostLock,
    local: bool,
    phase: &watch::Sender<Phase>,
) -> Result<Begun, BeginError> {
    let say_locked = || {
        phase.send_replace(Phase::WaitingForKeychain);
    };
    let embedded = match local {
        true => Some(Embedded::start(places, &lock, Era::default(), say_locked).await?),
        false => None,
    };
    let host = Host::start(places.clone(), lock, HostOptions::default()).await?;
    note(format!("Ligand is running (pid {}).", std::process::id()));
    Ok(Begun { host, embedded })
}

/// While nothing runs yet there is nothing to start or stop.
async fn asked_to_end(end: &mut EndSignals, wishes: &mut mpsc::Receiver<Wish>) {
    loop {
        tokio::select! {
            biased;
            () = end.next() => return,
            wish = wishes.recv() => match wish {
                None | Some(Wish::Quit) => return,
                Some(_) => {}
            },
        }
    }
}

/// Each on a task of its own: a stop waits for the deliveries in flight.
async fn start(handle: HostHandle, name: ProfileName) {
    if let Err(error) = handle.start(name.as_str()).await {
        tracing::warn!(profile = %name, %error, "not started");
    }
}

async fn stop(handle: HostHandle, name: ProfileName) {
    if let Err(error) = handle.stop(name.as_str()).await {
        tracing::warn!(profile = %name, %error, "not stopped");
    }
}
