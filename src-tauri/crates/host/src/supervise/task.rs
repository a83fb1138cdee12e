//! The one task of a program that Ligand keeps running: does what the machine decides.

use std::{path::PathBuf, time::Duration};

use futures::future::BoxFuture;
use ligand_backoff::{Backoff, Bounds};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    machine::{Effect, Event, Machine, State},
    output::{Hidden, Output},
    process::{GuardProgram, Life, Process, Streams},
};
use crate::{clock::Clock, config::ProfileName};

/// Waits between starts that fail, after the near-immediate ones.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long what a program said last may be on its way after its end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Orders wait here; each sender waits for its answer.
const INBOX: usize = 4;

/// What is peculiar to one program that is kept running.
pub(crate) trait Charge: Send + 'static {
    /// What a start brings besides the process.
    type Started: Send + 'static;

    /// Starts it, with this guard. Once `cancel` is cancelled nothing new is begun; a start that has begun is seen to its end.
    fn launch(
        &mut self,
        guard: GuardProgram,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<Launch<Self::Started>, NotLaunched>>;

    /// It runs.
    fn launched(&mut self, started: Self::Started);

    /// It was not started; `withheld` says why, where something that it needs cannot be had now.
    fn not_launched(&mut self, withheld: Option<&str>);

    /// It has ended. Says whether time alone may mend what ended it before it was ready: such an end is no crash.
    fn ended(&mut self) -> bool;

    /// Sees whether it is ready.
    fn look(&mut self) -> BoxFuture<'static, Result<(), String>>;

    /// Whether it works on something, so that a look that comes to nothing is no sign that it hangs.
    fn is_busy(&self) -> bool;

    /// Tells whoever wants to know how it is now.
    fn tell(&mut self, machine: &Machine);
}

/// A program that was started.
pub(crate) struct Launch<S> {
    pub(crate) process: (Process, Life, Streams),
    /// What of its words must not be written.
    pub(crate) hidden: Hidden,
    pub(crate) started: S,
}

/// Why it was not.
pub(crate) enum NotLaunched {
    /// Nobody wanted it any more.
    Cancelled,
    /// Something that it needs cannot be had now: what, and why.
    Withheld(&'static str, String),
    /// It cannot be started.
    Failed(String),
}

/// How a program is kept running.
pub(crate) struct Terms {
    /// For the log.
    pub(crate) profile: ProfileName,
    /// What it is in words, such as "the agent".
    pub(crate) what: &'static str,
    /// How long it may take to become ready.
    pub(crate) ready_within: Duration,
    pub(crate) clock: Clock,
    /// The folder that keeps what it says, and how the files' names begin.
    pub(crate) log: (PathBuf, &'static str),
}

/// A program's task. When this is dropped, the program is ended.
pub(crate) struct Supervisor {
    inbox: mpsc::Sender<Order>,
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
    /// Starts the program.
    ///
    /// # Errors
    /// In words, when the waits make no sense.
    pub(crate) fn start<C: Charge>(terms: Terms, charge: C, guard: GuardProgram) -> Result<Self, String> {
        let bounds = Bounds::new(FIRST_WAIT, LONGEST_WAIT).map_err(|error| error.to_string())?;
        let (sender, inbox) = mpsc::channel(INBOX);
        let task = Task {
            machine: Machine::new(terms.what, terms.ready_within, Backoff::new(bounds)),
            output: Output::open(&terms.log.0, terms.log.1),
            terms,
            charge,
            guard,
            inbox,
            happenings: JoinSet::new(),
            number: 0,
            process: None,
            cancel: CancellationToken::new(),
            is_ending: false,
            stopped: None,
        };
        Ok(Self {
            inbox: sender,
            _task: AbortOnDropHandle::new(tokio::spawn(task.run())),
        })
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

/// What the things that the task has begun came to.
enum Happening<S> {
    Launched(Box<Launch<S>>),
    NotLaunched(NotLaunched),
    Ended(String),
    Looked(Result<(), String>),
}

struct Task<C: Charge> {
    terms: Terms,
    charge: C,
    guard: GuardProgram,
    machine: Machine,
    inbox: mpsc::Receiver<Order>,
    output: Output,
    /// What is under way, with the number of the process that it is about: what an earlier one left behind is dropped.
    happenings: JoinSet<(u64, Happening<C::Started>)>,
    number: u64,
    process: Option<Process>,
    /// Ends the preparations of a start.
    cancel: CancellationToken,
    /// The process is to end, also if it is only about to be one.
    is_ending: bool,
    /// Who waits for the end.
    stopped: Option<oneshot::Sender<()>>,
}

impl<C: Charge> Task<C> {
    async fn run(mut self) {
        self.step(Event::Start);
        loop {
            self.charge.tell(&self.machine);
            if self.machine.state() == State::Stopped {
                if let Some(stopped) = self.stopped.take() {
                    let _ = stopped.send(());
                }
                return;
            }
            let wake_at = self.machine.wake_at().map(|at| self.terms.clock.instant(at));
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
                        tracing::info!(profile = %self.terms.profile, "{} is restarted", self.terms.what);
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
        let effects = self.machine.step(event, self.terms.clock.now());
        let after = self.machine.state();
        if std::mem::discriminant(&before) != std::mem::discriminant(&after) {
            tracing::info!(profile = %self.terms.profile, state = ?after, why = self.machine.why(), "{}", self.terms.what);
        }
        for effect in effects {
            match effect {
                Effect::Launch => self.launch(),
                Effect::Look => self.look(),
                Effect::End => self.end(),
            }
        }
    }

    fn take_in(&mut self, happening: Happening<C::Started>) {
        match happening {
            Happening::Launched(launch) => self.launched(*launch),
            Happening::NotLaunched(NotLaunched::Cancelled) => self.ended("it was not started".to_owned()),
            Happening::NotLaunched(NotLaunched::Withheld(what, why)) => {
                self.charge.not_launched(Some(&why));
                self.step(Event::Withheld(format!("{what} ({why})")));
            }
            Happening::NotLaunched(NotLaunched::Failed(why)) => {
                self.charge.not_launched(None);
                self.step(Event::NotLaunched(why));
            }
            Happening::Ended(how) => self.ended(how),
            Happening::Looked(Err(_)) if self.charge.is_busy() => self.step(Event::Busy),
            Happening::Looked(result) => self.step(Event::Looked(result)),
        }
    }

    fn ended(&mut self, how: String) {
        self.process = None;
        let is_for_time = self.charge.ended();
        let how = match self.output.last_words() {
            Some(last) => format!("{how}; its last words were: {last}"),
            None => how,
        };
        let is_starting = matches!(self.machine.state(), State::Starting { .. });
        self.step(if is_for_time && is_starting {
            Event::Withheld(how)
        } else {
            Event::Ended(how)
        });
    }

    fn launch(&mut self) {
        self.number += 1;
        (self.is_ending, self.cancel) = (false, CancellationToken::new());
        self.output.begin();
        let launching = self.charge.launch(self.guard.clone(), self.cancel.clone());
        let number = self.number;
        self.happenings.spawn(async move {
            let happening = match launching.await {
                Ok(launch) => Happening::Launched(Box::new(launch)),
                Err(why) => Happening::NotLaunched(why),
            };
            (number, happening)
        });
    }

    fn launched(&mut self, launch: Launch<C::Started>) {
        let (process, life, streams) = launch.process;
        let stdout = self.output.follow(streams.stdout, false, &launch.hidden);
        let stderr = self.output.follow(streams.stderr, true, &launch.hidden);
        self.charge.launched(launch.started);
        self.process = Some(process);
        let number = self.number;
        self.happenings.spawn(async move {
            let how = life.end().await.how;
            // Both are closed by now, unless something has left the program's group with them.
            let _ = timeout(LAST_WORDS, async { (stdout.await, stderr.await) }).await;
            (number, Happening::Ended(how))
        });
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
        let (number, looking) = (self.number, self.charge.look());
        self.happenings
            .spawn(async move { (number, Happening::Looked(looking.await)) });
    }
}
