//! How long an agent that the host starts is missed when it dies, over what it takes to start by itself: the host has to
//! see its end, start it, see that it answers, and let the next message through.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Era, Host, LocalOrg, Process, Profile, Relay, Scratch, Workspace, now, proc};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

/// The command of the agent, by which it is known among the host's processes.
const AGENT: &str = "chaos-agent";

/// How often the program is asked whether it answers: what it adds to its own start is taken from the host's share.
const LOOK: Duration = Duration::from_millis(1);

/// What one round came to, in milliseconds.
pub(crate) struct Round {
    /// From the agent's death to the next answer.
    pub(crate) missed: f64,
    /// From a start of its program to its first answer.
    pub(crate) own_start: f64,
}

/// Kills the agent so often, and starts its program by itself as often in between.
pub(crate) async fn measure(rounds: usize) -> Vec<Round> {
    let scratch = Scratch::with_usual_log();
    let org = LocalOrg::start(&scratch, Era::L).await;
    let workspace = org.create("Laptop").await;
    let relay = Relay::start(&scratch, org.url()).await;
    let mut profile = Profile::new(&org, &workspace, &relay);
    let argv = json!(argv());
    profile.agent_table = Some(format!("kind = \"command\"\nargv = {argv}\n"));
    let host = Host::connected(&scratch, &profile, &workspace).await;
    host.online().await;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        answered(&org, &workspace).await;
        let began = now();
        kill_agent(host.process.pid());
        answered(&org, &workspace).await;
        let missed = milliseconds(began.elapsed());
        measured.push(Round {
            missed,
            own_start: own_start(&scratch).await,
        });
        // Forgets the crash: five of them are a loop, and no measurement.
        let said = host.ligand(&["restart", "--agent"]).await;
        assert!(said.status.success(), "{}", said.stderr);
    }
    measured
}

fn argv() -> [String; 6] {
    let program = std::env::current_exe().unwrap().display().to_string();
    [&program, AGENT, "--log", "/dev/null", "--thought-ms", "0"].map(str::to_owned)
}

/// Sends messages, one after the other, until one is answered.
async fn answered(org: &LocalOrg, workspace: &Workspace) {
    loop {
        let (_, reply) = org.send(&workspace.id, "are you there").await;
        if reply["result"].is_object() {
            return;
        }
    }
}

fn kill_agent(host: u32) {
    let mut family = proc::family(host).into_iter();
    let agent = family.find(|pid| proc::command(*pid).contains(AGENT)).unwrap();
    let agent = Pid::from_raw(agent.try_into().unwrap()).unwrap();
    kill_process(agent, Signal::KILL).unwrap();
}

/// How long the program takes to its first answer when nothing stands between.
async fn own_start(scratch: &Scratch) -> f64 {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let at: SocketAddr = free.unwrap();
    let [program, arguments @ ..] = argv();
    let mut command = Command::new(program);
    command.args(arguments);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let card = format!("http://{at}/.well-known/agent-card.json");
    let began = now();
    let _agent = Process::start(scratch, "agent", command, &[("PORT", &at.port().to_string())]);
    while client.get(&card).send().await.is_err() {
        tokio::time::sleep(LOOK).await;
    }
    milliseconds(began.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
