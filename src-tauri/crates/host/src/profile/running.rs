//! A profile between start and stop: the machine, the agent, the doors and the link, and the effects on them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ligand_backoff::{Backoff, Bounds};
use ligand_platform::{BaseUrl, Platform, Token};
use ligand_tunnel::{
    Dial, LinkHandle, Prover,
    door::{DoorUrl, Nonce, Slot},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    actor::Shared,
    calls::{Caller, Done, Learned},
    link::{LinkEvent, LinkTask},
    poll::{PollKit, Poller},
    report::Reporter,
    secrets::{self, Secrets, SecretsError},
    send::SendKit,
};
use crate::{
    agent::Agent,
    config::{AgentConfig, Profile, ProfileName, WhileStopped},
    deliveries::{Deliveries, JournalState, Limits},
    doors::Doors,
    health::Fault,
    org::FeedKit,
    presence::{DoorMark, Effect, Event, LinkLoss, Machine, Need, State},
    status::LinkWord,
    vault::{Kind, Secret},
};

/// Waits after a failed call to the platform.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Deliveries in flight get this long when the profile stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the relay may take to hear that we leave.
const LAST_WORD: Duration = Duration::from_secs(1);

/// How long the relay may take to say a door's new address.
const ROTATION: Duration = Duration::from_secs(5);

/// An agent that somebody else runs is asked this often for its card, and while it is away more often.
const AGENT_CHECK: Duration = Duration::from_secs(15);
const AGENT_CHECK_AWAY: Duration = Duration::from_secs(1);

/// What the tasks of a life tell the profile.
pub(super) enum News {
    /// The secrets were read, or not.
    Loaded(Result<Box<Secrets>, SecretsError>),
    /// A call of presence ended.
    Called(Box<Done>),
    /// The agent is ready, or why not.
    Agent(Result<(), String>),
}

/// A profile that runs.
pub(super) struct Running {
    pub(super) machine: Machine,
    pub(super) doors: Doors,
    pub(super) door_urls: HashMap<Slot, DoorUrl>,
    pub(super) deliveries: Deliveries,
    pub(super) link: LinkReport,
    pub(super) agent_away: Option<String>,
    profile: Profile,
    shared: Shared,
    org_key: Option<Token>,
    waits: Bounds,
    caller: Caller,
    /// None where messages are fetched.
    dial: Option<Dial>,
    poller: Option<Poller>,
    journal: watch::Receiver<JournalState>,
    active: watch::Receiver<usize>,
    link_task: Option<LinkTask>,
    link_events: mpsc::Receiver<LinkEvent>,
    link_handle: Option<LinkHandle>,
    /// The number of addresses seen so far, which marks the newest.
    mark: DoorMark,
    /// The one that the last register was about.
    registering: DoorMark,
    known: bool,
    /// Whether callers are to be told that we were stopped.
    refuses: bool,
    started: Duration,
    tell: mpsc::Sender<(u64, News)>,
    life: u64,
    /// The call under way and the agent's check; they end with this life.
    tasks: JoinSet<()>,
}

/// The link as it is reported.
pub(super) struct LinkReport {
    pub(super) word: LinkWord,
    pub(super) reason: Option<String>,
    pub(super) status: Option<watch::Receiver<ligand_tunnel::LinkStatus>>,
}

impl Running {
    /// Puts the parts together; nothing is sent before the machine is told to start.
    pub(super) fn begin(
        profile: &Profile,
        secrets: Secrets,
        shared: &Shared,
        tell: mpsc::Sender<(u64, News)>,
        life: u64,
    ) -> Result<Self, String> {
        let base: BaseUrl = profile
            .platform
            .parse()
            .map_err(|e| format!("the platform's address: {e}"))?;
        let platform = Platform::new(base, profile.org_id.clone()).map_err(|e| e.to_string())?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| e.to_string())?;
        let bounds = Bounds::new(FIRST_WAIT, LONGEST_WAIT).map_err(|e| e.to_string())?;
        let agent = match &profile.agent {
            AgentConfig::Echo => Agent::echo("Echo"),
            AgentConfig::Attach { url } => Agent::attach(url.clone()),
        };
        let doors = Doors::new(profile.workspace, &secrets.doors, profile.shared_door);
        if let Some(secret) = secrets.inbound {
            doors.learn_inbound_secret(secret);
        }
        let deliveries = Deliveries::new(
            profile.workspace,
            agent.clone(),
            doors.clone(),
            Limits::for_hold(hold(profile)),
            profile.delivery.clone(),
            shared.journal.clone(),
        );
        let dial = profile.exposure.relay().map(|relay| Dial {
            relay: relay.clone(),
            platform: profile.platform.clone(),
            org_id: profile.org_id.clone(),
            workspace: profile.workspace,
            instance: shared.instance,
            generation: 0,
            doors: secrets.doors,
            hold_s: profile.delivery.hold_s,
            prover: Arc::new(Prover::CardKey((*secrets.relay_key).clone())),
        });
        let caller = Caller {
            platform,
            token: secrets.token,
            workspace: profile.workspace,
            agent: agent.clone(),
            deliveries: deliveries.clone(),
            fetches: dial.is_none(),
            relay_key: secrets.relay_key.verifying_key(),
            http,
        };
        let mut running = Self {
            machine: Machine::new(Backoff::new(bounds), rand::random::<f64>),
            active: deliveries.active(),
            doors,
            door_urls: HashMap::new(),
            deliveries,
            link: LinkReport {
                word: LinkWord::Off,
                reason: None,
                status: None,
            },
            agent_away: Some("the agent is being asked for its card".to_owned()),
            profile: profile.clone(),
            shared: shared.clone(),
            org_key: secrets.org_key,
            waits: bounds,
            caller,
            dial,
            poller: None,
            journal: shared.journal.state(),
            link_task: None,
            link_events: mpsc::channel(1).1,
            link_handle: None,
            mark: 0,
            registering: 0,
            known: false,
            refuses: false,
            started: shared.clock.now(),
            tell,
            life,
            tasks: JoinSet::new(),
        };
        running.watch_agent(agent);
        Ok(running)
    }

    /// Whether anything is still sent.
    pub(super) fn is_live(&self) -> bool {
        !matches!(
            self.machine.state(),
            State::Stopped | State::Removed | State::NeedsUser(_)
        )
    }

    /// What `send` needs.
    pub(super) fn send_kit(&self) -> SendKit {
        SendKit {
            platform: self.caller.platform.clone(),
            token: if self.fetches() {
                self.org_key.clone()
            } else {
                Some(self.caller.token.clone())
            },
            workspace: self.profile.workspace,
            deliveries: self.deliveries.clone(),
            link: self.link_handle.clone(),
            clock: self.shared.clock,
        }
    }

    /// What the org's feed needs.
    pub(super) fn feed_kit(&self, name: &ProfileName) -> FeedKit {
        FeedKit {
            profile: name.clone(),
            platform: self.caller.platform.clone(),
            workspace: self.profile.workspace,
            token: self.caller.token.clone(),
            org_key: self.org_key.clone(),
            waits: self.waits,
            clock: self.shared.clock,
            board: self.shared.orgs.clone(),
        }
    }

    /// Waits for something of the link, or (`None`) for something that only the report shows.
    pub(super) async fn changed(&mut self) -> Option<LinkEvent> {
        let status = self.link.status.as_mut();
        let measured = async {
            match status {
                Some(status) => status.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = self.link_events.recv() => Some(event),
            Ok(()) = self.active.changed() => None,
            Ok(()) = self.journal.changed() => None,
            Ok(()) = measured => None,
            else => std::future::pending().await,
        }
    }

    /// Deliveries that are being worked on.
    pub(super) fn active_tasks(&self) -> usize {
        *self.active.borrow()
    }

    /// Gives the machine an event and performs what it says.
    pub(super) async fn step(&mut self, event: Event, reporter: &mut Reporter) {
        let effects = self.machine.step(event, self.shared.clock.now());
        for effect in effects {
            self.perform(effect, reporter).await;
        }
    }

    async fn perform(&mut self, effect: Effect, reporter: &mut Reporter) {
        match effect {
            Effect::Dial => self.dial(),
            Effect::HangUp => self.hang_up(reporter).await,
            Effect::Accept(on) => self.deliveries.accept(on),
            call => {
                if call == Effect::Register {
                    self.registering = self.mark;
                }
                let (caller, door) = (self.caller.clone(), self.door_urls.get(&Slot::Platform).cloned());
                let uptime = self.shared.clock.now().saturating_sub(self.started);
                let (tell, life, known) = (self.tell.clone(), self.life, self.known);
                self.tasks.spawn(async move {
                    let done = caller.perform(call, door, uptime, known).await;
                    let _ = tell.send((life, News::Called(Box::new(done)))).await;
                });
            }
        }
        // Finished tasks are taken away, so that the set does not grow.
        while self.tasks.try_join_next().is_some() {}
    }

    /// Has messages come: over a link, or by fetching them.
    fn dial(&mut self) {
        match (&self.dial, &self.link_task) {
            (Some(_), Some(task)) => task.prod(),
            (Some(dial), None) => {
                let (task, events) = LinkTask::spawn(dial.clone(), self.deliveries.clone(), &self.shared);
                (self.link_task, self.link_events) = (Some(task), events);
            }
            (None, _) => {
                let kit = PollKit {
                    platform: self.caller.platform.clone(),
                    token: self.caller.token.clone(),
                    workspace: self.profile.workspace,
                    deliveries: self.deliveries.clone(),
                    clock: self.shared.clock,
                    waits: self.waits,
                };
                self.poller.get_or_insert_with(|| Poller::start(kit));
                // There is no link to wait for; the machine goes by this one.
                let (tell, events) = mpsc::channel(1);
                self.link_events = events;
                // The channel was made for it.
                let _ = tell.try_send(LinkEvent::NotNeeded);
            }
        }
    }

    /// Gives a door a new address. The platform door's old one stays good until the platform has accepted the new one;
    /// the shared door's ends now. The nonce is in the vault already.
    pub(super) async fn rotate(&mut self, slot: Slot, fresh: Nonce, reporter: &mut Reporter) {
        let Some(dial) = &mut self.dial else { return };
        dial.doors.retain(|(known, _)| *known != slot);
        dial.doors.push((slot, fresh.clone()));
        self.doors.rotate(slot, fresh);
        if slot == Slot::Shared {
            self.doors.retire(slot);
        }
        if let Some(task) = &self.link_task {
            task.set_doors(&dial.doors);
        }
        // Without a link the next one brings the new addresses.
        let Some(handle) = self.link_handle.clone() else {
            return;
        };
        match tokio::time::timeout(ROTATION, handle.doors(&dial.doors)).await {
            Ok(Ok(urls)) => self.on_link(LinkEvent::Up(urls, handle), reporter).await,
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(
                    "the relay gave no new addresses over the link that is up; the next link brings them"
                );
            }
        }
    }

    /// Demands the platform's secret no more until it is given again.
    pub(super) fn forget_inbound_secret(&self) {
        self.doors.forget_inbound_secret();
    }

    /// Whether messages are fetched.
    pub(super) fn fetches(&self) -> bool {
        self.dial.is_none()
    }

    /// How the journal is.
    pub(super) fn journal(&self) -> JournalState {
        self.journal.borrow().clone()
    }

    /// What a task of this life brought.
    pub(super) async fn learn(&mut self, news: News, reporter: &mut Reporter) {
        match news {
            News::Loaded(_) => {}
            News::Called(done) => {
                let Done { event, learned } = *done;
                if matches!(event, Event::Registered(Ok(_))) && self.registering == self.mark {
                    self.doors.retire(Slot::Platform);
                }
                reporter.note_call(&event, learned.fault.as_ref());
                if event == Event::Tested(true) {
                    reporter.note_close(learned.loud_close.clone());
                }
                self.keep(learned, reporter).await;
                self.step(event, reporter).await;
            }
            News::Agent(ready) => {
                reporter.note_agent(ready.as_ref().err().cloned());
                self.agent_away = ready.clone().err();
                self.step(Event::Agent(ready.is_ok()), reporter).await;
            }
        }
    }

    /// Keeps what a call brought. A new secret is in the vault before it is demanded of anyone.
    async fn keep(&mut self, learned: Learned, reporter: &mut Reporter) {
        if let Some(workspace) = learned.workspace {
            self.known = true;
            self.deliveries.set_permits(workspace.max_concurrent_tasks.max(1));
            reporter.workspace_name = Some(workspace.name);
        }
        let Some(secret) = learned.inbound_secret else {
            return;
        };
        let secret = Secret::new(secret.expose().to_owned());
        if self.doors.knows_inbound_secret(&secret) {
            return;
        }
        let account = secrets::account(&self.profile, Kind::InboundSecret);
        let stored = match self.shared.vault.open().await {
            Ok(vault) => vault.set(&account, &secret).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            reporter.raise(Fault::VaultBroken, Some(error.to_string()));
        }
        self.doors.learn_inbound_secret(secret);
    }

    /// What the link's task told.
    pub(super) async fn on_link(&mut self, event: LinkEvent, reporter: &mut Reporter) {
        match event {
            LinkEvent::Dialling => self.link.word = LinkWord::Dialling,
            LinkEvent::NotNeeded => self.step(Event::LinkUp(self.mark), reporter).await,
            LinkEvent::Up(urls, handle) => {
                self.link = LinkReport {
                    word: LinkWord::Up,
                    reason: None,
                    status: Some(handle.status.clone()),
                };
                self.link_handle = Some(handle);
                if urls.get(&Slot::Platform) != self.door_urls.get(&Slot::Platform) {
                    self.mark += 1;
                }
                self.doors.learn_urls(&urls);
                self.door_urls = urls;
                reporter.note_link(None);
                self.step(Event::LinkUp(self.mark), reporter).await;
            }
            LinkEvent::Lost { loss, why, wait } => {
                self.link_handle = None;
                reporter.note_link(Some((loss, &why)));
                reporter.link_retry(wait);
                self.link = LinkReport {
                    word: LinkWord::Waiting,
                    reason: Some(why),
                    status: None,
                };
                self.step(Event::LinkLost(loss), reporter).await;
            }
        }
    }

    /// The end of this life: the machine is stopped, and what runs is ended. `by_user`: whether the user wants the profile
    /// at rest, and not the host to end.
    pub(super) async fn finish(mut self, by_user: bool, reporter: &mut Reporter) {
        self.refuses = by_user && self.profile.delivery.stopped == WhileStopped::Refuse;
        self.step(Event::Stop, reporter).await;
        self.tasks.shutdown().await;
    }

    /// Deliveries in flight get their time, with the relay told to send no more; then the link goes.
    async fn hang_up(&mut self, reporter: &mut Reporter) {
        self.tasks.abort_all();
        self.deliveries.accept(false);
        if let Some(handle) = self.link_handle.take() {
            // The relay then lets the platform queue at once what comes from now on, or refuses it. A link that is gone
            // needs no word; over one that is there the pong says that the word has arrived.
            let said = async {
                handle.leaving(0, self.refuses).await?;
                handle.ping().await
            };
            let _gone = tokio::time::timeout(LAST_WORD, said).await;
        }
        if let Some(poller) = self.poller.take() {
            poller.stop().await;
        }
        let cut_off = self.deliveries.drain(DRAIN).await;
        if cut_off > 0 {
            tracing::warn!(cut_off, "deliveries were still being worked on and were cut off");
        }
        if let Some(task) = self.link_task.take() {
            task.stop().await;
        }
        self.link = LinkReport {
            word: LinkWord::Off,
            reason: self.link.reason.take(),
            status: None,
        };
        reporter.link_retry(None);
        if let State::NeedsUser(need) = self.machine.state() {
            reporter.note_need(need);
        }
    }

    /// Keeps an eye on the agent. A built-in one is always there.
    fn watch_agent(&mut self, agent: Agent) {
        let (tell, life) = (self.tell.clone(), self.life);
        let built_in = matches!(self.profile.agent, AgentConfig::Echo);
        self.tasks.spawn(async move {
            loop {
                let ready = agent.ready().await.map_err(|error| error.to_string());
                let wait = if ready.is_ok() {
                    AGENT_CHECK
                } else {
                    AGENT_CHECK_AWAY
                };
                if tell.send((life, News::Agent(ready))).await.is_err() || built_in {
                    return;
                }
                tokio::time::sleep(wait).await;
            }
        });
    }
}

/// How long calls wait for what is away.
fn hold(profile: &Profile) -> Duration {
    Duration::from_secs(u64::from(profile.delivery.hold_s))
}

/// The fault that goes with a need.
pub(super) fn fault_of(need: Need) -> Fault {
    match need {
        Need::TokenRefused => Fault::TokenRefused,
        Need::TokenReplaced => Fault::TokenReplaced,
        Need::Superseded => Fault::Superseded,
        Need::RelayRefused => Fault::RelayRefused,
    }
}

/// The fault that goes with a loss of the link, if it is one.
pub(super) fn fault_of_loss(loss: LinkLoss) -> Option<Fault> {
    match loss {
        LinkLoss::Broken => Some(Fault::RelayUnreachable),
        LinkLoss::Refused => Some(Fault::RelayRefused),
        LinkLoss::Superseded => Some(Fault::Superseded),
        LinkLoss::KeyUnknown => None,
    }
}
