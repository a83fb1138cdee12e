//! The same host from its environment alone: what a container is given, what its probes see, and how it ends.

use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Era, Host, Process, SLOWLY, Stage, TestAgent, Variables, Workspace, binary, ligand, until};
use reqwest::{Client, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};

/// How long a host may take to come online on this machine.
const ONLINE_WITHIN: Duration = Duration::from_secs(20);
/// An agent that is away is noticed at the next look, every 15 s.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);
const CARD: &str = "/.well-known/agent-card.json";

/// What a container is given, and a free port for its probes.
fn given(stage: &Stage, workspace: &Workspace, more: &[(&str, &str)]) -> Variables {
    let needed = [
        ("PLATFORM_URL", stage.org.url()),
        ("WORKSPACE_ID", &workspace.id),
        ("MOLECULE_WORKSPACE_TOKEN", &workspace.token),
        ("PORT", "0"),
    ];
    let all = needed.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

async fn up<'a>(stage: &'a Stage, more: &[(&str, &str)]) -> (Host<'a>, Probes) {
    let variables = given(stage, &stage.workspace, more);
    let mut host = Host::up_with(&stage.scratch, variables, &["--headless"]);
    let probes = Probes::of(&mut host.process).await;
    (host, probes)
}

/// Whoever looks whether the container lives and is ready.
struct Probes {
    port: String,
    client: Client,
}

impl Probes {
    async fn of(process: &mut Process) -> Self {
        let port = |line: &str| {
            let rest = line.strip_prefix("Health")?.split_once("/healthz")?.0;
            rest.rsplit_once(':').map(|(_, port)| port.to_owned())
        };
        Self {
            port: process.line("where its health is asked", port).await,
            client: Client::builder()
                .no_proxy()
                .timeout(ONLINE_WITHIN)
                .build()
                .unwrap(),
        }
    }

    async fn ask(&self, path: &str) -> (StatusCode, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn ready(&self) -> Value {
        until("the card is answered", ONLINE_WITHIN, async || {
            let (status, card) = self.ask(CARD).await;
            (status == StatusCode::OK).then_some(card)
        })
        .await
    }

    async fn unready(&self, presence: &str) -> Value {
        until(
            &format!("it is not ready: {presence}"),
            NOTICED_WITHIN,
            async || {
                let (status, body) = self.ask(CARD).await;
                (status == StatusCode::SERVICE_UNAVAILABLE && body["presence"] == presence).then_some(body)
            },
        )
        .await
    }
}

#[tokio::test]
async fn the_environment_alone_brings_a_workspace_online_and_nothing_of_it_is_kept() {
    for era in [Era::S, Era::L] {
        let stage = Stage::set(era).await;
        let relay = stage.relay.url().to_owned();
        let (mut host, probes) = up(&stage, &[("LIGAND_RELAY", &relay)]).await;

        let card = probes.ready().await;
        assert_eq!((&card["name"], card.get("url")), (&json!("Echo"), None), "{card}");
        assert_eq!(probes.ask("/.well-known/agent.json").await.0, StatusCode::OK);
        assert_eq!(probes.ask("/healthz").await.0, StatusCode::OK);
        assert_eq!(probes.ask("/v1/status").await.0, StatusCode::NOT_FOUND);
        assert_eq!(stage.org.status(&stage.workspace.id).await, "online");
        let (status, reply) = stage.org.send(&stage.workspace.id, "from the org").await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        assert!(reply.to_string().contains("from the org"), "{reply}");

        let said = host.ligand(&["status"]).await.stdout;
        assert!(said.contains("secrets in memory alone"), "{said}");
        let doctor = host.ligand(&["doctor"]).await;
        assert!(doctor.status.success(), "{doctor:?}");
        assert!(host.stop().await.success());

        // With a new key for the relay and new doors, as nothing was kept.
        let (mut again, probes) = up(&stage, &[("LIGAND_RELAY", &relay)]).await;
        probes.ready().await;
        let (status, reply) = stage.org.send(&stage.workspace.id, "again").await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        assert!(again.stop().await.success());
        assert!(stage.scratch.files("config").is_empty(), "a config was written");
        for folder in ["state", "runtime", "home", "out"] {
            let found = stage.scratch.files_with(folder, &stage.workspace.token);
            assert!(found.is_empty(), "the token is in {found:?}");
        }
    }
}

#[tokio::test]
async fn without_a_relay_a_later_platforms_messages_are_fetched() {
    let stage = Stage::set(Era::L).await;
    let (_host, probes) = up(&stage, &[]).await;
    probes.ready().await;
    stage.org.send(&stage.workspace.id, "fetch me").await;
    until("it is answered in the chat", ONLINE_WITHIN, async || {
        let told = stage.org.told(&stage.workspace).await;
        told.iter().any(|text| text.contains("fetch me")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn probes_see_an_agent_that_is_away_and_the_process_lives_meanwhile() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let (relay, url) = (stage.relay.url().to_owned(), agent.url().to_owned());
    let (_host, probes) = up(&stage, &[("LIGAND_RELAY", &relay), ("LIGAND_AGENT", &url)]).await;
    assert_eq!(probes.ready().await["name"], "Test agent");
    drop(agent);
    let body = probes.unready("degraded").await;
    assert_eq!(body["code"], "not_ready");
    assert!(!body["reason"].as_str().unwrap_or_default().is_empty(), "{body}");
    assert_eq!(probes.ask("/healthz").await.0, StatusCode::OK);
}

#[tokio::test]
async fn probes_see_a_workspace_that_needs_its_owner() {
    let stage = Stage::set(Era::L).await;
    let (_host, probes) = up(&stage, &[("MOLECULE_WORKSPACE_TOKEN", "no-such-token")]).await;
    // The last of two variables of one name counts.
    let body = probes.unready("needs_user").await;
    assert!(!body.to_string().contains("no-such-token"), "{body}");
    assert_eq!(probes.ask("/healthz").await.1["presence"], "needs_user");
}

#[tokio::test]
async fn sigterm_lets_a_message_in_flight_be_answered_while_probes_see_that_it_ends() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let (relay, url) = (stage.relay.url().to_owned(), agent.url().to_owned());
    let (mut host, probes) = up(&stage, &[("LIGAND_RELAY", &relay), ("LIGAND_AGENT", &url)]).await;
    probes.ready().await;
    let end_meanwhile = async {
        until("the agent has the call", Duration::from_secs(5), async || {
            (!agent.calls().is_empty()).then_some(())
        })
        .await;
        host.process.signal(Signal::TERM);
        probes.unready("stopped").await;
    };
    let ((status, reply), ()) = tokio::join!(stage.org.send(&stage.workspace.id, SLOWLY), end_meanwhile);
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert!(reply.to_string().contains("heard: slowly"), "{reply}");
    assert!(host.process.ended(Duration::from_secs(5)).await.success());
}

#[tokio::test]
async fn what_the_environment_lacks_is_named_and_ends_the_start() {
    let stage = Stage::set(Era::L).await;
    let without = |name: &str| {
        let mut variables = given(&stage, &stage.workspace, &[("container", "test")]);
        variables.retain(|(known, _)| known != name);
        variables
    };
    for (name, code) in [
        ("WORKSPACE_ID", 4),
        ("MOLECULE_WORKSPACE_TOKEN", 4),
        ("PLATFORM_URL", 1),
    ] {
        let said = ligand(&stage.scratch, &without(name), &["up", "--headless"], "").await;
        assert_eq!(said.code(), Some(code), "{name}: {said:?}");
        let last = said.stderr.lines().last().unwrap();
        assert!(last.contains(name), "{name}: {last}");
    }
    // In a container the machine that it runs on is tried, and it is said that it was.
    let said = ligand(
        &stage.scratch,
        &without("PLATFORM_URL"),
        &["up", "--headless"],
        "",
    )
    .await;
    assert!(
        said.stderr.contains("http://host.docker.internal:8080 was tried"),
        "{said:?}"
    );
}

#[tokio::test]
async fn without_a_profile_the_environment_is_used_unasked_and_a_profile_goes_before_it() {
    let stage = Stage::set(Era::L).await;
    let relay = stage.relay.url().to_owned();
    let variables = given(&stage, &stage.workspace, &[("LIGAND_RELAY", &relay)]);
    let mut host = Host::up(&stage.scratch, variables.clone());
    Probes::of(&mut host.process).await.ready().await;
    let block = stage.workspace.reply.to_string();
    let refused = ligand(
        &stage.scratch,
        &Host::file_vault(),
        &["connect", "-", "--profile", "other"],
        &block,
    )
    .await;
    assert!(refused.stderr.contains("environment alone"), "{refused:?}");
    assert!(stage.scratch.files("config").is_empty());
    let second = host.ligand(&["up", "--headless"]).await;
    assert_eq!(second.code(), Some(1), "{second:?}");
    assert!(second.stderr.contains("already"), "{second:?}");
    assert!(host.stop().await.success());

    let mut with_vault = variables;
    with_vault.extend(Host::file_vault());
    Host::prepare(
        &stage.scratch,
        &stage.profile(),
        &stage.workspace,
        &Host::file_vault(),
    )
    .await;
    let host = Host::up(&stage.scratch, with_vault);
    host.online().await;
    assert!(
        !host.process.stdout().contains("Health"),
        "the config's profile runs"
    );
}

#[tokio::test]
async fn help_names_every_variable() {
    let scratch = ligand_e2e::Scratch::new();
    let mut command = Command::new(binary("ligand"));
    command.args(["up", "--help"]);
    let (_, said, _) = Process::run(&scratch, "help", command, &[], "").await;
    for name in [
        "PLATFORM_URL",
        "WORKSPACE_ID",
        "MOLECULE_WORKSPACE_TOKEN",
        "MOLECULE_ORG_ID",
        "LIGAND_RELAY",
        "LIGAND_EXPOSURE",
        "LIGAND_AGENT",
        "LIGAND_AGENT_ARGV",
        "LIGAND_AGENT_DIR",
        "LIGAND_AGENT_TOOLS",
        "PORT",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
}
