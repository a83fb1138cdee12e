//! Thousands of seconds of a laptop's life, in no time: a world of platform, relay, agent and sleep that changes at
//! random, and the machine in it. What is shown never contradicts for long what could be known, and once the world is
//! well the machine is online.

use std::time::Duration;

use ligand_backoff::{Backoff, Bounds};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::*;

/// How long the whole takes, in the world's seconds awake.
const LIFE: Duration = Duration::from_secs(10_000);
/// For so long, awake, what is shown may be behind what could be known.
const BEHIND: Duration = Duration::from_secs(2);
/// The longest that a well world may have to wait: the rest of a minute with too many failures, a poll, and the calls.
const WELL_AGAIN: Duration = Duration::from_secs(100);
/// One step of the world.
const STEP: Duration = Duration::from_millis(50);
/// What a call takes.
const ROUND_TRIP: Duration = Duration::from_millis(100);
/// A dial that fails is made again after this.
const DIAL_AGAIN: Duration = Duration::from_secs(1);

/// What is so, whether anybody knows it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct World {
    platform: bool,
    relay: bool,
    agent: bool,
    paused: bool,
    asleep: bool,
}

const WELL: World = World {
    platform: true,
    relay: true,
    agent: true,
    paused: false,
    asleep: false,
};

/// The machine, its calls under way, and what it could know.
struct Life {
    machine: Machine,
    world: World,
    now: Duration,
    /// The call under way and when it is answered.
    call: Option<(Effect, Duration)>,
    /// When the next dial is made; `None` with a link, or without the wish for one.
    dial_at: Option<Duration>,
    link: bool,
    /// What was last told of each part, and since when it is so.
    knows_platform: (bool, Duration),
    knows_paused: bool,
    contradicted_since: Option<Duration>,
    /// Since when nothing has happened in a well world.
    well_since: Duration,
}

impl Life {
    fn new(seed: u64) -> Self {
        let bounds = Bounds::new(Duration::from_secs(2), Duration::from_secs(30)).unwrap();
        let mut life = Self {
            machine: Machine::new(Backoff::with_rng(bounds, seed)),
            world: WELL,
            now: Duration::ZERO,
            call: None,
            dial_at: None,
            link: false,
            knows_platform: (true, Duration::ZERO),
            knows_paused: false,
            contradicted_since: None,
            well_since: Duration::ZERO,
        };
        life.tell(Event::Agent(true));
        life.tell(Event::Start);
        life
    }

    fn tell(&mut self, event: Event) {
        for effect in self.machine.step(event, self.now) {
            match effect {
                Effect::Dial if self.link => {}
                Effect::Dial => self.dial_at = Some(self.now + ROUND_TRIP),
                Effect::Redial => {
                    (self.link, self.call) = (false, None);
                    self.dial_at = Some(self.now + ROUND_TRIP);
                }
                Effect::Suspend => (self.link, self.call, self.dial_at) = (false, None, None),
                Effect::HangUp => (self.link, self.dial_at) = (false, None),
                Effect::Renew => self.call = None,
                Effect::CheckLink | Effect::Accept(_) => {}
                call => self.call = Some((call, self.now + ROUND_TRIP)),
            }
        }
    }

    /// Something in the world changes.
    fn change(&mut self, rng: &mut SmallRng) {
        self.well_since = self.now;
        if self.world.asleep {
            self.world.asleep = false;
            // The clocks tell how long; a sleep below a minute may not be announced either.
            let slept = Duration::from_secs(rng.random_range(1..10_000));
            return self.tell(Event::Wake(slept));
        }
        match rng.random_range(0..8) {
            0 => self.world.platform = !self.world.platform,
            1 => {
                self.world.relay = !self.world.relay;
                if !self.world.relay && self.link {
                    self.lose_link();
                }
            }
            2 => {
                self.world.agent = !self.world.agent;
                self.tell(Event::Agent(self.world.agent));
            }
            3 => {
                self.world.paused = !self.world.paused;
                if self.world.platform {
                    self.tell(Event::Doubt);
                }
            }
            4 => {
                self.world.asleep = true;
                self.tell(Event::Sleep);
            }
            5 => {
                let link_gone = self.link && rng.random_bool(0.5);
                self.tell(Event::Moved { link_gone });
            }
            6 => self.tell(Event::Wake(Duration::from_secs(rng.random_range(1..600)))),
            _ => {
                self.world = World {
                    asleep: self.world.asleep,
                    ..WELL
                };
                self.tell(Event::Agent(true));
            }
        }
    }

    fn lose_link(&mut self) {
        self.link = false;
        self.dial_at = Some(self.now + DIAL_AGAIN);
        self.tell(Event::LinkLost(LinkLoss::Broken));
    }

    /// One step of time awake.
    fn pass(&mut self) {
        self.now += STEP;
        if self.dial_at.is_some_and(|at| at <= self.now) {
            if self.world.relay {
                (self.link, self.dial_at) = (true, None);
                self.tell(Event::LinkUp(1));
            } else {
                self.lose_link();
            }
        }
        if let Some((call, at)) = self.call
            && at <= self.now
        {
            self.call = None;
            self.answer(call);
        }
        if self.machine.wake_at().is_some_and(|at| at <= self.now) {
            self.tell(Event::Tick);
        }
        self.judge();
    }

    fn answer(&mut self, call: Effect) {
        let failure = Failure {
            class: FailureClass::Retry,
            hint: None,
        };
        let answer = if self.world.platform { Ok(()) } else { Err(failure) };
        if call != Effect::SelfTest && self.knows_platform.0 != self.world.platform {
            self.knows_platform = (self.world.platform, self.now);
        }
        let seen = if self.world.paused {
            Seen::Paused
        } else {
            Seen::Present
        };
        if call == Effect::PollState && self.world.platform {
            self.knows_paused = self.world.paused;
        }
        self.tell(match call {
            Effect::PollState => Event::State(answer.map(|()| seen)),
            Effect::Lookup => Event::Looked(answer.map(|()| seen)),
            Effect::PublishCard => Event::CardPublished(answer),
            Effect::SelfTest => Event::Tested(self.link),
            Effect::Register => Event::Registered(answer.map(|()| false)),
            _ => Event::Beat(answer),
        });
    }

    /// Whether what is shown contradicts what was told.
    fn contradiction(&self) -> Option<&'static str> {
        let shown = self.machine.state();
        let well = matches!(shown, State::Online | State::Degraded);
        match shown {
            _ if self.world.asleep => {
                (shown != State::Asleep).then_some("asleep, and it shows something else")
            }
            State::Asleep => Some("awake, and it shows a sleep"),
            _ if well && !self.link => Some("no link, and it shows that calls get through"),
            State::Online if !self.world.agent => Some("no agent, and it shows none missing"),
            State::Degraded if self.world.agent => Some("an agent, and it shows none"),
            _ if well && !self.knows_platform.0 => Some("no platform, and it shows one"),
            _ if self.knows_paused && self.knows_platform.0 && shown != State::Paused => {
                Some("paused, and it shows otherwise")
            }
            State::Paused if !self.knows_paused => Some("not paused, and it shows a pause"),
            _ => None,
        }
    }

    fn judge(&mut self) {
        match self.contradiction() {
            None => self.contradicted_since = None,
            Some(what) => {
                let since = *self.contradicted_since.get_or_insert(self.now);
                assert!(
                    self.now - since <= BEHIND,
                    "{what}, for over {BEHIND:?} at {:?}: {:?} in {:?}",
                    self.now,
                    self.machine.state(),
                    self.world
                );
            }
        }
        if self.world != WELL {
            self.well_since = self.now;
        }
        assert!(
            self.now - self.well_since <= WELL_AGAIN || self.machine.state() == State::Online,
            "well since {:?}, and at {:?} with link {} and call {:?} it is {:?}",
            self.well_since,
            self.now,
            self.link,
            self.call,
            self.machine
        );
    }
}

#[test]
fn in_ten_thousand_seconds_nothing_is_shown_that_contradicts_what_could_be_known() {
    for seed in 0..8 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut life = Life::new(seed);
        while life.now < LIFE {
            let quiet: u64 = if rng.random_bool(0.1) {
                150_000
            } else {
                rng.random_range(0..20_000)
            };
            let until = life.now + Duration::from_millis(quiet);
            // Asleep no time passes that counts.
            while life.now < until && !life.world.asleep {
                life.pass();
            }
            life.change(&mut rng);
        }
    }
}
