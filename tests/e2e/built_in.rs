//! The built-in agent that runs a program for each message, made with the command line alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ligand_e2e::{Era, Host, Sdk, Stage, ligand, until};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Four lines of shell. `slow` never ends and says who it is, `endless` prints without end, `fail` fails.
const ANSWER: &str = r#"#!/bin/sh
text=$(cat)
case $text in slow) echo $$ > slow-pid; while :; do echo tick; sleep 0.1; done;; endless) yes;; fail) echo no tea >&2; exit 3;; esac
echo "You said: $text"
"#;

/// How long a program may outlive its caller, its task or its host.
const GONE_WITHIN: Duration = Duration::from_secs(7);

/// A stage whose workspace is served by that program, online and with its shared door open.
async fn online(stage: &Stage) -> Host<'_> {
    let program = stage.scratch.path("home/answer.sh");
    fs::write(&program, ANSWER).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let variables = Host::file_vault();
    let arguments = [
        "connect",
        "-",
        "--profile",
        "home",
        "--relay",
        stage.relay.url(),
        "--agent",
        "exec",
        "--",
        "./answer.sh",
    ];
    let block = stage.workspace.reply.to_string();
    let said = ligand(&stage.scratch, &variables, &arguments, &block).await;
    assert!(said.status.success(), "{} {}", said.stdout, said.stderr);
    let host = Host::up(&stage.scratch, variables);
    let profile = host.online().await;
    assert_eq!(
        (&profile["agent"]["kind"], &profile["agent"]["ready"]),
        (&json!("exec"), &json!(true))
    );
    let said = host.ligand(&["door", "share"]).await;
    assert!(said.status.success(), "{} {}", said.stdout, said.stderr);
    host
}

#[tokio::test]
async fn a_program_of_four_lines_answers_the_org_and_its_failures_are_told() {
    for era in [Era::S, Era::L] {
        let stage = Stage::set(era).await;
        let host = online(&stage).await;
        let hostile = "$(touch pwned) '\"`id`\n--flag; rm -rf x";
        let (status, reply) = stage.org.send(&stage.workspace.id, hostile).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        assert_eq!(
            reply["result"]["parts"][0]["text"],
            format!("You said: {hostile}"),
            "{reply}"
        );
        assert!(!stage.scratch.path("home/pwned").exists());

        let (_, reply) = stage.org.send(&stage.workspace.id, "fail").await;
        let words = reply["result"]["parts"][0]["text"].as_str().unwrap_or_default();
        assert!(words.contains("no tea") && words.contains('3'), "{reply}");
        assert_eq!(reply["result"]["metadata"]["task_state"], "failed", "{reply}");

        let said = host.ligand(&["send", "hello"]).await;
        assert!(
            said.stdout.starts_with("You said: hello\n"),
            "{} {}",
            said.stdout,
            said.stderr
        );
        let log = host.ligand(&["logs", "--agent"]).await.stdout;
        assert!(
            log.contains("ERR no tea"),
            "what it writes to standard error is in its log: {log}"
        );
    }
}

#[tokio::test]
async fn callers_of_sdk_1_send_stream_and_cancel_tasks() {
    tasks_of(Sdk::One).await;
}

#[tokio::test]
async fn callers_of_sdk_0_3_send_stream_and_cancel_tasks() {
    tasks_of(Sdk::ZeroThree).await;
}

async fn tasks_of(sdk: Sdk) {
    if !sdk.is_here() {
        return;
    }
    let stage = Stage::set(Era::L).await;
    let host = online(&stage).await;
    let heard = sdk.tasks(&stage.scratch, &host.door("shared").await).await;
    assert_eq!(heard["card"], "answer.sh");
    assert_eq!(heard["whole"], json!([["completed", "You said: ü"]]));
    let streamed = heard["streamed"].as_array().unwrap();
    assert_eq!(streamed[0], json!(["submitted"]));
    assert_eq!(said(streamed), "You said: ü");
    assert_eq!(streamed.last().unwrap(), &json!(["completed"]));
    let failed = heard["failed"].as_array().unwrap().last().unwrap();
    assert!(
        failed[0] == "failed" && failed[1].as_str().unwrap().contains("no tea"),
        "{failed}"
    );
    assert_eq!(heard["asked for"], "working");
    assert_eq!(
        (&heard["cancelled"], &heard["seen of it"]),
        (&json!("canceled"), &json!(["canceled"]))
    );
    for refused in ["cancelled again", "unknown task"] {
        assert!(heard[refused].is_array(), "{heard:?}");
    }
    gone(&stage.scratch.path("home/slow-pid")).await;
}

/// The pieces of a streamed answer, put together.
fn said(events: &[Value]) -> String {
    let pieces = events.iter().filter(|event| event[0] == "said");
    pieces.filter_map(|piece| piece[1].as_str()).collect()
}

#[tokio::test]
async fn what_prints_without_end_is_a_named_failure_and_costs_a_bounded_memory() {
    let stage = Stage::set(Era::L).await;
    let host = online(&stage).await;
    let message =
        json!({ "messageId": "m", "role": "user", "parts": [{ "kind": "text", "text": "endless" }] });
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "message/send", "params": { "message": message } });
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(host.door("shared").await)
        .json(&call)
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let status = &answer["result"]["status"];
    assert_eq!(status["state"], "failed", "{status}");
    let words = status["message"]["parts"][0]["text"].as_str().unwrap();
    assert!(words.contains("longer than 8 MB"), "{words}");
    let mb = ligand_e2e::proc::rss_mb(host.process.pid());
    assert!(mb < 300.0, "{mb} MB");
}

#[tokio::test]
async fn nothing_that_a_message_started_outlives_a_host_that_is_stopped() {
    let stage = Stage::set(Era::L).await;
    let mut host = online(&stage).await;
    let (pid, sending) = slow(&stage).await;
    assert!(host.stop().await.success());
    gone(&pid).await;
    sending.abort();
}

#[tokio::test]
async fn nothing_that_a_message_started_outlives_a_host_that_is_killed() {
    let stage = Stage::set(Era::L).await;
    let mut host = online(&stage).await;
    let (pid, sending) = slow(&stage).await;
    host.process.kill();
    gone(&pid).await;
    sending.abort();
}

/// Sends a message that is worked on for ever; gives the file with the id of what does, and the caller that waits.
async fn slow(stage: &Stage) -> (PathBuf, JoinHandle<()>) {
    let (org, id) = (stage.org.caller(), stage.workspace.id.clone());
    let sending = tokio::spawn(async move { drop(org.try_send(&id, "slow").await) });
    let pid = stage.scratch.path("home/slow-pid");
    until("the program runs", Duration::from_secs(10), async || {
        fs::read_to_string(&pid)
            .is_ok_and(|pid| pid.ends_with('\n'))
            .then_some(())
    })
    .await;
    (pid, sending)
}

/// Waits until the process has ended whose id is in this file.
async fn gone(pid: &Path) {
    let pid = fs::read_to_string(pid).unwrap();
    let runs = format!("/proc/{}", pid.trim());
    until("the program has ended", GONE_WITHIN, async || {
        (!Path::new(&runs).exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named_in_status_and_doctor_with_what_to_do() {
    let stage = Stage::set(Era::L).await;
    let mut host = online(&stage).await;
    assert!(host.stop().await.success());
    fs::remove_file(stage.scratch.path("home/answer.sh")).unwrap();
    let host = Host::up(&stage.scratch, Host::file_vault());
    let profile = until(
        "the agent is known to lack something",
        Duration::from_secs(20),
        async || {
            let profile = host.profile().await?;
            let mut health = profile["health"].as_array()?.iter();
            let found = health.find(|item| item["code"] == "agent_lacks").cloned();
            found.filter(|item| item["detail"].is_string())
        },
    )
    .await;
    let detail = profile["detail"].as_str().unwrap();
    assert!(
        detail.contains("./answer.sh") && detail.contains("chmod"),
        "{detail}"
    );
    let doctor = host.ligand(&["doctor"]).await;
    assert!(
        doctor.stdout.contains("./answer.sh cannot be run"),
        "{}",
        doctor.stdout
    );
}
