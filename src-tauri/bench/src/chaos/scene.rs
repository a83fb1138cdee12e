//! What is killed: an org, a relay, a host and agents of every kind, each a process that comes back as it was.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{
    Era, Host, LocalOrg, Process, Profile, Relay, Scratch, Variables, Workspace, now, proc, until,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::Way;
use super::verdict::Fates;

/// The tasks that each workspace allows.
const TASKS: usize = 5;

/// How long all workspaces may take to come online.
const ONLINE_WITHIN: Duration = Duration::from_secs(40);

/// The host starts its agent so often again within two minutes; with one more end it would rightly give up.
const AGENT_KILLS: usize = 4;

/// A kind of agent, each of which answers for a workspace of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Started by us.
    Attach,
    /// Started by the host.
    Command,
    /// Started by the host for each message.
    Exec,
    /// Built in.
    Echo,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Attach, Self::Command, Self::Exec, Self::Echo];

    fn name(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Command => "command",
            Self::Exec => "exec",
            Self::Echo => "echo",
        }
    }
}

/// Who can be killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Victim {
    Attached,
    /// The agent that the host has started.
    Started,
    /// What works on a message.
    Answering,
    Host,
    Relay,
    Org,
}

impl Victim {
    pub(super) const ALL: [Self; 6] = [
        Self::Attached,
        Self::Started,
        Self::Answering,
        Self::Host,
        Self::Relay,
        Self::Org,
    ];
}

/// Everything that carries a message.
pub(super) struct Scene {
    pub(super) org: LocalOrg,
    pub(super) workspaces: Vec<Workspace>,
    pub(super) era: Era,
    relay: Relay,
    host: Process,
    attached: Process,
    attached_at: String,
    /// How often the agent was killed that the host has started.
    agent_kills: usize,
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
        let relay = Relay::start(&scratch, org.url()).await;
        let (attached, attached_at) = start_agent(&scratch, "127.0.0.1:0").await;
        let variables = Host::file_vault();
        let (mut workspaces, mut profiles) = (Vec::new(), Vec::new());
        for kind in Kind::ALL {
            let new = json!({"name": kind.name(), "max_concurrent_tasks": TASKS});
            let workspace = org.create_with(new).await;
            let mut profile = Profile::new(&org, &workspace, &relay);
            profile.name = kind.name().to_owned();
            profile.hold_s = 2;
            match kind {
                Kind::Attach => profile.agent = Some(format!("http://{attached_at}")),
                Kind::Command => profile.agent_table = Some(table(&scratch, "command", "chaos-agent")),
                Kind::Exec => {
                    profile.agent_table = Some(table(&scratch, "exec", "chaos-answer") + "dir = \"/\"\n")
                }
                Kind::Echo => {}
            }
            if way == Way::Poll {
                profile.relay = None;
            }
            Host::prepare(&scratch, &profile, &workspace, &variables).await;
            workspaces.push(workspace);
            profiles.push(profile);
        }
        Profile::write_all(&scratch, &profiles);
        let host = Host::up(&scratch, variables.clone());
        until("all workspaces are online", ONLINE_WITHIN, async || {
            let status = host.status().await?;
            let mut profiles = status["profiles"].as_array()?.iter();
            let is_online = profiles.all(|profile| profile["presence"]["state"] == "online");
            is_online.then_some(())
        })
        .await;
        let host = host.process;
        Self {
            org,
            workspaces,
            era,
            relay,
            host,
            attached,
            attached_at,
            agent_kills: 0,
            variables,
            scratch,
        }
    }

    /// Kills it, and says whom it has met: another one where the host would give up.
    pub(super) fn kill(&mut self, victim: Victim) -> Victim {
        match victim {
            Victim::Attached => self.attached.kill(),
            Victim::Started if self.agent_kills == AGENT_KILLS => return self.kill(Victim::Answering),
            Victim::Started => {
                self.agent_kills += 1;
                self.kill_below("chaos-agent");
            }
            Victim::Answering => self.kill_below("chaos-answer"),
            Victim::Host => {
                self.agent_kills = 0;
                self.host.kill();
            }
            Victim::Relay => self.relay.kill(),
            Victim::Org => self.org.process.kill(),
        }
        victim
    }

    /// Kills what the host has started by that command.
    fn kill_below(&self, command: &str) {
        let family = proc::family(self.host.pid()).into_iter();
        for pid in family.filter(|pid| proc::command(*pid).contains(command)) {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                let _ended_just_now = kill_process(pid, Signal::KILL);
            }
        }
    }

    /// Starts it again at the same address on the same files. The host's own agents are the host's to start.
    pub(super) async fn again(&mut self, victim: Victim) {
        match victim {
            Victim::Attached => {
                (self.attached, self.attached_at) = start_agent(&self.scratch, &self.attached_at).await;
            }
            Victim::Started | Victim::Answering => {}
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
                for workspace in &self.workspaces {
                    let _beat = self.org.beat(workspace, 0).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// The log of all agents that keep one.
    pub(super) fn agent_log(&self) -> PathBuf {
        agent_log(&self.scratch)
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

fn agent_log(scratch: &Scratch) -> PathBuf {
    scratch.path("state/agent.log")
}

/// The lines of an agent's table that run this binary.
fn table(scratch: &Scratch, kind: &str, command: &str) -> String {
    let (program, log) = (std::env::current_exe().unwrap(), agent_log(scratch));
    let argv = json!([program, command, "--log", log]);
    format!("kind = \"{kind}\"\nargv = {argv}\n")
}

async fn start_agent(scratch: &Scratch, listen: &str) -> (Process, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["chaos-agent", "--listen", listen, "--log"]);
    command.arg(agent_log(scratch));
    let mut process = Process::start(scratch, "agent", command, &[]);
    let address = process
        .line("where it listens", |line| {
            line.strip_prefix("listening on http://").map(str::to_owned)
        })
        .await;
    (process, address)
}
