//! The agent as something that Ligand keeps running: how it is started and looked at, and what is told of it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use hyper::{Request, Uri};
use ligand_platform::{Platform, Token};
use ligand_tunnel::door::DoorUrl;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::{
    Command, Now, View,
    launch::{Prepared, Ready},
};
use crate::{
    agent::{AgentError, CARD_DEADLINE, LOG, attach::Attach, empty},
    clock::Clock,
    config::{CommandConfig, ProfileName, ReadyCheck},
    supervise::{self, Charge, GuardProgram, Launch, Machine, NotLaunched, State, Terms},
};

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

/// An agent that is kept running. When this is dropped, it is ended.
pub(crate) struct Supervisor {
    program: supervise::Supervisor,
    now: watch::Receiver<Now>,
    calls: Arc<AtomicUsize>,
    hold: Duration,
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
        let view = View {
            ready: Err("the agent is not started".to_owned()),
            gave_up: false,
            port: None,
            without_secrets: None,
            refused: None,
        };
        let (publish, now) = watch::channel(Now { view, at: None });
        let (calls, hold) = (Arc::<AtomicUsize>::default(), kit.hold);
        let terms = Terms {
            profile: kit.profile.clone(),
            what: "the agent",
            ready_within: Duration::from_secs(kit.config.ready_within_s.into()),
            clock: kit.clock.clone(),
            log: (kit.log_dir.clone(), LOG),
        };
        let agent = Program {
            kit: Arc::new(kit),
            publish,
            calls: calls.clone(),
            agent: None,
            port: None,
            without_secrets: None,
            refused: None,
        };
        Ok(Self {
            program: supervise::Supervisor::start(terms, agent, guard)?,
            now,
            calls,
            hold,
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
        self.program.restart().await;
    }

    /// Ends it, and waits until nothing of it is left: as long as it takes to go, and 10 s at the most.
    pub(crate) async fn stop(self) {
        self.program.stop().await;
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

/// The agent's program.
struct Program {
    kit: Arc<Kit>,
    publish: watch::Sender<Now>,
    calls: Arc<AtomicUsize>,
    /// The way to the process, once it runs.
    agent: Option<Arc<Attach>>,
    /// The port of the last start: kept while it is free.
    port: Option<u16>,
    without_secrets: Option<String>,
    refused: Option<String>,
}

impl Charge for Program {
    type Started = Ready;

    fn launch(
        &mut self,
        guard: GuardProgram,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<Launch<Ready>, NotLaunched>> {
        let (kit, port) = (self.kit.clone(), self.port);
        async move {
            let prepared = cancel.run_until_cancelled(Prepared::gather(&kit)).await;
            match prepared {
                None => Err(NotLaunched::Cancelled),
                Some(Err(why)) => {
                    let what = "the workspace's secrets cannot be fetched";
                    Err(NotLaunched::Withheld(what, why))
                }
                // A start that has begun is not broken off: it is seen to its end.
                Some(Ok(prepared)) => prepared
                    .start(&kit, &guard, port)
                    .await
                    .map_err(NotLaunched::Failed),
            }
        }
        .boxed()
    }

    fn launched(&mut self, started: Ready) {
        if let Some(refused) = &started.refused {
            tracing::warn!(profile = %self.kit.profile, %refused, "the agent does not get all of the workspace's secrets");
        }
        (self.refused, self.without_secrets) = (started.refused, started.without_secrets);
        self.port = Some(started.port);
        self.agent = address(started.port).map(|url| Arc::new(Attach::new(&url)));
    }

    fn not_launched(&mut self, withheld: Option<&str>) {
        self.without_secrets = withheld.map(str::to_owned);
    }

    fn ended(&mut self) -> bool {
        self.agent = None;
        false
    }

    fn look(&mut self) -> BoxFuture<'static, Result<(), String>> {
        let (agent, ready) = (self.agent.clone(), self.kit.config.ready.clone());
        async move {
            let agent = agent.ok_or("it has no address")?;
            match ready {
                ReadyCheck::Card => agent
                    .fetch_card()
                    .await
                    .map(drop)
                    .map_err(|error| error.to_string()),
                ReadyCheck::Http(path) => answers(&agent, &path).await,
            }
        }
        .boxed()
    }

    fn is_busy(&self) -> bool {
        self.calls.load(Ordering::Relaxed) > 0
    }

    fn tell(&mut self, machine: &Machine) {
        let is_ready = matches!(machine.state(), State::Ready { .. });
        let view = View {
            ready: machine.why().map_or(Ok(()), Err),
            gave_up: machine.state() == State::GaveUp,
            port: self.port.filter(|_| self.agent.is_some()),
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
