//! An agent that Ligand starts: online, answering, given what it needs, and never left behind.

use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Era, Host, Sdk, Stage, now, proc, until};
use reqwest::StatusCode;
use serde_json::json;

const SECRET: &str = "sk-hush-hush-0123456789";

/// The lines of an agent's table that start the tests' plain agent.
fn plain(how: &str, more: &str) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/plain.py");
    Some(format!(
        "kind = \"command\"\nargv = [\"python3\", \"-B\", \"{}\", \"{how}\"]\n{more}",
        script.display()
    ))
}

async fn started<'a>(stage: &'a Stage, table: Option<String>) -> Host<'a> {
    let mut profile = stage.profile();
    profile.agent_table = table;
    Host::connected(&stage.scratch, &profile, &stage.workspace).await
}

/// What the agent answers.
async fn says(stage: &Stage, text: &str) -> String {
    let (status, reply) = stage.org.send(&stage.workspace.id, text).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    reply.to_string()
}

async fn pid(stage: &Stage) -> u32 {
    let reply = says(stage, "pid").await;
    let (_, rest) = reply.split_once("pid=").unwrap();
    rest.split_once(';').unwrap().0.parse().unwrap()
}

async fn until_gone(pid: u32) {
    until(
        &format!("process {pid} is gone"),
        Duration::from_secs(15),
        async || (!Path::new(&format!("/proc/{pid}")).exists()).then_some(()),
    )
    .await;
}

#[tokio::test]
async fn an_agent_that_ligand_starts_answers_and_ends_with_its_host() {
    let stage = Stage::set(Era::L).await;
    let mut host = started(&stage, plain("good", "")).await;
    let profile = host.online().await;
    assert_eq!(
        (&profile["agent"]["kind"], &profile["agent"]["ready"]),
        (&json!("command"), &json!(true))
    );
    assert!(says(&stage, "hello").await.contains("heard hello"));
    let agent = pid(&stage).await;
    assert!(host.stop().await.success());
    until_gone(agent).await;
}

#[tokio::test]
async fn a_host_that_is_killed_leaves_no_agent_behind() {
    let stage = Stage::set(Era::L).await;
    let mut host = started(&stage, plain("good", "")).await;
    host.online().await;
    let agent = pid(&stage).await;
    host.process.kill();
    until_gone(agent).await;
}

#[tokio::test]
async fn an_agent_that_dies_is_back_before_the_next_message_is_given_up_and_a_restart_is_a_new_one() {
    let stage = Stage::set(Era::L).await;
    let host = started(&stage, plain("good", "")).await;
    host.online().await;
    let first = pid(&stage).await;
    let (_, reply) = stage.org.send(&stage.workspace.id, "die").await;
    assert!(!reply.to_string().contains("heard"), "{reply}");
    let died = now();
    assert!(says(&stage, "again").await.contains("heard again"));
    eprintln!("answered again {:?} after its death", died.elapsed());
    let second = pid(&stage).await;
    assert_ne!(first, second);

    let said = host.ligand(&["restart", "--agent"]).await;
    assert!(said.status.success(), "{}", said.stderr);
    until_gone(second).await;
    assert_ne!(pid(&stage).await, second);
    host.online().await;
}

#[tokio::test]
async fn an_agent_gets_the_workspaces_secrets_and_nothing_else_ever_has_them() {
    let stage = Stage::set(Era::L).await;
    stage.org.set_secret(&stage.workspace, "API_KEY", SECRET).await;
    stage
        .org
        .set_secret(&stage.workspace, "PYTHONSTARTUP", "/evil.py")
        .await;
    let host = started(&stage, plain("good", "")).await;
    host.online().await;
    let there = |length: usize| format!("length={length};");
    assert!(
        says(&stage, "length API_KEY")
            .await
            .contains(&there(SECRET.len()))
    );
    for missing in [
        "PYTHONSTARTUP",
        "MOLECULE_WORKSPACE_TOKEN",
        "LIGAND_STATE_DIR",
        "LIGAND_VAULT",
    ] {
        let reply = says(&stage, &format!("length {missing}")).await;
        assert!(reply.contains(&there(0)), "{missing}: {reply}");
    }
    let id = says(&stage, "length WORKSPACE_ID").await;
    assert!(id.contains(&there(36)), "{id}");

    let status = host.status().await.unwrap().to_string();
    assert!(
        status.contains("secrets_refused") && status.contains("PYTHONSTARTUP"),
        "{status}"
    );
    let log = host.ligand(&["logs", "--agent"]).await.stdout;
    assert!(log.contains("the key is [hidden]"), "{log}");
    for text in [status, log, host.ligand(&["doctor"]).await.stdout] {
        assert!(!text.contains(SECRET) && !text.contains("/evil.py"), "{text}");
    }
    for folder in ["config", "state", "runtime", "home", "xdg"] {
        let found = stage.scratch.files_with(folder, SECRET);
        assert!(found.is_empty(), "the secret is in {found:?}");
    }
}

#[tokio::test]
async fn every_bad_agent_is_named_with_what_it_does() {
    let stage = Stage::set(Era::L).await;
    for (how, words) in [
        ("exit", "its last words were: this agent wants no work"),
        ("never", "nothing answers at the agent's address"),
        ("html", "is not a JSON object"),
        ("500", "answers HTTP 500 where its card should be"),
        ("redirect", "answers HTTP 302 where its card should be"),
        ("garbage", "broke the connection"),
        ("huge", "card is larger than 1024 KB"),
        ("half", "broke"),
        ("silent", "gave no card within 5 s"),
    ] {
        let mut host = started(&stage, plain(how, "ready_within_s = 8")).await;
        let what = format!("status says of {how} that {words}");
        let status = until(&what, Duration::from_secs(30), async || {
            let profile = host.profile().await?;
            let reason = profile["agent"]["reason"].as_str()?;
            reason.contains(words).then_some(profile)
        })
        .await;
        assert_ne!(status["presence"]["state"], "online", "{how}: {status}");
        host.process.kill();
    }
}

#[tokio::test]
async fn an_agent_that_ends_again_and_again_is_given_up_and_said_with_the_next_step() {
    let stage = Stage::set(Era::L).await;
    let host = started(&stage, plain("exit", "")).await;
    let health = until("the crash loop is named", Duration::from_secs(60), async || {
        let health = host.profile().await?["health"].to_string();
        health.contains("agent_crash_loop").then_some(health)
    })
    .await;
    assert!(health.contains("ligand restart --agent"), "{health}");
}

#[tokio::test]
async fn an_agent_that_prints_more_than_is_kept_costs_neither_memory_nor_disk() {
    let stage = Stage::set(Era::L).await;
    let host = started(&stage, plain("flood", "ready_within_s = 60")).await;
    let online = until("it is online", Duration::from_secs(60), async || {
        let profile = host.profile().await?;
        (profile["presence"]["state"] == "online").then_some(())
    });
    online.await;
    let kept: usize = stage
        .scratch
        .files("state/logs/agent-home")
        .iter()
        .map(|(_, bytes)| bytes.len())
        .sum();
    assert!(kept <= 28 << 20, "{kept} bytes are kept");
    let memory = proc::rss_mb(host.process.pid());
    eprintln!("{kept} bytes kept, {memory} MB of memory");
    assert!(memory < 120.0, "{memory} MB");
}

#[tokio::test]
async fn agents_of_both_versions_of_the_sdk_are_started_by_their_command() {
    for sdk in [Sdk::One, Sdk::ZeroThree] {
        if !sdk.is_here() {
            return;
        }
        let stage = Stage::set(Era::L).await;
        let argv = json!(sdk.agent_argv());
        let host = started(&stage, Some(format!("kind = \"command\"\nargv = {argv}\n"))).await;
        host.online().await;
        // The newer one does not know the platform's names of the methods.
        if sdk == Sdk::One {
            continue;
        }
        let said = host.ligand(&["send", "say hello"]).await;
        assert!(
            said.stdout.contains("hello"),
            "{sdk:?}: {} {}",
            said.stdout,
            said.stderr
        );
    }
}
