//! The task of one profile: commands, news and time go into the presence machine, and its effects are performed.

use std::{sync::Arc, time::Duration};

use ligand_platform::Token;
use ligand_tunnel::door::{Nonce, Slot};
use tokio::sync::{Notify, mpsc, watch};

use super::{
    handle::{Command, NoRestart, Shared},
    report::Reporter,
    running::{Change, News, Running},
    secrets::{self, Secrets, SecretsError},
};
use crate::{
    config::{Profile, ProfileName},
    health::Fault,
    host::DoorView,
    org::{Feed, Snapshot},
    presence::{Event, LONG_GAP},
    vault::{Kind, Secret, VaultError},
};

/// How often a locked keychain is asked again. Unlocking is something a person does; they should not wait for us.
const VAULT_RETRY: Duration = Duration::from_secs(2);

/// News wait here; each teller waits until its own is taken, so a handful is plenty.
const NEWS: usize = 16;

/// Where the profile stands, around the presence machine.
enum Phase {
    /// Not started, or stopped.
    AtRest,
    /// Secrets are being read; tried again while the keychain is locked.
    Loading { again_at: Option<Duration> },
    /// Something only the user can give is missing.
    Blocked,
    /// The machine runs (or has come to rest by itself: removed, needs the user).
    Running(Box<Running>),
}

/// See the module.
pub(super) struct Actor {
    name: ProfileName,
    profile: Profile,
    shared: Shared,
    inbox: mpsc::Receiver<Command>,
    /// Tasks of a life answer here, with the life's number: what an earlier life left behind is dropped.
    tell: mpsc::Sender<(u64, News)>,
    news: mpsc::Receiver<(u64, News)>,
    life: u64,
    phase: Phase,
    /// The org's picture is kept while anything is sent.
    feed: Option<Feed>,
    /// The feed heard something about our own workspace.
    doubt: Arc<Notify>,
    /// Whether the platform answers.
    answers: watch::Sender<bool>,
    reporter: Reporter,
}

/// What woke the task.
enum Woken {
    Command(Option<Command>),
    News(u64, News),
    Running(Change),
    Doubt,
    Time,
}

impl Actor {
    pub(super) fn new(
        name: ProfileName,
        profile: Profile,
        shared: Shared,
        inbox: mpsc::Receiver<Command>,
    ) -> Self {
        let (tell, news) = mpsc::channel(NEWS);
        let reporter = Reporter::new(name.clone(), profile.clone(), &shared);
        Self {
            name,
            profile,
            shared,
            inbox,
            tell,
            news,
            life: 0,
            phase: Phase::AtRest,
            feed: None,
            doubt: Arc::default(),
            answers: watch::Sender::new(true),
            reporter,
        }
    }

    /// Until nobody can ask it anything, or it is asked to end.
    pub(super) async fn run(mut self) {
        self.remember_org().await;
        loop {
            self.report();
            self.tend_feed().await;
            match self.wait().await {
                Woken::Command(None) => return self.stop(false).await,
                Woken::Command(Some(Command::End(done))) => {
                    self.stop(false).await;
                    let _ = done.send(());
                    return;
                }
                Woken::Command(Some(command)) => self.obey(command).await,
                Woken::News(life, news) if life == self.life => self.learn(news).await,
                Woken::News(..) | Woken::Running(Change::Shown) => {}
                Woken::Running(Change::Working(count)) => self.event(Event::Working(count)).await,
                Woken::Running(Change::Link(event)) => {
                    if let Phase::Running(running) = &mut self.phase {
                        running.on_link(*event, &mut self.reporter).await;
                    }
                }
                Woken::Doubt => self.event(Event::Doubt).await,
                Woken::Time => self.tick().await,
            }
        }
    }

    /// Hangs up the picture that an earlier run has kept, so that a Canvas has something to show at once.
    async fn remember_org(&self) {
        let path = self.shared.places.org_snapshot(&self.name);
        let (name, workspace) = (self.name.to_string(), self.profile.workspace);
        let kept = tokio::task::spawn_blocking(move || Snapshot::read(&path, &name, workspace));
        if let Ok(Some(org)) = kept.await {
            self.shared.orgs.orgs.put(self.name.as_str(), org);
        }
    }

    async fn wait(&mut self) -> Woken {
        let wake_at = self.wake_at().map(|at| self.shared.clock.instant(at));
        let timer = async move {
            match wake_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let phase = &mut self.phase;
        let running = async move {
            match phase {
                Phase::Running(running) => running.changed().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            command = self.inbox.recv() => Woken::Command(command),
            Some((life, news)) = self.news.recv() => Woken::News(life, news),
            change = running => Woken::Running(change),
            () = self.doubt.notified() => Woken::Doubt,
            () = timer => Woken::Time,
        }
    }

    fn wake_at(&self) -> Option<Duration> {
        let now = self.shared.clock.now();
        let own = match &self.phase {
            Phase::AtRest | Phase::Blocked => None,
            Phase::Loading { again_at } => *again_at,
            Phase::Running(running) => running.machine.wake_at(),
        };
        [own, self.reporter.faults.next_change(now)]
            .into_iter()
            .flatten()
            .min()
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Start(done) => {
                self.start().await;
                self.report();
                let _ = done.send(());
            }
            Command::Stop(by_user, done) => {
                self.stop(by_user).await;
                self.report();
                let _ = done.send(());
            }
            // Seen to before.
            Command::End(_) => {}
            Command::Sleep(done) => {
                self.event(Event::Sleep).await;
                self.report();
                let _ = done.send(());
            }
            Command::Wake(slept, done) => {
                self.wake(slept).await;
                let _ = done.send(());
            }
            Command::Moved(done) => {
                if let Phase::Running(running) = &mut self.phase {
                    running.moved(&mut self.reporter).await;
                }
                let _ = done.send(());
            }
            Command::Share(open, done) => {
                self.profile.shared_door = open;
                self.reporter.profile.shared_door = open;
                if let Phase::Running(running) = &mut self.phase {
                    running.share(open, &mut self.reporter).await;
                }
                let _ = done.send(());
            }
            Command::Rotate(slot, done) => {
                let _ = done.send(self.rotate(slot).await);
            }
            Command::RestartAgent(done) => {
                let restarted = match &self.phase {
                    Phase::Running(running) if running.is_live() => match running.restart_agent().await {
                        true => Ok(()),
                        false => Err(NoRestart::NotOurs),
                    },
                    _ => Err(NoRestart::NotRunning),
                };
                let _ = done.send(restarted);
            }
            Command::UseOrgKey(key, done) => {
                self.use_org_key(key).await;
                let _ = done.send(());
            }
            Command::ResetInbound(done) => {
                let _ = done.send(self.reset_inbound().await);
            }
            Command::Doors(reply) => {
                let _ = reply.send(self.doors());
            }
            Command::Agent(reply) => {
                let _ = reply.send(self.running().map(Running::agent));
            }
            Command::Deliveries(reply) => {
                let _ = reply.send(self.running().map(Running::deliveries));
            }
            Command::SendKit(reply) => {
                let _ = reply.send(self.running().map(Running::send_kit));
            }
            Command::PeerKit(reply) => {
                let _ = reply.send(self.running().map(Running::peer_kit));
            }
            Command::OrgKit(reply) => {
                let _ = reply.send(self.running().map(Running::org_kit));
            }
        }
    }

    fn running(&self) -> Option<&Running> {
        match &self.phase {
            Phase::Running(running) => Some(running),
            _ => None,
        }
    }

    /// Gives the machine an event, if it runs.
    async fn event(&mut self, event: Event) {
        if let Phase::Running(running) = &mut self.phase {
            running.step(event, &mut self.reporter).await;
        }
    }

    async fn wake(&mut self, slept: Duration) {
        tracing::info!(profile = %self.name, slept_s = slept.as_secs(), "awake again");
        self.event(Event::Wake(slept)).await;
        // Its connections are as old as the link.
        if slept >= LONG_GAP
            && let Some(feed) = self.feed.take()
        {
            feed.stop().await;
        }
    }

    async fn start(&mut self) {
        match &mut self.phase {
            Phase::Loading { .. } => {}
            Phase::Running(running) if running.is_live() => {
                running.step(Event::Start, &mut self.reporter).await;
            }
            _ => {
                self.stop(false).await;
                tracing::info!(profile = %self.name, "starting");
                self.reporter.begin();
                self.load();
            }
        }
    }

    async fn rotate(&mut self, slot: Slot) -> Result<(), VaultError> {
        let fresh = Nonce::random();
        let account = secrets::account(&self.profile, Kind::DoorNonce(slot));
        let vault = self.shared.vault.open().await?;
        vault
            .set(&account, &Secret::new(fresh.to_text().as_str()))
            .await?;
        if let Phase::Running(running) = &mut self.phase {
            running.rotate(slot, fresh, &mut self.reporter).await;
        }
        Ok(())
    }

    async fn use_org_key(&mut self, key: Option<Token>) {
        match &mut self.phase {
            Phase::Running(running) => running.use_org_key(key),
            // What is being read from the vault may be from before.
            Phase::Loading { .. } => {
                self.life += 1;
                self.load();
            }
            Phase::AtRest | Phase::Blocked => {}
        }
        // It looked with another, or with none.
        if let Some(feed) = self.feed.take() {
            feed.stop().await;
        }
    }

    async fn reset_inbound(&mut self) -> Result<(), VaultError> {
        let account = secrets::account(&self.profile, Kind::InboundSecret);
        self.shared.vault.open().await?.delete(&account).await?;
        if let Phase::Running(running) = &mut self.phase {
            running.forget_inbound_secret();
        }
        Ok(())
    }

    async fn stop(&mut self, by_user: bool) {
        self.life += 1;
        let phase = std::mem::replace(&mut self.phase, Phase::AtRest);
        self.reporter.end();
        self.report();
        self.tend_feed().await;
        if let Phase::Running(running) = phase {
            tracing::info!(profile = %self.name, "stopping");
            running.finish(by_user, &mut self.reporter).await;
        }
    }

    /// Looks at the org as long as anything is sent, and no longer.
    async fn tend_feed(&mut self) {
        match &self.phase {
            Phase::Running(running) if running.is_live() && running.is_awake() => {
                if self.feed.is_none() {
                    self.feed = Some(Feed::start(running.feed_kit(
                        &self.name,
                        self.doubt.clone(),
                        self.answers.subscribe(),
                    )));
                }
            }
            _ => {
                if let Some(feed) = self.feed.take() {
                    feed.stop().await;
                }
            }
        }
    }

    /// Reads the secrets in a task of its own: a keychain may ask the user, and a stop must not wait for that.
    fn load(&mut self) {
        self.phase = Phase::Loading { again_at: None };
        let (tell, life) = (self.tell.clone(), self.life);
        let (vault, profile) = (self.shared.vault.clone(), self.profile.clone());
        tokio::spawn(async move {
            let loaded = match vault.open().await {
                Ok(vault) => secrets::load(&vault, &profile).await,
                Err(error) => Err(SecretsError::Vault(error)),
            };
            let _ = tell.send((life, News::Loaded(loaded.map(Box::new)))).await;
        });
    }

    async fn learn(&mut self, news: News) {
        match news {
            News::Loaded(loaded) => self.loaded(loaded).await,
            news => {
                if let Phase::Running(running) = &mut self.phase {
                    running.learn(news, &mut self.reporter).await;
                }
            }
        }
    }

    async fn loaded(&mut self, loaded: Result<Box<Secrets>, SecretsError>) {
        let now = self.shared.clock.now();
        let faults = &mut self.reporter.faults;
        for fault in [Fault::VaultLocked, Fault::VaultBroken, Fault::TokenMissing] {
            faults.clear(fault);
        }
        let error = match loaded {
            Ok(secrets) => {
                let tell = self.tell.clone();
                match Running::begin(&self.name, &self.profile, *secrets, &self.shared, tell, self.life) {
                    Ok(mut running) => {
                        running.step(Event::Start, &mut self.reporter).await;
                        self.phase = Phase::Running(Box::new(running));
                    }
                    Err(why) => {
                        faults.raise(Fault::VaultBroken, Some(why), now);
                        self.phase = Phase::Blocked;
                    }
                }
                return;
            }
            Err(error) => error,
        };
        self.phase = match error {
            SecretsError::Vault(VaultError::Locked) => {
                faults.raise(Fault::VaultLocked, None, now);
                Phase::Loading {
                    again_at: Some(now + VAULT_RETRY),
                }
            }
            SecretsError::NoToken => {
                faults.raise(Fault::TokenMissing, None, now);
                Phase::Blocked
            }
            SecretsError::Vault(error) => {
                faults.raise(Fault::VaultBroken, Some(error.to_string()), now);
                Phase::Loading {
                    again_at: Some(now + VAULT_RETRY),
                }
            }
            SecretsError::Damaged(what) => {
                faults.raise(
                    Fault::VaultBroken,
                    Some(format!("{what} in the vault is damaged")),
                    now,
                );
                Phase::Blocked
            }
        };
    }

    async fn tick(&mut self) {
        match &mut self.phase {
            Phase::Loading { again_at: Some(at) } if *at <= self.shared.clock.now() => self.load(),
            _ => self.event(Event::Tick).await,
        }
    }

    fn doors(&self) -> Vec<DoorView> {
        let Some(running) = self.running() else {
            return Vec::new();
        };
        [Slot::Platform, Slot::Shared]
            .into_iter()
            .filter_map(|slot| {
                let open = slot == Slot::Platform || self.profile.shared_door;
                Some(DoorView {
                    slot,
                    url: running.granted.urls.get(&slot)?.expose().to_owned(),
                    host_url: running
                        .granted
                        .host_urls
                        .get(&slot)
                        .map(|url| url.expose().to_owned()),
                    open,
                })
            })
            .collect()
    }

    fn report(&mut self) {
        match &self.phase {
            Phase::AtRest => self.reporter.at_rest(),
            Phase::Loading { .. } => self.reporter.loading(),
            Phase::Blocked => self.reporter.blocked(),
            Phase::Running(running) => self.reporter.running(running),
        }
        let answers = self
            .running()
            .is_none_or(|running| running.machine.platform_answers());
        self.answers
            .send_if_modified(|known| std::mem::replace(known, answers) != answers);
    }
}
