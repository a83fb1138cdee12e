//! The machine itself: what happens, and when something is next to be done. What the platform's answers do to it is
//! in [`answers`].

mod answers;

use std::{collections::VecDeque, time::Duration};

use ligand_backoff::Backoff;

use super::{
    queue::Queue,
    rules::{
        APART, FAILURES_PER_MINUTE, FRESH, LINK_GAP, LONG_GAP, NO_SLEEP_AFTER, REGISTER_AFTER_GAP,
        SHOWN_AFTER,
    },
    words::{DoorMark, Effect, Event, LinkLoss, Need, State, Unreached},
};

/// The calls to the platform, of which one is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    State,
    Lookup,
    Card,
    Test,
    Register,
    Beat,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Presence of one workspace.
#[derive(Debug)]
pub struct Machine {
    state: State,
    /// The mark of the address that the link gave us, while it is up.
    link: Option<DoorMark>,
    agent: bool,
    accepting: bool,
    /// The last link broke, and no other has come up since.
    link_broken: bool,
    /// The state poll of this round said *present*.
    present: bool,
    /// When the workspace's state was last read.
    seen_at: Option<Duration>,
    /// A heartbeat is to be sent in this round.
    beat_owed: bool,
    /// Our door was reached from outside over this very link.
    tested: bool,
    /// The relay asked for our key in the card.
    card_wanted: bool,
    /// The key was published since the last link was up.
    card_published: bool,
    registered: Option<DoorMark>,
    last_beat: Option<Duration>,
    queue: Queue,
    failing_since: Option<Duration>,
    /// When the last calls failed, at most [`FAILURES_PER_MINUTE`] of them.
    failures: VecDeque<Duration>,
    strikes: u8,
    call: Option<Call>,
    /// Nothing is asked of the platform before this.
    not_before: Duration,
    /// When the next round (state poll, then heartbeat) begins.
    next_round: Duration,
    backoff: Backoff,
}

impl Machine {
    /// A machine at rest.
    #[must_use]
    pub fn new(backoff: Backoff) -> Self {
        Self {
            state: State::Stopped,
            link: None,
            agent: false,
            accepting: false,
            link_broken: false,
            present: false,
            seen_at: None,
            beat_owed: false,
            tested: false,
            card_wanted: false,
            card_published: false,
            registered: None,
            last_beat: None,
            queue: Queue::default(),
            failing_since: None,
            failures: VecDeque::new(),
            strikes: 0,
            call: None,
            not_before: Duration::ZERO,
            next_round: Duration::ZERO,
            backoff,
        }
    }

    /// Where presence stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the platform answered when it was last asked.
    #[must_use]
    pub fn platform_answers(&self) -> bool {
        self.failing_since.is_none()
    }

    /// When, in time awake, the machine wants a [`Event::Tick`].
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let next = (self.live() && self.call.is_none()).then(|| {
            let wanted = self.queue.beat_at().filter(|_| !self.beat_owed);
            self.not_before
                .max(wanted.map_or(self.next_round, |at| at.min(self.next_round)))
        });
        [next, self.shown_at()].into_iter().flatten().min()
    }

    /// When a failure that is not shown yet has lasted long enough.
    fn shown_at(&self) -> Option<Duration> {
        let was_on = matches!(self.state, State::Online | State::Degraded);
        let since = self.failing_since.filter(|_| was_on)?;
        Some(since + SHOWN_AFTER)
    }

    /// When the next attempt is made, where a failure is being waited out.
    #[must_use]
    pub fn retry_at(&self) -> Option<Duration> {
        let waits = self.live() && self.call.is_none() && self.failing_since.is_some();
        waits.then(|| self.not_before.max(self.next_round))
    }

    /// Takes one event at this time awake, and says what is to be done, in this order.
    pub fn step(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.take(event, now, &mut effects);
        self.advance(now, &mut effects);
        effects
    }

    fn take(&mut self, event: Event, now: Duration, effects: &mut Vec<Effect>) {
        match event {
            Event::Start if !self.live() => self.begin(Effect::Dial, now, effects),
            Event::Stop => self.end(State::Stopped, effects),
            Event::Agent(ready) => self.agent_is(ready),
            _ if !self.live() => {}
            // A sleep that was announced and does not come is none.
            Event::Start | Event::Wake(_) if self.state == State::Asleep => {
                self.begin(Effect::Dial, now, effects);
            }
            Event::Tick if self.state == State::Asleep && now >= self.next_round => {
                self.begin(Effect::Dial, now, effects);
            }
            _ if self.state == State::Asleep => {}
            Event::Start | Event::Tick => {}
            Event::Sleep => self.sleep(now, effects),
            Event::Wake(gap) if gap >= LONG_GAP => self.begin(Effect::Redial, now, effects),
            Event::Wake(gap) if gap >= LINK_GAP => self.moved(true, now, effects),
            Event::Moved { link_gone } if link_gone || self.link.is_none() => {
                self.moved(link_gone, now, effects);
            }
            Event::Wake(_) | Event::Moved { .. } => {
                if self.link.is_some() {
                    effects.push(Effect::CheckLink);
                }
            }
            Event::Working(count) => {
                let beating = (self.call == Some(Call::Beat)).then_some(now);
                self.queue.working(count, beating.or(self.last_beat), now);
            }
            Event::Doubt => {
                let soonest = self.seen_at.map_or(now, |at| now.max(at + APART));
                self.next_round = self.next_round.min(soonest);
            }
            Event::LinkUp(door) => self.link_up(door, now),
            Event::LinkLost(loss) => self.link_lost(loss, now, effects),
            Event::State(answer) => self.on_state(answer, now, effects),
            Event::Looked(answer) => self.on_lookup(answer, now, effects),
            Event::CardPublished(answer) => self.on_card(answer, now, effects),
            Event::Tested(arrived) => self.on_test(arrived, now),
            Event::Registered(answer) => self.on_register(answer, now, effects),
            Event::Beat(answer) => self.on_beat(answer, now, effects),
        }
    }

    /// Does the next step of the order of coming back for which everything is there.
    fn advance(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if !self.live() || self.state == State::Asleep {
            return;
        }
        if self.shown_at().is_some_and(|at| at <= now) {
            self.state = State::Unreachable(Unreached::Platform);
        }
        if now >= self.next_round {
            self.present = false;
            self.beat_owed = true;
        }
        if self.queue.beat_at().is_some_and(|at| at <= now) {
            self.beat_owed = true;
        }
        self.accept(self.may_accept(), effects);
        if self.call.is_some() || now < self.not_before {
            return;
        }
        let serving = self.link.is_some() && self.agent;
        let (call, effect) = if !self.present {
            (Call::State, Effect::PollState)
        } else if self.state == State::Paused {
            return;
        } else if self.card_wanted && self.agent {
            (Call::Card, Effect::PublishCard)
        } else if !serving {
            return;
        } else if !self.tested {
            (Call::Test, Effect::SelfTest)
        } else if self.must_register(now) {
            (Call::Register, Effect::Register)
        } else if self.beat_owed {
            self.queue.beats();
            (Call::Beat, Effect::Beat)
        } else {
            return;
        };
        self.call = Some(call);
        effects.push(effect);
    }

    /// A start, or a wake: everything is learned anew, over a link that `dial` brings.
    fn begin(&mut self, dial: Effect, now: Duration, effects: &mut Vec<Effect>) {
        self.accept(false, effects);
        self.state = State::Connecting;
        self.link = None;
        self.link_broken = false;
        self.present = false;
        self.seen_at = None;
        self.beat_owed = true;
        self.tested = false;
        self.card_wanted = false;
        self.card_published = false;
        self.registered = None;
        self.last_beat = None;
        self.failing_since = None;
        self.strikes = 0;
        self.call = None;
        self.not_before = now;
        self.next_round = now;
        self.backoff.good();
        effects.push(dial);
    }

    /// The machine is about to sleep: nothing is sent until it wakes, or until it turns out that it does not sleep.
    fn sleep(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.state = State::Asleep;
        self.call = None;
        self.link = None;
        self.failing_since = None;
        self.not_before = now;
        self.next_round = now + NO_SLEEP_AFTER;
        self.accept(false, effects);
        effects.push(Effect::Suspend);
    }

    /// Another network: whatever is waited for is tried now, over new connections.
    fn moved(&mut self, link_gone: bool, now: Duration, effects: &mut Vec<Effect>) {
        if link_gone {
            self.link = None;
            self.tested = false;
            self.link_broken = true;
            if matches!(self.state, State::Online | State::Degraded) {
                self.state = State::Connecting;
            }
        }
        self.beat_owed = true;
        self.accept(false, effects);
        self.call = None;
        self.not_before = now;
        self.next_round = now;
        effects.push(Effect::Redial);
    }

    /// A stop, a removal, or a fault for the user: nothing is sent any more.
    fn end(&mut self, state: State, effects: &mut Vec<Effect>) {
        let was_live = self.live();
        self.state = state;
        self.call = None;
        self.link = None;
        self.failing_since = None;
        self.accept(false, effects);
        if was_live {
            effects.push(Effect::HangUp);
        }
    }

    fn agent_is(&mut self, ready: bool) {
        self.agent = ready;
        self.state = match self.state {
            State::Online if !ready => State::Degraded,
            State::Degraded if ready => State::Online,
            other => other,
        };
    }

    fn link_up(&mut self, door: DoorMark, now: Duration) {
        self.link = Some(door);
        self.link_broken = false;
        self.tested = false;
        self.card_wanted = false;
        self.card_published = false;
        // A test that the lost link left behind has no answer to wait for.
        if self.call == Some(Call::Test) {
            self.call = None;
        }
        self.refresh(now);
        // The way out is open: what waits for the platform need not wait any longer.
        self.not_before = now;
        if self.state == State::Unreachable(Unreached::Relay) {
            self.state = State::Connecting;
        }
    }

    fn link_lost(&mut self, loss: LinkLoss, now: Duration, effects: &mut Vec<Effect>) {
        let was_up = self.link.take().is_some();
        self.tested = false;
        match loss {
            LinkLoss::Superseded => self.end(State::NeedsUser(Need::Superseded), effects),
            LinkLoss::Refused => self.end(State::NeedsUser(Need::RelayRefused), effects),
            LinkLoss::KeyUnknown => {
                self.card_wanted = true;
                if self.card_published {
                    // The relay does not see what we published (yet): the two must not chase each other.
                    self.wait(None, now);
                }
            }
            LinkLoss::Broken => {
                self.link_broken = true;
                if was_up {
                    // What ended it may have ended the connections to the platform too, without a word: over one of
                    // them a call would wait for its whole deadline.
                    if self.call.take().is_some() {
                        self.next_round = now;
                    }
                    effects.push(Effect::Renew);
                }
                if matches!(self.state, State::Online | State::Degraded | State::Connecting) {
                    self.state = State::Unreachable(Unreached::Relay);
                }
            }
        }
    }

    fn wait(&mut self, hint: Option<Duration>, now: Duration) {
        self.not_before = now + self.backoff.next_delay(now, hint);
        self.failures.push_back(now);
        if self.failures.len() > FAILURES_PER_MINUTE {
            self.failures.pop_front();
        }
        if self.failures.len() == FAILURES_PER_MINUTE
            && let Some(first) = self.failures.front()
        {
            self.not_before = self.not_before.max(*first + MINUTE);
        }
    }

    fn accept(&mut self, on: bool, effects: &mut Vec<Effect>) {
        if self.accepting != on {
            self.accepting = on;
            effects.push(Effect::Accept(on));
        }
    }

    /// Deliveries are taken once the workspace was seen present with link and agent, and until that changes.
    fn may_accept(&self) -> bool {
        let was = self.accepting || (self.present && self.agent);
        self.link.is_some() && self.state != State::Paused && was
    }

    fn must_register(&self, now: Duration) -> bool {
        let lapsed = self
            .last_beat
            .is_some_and(|at| now.saturating_sub(at) > REGISTER_AFTER_GAP);
        self.registered.is_none() || self.registered != self.link || lapsed
    }

    /// Something came back: whatever the platform queued meanwhile is sent at the next beat, so that is now. The
    /// workspace's state is read again before it, unless that has just been done.
    fn refresh(&mut self, now: Duration) {
        self.beat_owed = true;
        if self.seen_at.is_none_or(|at| now.saturating_sub(at) > FRESH) {
            self.next_round = self.next_round.min(now);
        }
    }

    fn live(&self) -> bool {
        !matches!(self.state, State::Stopped | State::Removed | State::NeedsUser(_))
    }
}
