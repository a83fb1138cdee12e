//! The one task of an agent that Ligand starts: does what the machine decides, and tells how it goes.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{Request, Uri};
use ligand_backoff::{Backoff, Bounds};
use ligand_platform::{Platform, Token};
use ligand_tunnel::door::DoorUrl;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use url::Url;
use uuid::Uuid;

use super::{
    Command, Now, View,
    launch::{Launched, Prepared},
    machine::{Effect, Event, Machine, State},
    output::Output,
    process::{GuardProgram, Process},
};
use crate::{
    agent::{AgentError, CARD_DEADLINE, attach::Attach, empty},
    clock::Clock,
    config::{CommandConfig, ProfileName, ReadyCheck},
};

/// Waits between starts that fail, after the near-immediate ones.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Orders wait here; each sender waits for its answer.
const INBOX: usize = 4;

/// Everything that an agent's task needs.
pub(crate) struct Kit {
    pub(crate) profile: ProfileName,
    pub(crate) config: CommandConfig,
    /// The platform's address as the profile has it.
    pub(crate) platform_url: String,
    pub(crate) platform: watch::Receiver<Platform>,
    pub(crate) workspace: Uuid,
    pub(crate) token: Token,
    /// The shared door's URL, once a link has brought it. None where the door is shut or there is no link to wait for.
    pub(crate) public_url: Option<watch::Receiver<Option<DoorUrl>>>,
    pub(crate) clock: Clock,
    /// The folder that keeps what it says.
    pub(crate) log_dir: PathBuf,
    /// How long a call waits for it.
    pub(crate) hold: Duration,
}

/// An agent's task. When this is dropped, the agent is ended.
pub(crate) struct Supervisor {
    inbox: mpsc::Sender<Order>,
    now: watch::Receiver<Now>,
    calls: Arc<AtomicUsize>,
    hold: Duration,
    _task: AbortOnDropHandle<()>,
}

/// What the task is asked to do.
enum Order {
    /// Start it anew; answered when that has begun.
    Restart(oneshot::Sender<()>),
    /// End it; answered when nothing of it is left.
    Stop(oneshot::Sender<()>),
}

impl Supervisor {
    /// Starts the agent.
    ///
    /// # Errors
    /// In words, when this process cannot start others.
    pub(crate) fn start(kit: Kit) -> Result<Self, String> {
        let guard = GuardProgram::this().map_err(|error| format!("its guard cannot be found ({error})"))?;
        Self::start_with(kit, guard)
    }

    pub(super) fn start_with(kit: Kit, guard: GuardProgram) -> Result<Self, String> {
        let bounds = Bounds::new(FIRST_WAIT, LONGEST_WAIT).map_err(|error| error.to_string())?;
        let ready_within = Duration::from_secs(kit.config.ready_within_s.into());
        let machine = Machine::new(ready_within, Backoff::new(bounds));
        let (sender, inbox) = mpsc::channel(INBOX);
        let view = View {
            ready: Err("the agent is not started".to_owned()),
            gave_up: false,
            without_secrets: None,
            refused: None,
        };
        let (publish, now) = watch::channel(Now { view, at: None });
        let (calls, hold) = (Arc::<AtomicUsize>::default(), kit.hold);
        let task = Task {
            output: Output::open(&kit.log_dir),
            kit: Arc::new(kit),
            guard,
            machine,
            inbox,
            publish,
            calls: calls.clone(),
            happenings: JoinSet::new(),
            number: 0,
            process: None,
            cancel: CancellationToken::new(),
            is_ending: false,
            agent: None,
            port: None,
            without_secrets: None,
            refused: None,
            stopped: None,
        };
        Ok(Self {
            inbox: sender,
            now,
            calls,
            hold,
            _task: AbortOnDropHandle::new(tokio::spawn(task.run())),
        })
    }

    /// The way for calls.
    pub(in crate::agent) fn command(&self) -> Command {
        Command {
            now: self.now.clone(),
            hold: self.hold,
            calls: self.calls.clone(),
        }
    }

    /// Follows how it is.
    pub(crate) fn watch(&self) -> AgentWatch {
        AgentWatch(self.now.clone())
    }

    /// Starts it anew, also when it had been given up.
    pub(crate) async fn restart(&self) {
        self.order(Order::Restart).await;
    }

    /// Ends it, and waits until nothing of it is left: as long as it takes to go, and 10 s at the most.
    pub(crate) async fn stop(self) {
        self.order(Order::Stop).await;
    }

    async fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, answer) = oneshot::channel();
        if self.inbox.send(order(done)).await.is_ok() {
            // A task that has ended has nothing left to end.
            let _ = answer.await;
        }
    }
}

/// Follows how an agent is.
pub(crate) struct AgentWatch(watch::Receiver<Now>);

impl AgentWatch {
    /// How it is now.
    pub(crate) fn view(&mut self) -> View {
        self.0.borrow_and_update().view.clone()
    }

    /// Waits for a change; false when its task has ended.
    pub(crate) async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// What the things that the task has begun came to.
enum Happening {
    Launched(Box<Launched>),
    NotLaunched(Event, Option<String>),
    Ended(String),
    Looked(Result<(), String>),
}

struct Task {
    kit: Arc<Kit>,
    guard: GuardProgram,
    machine: Machine,
    inbox: mpsc::Receiver<Order>,
    publish: watch::Sender<Now>,
    output: Output,
    calls: Arc<AtomicUsize>,
    /// What is under way, with the number of the process that it is about: what an earlier one left behind is dropped.
    happenings: JoinSet<(u64, Happening)>,
    number: u64,
    process: Option<Process>,
    /// Ends the preparations of a start.
    cancel: CancellationToken,
    /// The process is to end, also if it is only about to be one.
    is_ending: bool,
    /// The way to the process, once it runs.
    agent: Option<Arc<Attach>>,
    /// The port of the last start: kept while it is free.
    port: Option<u16>,
    without_secrets: Option<String>,
    refused: Option<String>,
    /// Who waits for the end.
    stopped: Option<oneshot::Sender<()>>,
}

impl Task {
    async fn run(mut self) {
        self.step(Event::Start);
        loop {
            self.tell();
            if self.machine.state() == State::Stopped {
                if let Some(stopped) = self.stopped.take() {
                    let _ = stopped.send(());
                }
                return;
            }
            let wake_at = self.machine.wake_at().map(|at| self.kit.clock.instant(at));
            let timer = async move {
                match wake_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                order = self.inbox.recv() => match order {
                    Some(Order::Restart(done)) => {
                        tracing::info!(profile = %self.kit.profile, "the agent is restarted");
                        self.step(Event::Restart);
                        let _ = done.send(());
                    }
                    Some(Order::Stop(done)) => {
                        self.stopped = Some(done);
                        self.step(Event::Stop);
                    }
                    None => self.step(Event::Stop),
                },
                Some(Ok((number, happening))) = self.happenings.join_next() => {
                    if number == self.number {
                        self.take_in(happening);
                    }
                }
                () = timer => self.step(Event::Tick),
            }
        }
    }

    fn step(&mut self, event: Event) {
        let before = self.machine.state();
        let effects = self.machine.step(event, self.kit.clock.now());
        let after = self.machine.state();
        if std::mem::discriminant(&before) != std::mem::discriminant(&after) {
            tracing::info!(profile = %self.kit.profile, state = ?after, why = self.machine.why(), "agent");
        }
        for effect in effects {
            match effect {
                Effect::Launch => self.launch(),
                Effect::Look => self.look(),
                Effect::End => self.end(),
            }
        }
    }

    fn take_in(&mut self, happening: Happening) {
        match happening {
            Happening::Launched(launched) => self.launched(*launched),
            Happening::NotLaunched(event, without_secrets) => {
                self.without_secrets = without_secrets;
                self.step(event);
            }
            Happening::Ended(how) => {
                (self.process, self.agent) = (None, None);
                let how = match self.output.last_words() {
                    Some(last) => format!("{how}; its last words were: {last}"),
                    None => how,
                };
                self.step(Event::Ended(how));
            }
            Happening::Looked(Err(_)) if self.calls.load(Ordering::Relaxed) > 0 => self.step(Event::Busy),
            Happening::Looked(result) => self.step(Event::Looked(result)),
        }
    }

    fn launch(&mut self) {
        self.number += 1;
        (self.is_ending, self.cancel) = (false, CancellationToken::new());
        self.output.begin();
        let (kit, guard, cancel) = (self.kit.clone(), self.guard.clone(), self.cancel.clone());
        let (number, port) = (self.number, self.port);
        self.happenings.spawn(async move {
            let prepared = cancel.run_until_cancelled(Prepared::gather(&kit)).await;
            let happening = match prepared {
                None => Happening::Ended("it was not started".to_owned()),
                Some(Err(why)) => {
                    let event = Event::Withheld(format!("the workspace's secrets cannot be fetched ({why})"));
                    Happening::NotLaunched(event, Some(why))
                }
                // A start that has begun is not broken off: it is seen to its end.
                Some(Ok(prepared)) => match prepared.start(&kit, &guard, port).await {
                    Ok(launched) => Happening::Launched(Box::new(launched)),
                    Err(why) => Happening::NotLaunched(Event::NotLaunched(why), None),
                },
            };
            (number, happening)
        });
    }

    fn launched(&mut self, launched: Launched) {
        let Launched {
            process,
            life,
            streams,
            port,
            hidden,
            refused,
            without_secrets,
        } = launched;
        self.output.follow(streams.stdout, false, &hidden);
        self.output.follow(streams.stderr, true, &hidden);
        if let Some(refused) = &refused {
            tracing::warn!(profile = %self.kit.profile, %refused, "the agent does not get all of the workspace's secrets");
        }
        (self.refused, self.without_secrets) = (refused, without_secrets);
        self.process = Some(process);
        self.port = Some(port);
        self.agent = address(port).map(|url| Arc::new(Attach::new(&url)));
        let number = self.number;
        self.happenings
            .spawn(async move { (number, Happening::Ended(life.end().await)) });
        self.step(Event::Launched);
        if self.is_ending {
            self.end();
        }
    }

    fn end(&mut self) {
        self.is_ending = true;
        self.cancel.cancel();
        if let Some(process) = &mut self.process {
            process.end();
        }
    }

    fn look(&mut self) {
        let (number, ready) = (self.number, self.kit.config.ready.clone());
        let Some(agent) = self.agent.clone() else {
            return self.step(Event::Looked(Err("it has no address".to_owned())));
        };
        self.happenings.spawn(async move {
            let looked = match ready {
                ReadyCheck::Card => agent
                    .fetch_card()
                    .await
                    .map(drop)
                    .map_err(|error| error.to_string()),
                ReadyCheck::Http(path) => answers(&agent, &path).await,
            };
            (number, Happening::Looked(looked))
        });
    }

    fn tell(&mut self) {
        let is_ready = matches!(self.machine.state(), State::Ready { .. });
        let view = View {
            ready: self.machine.why().map_or(Ok(()), Err),
            gave_up: self.machine.state() == State::GaveUp,
            without_secrets: self.without_secrets.clone(),
            refused: self.refused.clone(),
        };
        let at = self.agent.clone().filter(|_| is_ready);
        self.publish.send_if_modified(|now| {
            let is_same_agent = match (&now.at, &at) {
                (Some(before), Some(after)) => Arc::ptr_eq(before, after),
                (before, after) => before.is_none() && after.is_none(),
            };
            let is_same = now.view == view && is_same_agent;
            *now = Now { view, at };
            !is_same
        });
    }
}

fn address(port: u16) -> Option<Url> {
    Url::parse(&format!("http://127.0.0.1:{port}/")).ok()
}

/// Whether a path of the agent answers with success.
async fn answers(agent: &Attach, path: &str) -> Result<(), String> {
    let asking = async {
        let mut request = Request::new(empty());
        *request.uri_mut() = Uri::try_from(path).map_err(|_| AgentError::Address)?;
        agent.call(request).await.map(|answer| answer.status())
    };
    match timeout(CARD_DEADLINE, asking).await {
        Ok(Ok(status)) if status.is_success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{path} answers HTTP {}", status.as_u16())),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!(
            "{path} gives no answer within {} s",
            CARD_DEADLINE.as_secs()
        )),
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "supervisor_tests.rs"]
mod tests;
