//! What the platform's answers do to the machine. An answer counts only for the call under way.

use std::time::Duration;

use super::{
    super::{
        rules::{BEAT_EVERY, STRIKES},
        words::{Effect, Failure, FailureClass, Need, Seen, State, Unreached},
    },
    Call, Machine,
};
use crate::clock::next_turn;

impl Machine {
    pub(super) fn on_state(
        &mut self,
        answer: Result<Seen, Failure>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        if !self.answers(Call::State) {
            return;
        }
        match answer {
            Ok(seen) => {
                self.strikes = 0;
                self.saw(seen, now, effects);
            }
            Err(failure) => self.failed(failure, now, effects),
        }
    }

    pub(super) fn on_lookup(
        &mut self,
        answer: Result<Seen, Failure>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        if !self.answers(Call::Lookup) {
            return;
        }
        match answer {
            Ok(Seen::Removed)
            | Err(Failure {
                class: FailureClass::Gone,
                ..
            }) => self.end(State::Removed, effects),
            // It is there, or the platform will not say: then the refusal counts.
            _ if self.strikes >= STRIKES => self.end(State::NeedsUser(Need::TokenRefused), effects),
            _ => self.wait(None, now),
        }
    }

    fn saw(&mut self, seen: Seen, now: Duration, effects: &mut Vec<Effect>) {
        self.seen_at = Some(now);
        match seen {
            Seen::Removed => self.end(State::Removed, effects),
            Seen::Paused => {
                self.recovered(effects);
                self.state = State::Paused;
                self.registered = None;
                self.present = true;
                self.next_round = next_turn(now, BEAT_EVERY);
            }
            Seen::Present | Seen::Lapsed => {
                if seen == Seen::Lapsed {
                    self.registered = None;
                }
                if self.state == State::Paused {
                    self.state = State::Connecting;
                }
                self.present = true;
                self.next_round = next_turn(now, BEAT_EVERY);
                // Without a beat to follow, this answer is what ends an outage of the platform.
                if self.link.is_none() || !self.agent {
                    self.recovered(effects);
                    if self.state == State::Unreachable(Unreached::Platform) {
                        self.state = if self.link_broken {
                            State::Unreachable(Unreached::Relay)
                        } else {
                            State::Connecting
                        };
                    }
                }
            }
        }
    }

    pub(super) fn on_card(&mut self, answer: Result<(), Failure>, now: Duration, effects: &mut Vec<Effect>) {
        if !self.answers(Call::Card) {
            return;
        }
        match answer {
            Ok(()) => {
                self.card_wanted = false;
                self.card_published = true;
                effects.push(Effect::Dial);
            }
            Err(failure) => self.failed(failure, now, effects),
        }
    }

    pub(super) fn on_test(&mut self, arrived: bool, now: Duration) {
        if !self.answers(Call::Test) {
            return;
        }
        if arrived {
            self.tested = true;
        } else {
            if self.state == State::Connecting {
                self.state = State::Unreachable(Unreached::Relay);
            }
            self.wait(None, now);
        }
    }

    pub(super) fn on_register(
        &mut self,
        answer: Result<bool, Failure>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        if !self.answers(Call::Register) {
            return;
        }
        match answer {
            Ok(true) => self.end(State::NeedsUser(Need::TokenReplaced), effects),
            Ok(false) => {
                self.registered = self.link;
                self.last_beat = None;
                self.beat_owed = true;
                self.strikes = 0;
            }
            Err(failure) => self.failed(failure, now, effects),
        }
    }

    pub(super) fn on_beat(&mut self, answer: Result<(), Failure>, now: Duration, effects: &mut Vec<Effect>) {
        if !self.answers(Call::Beat) {
            return;
        }
        match answer {
            Ok(()) => {
                self.recovered(effects);
                self.strikes = 0;
                self.last_beat = Some(now);
                self.beat_owed = false;
                if self.link.is_some() {
                    self.state = if self.agent {
                        State::Online
                    } else {
                        State::Degraded
                    };
                }
            }
            Err(failure) => self.failed(failure, now, effects),
        }
    }

    /// A call to the platform failed: look, wait, or stop.
    fn failed(&mut self, failure: Failure, now: Duration, effects: &mut Vec<Effect>) {
        // Whatever we knew of the workspace must be read again before anything is registered.
        self.present = false;
        self.next_round = now;
        match failure.class {
            FailureClass::Gone => self.end(State::Removed, effects),
            FailureClass::Unauthorized => {
                self.strikes = self.strikes.saturating_add(1);
                self.call = Some(Call::Lookup);
                effects.push(Effect::Lookup);
            }
            FailureClass::Retry => {
                self.strikes = 0;
                self.failing_since.get_or_insert(now);
                let was_on = matches!(self.state, State::Online | State::Degraded);
                if self.state != State::Paused && !was_on {
                    self.state = State::Unreachable(Unreached::Platform);
                }
                self.wait(failure.hint, now);
            }
        }
    }

    fn recovered(&mut self, effects: &mut Vec<Effect>) {
        if self.failing_since.take().is_some() && self.link.is_none() {
            // What had cut us off from the platform may have been between us and the relay too, or the relay may have
            // needed the platform to let us in.
            effects.push(Effect::Dial);
        }
        self.backoff.good();
    }

    /// Whether this answers the call under way. An answer to a call of an earlier life is nobody's.
    fn answers(&mut self, call: Call) -> bool {
        let ours = self.call == Some(call);
        if ours {
            self.call = None;
        }
        ours
    }
}
