//! A profile's state in words, for the board. It notes what went wrong in the health table and decides nothing.

use std::time::Duration;

use url::Url;

use super::{
    handle::Shared,
    running::{Running, fault_of, fault_of_loss},
};
use crate::{
    agent::View,
    clock::{Clock, wall_clock},
    config::{AgentConfig, Profile, ProfileName},
    deliveries::JournalState,
    exposure::{Front, Program},
    health::{Fault, Faults, OF_THE_FRONT, ON_THE_WAY},
    presence::{Event, LinkLoss, Need, Seen, State, Unreached},
    status::{
        AgentStatus, Board, ExposureStatus, LinkStatus, PresenceStatus, PresenceWord, ProfileStatus,
        WorkspaceStatus,
    },
};

/// Writes one profile's part of the board.
pub(super) struct Reporter {
    pub(super) profile: Profile,
    pub(super) faults: Faults,
    pub(super) workspace_name: Option<String>,
    name: ProfileName,
    board: Board,
    clock: Clock,
    word: PresenceWord,
    since: String,
    /// The platform's last refusal, shown only once it counts.
    refusal: Option<String>,
    link_retry: Option<Duration>,
    /// The port of the agent that we have started, while it runs.
    agent_port: Option<u16>,
    /// The public half of the relay key.
    relay_key: Option<String>,
    /// How the own listener is made reachable, where messages come to it.
    front: Option<Front>,
    /// At which public address it is.
    address: Option<String>,
}

impl Reporter {
    pub(super) fn new(name: ProfileName, profile: Profile, shared: &Shared) -> Self {
        Self {
            front: Front::of(&profile.exposure),
            address: None,
            profile,
            faults: Faults::default(),
            workspace_name: None,
            name,
            board: shared.board.clone(),
            clock: shared.clock.clone(),
            word: PresenceWord::Stopped,
            since: wall_clock(Duration::ZERO),
            refusal: None,
            link_retry: None,
            agent_port: None,
            relay_key: None,
        }
    }

    /// A life begins: what was wrong in the last one is forgotten.
    pub(super) fn begin(&mut self) {
        self.faults = Faults::default();
        self.refusal = None;
    }

    /// A life ends on request: nothing is wrong with a profile that rests.
    pub(super) fn end(&mut self) {
        self.begin();
        self.link_retry = None;
        self.agent_port = None;
    }

    /// Notes a fault.
    pub(super) fn raise(&mut self, fault: Fault, detail: Option<String>) {
        self.faults.raise(fault, detail, self.clock.now());
    }

    /// Notes what a call of presence says about the platform.
    pub(super) fn note_call(&mut self, event: &Event, fault: Option<&(Fault, String)>) {
        let answered = matches!(
            event,
            Event::State(Ok(_))
                | Event::CardPublished(Ok(()))
                | Event::Registered(Ok(_))
                | Event::Beat(Ok(()))
        );
        if answered {
            self.clear_the_way(None);
            self.refusal = None;
        }
        // Both had the agent's card in them.
        if matches!(event, Event::CardPublished(Ok(())) | Event::Registered(Ok(_))) {
            self.faults.clear(Fault::AgentNotReady);
        }
        match event {
            Event::State(Ok(seen)) | Event::Looked(Ok(seen)) => {
                let now = self.clock.now();
                self.faults
                    .set(Fault::WorkspacePaused, *seen == Seen::Paused, now);
                self.faults
                    .set(Fault::WorkspaceRemoved, *seen == Seen::Removed, now);
            }
            Event::Tested(true) => {
                self.faults.clear(Fault::SelfTestFailed);
                self.faults.clear(Fault::NoWayIn);
            }
            _ => {}
        }
        let Some((fault, detail)) = fault else { return };
        tracing::warn!(profile = %self.name, %detail, "a call of presence failed");
        match fault {
            Fault::TokenRefused => self.refusal = Some(detail.clone()),
            fault => {
                if ON_THE_WAY.contains(fault) {
                    self.clear_the_way(Some(*fault));
                }
                self.raise(*fault, Some(detail.clone()));
            }
        }
    }

    /// The way to the platform has no fault but this one.
    fn clear_the_way(&mut self, but: Option<Fault>) {
        for fault in ON_THE_WAY.into_iter().filter(|fault| Some(*fault) != but) {
            self.faults.clear(fault);
        }
    }

    /// Notes what answered a call that we had closed without a byte, if anything did.
    pub(super) fn note_close(&mut self, answered: Option<String>) {
        match answered {
            Some(words) => self.raise(Fault::LoudClose, Some(words)),
            None => self.faults.clear(Fault::LoudClose),
        }
    }

    /// Notes whether the agent would take a call.
    pub(super) fn note_agent(&mut self, away: Option<String>) {
        let fault = match &self.profile.agent {
            AgentConfig::Echo | AgentConfig::Attach { .. } | AgentConfig::Command(_) => Fault::AgentNotReady,
            AgentConfig::Exec(_) | AgentConfig::Claude(_) => Fault::AgentLacks,
        };
        match away {
            Some(why) => self.raise(fault, Some(why)),
            None => self.faults.clear(fault),
        }
    }

    /// Notes how the agent is that we start ourselves.
    pub(super) fn note_supervised(&mut self, view: &View) {
        self.agent_port = view.port;
        let away = view.ready.as_ref().err().cloned();
        if away.is_none() {
            self.faults.clear(Fault::AgentNotReady);
        }
        let (gave_up, down) = if view.gave_up { (away, None) } else { (None, away) };
        for (fault, detail) in [
            (Fault::AgentCrashLoop, gave_up),
            (Fault::AgentDown, down),
            (Fault::SecretsMissing, view.without_secrets.clone()),
            (Fault::SecretsRefused, view.refused.clone()),
        ] {
            match detail {
                Some(detail) => self.raise(fault, Some(detail)),
                None => self.faults.clear(fault),
            }
        }
    }

    /// Notes that the link is up, or why it is not.
    pub(super) fn note_link(&mut self, lost: Option<(LinkLoss, &str)>) {
        match lost {
            None => {
                self.link_retry = None;
                for fault in [Fault::RelayUnreachable, Fault::RelayRefused, Fault::Superseded] {
                    self.faults.clear(fault);
                }
            }
            Some((loss, why)) => {
                if let Some(fault) = fault_of_loss(loss) {
                    self.raise(fault, Some(why.to_owned()));
                }
            }
        }
    }

    /// Notes that the own listener can be reached, or why it cannot.
    pub(super) fn note_front(&mut self, shut: Option<(Fault, &str)>) {
        for fault in OF_THE_FRONT
            .into_iter()
            .filter(|of| shut.is_none_or(|(fault, _)| fault != *of))
        {
            self.faults.clear(fault);
        }
        match shut {
            Some((fault, why)) => self.raise(fault, Some(why.to_owned())),
            None => {
                self.link_retry = None;
                self.faults.clear(Fault::NoWayIn);
            }
        }
    }

    /// Notes when the next dial is made.
    pub(super) fn link_retry(&mut self, wait: Option<Duration>) {
        self.link_retry = wait.map(|wait| self.clock.now() + wait);
    }

    /// Notes why only the user can go on.
    pub(super) fn note_need(&mut self, need: Need) {
        let fault = fault_of(need);
        if !self.faults.has(fault) {
            let detail = self.refusal.clone();
            self.raise(fault, detail);
        }
    }

    pub(super) fn at_rest(&mut self) {
        (self.front, self.address) = (Front::of(&self.profile.exposure), None);
        self.write(
            PresenceWord::Stopped,
            None,
            None,
            LinkStatus::off(),
            self.agent(None, 0),
        );
    }

    pub(super) fn loading(&mut self) {
        self.unlinked(PresenceWord::Connecting);
    }

    pub(super) fn blocked(&mut self) {
        self.unlinked(PresenceWord::NeedsUser);
    }

    /// Without a link and a look at the agent, with the gravest of what is wrong as the reason.
    fn unlinked(&mut self, word: PresenceWord) {
        let shown = self.faults.shown(self.clock.now());
        let reason = shown.first().map(|item| item.title.clone());
        self.write(word, reason, None, LinkStatus::off(), self.agent(None, 0));
    }

    pub(super) fn running(&mut self, running: &Running) {
        let now = self.clock.now();
        let state = running.machine.state();
        self.relay_key = Some(running.relay_key());
        self.front = running.front().cloned();
        self.address = running.address().map(Url::to_string);
        let link = self.link(running);
        self.faults.set(
            Fault::LinkUnverified,
            running.link.status.is_some() && !link.verified,
            now,
        );
        let beating = matches!(state, State::Online | State::Degraded);
        self.faults.set(
            Fault::OpenDoor,
            beating && !running.fetches() && !running.doors.demands_inbound_secret(),
            now,
        );
        self.faults.set(
            Fault::RefusedWhileAway,
            running.is_live() && running.front().is_some(),
            now,
        );
        self.faults
            .set(Fault::TokenShown, self.profile.token_to.is_some(), now);
        self.faults.set(
            Fault::SealedCard,
            running.doors.is_shared() && !running.fetches() && running.has_sealed_card(),
            now,
        );
        match running.journal() {
            JournalState::Good => {
                self.faults.clear(Fault::JournalOff);
                self.faults.clear(Fault::JournalBegun);
            }
            JournalState::Begun(words) => {
                self.faults.clear(Fault::JournalOff);
                self.faults.raise(Fault::JournalBegun, Some(words), now);
            }
            JournalState::Off(words) => self.faults.raise(Fault::JournalOff, Some(words), now),
        }
        let worst = || self.faults.shown(now).first().map(|item| item.title.clone());
        let (word, reason) = match state {
            State::Stopped => (PresenceWord::Stopped, None),
            State::Connecting => (PresenceWord::Connecting, running.agent_away.clone()),
            State::Online => (PresenceWord::Online, None),
            State::Degraded => (PresenceWord::Degraded, running.agent_away.clone()),
            State::Unreachable(Unreached::Relay) => {
                let reason = running.link.reason.clone().or_else(worst);
                (
                    PresenceWord::Unreachable,
                    reason.or_else(|| Some("calls cannot reach this laptop".to_owned())),
                )
            }
            State::Unreachable(Unreached::Platform) => (
                PresenceWord::Unreachable,
                worst().or_else(|| Some("the platform cannot be reached".to_owned())),
            ),
            State::Asleep => (PresenceWord::Asleep, None),
            State::Paused => (PresenceWord::Paused, None),
            State::Removed => (PresenceWord::Removed, None),
            State::NeedsUser(_) => (PresenceWord::NeedsUser, worst()),
        };
        let retry_at = match state {
            State::Unreachable(Unreached::Relay) => self.link_retry.or(running.machine.retry_at()),
            _ => running.machine.retry_at(),
        };
        let agent = self.agent(Some(running.agent_away.clone()), running.active_tasks());
        self.write(word, reason, retry_at, link, agent);
    }

    fn link(&self, running: &Running) -> LinkStatus {
        let measured = running.link.status.as_ref().map(|status| *status.borrow());
        LinkStatus {
            state: running.link.word,
            verified: measured.is_some_and(|m| m.is_verified(self.clock.instant_now())),
            round_trip_ms: measured
                .and_then(|m| m.round_trip)
                .map(|trip| (trip.as_secs_f64() * 1e5).round() / 100.0),
            reason: running.link.reason.clone(),
        }
    }

    /// The agent's part; `away` is `None` while nobody has asked it.
    fn agent(&self, away: Option<Option<String>>, active_tasks: usize) -> AgentStatus {
        let ready = away == Some(None);
        AgentStatus {
            kind: self.profile.agent.kind().to_owned(),
            ready,
            active_tasks,
            reason: away.flatten(),
            port: self.agent_port,
        }
    }

    fn exposure(&self) -> ExposureStatus {
        let shared_door = self.profile.shared_door;
        let address = self.address.clone();
        match &self.front {
            Some(Front::Program(Program::Cloudflared)) => {
                ExposureStatus::Cloudflared { address, shared_door }
            }
            Some(Front::Program(Program::Ngrok)) => ExposureStatus::Ngrok { address, shared_door },
            Some(Front::Url { url, listen }) => ExposureStatus::Url {
                address: url.to_string(),
                listen: listen.to_string(),
                shared_door,
            },
            None => match self.profile.exposure.relay() {
                Some(url) => ExposureStatus::Relay {
                    relay: url.to_string(),
                    shared_door,
                    key: self.relay_key.clone(),
                },
                None => ExposureStatus::Poll,
            },
        }
    }

    fn write(
        &mut self,
        word: PresenceWord,
        reason: Option<String>,
        retry_at: Option<Duration>,
        link: LinkStatus,
        agent: AgentStatus,
    ) {
        if self.word != word {
            tracing::info!(profile = %self.name, state = word.words(), reason, "presence");
            (self.word, self.since) = (word, wall_clock(Duration::ZERO));
        }
        let now = self.clock.now();
        self.board.set_profile(ProfileStatus {
            name: self.name.to_string(),
            platform: self.profile.platform.clone(),
            workspace: WorkspaceStatus {
                id: self.profile.workspace,
                name: self.workspace_name.clone(),
            },
            presence: PresenceStatus {
                state: word,
                since: self.since.clone(),
                reason,
                retry_at: retry_at.map(|at| wall_clock(at.saturating_sub(now))),
            },
            exposure: self.exposure(),
            link,
            agent,
            health: self.faults.shown(now),
        });
    }
}
