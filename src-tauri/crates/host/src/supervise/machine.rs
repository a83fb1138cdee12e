//! The machine of one program that Ligand keeps running: the one place where each transition is. Pure: time is passed
//! in, and what it decides is done by `task`.

use std::{collections::VecDeque, time::Duration};

use ligand_backoff::Backoff;

use crate::clock::next_turn;

/// How often a program that is ready is looked at; together with the other turns of the host.
const CHECK_EVERY: Duration = Duration::from_secs(15);

/// How often one that starts is looked at: a refused connection on loopback costs nothing, and callers wait.
const CHECK_STARTING: Duration = Duration::from_millis(50);

/// How long it may take until its process runs: its secrets are fetched within 15 s, and its public URL is waited for
/// for a moment. A last resort.
const LAUNCH_WITHIN: Duration = Duration::from_secs(45);

/// A program that fails so many looks in a row hangs, and is started anew.
const FAILED_LOOKS: u8 = 3;

/// So many ends by itself ...
pub(crate) const CRASHES: usize = 5;
/// ... within so long are a loop: starting it once more will not help.
pub(crate) const CRASH_WINDOW: Duration = Duration::from_secs(120);

/// Where the program stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing runs, and nothing shall.
    Stopped,
    /// It was told to start, and has not shown that it takes calls; it has until `by`.
    Starting { by: Duration },
    /// It takes calls; so many of the last looks failed.
    Ready { failed: u8 },
    /// It hangs, or was not ready in time. It is being ended, and its end is waited for.
    Unhealthy,
    /// It has ended, or could not be started, and is started anew then.
    BackingOff { until: Duration },
    /// It ends again and again. Only the user goes on from here.
    GaveUp,
    /// The user wants it ended; its end is waited for. `again`: and started anew.
    Ending { again: bool },
}

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// It shall run.
    Start,
    /// It shall be ended and started, or started if it does not run; what went wrong before is forgotten.
    Restart,
    /// It shall not run.
    Stop,
    /// Its process runs.
    Launched,
    /// Its process could not be started.
    NotLaunched(String),
    /// It is not started, because something that it needs cannot be had now.
    Withheld(String),
    /// Its process has ended, and how.
    Ended(String),
    /// What a look at it came to.
    Looked(Result<(), String>),
    /// A look came to nothing while it works on something: that is no sign that it hangs.
    Busy,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Start its process; answered by `Launched`, `NotLaunched` or `Withheld`.
    Launch,
    /// See whether it takes calls; answered by `Looked` or `Busy`.
    Look,
    /// End its process, or what is about to become one; answered by `Ended`.
    End,
}

/// One program's machine.
#[derive(Debug)]
pub(crate) struct Machine {
    /// What is kept running, in words, such as "the agent".
    what: &'static str,
    state: State,
    /// Why it is not ready, in words.
    why: Option<String>,
    ready_within: Duration,
    backoff: Backoff,
    /// When it last ended by itself, at most [`CRASHES`] of them.
    crashes: VecDeque<Duration>,
    /// When the next look is due; none while nothing runs or a look is under way.
    look_at: Option<Duration>,
}

impl Machine {
    /// A program at rest, which has so long to become ready once it is started.
    pub(crate) fn new(what: &'static str, ready_within: Duration, backoff: Backoff) -> Self {
        Self {
            what,
            state: State::Stopped,
            why: None,
            ready_within,
            backoff,
            crashes: VecDeque::new(),
            look_at: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Why it is not ready; nothing while it is.
    pub(crate) fn why(&self) -> Option<String> {
        let (words, why) = match self.state {
            State::Ready { .. } => return None,
            State::Stopped => ("is not started", None),
            State::Starting { .. } => ("is starting", self.why.as_ref()),
            State::Unhealthy => ("is started anew", self.why.as_ref()),
            State::BackingOff { .. } => ("is started again in a moment", self.why.as_ref()),
            State::GaveUp => (
                "ended 5 times in 2 minutes, and is not started any more",
                self.why.as_ref(),
            ),
            State::Ending { again: true } => ("is being restarted", None),
            State::Ending { again: false } => ("is being stopped", None),
        };
        Some(match why {
            Some(why) => format!("{} {words}: {why}", self.what),
            None => format!("{} {words}", self.what),
        })
    }

    /// When, in time awake, it wants a [`Event::Tick`].
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        match self.state {
            State::Starting { by } => Some(self.look_at.map_or(by, |at| at.min(by))),
            State::Ready { .. } => self.look_at,
            State::BackingOff { until } => Some(until),
            State::Stopped | State::Unhealthy | State::GaveUp | State::Ending { .. } => None,
        }
    }

    /// Takes an event in, and says what is to be done.
    pub(crate) fn step(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        match (self.state, event) {
            // The user's word.
            (State::Stopped, Event::Start) => self.launch(now, &mut effects),
            (State::Stopped | State::BackingOff { .. } | State::GaveUp, Event::Restart) => {
                self.crashes.clear();
                self.backoff.good();
                self.launch(now, &mut effects);
            }
            (State::Starting { .. } | State::Ready { .. }, Event::Restart) => {
                self.crashes.clear();
                self.end(State::Ending { again: true }, &mut effects);
            }
            (State::Unhealthy | State::Ending { .. }, Event::Restart) => {
                self.crashes.clear();
                self.state = State::Ending { again: true };
            }
            (State::Starting { .. } | State::Ready { .. }, Event::Stop) => {
                self.end(State::Ending { again: false }, &mut effects);
            }
            (State::Unhealthy | State::Ending { .. }, Event::Stop) => {
                self.state = State::Ending { again: false };
            }
            (State::Stopped | State::BackingOff { .. } | State::GaveUp, Event::Stop) => {
                self.state = State::Stopped;
            }

            // The process's way.
            (State::Starting { .. }, Event::Launched) => {
                self.state = State::Starting {
                    by: now + self.ready_within,
                };
                self.look_at = Some(now);
            }
            (State::Starting { .. }, Event::Withheld(why)) => self.back_off(why, now),
            (State::Starting { .. } | State::Ready { .. }, Event::Ended(why))
            | (State::Starting { .. }, Event::NotLaunched(why)) => self.crashed(why, now),
            // Why it had to be ended says more than how it went.
            (State::Unhealthy, Event::Ended(how) | Event::NotLaunched(how) | Event::Withheld(how)) => {
                let why = self.why.take().unwrap_or(how);
                self.crashed(why, now);
            }
            (State::Ending { again }, Event::Ended(_) | Event::NotLaunched(_) | Event::Withheld(_)) => {
                if again {
                    self.launch(now, &mut effects);
                } else {
                    self.state = State::Stopped;
                }
            }

            // What looks at it came to.
            (State::Starting { .. } | State::Ready { .. }, Event::Looked(Ok(()))) => {
                self.backoff.good();
                self.why = None;
                self.state = State::Ready { failed: 0 };
                self.look_at = Some(next_turn(now, CHECK_EVERY));
            }
            (State::Starting { .. }, Event::Looked(Err(why))) => {
                self.why = Some(why);
                self.look_at = Some(now + CHECK_STARTING);
            }
            (State::Ready { failed }, Event::Looked(Err(why))) => {
                let failed = failed + 1;
                self.why = Some(why);
                if failed >= FAILED_LOOKS {
                    self.end(State::Unhealthy, &mut effects);
                } else {
                    self.state = State::Ready { failed };
                    self.look_at = Some(next_turn(now, CHECK_EVERY));
                }
            }
            (State::Ready { .. }, Event::Busy) => self.look_at = Some(next_turn(now, CHECK_EVERY)),
            (State::Starting { .. }, Event::Busy) => self.look_at = Some(now + CHECK_STARTING),

            // Time.
            (State::Starting { by }, Event::Tick) if now >= by => {
                let within = self.ready_within.as_secs();
                let why = match self.why.take() {
                    Some(why) => format!("it was not ready within {within} s ({why})"),
                    None => "it was not ready in time".to_owned(),
                };
                self.why = Some(why);
                self.end(State::Unhealthy, &mut effects);
            }
            (State::Starting { .. } | State::Ready { .. }, Event::Tick)
                if self.look_at.is_some_and(|at| now >= at) =>
            {
                self.look_at = None;
                effects.push(Effect::Look);
            }
            (State::BackingOff { until }, Event::Tick) if now >= until => self.launch(now, &mut effects),

            // It runs already; or what an earlier process left behind.
            _ => {}
        }
        effects
    }

    fn launch(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.state = State::Starting {
            by: now + LAUNCH_WITHIN,
        };
        self.why = None;
        self.look_at = None;
        effects.push(Effect::Launch);
    }

    fn end(&mut self, state: State, effects: &mut Vec<Effect>) {
        self.state = state;
        self.look_at = None;
        effects.push(Effect::End);
    }

    fn crashed(&mut self, why: String, now: Duration) {
        while self
            .crashes
            .front()
            .is_some_and(|at| now.saturating_sub(*at) >= CRASH_WINDOW)
        {
            self.crashes.pop_front();
        }
        self.crashes.push_back(now);
        if self.crashes.len() < CRASHES {
            // The first in a while is followed at once: whatever it was, callers wait.
            let wait = (self.crashes.len() > 1).then(|| self.backoff.next_delay(now, None));
            self.rest(why, now + wait.unwrap_or_default());
        } else {
            self.why = Some(why);
            self.look_at = None;
            self.state = State::GaveUp;
        }
    }

    fn back_off(&mut self, why: String, now: Duration) {
        let until = now + self.backoff.next_delay(now, None);
        self.rest(why, until);
    }

    fn rest(&mut self, why: String, until: Duration) {
        self.why = Some(why);
        self.look_at = None;
        self.state = State::BackingOff { until };
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
