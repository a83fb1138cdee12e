//! A profile between start and stop: the machine, the agent, the doors and the link, and the effects on them.

mod agent;
mod front;
mod kits;
mod way;

use std::{sync::Arc, time::Duration};

use ligand_backoff::{Backoff, Bounds};
use ligand_platform::{BaseUrl, Platform, Token};
use ligand_tunnel::{
    Dial, Granted, LinkHandle, Prover,
    door::{DoorUrl, Nonce, Slot},
    hello::DoorRequest,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use url::Url;
use zeroize::Zeroizing;

use self::way::Way;
use super::{
    calls::{self, Caller, Done, Learned},
    front::FrontTask,
    handle::Shared,
    link::{LinkEvent, LinkTask},
    peers::PeerBook,
    poll::Poller,
    report::Reporter,
    secrets::{self, Secrets, SecretsError},
};
use crate::{
    agent::{Agent, Kit, Supervisor, View},
    config::{Profile, ProfileName, WhileStopped, is_loopback},
    deliveries::{Deliveries, JournalState, Limits},
    doors::Doors,
    exposure::Front,
    health::Fault,
    presence::{DoorMark, Effect, Event, LinkLoss, Machine, Need, State},
    status::LinkWord,
    vault::{Kind, Secret},
};

/// Waits after a failed call to the platform.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What the platform sent in the moment of a register reads the address from before it.
const ON_THEIR_WAY: Duration = Duration::from_secs(5);

/// What the tasks of a life tell the profile.
pub(super) enum News {
    /// The secrets were read, or not.
    Loaded(Result<Box<Secrets>, SecretsError>),
    /// The call of presence with this number ended.
    Called(u64, Box<Done>),
    /// The agent is ready, or why not.
    Agent(Result<(), String>),
    /// How the agent is that we start ourselves.
    Supervised(View),
}

/// What happens to a running profile by itself.
pub(super) enum Change {
    Link(Box<LinkEvent>),
    /// So many deliveries are being worked on now.
    Working(usize),
    /// Only the report shows it.
    Shown,
}

/// A profile that runs.
pub(super) struct Running {
    pub(super) machine: Machine,
    pub(super) doors: Doors,
    pub(super) granted: Granted,
    pub(super) deliveries: Deliveries,
    pub(super) link: LinkReport,
    pub(super) agent_away: Option<String>,
    /// Of an agent that we start ourselves.
    supervisor: Option<Supervisor>,
    /// The shared door's URL, for such an agent.
    public_url: watch::Sender<Option<DoorUrl>>,
    name: ProfileName,
    profile: Profile,
    shared: Shared,
    org_key: Option<Token>,
    peers: PeerBook,
    waits: Bounds,
    caller: Caller,
    /// The caller's platform, for whoever asks it besides presence.
    platform: watch::Sender<Platform>,
    /// On which way messages come.
    way: Way,
    /// The doors' nonces, for those that are served here.
    nonces: Vec<(Slot, Nonce)>,
    /// The public address of the own listener, while it has one.
    address: Option<Url>,
    poller: Option<Poller>,
    journal: watch::Receiver<JournalState>,
    active: watch::Receiver<usize>,
    link_task: Option<LinkTask>,
    front_task: Option<FrontTask>,
    link_events: mpsc::Receiver<LinkEvent>,
    link_handle: Option<LinkHandle>,
    /// The number of addresses seen so far, which marks the newest.
    mark: DoorMark,
    /// The one that the last register was about.
    registering: DoorMark,
    known: bool,
    /// Calls of presence are numbered, so that an answer from before a sleep is not taken for one to a new question.
    calls: u64,
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
        name: &ProfileName,
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
        let platform_url =
            Url::parse(&profile.platform).map_err(|e| format!("the platform's address: {e}"))?;
        let platform = Platform::through(base, profile.org_id.clone(), shared.proxies.configured())
            .map_err(|e| e.to_string())?;
        let bounds = Bounds::new(FIRST_WAIT, LONGEST_WAIT).map_err(|e| e.to_string())?;
        let platform_now = watch::Sender::new(platform.clone());
        let public_url = watch::Sender::new(None);
        let mut supervisor = None;
        let log_dir = shared.places.agent_log_dir(name);
        let agent = match Agent::of(profile, &log_dir) {
            Ok(agent) => agent,
            Err(command) => {
                let has_doors = profile.exposure.relay().is_some() || Front::of(&profile.exposure).is_some();
                let has_public_url = profile.shared_door && has_doors;
                let kit = Kit {
                    profile: name.clone(),
                    config: command.clone(),
                    platform_url: profile.platform.clone(),
                    platform: platform_now.subscribe(),
                    workspace: profile.workspace,
                    token: secrets.token.clone(),
                    public_url: has_public_url.then(|| public_url.subscribe()),
                    clock: shared.clock.clone(),
                    log_dir,
                    hold: hold(profile),
                };
                let started = Supervisor::start(kit).map_err(|why| format!("the agent: {why}"))?;
                Agent::command(supervisor.insert(started))
            }
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
        // Never without the user's word about just this relay, which the config has checked.
        let prover = match &profile.token_to {
            Some(_) => Prover::Token(Zeroizing::new(secrets.token.expose().to_owned())),
            None => Prover::CardKey((*secrets.relay_key).clone()),
        };
        let nonces = secrets.doors.clone();
        let dial = profile.exposure.relay().map(|relay| Dial {
            relay: relay.clone(),
            platform: profile.platform.clone(),
            org_id: profile.org_id.clone(),
            workspace: profile.workspace,
            instance: shared.instance,
            generation: 0,
            doors: secrets
                .doors
                .into_iter()
                .map(|(slot, nonce)| DoorRequest {
                    closed: slot == Slot::Shared && !profile.shared_door,
                    ..DoorRequest::open(slot, nonce)
                })
                .collect(),
            hold_s: profile.delivery.hold_s,
            prover: Arc::new(prover),
            proxy: shared.proxies.configured(),
        });
        let way = match (dial, Front::of(&profile.exposure)) {
            (Some(dial), _) => Way::Link(Box::new(dial)),
            (None, Some(front)) => Way::Front(front),
            (None, None) => Way::Fetch,
        };
        let door_is_here = profile.exposure.relay().is_some_and(is_loopback);
        let caller = Caller {
            platform,
            token: secrets.token,
            workspace: profile.workspace,
            agent: agent.clone(),
            deliveries: deliveries.clone(),
            fetches: matches!(way, Way::Fetch),
            relay_key: secrets.relay_key.verifying_key(),
            http: calls::http(door_is_here, shared.proxies.configured())?,
            door_is_here,
            proxies: shared.proxies.clone(),
            proxy: shared.proxies.name(&platform_url),
        };
        let mut running = Self {
            machine: Machine::new(Backoff::new(bounds)),
            active: deliveries.active(),
            doors,
            granted: Granted::default(),
            deliveries,
            link: LinkReport {
                word: LinkWord::Off,
                reason: None,
                status: None,
            },
            agent_away: Some("the agent is being asked for its card".to_owned()),
            supervisor,
            public_url,
            name: name.clone(),
            profile: profile.clone(),
            shared: shared.clone(),
            org_key: secrets.org_key,
            peers: PeerBook::default(),
            waits: bounds,
            platform: platform_now,
            caller,
            way,
            nonces,
            address: None,
            poller: None,
            journal: shared.journal.state(),
            link_task: None,
            front_task: None,
            link_events: mpsc::channel(1).1,
            link_handle: None,
            mark: 0,
            registering: 0,
            known: false,
            calls: 0,
            refuses: false,
            started: shared.clock.now(),
            tell,
            life,
            tasks: JoinSet::new(),
        };
        match running.supervisor.as_ref().map(Supervisor::watch) {
            Some(watch) => running.follow_agent(watch),
            None => running.watch_agent(agent),
        }
        Ok(running)
    }

    /// Whether anything is still sent.
    pub(super) fn is_live(&self) -> bool {
        !matches!(
            self.machine.state(),
            State::Stopped | State::Removed | State::NeedsUser(_)
        )
    }

    /// Whether the machine is awake, as far as we were told.
    pub(super) fn is_awake(&self) -> bool {
        self.machine.state() != State::Asleep
    }

    /// Looks at the org with this key from now on, and speaks in it as a person; without one, as our workspace.
    pub(super) fn use_org_key(&mut self, key: Option<Token>) {
        self.org_key = key;
    }

    /// Waits for something to happen.
    pub(super) async fn changed(&mut self) -> Change {
        let status = self.link.status.as_mut();
        let measured = async {
            match status {
                Some(status) => status.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = self.link_events.recv() => Change::Link(Box::new(event)),
            Ok(()) = self.active.changed() => Change::Working(*self.active.borrow_and_update()),
            Ok(()) = self.journal.changed() => Change::Shown,
            Ok(()) = measured => Change::Shown,
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
            Effect::Redial => self.redial(),
            Effect::CheckLink => self.check_link(),
            Effect::Renew => self.renew(),
            Effect::Suspend => self.suspend(reporter).await,
            Effect::HangUp => self.hang_up(reporter).await,
            Effect::Accept(on) => self.deliveries.accept(on),
            call => {
                if call == Effect::Register {
                    self.registering = self.mark;
                }
                let (caller, door) = (
                    self.caller.clone(),
                    self.granted.urls.get(&Slot::Platform).cloned(),
                );
                let uptime = self.shared.clock.now().saturating_sub(self.started);
                let (tell, life, known) = (self.tell.clone(), self.life, self.known);
                self.calls += 1;
                let number = self.calls;
                self.tasks.spawn(async move {
                    let done = caller.perform(call, door, uptime, known).await;
                    let _ = tell.send((life, News::Called(number, Box::new(done)))).await;
                });
            }
        }
        // Finished tasks are taken away, so that the set does not grow.
        while self.tasks.try_join_next().is_some() {}
    }

    /// Whether messages are fetched.
    pub(super) fn fetches(&self) -> bool {
        matches!(self.way, Way::Fetch)
    }

    /// The public half of the key with which we sign in at the relay.
    pub(super) fn relay_key(&self) -> String {
        ligand_tunnel::key_text(&self.caller.relay_key)
    }

    /// Whether the agent's card is signed and names an address of this machine.
    pub(super) fn has_sealed_card(&self) -> bool {
        self.caller.agent.is_sealed()
    }

    /// How the journal is.
    pub(super) fn journal(&self) -> JournalState {
        self.journal.borrow().clone()
    }

    /// What a task of this life brought.
    pub(super) async fn learn(&mut self, news: News, reporter: &mut Reporter) {
        match news {
            News::Loaded(_) => {}
            News::Called(number, done) if number != self.calls => self.keep(done.learned, reporter).await,
            News::Called(_, done) => {
                let Done { event, learned } = *done;
                if matches!(event, Event::Registered(Ok(_))) && self.registering == self.mark {
                    self.doors.retire(Slot::Platform, ON_THEIR_WAY);
                }
                if matches!(learned.fault, Some((Fault::NoWayIn, _)))
                    && let Some(front) = self.other_way()
                {
                    return self.take_way(front, reporter).await;
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
            News::Supervised(view) => {
                reporter.note_supervised(&view);
                let is_ready = view.ready.is_ok();
                self.agent_away = view.ready.err();
                self.step(Event::Agent(is_ready), reporter).await;
            }
        }
    }

    /// Keeps what a call brought. A new secret is in the vault before anything else is done with it.
    async fn keep(&mut self, learned: Learned, reporter: &mut Reporter) {
        if let Some(workspace) = learned.workspace {
            self.known = true;
            self.deliveries.set_permits(workspace.max_concurrent_tasks.max(1));
            reporter.workspace_name = Some(workspace.name);
        }
        if let Some(token) = learned.token {
            let token = Secret::new(token.expose().to_owned());
            self.store(Kind::Token, &token, reporter).await;
        }
        if let Some(secret) = learned.inbound_secret {
            let secret = Secret::new(secret.expose().to_owned());
            if !self.doors.knows_inbound_secret(&secret) {
                self.store(Kind::InboundSecret, &secret, reporter).await;
                self.doors.learn_inbound_secret(secret);
            }
        }
    }

    /// Puts a secret that the platform gave into the vault.
    async fn store(&self, kind: Kind, secret: &Secret, reporter: &mut Reporter) {
        let account = secrets::account(&self.profile, kind);
        let stored = match self.shared.vault.open().await {
            Ok(vault) => vault.set(&account, secret).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            reporter.raise(Fault::VaultBroken, Some(error.to_string()));
        }
    }

    /// The end of this life: the machine is stopped, and what runs is ended. `by_user`: whether the user wants the profile
    /// at rest, and not the host to end.
    pub(super) async fn finish(mut self, by_user: bool, reporter: &mut Reporter) {
        self.refuses = by_user && self.profile.delivery.stopped == WhileStopped::Refuse;
        self.step(Event::Stop, reporter).await;
        self.end_agent().await;
        self.tasks.shutdown().await;
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
