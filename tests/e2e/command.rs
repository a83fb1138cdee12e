//! An agent that Ligand starts: online, answering, given what it needs, and never left behind.

use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Era, Sdk, Stage, now, plain_agent, until};
use reqwest::StatusCode;
use serde_json::json;

const SECRET: &str = "sk-hush-hush-0123456789";

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
    let mut host = stage.started(plain_agent("good", "")).await;
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
    let mut host = stage.started(plain_agent("good", "")).await;
    host.online().await;
    let agent = pid(&stage).await;
    host.process.kill();
    until_gone(agent).await;
}

#[tokio::test]
async fn an_agent_that_dies_is_back_before_the_next_message_is_given_up_and_a_restart_is_a_new_one() {
    let stage = Stage::set(Era::L).await;
    let host = stage.started(plain_agent("good", "")).await;
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
    let host = stage.started(plain_agent("good", "")).await;
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
async fn agents_of_both_versions_of_the_sdk_are_started_by_their_command() {
    for sdk in [Sdk::One, Sdk::ZeroThree] {
        if !sdk.is_here() {
            return;
        }
        let stage = Stage::set(Era::L).await;
        let argv = json!(sdk.agent_argv());
        // The newer one knows the platform's names of the methods only if it is told to.
        let env = "env = { WITH_0_3 = \"1\" }";
        let host = stage
            .started(format!("kind = \"command\"\nargv = {argv}\n{env}\n"))
            .await;
        host.online().await;
        let said = host.ligand(&["send", "say hello"]).await;
        assert!(
            said.stdout.contains("hello"),
            "{sdk:?}: {} {}",
            said.stdout,
            said.stderr
        );
    }
}
