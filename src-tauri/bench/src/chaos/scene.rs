//! What is killed: an org, a relay, a host and an agent, each a process that comes back as it was.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Era, Host, LocalOrg, Process, Profile, Relay, Scratch, Variables, Workspace, now};
use serde_json::json;

use super::Way;
use super::verdict::Fates;

/// The tasks that the workspace allows.
const TASKS: usize = 5;

/// Who can be killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Victim {
    Agent,
    Host,
    Relay,
    Org,
}

impl Victim {
    pub(super) const ALL: [Self; 4] = [Self::Agent, Self::Host, Self::Relay, Self::Org];
}

/// Everything that carries a message.
pub(super) struct Scene {
    pub(super) org: LocalOrg,
    pub(super) workspace: Workspace,
    pub(super) era: Era,
    relay: Relay,
    host: Process,
    agent: Process,
    agent_at: String,
    variables: Variables,
    pub(super) scratch: Scratch,
}

impl Scene {
    pub(super) async fn set(way: Way) -> Self {
        let era = match way {
            Way::Push(era) => era,
            Way::Poll => Era::L,
        };
        let scratch = Scratch::with_usual_log();
        let org = LocalOrg::start(&scratch, era).await;
        let workspace = org
            .create_with(json!({"name": "Laptop", "max_concurrent_tasks": TASKS}))
            .await;
        let relay = Relay::start(&scratch, org.url()).await;
        let (agent, agent_at) = start_agent(&scratch, "127.0.0.1:0").await;
        let mut profile = Profile::new(&org, &workspace, &relay);
        profile.agent = Some(format!("http://{agent_at}"));
        profile.hold_s = 2;
        if way == Way::Poll {
            profile.relay = None;
        }
        let variables = Host::file_vault();
        Host::prepare(&scratch, &profile, &workspace, &variables).await;
        let host = Host::up(&scratch, variables.clone());
        host.online().await;
        let host = host.process;
        Self {
            org,
            workspace,
            era,
            relay,
            host,
            agent,
            agent_at,
            variables,
            scratch,
        }
    }

    pub(super) fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Agent => self.agent.kill(),
            Victim::Host => self.host.kill(),
            Victim::Relay => self.relay.kill(),
            Victim::Org => self.org.process.kill(),
        }
    }

    /// Starts it again at the same address on the same files.
    pub(super) async fn again(&mut self, victim: Victim) {
        match victim {
            Victim::Agent => (self.agent, self.agent_at) = start_agent(&self.scratch, &self.agent_at).await,
            Victim::Host => self.host = Host::up(&self.scratch, self.variables.clone()).process,
            Victim::Relay => self.relay.again(&self.scratch).await,
            Victim::Org => {
                let address = self.org.url().trim_start_matches("http://").to_owned();
                self.org = LocalOrg::start_at(&self.scratch, self.era, &address).await;
            }
        }
    }

    /// Beats until every message has a fate: each beat has the platform send what it has queued, and in the older
    /// generation but one.
    pub(super) async fn settle(&self, way: Way, acknowledged: &HashSet<String>, deadline: Duration) {
        let began = now();
        loop {
            let fates = Fates::read(self);
            let open = acknowledged.iter().filter(|id| fates.is_open(id)).count();
            if open == 0 {
                return;
            }
            if began.elapsed() > deadline {
                eprintln!("    {open} messages are still open after {deadline:?}");
                return;
            }
            if way != Way::Poll {
                let _beat = self.org.beat(&self.workspace, 0).await;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// The agent's log.
    pub(super) fn agent_log(&self) -> PathBuf {
        self.scratch.path("state/agent.log")
    }

    /// The host's journal.
    pub(super) fn journal(&self) -> PathBuf {
        self.scratch.path("state/deliveries.db")
    }

    /// The org's file.
    pub(super) fn org_file(&self) -> PathBuf {
        self.scratch.path("org.sqlite")
    }
}

async fn start_agent(scratch: &Scratch, listen: &str) -> (Process, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["chaos-agent", "--listen", listen, "--log"]);
    command.arg(scratch.path("state/agent.log"));
    let mut process = Process::start(scratch, "agent", command, &[]);
    let address = process
        .line("where it listens", |line| {
            line.strip_prefix("listening on http://").map(str::to_owned)
        })
        .await;
    (process, address)
}
