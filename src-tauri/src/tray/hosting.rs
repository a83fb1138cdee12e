//! The host's life in the tray's process: begun, tried again when it could not begin, and ended in order.
//!
//! States: [`Phase`]. The task hears wishes (clicks) and the signals that ask a process to end, and tells its phase.

mod wishes;

use std::{
    io::{self, Write},
    sync::Arc,
};

use ligand_host::{
    config::ProfileName,
    host::{Click, Host, HostError, HostHandle, HostOptions, Question, Screen, ScreenEvents},
    lock::HostLock,
    notify::{NotificationSettings, Pause},
    places::Places,
    status::Status,
};
use ligand_hosting::{Embedded, EmbeddedError, EndSignals, Era, Local, LocalToCome, Turn, take_turn};
use tokio::sync::{mpsc, watch};

use super::{clicks, clipboard::Clipboard};
use crate::{note, page::Page};

/// The exit code when all went well.
const DONE: u8 = 0;
/// The exit code when there never was a host, or it was cut off.
const FAILED: u8 = 1;

/// How the host's life in this process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The process is to end with this code.
    Quit(u8),
    /// The host has ended so that everything of Ligand's can go.
    Uninstall,
}

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
    Running(Running),
    /// It lets messages in flight end, for 10 s at most.
    Stopping,
}

/// What a running host says.
#[derive(Debug, Clone)]
pub(super) struct Running {
    /// How things are.
    pub(super) status: Arc<Status>,
    /// What the user wants to be told.
    pub(super) told: Arc<NotificationSettings>,
    /// Whether the user's login starts the tray.
    pub(super) at_login: bool,
}

/// What the user wants of it.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// Bring a profile online.
    Start(ProfileName),
    /// Take a profile out.
    Stop(ProfileName),
    /// Start a profile's agent anew.
    RestartAgent(ProfileName),
    /// Copy a profile's public URL.
    CopyUrl(ProfileName),
    /// Copy what helps to find a fault.
    CopyDiagnostics,
    /// Tell nothing for a while, or everything again.
    Pause(Pause),
    /// Have the login start the tray, or not.
    AtLogin(bool),
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
    local: Local,
    screen: ScreenEvents,
}

/// The task.
pub(super) struct Hosting {
    pub(super) places: Places,
    /// Whether the local org comes along from the beginning.
    pub(super) local: bool,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) end: EndSignals,
    /// Asks the person who sits here.
    pub(super) ask: Box<dyn Fn(Question) + Send>,
}

impl Hosting {
    /// Is the host until it is told to end.
    pub(super) async fn run(mut self, lock: HostLock) -> End {
        let mut lock = lock;
        loop {
            self.phase.send_replace(Phase::Starting);
            let begin = begin(&self.places, lock, self.local, &self.phase);
            let begun = tokio::select! {
                biased;
                () = asked_to_end(&mut self.end, &mut self.wishes) => return End::Quit(DONE),
                begun = begin => begun,
            };
            match begun {
                Ok(begun) => return self.live(begun).await,
                Err(error) => self.say_failed(&error.to_string()),
            }
            match self.next_try().await {
                Some(next) => lock = next,
                None => return End::Quit(FAILED),
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
                    _ => continue,
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
    async fn live(mut self, begun: Begun) -> End {
        let Begun {
            host,
            local,
            mut screen,
        } = begun;
        let handle = host.handle();
        let clipboard = Clipboard::default();
        let mut said = Said::of(&handle);
        let mut running = std::pin::pin!(async {
            host.run_until_stopped().await;
            local.stop().await;
        });
        let mut is_ending = false;
        let mut end = End::Quit(DONE);
        loop {
            tokio::select! {
                biased;
                () = self.end.next() => {
                    if is_ending {
                        return End::Quit(FAILED);
                    }
                    is_ending = true;
                    self.stop(&handle);
                }
                () = &mut running => return end,
                Some(wish) = self.wishes.recv() => match wish {
                    Wish::Quit => {
                        is_ending = true;
                        self.stop(&handle);
                    }
                    // On a task of its own: a stop waits for the deliveries in flight.
                    wish => drop(tokio::spawn(wishes::grant(handle.clone(), clipboard.clone(), wish))),
                },
                Some(question) = screen.questions.recv() => (self.ask)(question),
                Some(click) = screen.clicks.recv() => match click {
                    Click::Canvas { workspace, .. } => {
                        let page = workspace.map_or(Page::Canvas, Page::Workspace);
                        clicks::open(self.places.clone(), Some(page));
                    }
                    Click::Uninstall => {
                        end = End::Uninstall;
                        is_ending = true;
                        self.stop(&handle);
                    }
                },
                running = said.next() => if !is_ending {
                    self.phase.send_replace(Phase::Running(running));
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
    let (screen, events) = Screen::new();
    let (local_org, to_come) = LocalToCome::new();
    let options = HostOptions {
        commit: ligand_hosting::COMMIT,
        screen: Some(screen),
        local_org: Some(local_org),
        ..HostOptions::default()
    };
    let host = Host::start(places.clone(), lock, options).await?;
    note(format!("Ligand is running (pid {}).", std::process::id()));
    Ok(Begun {
        local: to_come.serve(&host, Era::default(), embedded, true),
        host,
        screen: events,
    })
}

/// What the host says, as it changes.
struct Said {
    status: watch::Receiver<Arc<Status>>,
    told: watch::Receiver<Arc<NotificationSettings>>,
    at_login: watch::Receiver<bool>,
}

impl Said {
    /// With what is so now still to be told.
    fn of(handle: &HostHandle) -> Self {
        let mut status = handle.status();
        status.mark_changed();
        Self {
            status,
            told: handle.notifications(),
            at_login: handle.login_item(),
        }
    }

    /// The next that differs; never, once the host has gone.
    async fn next(&mut self) -> Running {
        let changed = tokio::select! {
            changed = self.status.changed() => changed,
            changed = self.told.changed() => changed,
            changed = self.at_login.changed() => changed,
        };
        if changed.is_err() {
            std::future::pending::<()>().await;
        }
        Running {
            status: self.status.borrow_and_update().clone(),
            told: self.told.borrow_and_update().clone(),
            at_login: *self.at_login.borrow_and_update(),
        }
    }
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
