//! The workspace's secrets on their way to an agent that Ligand starts: whatever the platform does, the agent starts or
//! waits as its profile says, it is said why, and no value is anywhere else.

use std::time::Duration;

use ligand_e2e::{Era, Host, Stage, plain_agent, until};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A fetch is given up after 15 s, and tried again after less than 2.
const TOLD_WITHIN: Duration = Duration::from_secs(40);

/// The longest wait between two tries.
const MENDED_WITHIN: Duration = Duration::from_secs(60);

/// More than a fetch may take.
const TOO_SLOW_MS: u32 = 20_000;

const VALUE: &str = "sk-hush-hush-0123456789";

/// Has the endpoint of the stage's secrets do that.
async fn endpoint(stage: &Stage, mut fault: Value) {
    let path = format!("/workspaces/{}/secrets/values", stage.workspace.id);
    fault["path"] = json!(path);
    stage.org.fault(&fault).await;
}

/// Everything that can go wrong with a fetch, and what is said of it.
fn troubles() -> [(Value, &'static str); 6] {
    let answer = |status: u16, body: Value| json!({"kind": "answer", "status": status, "body": body});
    [
        (
            answer(401, json!({"error": "invalid workspace auth token"})),
            "401",
        ),
        (
            answer(500, json!({"error": format!("cannot decrypt {VALUE}")})),
            "500",
        ),
        (
            answer(200, json!({"API_KEY": {"value": VALUE}})),
            "cannot be used",
        ),
        (json!({"kind": "html"}), "does not answer like a platform"),
        (json!({"kind": "cut", "after_bytes": 5}), ""),
        (json!({"kind": "latency", "ms": TOO_SLOW_MS}), "in time"),
    ]
}

/// What health says of the secrets.
async fn missing(host: &Host<'_>, words: &str) -> Value {
    let what = format!("health says that secrets are missing, and {words}");
    until(&what, TOLD_WITHIN, async || {
        let profile = host.profile().await?;
        let mut health = profile["health"].as_array()?.iter();
        let item = health.find(|item| item["code"] == "secrets_missing")?;
        let is_said = item["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains(words));
        (is_said && item["next"].as_str()?.contains("without_secrets")).then(|| profile.clone())
    })
    .await
}

async fn online(host: &Host<'_>) {
    until("it is online", MENDED_WITHIN, async || {
        (host.profile().await?["presence"]["state"] == "online").then_some(())
    })
    .await;
}

async fn length_of(stage: &Stage, name: &str) -> String {
    let (status, reply) = stage
        .org
        .send(&stage.workspace.id, &format!("length {name}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    reply.to_string()
}

#[tokio::test]
async fn without_its_secrets_an_agent_waits_and_starts_by_itself_once_they_can_be_had() {
    let each = troubles().map(async |(fault, words)| {
        let stage = Stage::set(Era::L).await;
        stage.org.set_secret(&stage.workspace, "API_KEY", VALUE).await;
        endpoint(&stage, fault.clone()).await;
        let host = stage.started(plain_agent("good", "")).await;
        let profile = missing(&host, words).await;
        assert_ne!(profile["presence"]["state"], "online", "{fault}: {profile}");
        stage.org.clear_faults().await;
        online(&host).await;
        let length = length_of(&stage, "API_KEY").await;
        assert!(
            length.contains(&format!("length={};", VALUE.len())),
            "{fault}: {length}"
        );
        nowhere(&stage, &host, VALUE).await;
    });
    futures::future::join_all(each).await;
}

#[tokio::test]
async fn where_its_profile_says_so_an_agent_starts_without_its_secrets_and_it_is_said_why() {
    let each = troubles().map(async |(fault, words)| {
        let stage = Stage::set(Era::L).await;
        stage.org.set_secret(&stage.workspace, "API_KEY", VALUE).await;
        endpoint(&stage, fault.clone()).await;
        let host = stage
            .started(plain_agent("good", "without_secrets = \"start\""))
            .await;
        missing(&host, words).await;
        online(&host).await;
        let length = length_of(&stage, "API_KEY").await;
        assert!(length.contains("length=0;"), "{fault}: {length}");
        nowhere(&stage, &host, VALUE).await;
    });
    futures::future::join_all(each).await;
}

#[tokio::test]
async fn secrets_that_come_slowly_are_waited_for() {
    let stage = Stage::set(Era::L).await;
    stage.org.set_secret(&stage.workspace, "API_KEY", VALUE).await;
    endpoint(&stage, json!({"kind": "latency", "ms": 3000})).await;
    let host = stage.started(plain_agent("good", "")).await;
    online(&host).await;
    let length = length_of(&stage, "API_KEY").await;
    assert!(length.contains(&format!("length={};", VALUE.len())), "{length}");
}

#[tokio::test]
async fn hostile_names_do_no_harm_and_are_named_and_no_value_is_anywhere_else() {
    let long = "L".repeat(300);
    let hostile = [
        ("", "value-of-no-name"),
        ("A=B", "value-with-equals"),
        ("A\nB: c", "value-with-a-line"),
        ("A\u{202e}B C", "value-with-a-space"),
        ("LD_PRELOAD", "/value/of/preload.so"),
        ("PATH", "/value/of/path"),
        ("BASH_ENV", "/value/of/bash-env"),
        ("https_proxy", "http://value-of-proxy"),
        ("NODE_OPTIONS", "--require /value/of/node"),
        ("PORT", "value-of-port"),
        ("LIGAND_STATE_DIR", "/value/of/state-dir"),
        ("MOLECULE_WORKSPACE_TOKEN", "value-of-the-token"),
        ("HOME", "/value/of/home"),
        ("ZERO", "value-with\0-zero"),
        (&long, "value-of-a-long-name"),
    ];
    let huge = "huge-value-".repeat(20_000);
    let mut body: serde_json::Map<String, Value> = hostile
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    body.insert("HUGE".to_owned(), json!(huge));
    body.insert("API_KEY".to_owned(), json!(VALUE));
    body.insert("PLAIN_NAME".to_owned(), json!("several\nlines-of-it"));

    let stage = Stage::set(Era::L).await;
    endpoint(&stage, json!({"kind": "answer", "status": 200, "body": body})).await;
    let host = stage.started(plain_agent("good", "")).await;
    online(&host).await;
    for (name, length) in [
        ("API_KEY", VALUE.len()),
        ("PLAIN_NAME", "several\nlines-of-it".len()),
        ("LD_PRELOAD", 0),
        ("BASH_ENV", 0),
        ("NODE_OPTIONS", 0),
        ("LIGAND_STATE_DIR", 0),
        ("MOLECULE_WORKSPACE_TOKEN", 0),
        ("HUGE", 0),
    ] {
        let said = length_of(&stage, name).await;
        assert!(said.contains(&format!("length={length};")), "{name}: {said}");
    }
    let status = host.ligand(&["status"]).await.stdout;
    assert!(
        status.contains("LD_PRELOAD") && status.contains("allow_env"),
        "{status}"
    );
    let values = hostile.iter().map(|(_, value)| *value);
    for value in values.chain([VALUE, "huge-value-", "lines-of-it"]) {
        // Neither a file nor a command's words can have a zero byte where it was.
        nowhere(&stage, &host, value.split('\0').next().unwrap()).await;
    }
}

/// Looks for a secret value wherever Ligand writes or says anything.
async fn nowhere(stage: &Stage, host: &Host<'_>, value: &str) {
    for folder in ["config", "state", "runtime", "home", "xdg", "out"] {
        let found = stage.scratch.files_with(folder, value);
        assert!(found.is_empty(), "{value} is in {found:?}");
    }
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["logs", "--host", "--lines", "10000"],
        &["logs", "--agent", "--lines", "10000"],
        &["deliveries"],
        &["deliveries", "--json"],
    ] {
        let said = host.ligand(command).await;
        assert!(
            !said.stdout.contains(value) && !said.stderr.contains(value),
            "{command:?} says {value}"
        );
    }
}
