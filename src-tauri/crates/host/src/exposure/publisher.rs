//! A program that makes the own listener reachable, kept running: what it is started with, and what is told of it.
//!
//! It is ready once it has told an address and that it works. From then on its words alone count: a new address, or a loss
//! that it mends by itself, is told at once, and does not wait for the next look.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{program::Program, word::Heard};
use crate::{
    clock::Clock,
    config::ProfileName,
    health::Fault,
    supervise::{self, Charge, GuardProgram, Hidden, Launch, Machine, NotLaunched, Process, State, Terms},
};

/// A quick tunnel is there within seconds.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long one look waits for the address.
const LOOK: Duration = Duration::from_secs(1);

/// How its log files' names begin.
const LOG: &str = "exposure";

/// What a publisher needs.
pub(crate) struct Kit {
    pub(crate) profile: ProfileName,
    pub(crate) program: Program,
    /// Where the own listener is.
    pub(crate) listener: SocketAddr,
    pub(crate) clock: Clock,
    /// The folder that keeps what it says.
    pub(crate) log_dir: PathBuf,
}

/// How the own listener is reached now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Not known yet: the program is starting.
    Starting,
    /// At this public address.
    Open(Url),
    /// Not at all, and why.
    Shut(Fault, String),
}

/// A program that makes the own listener reachable. When this is dropped, it is ended.
pub(crate) struct Publisher {
    program: supervise::Supervisor,
    standing: watch::Receiver<Standing>,
    heard: watch::Receiver<Heard>,
}

impl Publisher {
    /// Starts the program.
    ///
    /// # Errors
    /// In words, when this process cannot start others.
    pub(crate) fn start(kit: Kit) -> Result<Self, String> {
        let guard = GuardProgram::this().map_err(|error| format!("its guard cannot be found ({error})"))?;
        Self::start_with(kit, guard, READY_WITHIN)
    }

    fn start_with(kit: Kit, guard: GuardProgram, ready_within: Duration) -> Result<Self, String> {
        let (publish, standing) = watch::channel(Standing::default());
        let (hear, heard) = watch::channel(Heard::default());
        let terms = Terms {
            profile: kit.profile,
            what: kit.program.name(),
            ready_within,
            clock: kit.clock,
            log: (kit.log_dir, LOG),
        };
        let kept = Kept {
            program: kit.program,
            listener: kit.listener,
            hear: Arc::new(hear),
            publish,
            starts: Arc::default(),
            is_missing: false,
            is_silent: false,
        };
        Ok(Self {
            program: supervise::Supervisor::start(terms, kept, guard)?,
            standing,
            heard,
        })
    }

    /// How the listener is reached now.
    pub(crate) fn reach(&mut self) -> Reach {
        let (standing, heard) = (self.standing.borrow_and_update(), self.heard.borrow_and_update());
        standing.reach(&heard)
    }

    /// Waits until that may have changed; false when its task has ended.
    pub(crate) async fn changed(&mut self) -> bool {
        tokio::select! {
            biased;
            changed = self.standing.changed() => changed.is_ok(),
            changed = self.heard.changed() => changed.is_ok(),
        }
    }

    /// Starts it anew if it had been given up.
    pub(crate) async fn retry(&self) {
        let gave_up = self.standing.borrow().gave_up;
        if gave_up {
            self.program.restart().await;
        }
    }

    /// Ends it, and waits until nothing of it is left.
    pub(crate) async fn stop(self) {
        self.program.stop().await;
    }
}

/// How the program stands, as its machine has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Standing {
    is_ready: bool,
    is_starting: bool,
    gave_up: bool,
    /// There is no such program.
    is_missing: bool,
    /// It told no address in time.
    is_silent: bool,
    why: Option<String>,
}

impl Standing {
    fn reach(&self, heard: &Heard) -> Reach {
        if self.is_ready {
            return match heard.address() {
                Some(url) => Reach::Open(url.clone()),
                None => {
                    let why = heard.lost().unwrap_or("its address does not lead here yet");
                    Reach::Shut(Fault::ExposureDown, why.to_owned())
                }
            };
        }
        if self.is_starting {
            return Reach::Starting;
        }
        let why = self.why.clone().unwrap_or_default();
        match heard.trouble() {
            _ if self.is_missing => Reach::Shut(Fault::ExposureMissing, why),
            Some((trouble, words)) => Reach::Shut(trouble.fault(), words.to_owned()),
            None if self.is_silent => Reach::Shut(Fault::ExposureSilent, why),
            None if self.gave_up => Reach::Shut(Fault::ExposureCrashLoop, why),
            None => Reach::Shut(Fault::ExposureDown, why),
        }
    }
}

/// The program as something that is kept running.
struct Kept {
    program: Program,
    listener: SocketAddr,
    hear: Arc<watch::Sender<Heard>>,
    publish: watch::Sender<Standing>,
    /// Counts the starts, so that what an earlier process says late is nobody's word.
    starts: Arc<AtomicU64>,
    is_missing: bool,
    is_silent: bool,
}

impl Kept {
    /// Who hears the lines of the process that is about to start.
    fn ear(&self) -> supervise::Ear {
        let ours = self.starts.fetch_add(1, Relaxed) + 1;
        let (program, hear, starts) = (self.program, self.hear.clone(), self.starts.clone());
        Arc::new(move |line| {
            let line = program.writable(&line);
            if let Some(word) = program.read(&line)
                && starts.load(Relaxed) == ours
            {
                hear.send_if_modified(|heard| {
                    let before = heard.clone();
                    heard.take(word);
                    *heard != before
                });
            }
            line
        })
    }
}

impl Charge for Kept {
    type Started = ();

    fn launch(
        &mut self,
        guard: GuardProgram,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<Launch<()>, NotLaunched>> {
        let ear = self.ear();
        self.hear.send_modify(Heard::begin);
        let (program, listener) = (self.program, self.listener);
        async move {
            if cancel.is_cancelled() {
                return Err(NotLaunched::Cancelled);
            }
            let env = program.environment(std::env::vars_os());
            let Some(file) = program.file(env.get("PATH")) else {
                let why = "no folder on PATH has it".to_owned();
                return Err(NotLaunched::Withheld("it is not installed", why));
            };
            let mut argv = vec![file.to_string_lossy().into_owned()];
            argv.extend(program.arguments(listener));
            let dir = env.get("HOME").unwrap_or("/".as_ref()).to_owned();
            let process = Process::start(&guard, &argv, &dir, &env).await;
            Ok(Launch {
                process: process.map_err(NotLaunched::Failed)?,
                hidden: Hidden::default().heard_by(ear),
                started: (),
            })
        }
        .boxed()
    }

    fn launched(&mut self, (): ()) {
        self.is_missing = false;
    }

    fn not_launched(&mut self, withheld: Option<&str>) {
        self.is_missing = withheld.is_some();
    }

    fn ended(&mut self) -> bool {
        self.hear.borrow().is_for_time()
    }

    fn look(&mut self) -> BoxFuture<'static, Result<(), String>> {
        let mut heard = self.hear.subscribe();
        let is_known = self.publish.borrow().is_ready;
        async move {
            // What it loses later it mends itself: to end it would only cost its address.
            let told = heard.wait_for(|heard| is_known || heard.address().is_some());
            match timeout(LOOK, told).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(_)) | Err(_) => Err("it has told no address that leads here".to_owned()),
            }
        }
        .boxed()
    }

    fn is_busy(&self) -> bool {
        false
    }

    fn tell(&mut self, machine: &Machine) {
        let state = machine.state();
        let is_ready = matches!(state, State::Ready { .. });
        // It is only ended for its looks while it starts.
        self.is_silent = (self.is_silent || state == State::Unhealthy) && !is_ready;
        let standing = Standing {
            is_ready,
            is_starting: matches!(state, State::Starting { .. }),
            gave_up: state == State::GaveUp,
            is_missing: self.is_missing,
            is_silent: self.is_silent,
            why: machine.why(),
        };
        self.publish.send_if_modified(|now| {
            let is_same = *now == standing;
            *now = standing;
            !is_same
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::word::{Trouble, Word};

    fn heard(words: &[Word]) -> Heard {
        let mut heard = Heard::default();
        for word in words {
            heard.take(word.clone());
        }
        heard
    }

    fn down() -> Standing {
        Standing {
            why: Some("cloudflared is started again in a moment: it ended with code 1".to_owned()),
            ..Standing::default()
        }
    }

    fn fault(standing: Standing, heard: &Heard) -> Fault {
        match standing.reach(heard) {
            Reach::Shut(fault, why) => {
                assert!(!why.is_empty());
                fault
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_open_while_it_is_ready_and_its_address_leads_here() {
        let ready = || Standing {
            is_ready: true,
            ..Standing::default()
        };
        let url = Url::parse("https://a.trycloudflare.com").unwrap();
        let there = [
            Word::Address {
                url: url.clone(),
                works: false,
            },
            Word::Works,
        ];
        assert_eq!(ready().reach(&heard(&there)), Reach::Open(url));
        assert_eq!(fault(ready(), &heard(&there[..1])), Fault::ExposureDown);
        let lost = [
            there.to_vec(),
            vec![Word::Lost("no recent network activity".into())],
        ]
        .concat();
        assert_eq!(
            ready().reach(&heard(&lost)),
            Reach::Shut(Fault::ExposureDown, "no recent network activity".into())
        );
        let starting = Standing {
            is_starting: true,
            ..Standing::default()
        };
        assert_eq!(starting.reach(&heard(&[])), Reach::Starting);
    }

    #[test]
    fn why_it_is_shut_is_named_by_the_most_telling_of_what_is_known() {
        let nothing = Heard::default();
        assert_eq!(fault(down(), &nothing), Fault::ExposureDown);
        let silent = Standing {
            is_silent: true,
            ..down()
        };
        assert_eq!(fault(silent.clone(), &nothing), Fault::ExposureSilent);
        let gave_up = Standing {
            gave_up: true,
            ..down()
        };
        assert_eq!(fault(gave_up.clone(), &nothing), Fault::ExposureCrashLoop);
        let missing = Standing {
            is_missing: true,
            ..down()
        };
        assert_eq!(fault(missing, &nothing), Fault::ExposureMissing);
        for (trouble, named) in [
            (Trouble::Login, Fault::ExposureLogin),
            (Trouble::Limited, Fault::ExposureLimited),
            (Trouble::Refused, Fault::ExposureDown),
        ] {
            let said = heard(&[Word::Trouble(trouble, "its own words".into())]);
            for standing in [down(), silent.clone(), gave_up.clone()] {
                assert_eq!(standing.reach(&said), Reach::Shut(named, "its own words".into()));
            }
        }
    }
}
