//! Bad input: one line that says what, why and what next, and nothing half written.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use axum::Router;
use axum::response::Html;
use ligand_e2e::{Era, Host, LocalOrg, Process, Said, Scratch, Stage, binary, ligand};
use serde_json::json;

/// A failed command said one line on standard error with these words in it, and left no trace.
fn one_line(scratch: &Scratch, said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code(), Some(code), "{said:?}");
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "not one line: {said:?}");
    for word in words {
        assert!(lines[0].contains(word), "does not say {word}: {}", lines[0]);
    }
    nothing_written(scratch);
}

/// Neither a profile nor a secret.
fn nothing_written(scratch: &Scratch) {
    assert!(
        scratch.files("config").is_empty(),
        "{:?}",
        scratch.files("config")
    );
    let state = scratch.files("state");
    let other = state
        .iter()
        .filter(|(path, _)| !path.to_string_lossy().contains("/logs/"));
    let other: Vec<_> = other
        .filter(|(path, _)| path.file_name().is_none_or(|name| name != "host.lock"))
        .collect();
    assert!(other.is_empty(), "{other:?}");
}

const RELAY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn a_platform_host_that_does_not_exist_is_said() {
    let scratch = Scratch::new();
    let said = create(&scratch, "https://no-such-host.invalid", "an org key").await;
    one_line(&scratch, &said, 1, &["no-such-host.invalid"]);
}

#[tokio::test]
async fn a_platform_that_answers_html_is_said() {
    let scratch = Scratch::new();
    let url = html_everywhere().await;
    let said = create(&scratch, &url, "an org key").await;
    one_line(&scratch, &said, 1, &[&url, "platform"]);

    let block = block(&url, &uuid::Uuid::new_v4().to_string(), "token");
    let said = connect(&scratch, &block.to_string()).await;
    one_line(&scratch, &said, 1, &[&url, "platform"]);
}

#[tokio::test]
async fn a_wrong_token_is_said() {
    let scratch = Scratch::new();
    let folder_of_the_org = Scratch::new();
    let org = LocalOrg::start(&folder_of_the_org, Era::L).await;
    let said = create(&scratch, org.url(), "not the org's key").await;
    one_line(&scratch, &said, 4, &[org.url()]);

    let workspace = org.create("Laptop").await;
    let mut reply = workspace.reply.clone();
    reply["connection"]["auth_token"] = json!("w".repeat(43));
    let said = connect(&scratch, &reply.to_string()).await;
    one_line(&scratch, &said, 4, &["token"]);
    assert!(!said.stderr.contains(&"w".repeat(43)), "the token is shown");
}

#[tokio::test]
async fn a_malformed_connection_block_is_said_with_the_field_that_is_wrong() {
    let scratch = Scratch::new();
    let id = uuid::Uuid::new_v4().to_string();
    let url = "https://acme.example";
    let without = |field: &str| {
        let mut block = block(url, &id, "token");
        block["connection"].as_object_mut().unwrap().remove(field);
        block.to_string()
    };
    let cases = [
        ("not JSON at all".to_owned(), "JSON"),
        (String::new(), "empty"),
        ("[]".to_owned(), "connection"),
        (without("auth_token"), "auth_token"),
        (without("workspace_id"), "workspace_id"),
        (without("platform_url"), "platform_url"),
        (block(url, "not-an-id", "token").to_string(), "workspace_id"),
        (
            block("ftp://acme.example", &id, "token").to_string(),
            "platform_url",
        ),
        (block(url, &id, "").to_string(), "auth_token"),
    ];
    for (text, word) in cases {
        let said = connect(&scratch, &text).await;
        one_line(&scratch, &said, 1, &[word]);
    }
}

#[tokio::test]
async fn a_port_in_use_is_said() {
    let scratch = Scratch::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let data = scratch.path("org.sqlite");
    let arguments = [
        "local-org",
        "--listen",
        &address,
        "--data",
        data.to_str().unwrap(),
    ];
    let said = ligand(&scratch, &Host::file_vault(), &arguments, "").await;
    one_line(&scratch, &said, 1, &[&address, "in use"]);

    let mut command = Command::new(binary("ligand-relay"));
    command.args(["serve", "--listen", &address, "--platform", "http://127.0.0.1:9"]);
    command.arg("--secret-file").arg(scratch.path("relay.secret"));
    let (status, stdout, stderr) = Process::run(&scratch, "relay", command, &[], "").await;
    one_line(
        &scratch,
        &Said {
            status,
            stdout,
            stderr,
        },
        1,
        &[&address, "in use"],
    );
}

#[tokio::test]
async fn a_typo_in_the_configuration_is_said_with_its_place_and_the_nearest_word() {
    let stage = Stage::set(Era::L).await;
    let text = stage.profile().toml().replace("relay = ", "rellay = ");
    fs::write(stage.scratch.config_file(), &text).unwrap();
    let line = text.lines().position(|line| line.starts_with("rellay")).unwrap() + 1;

    let said = ligand(&stage.scratch, &Host::file_vault(), &["up"], "").await;
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
    for word in ["rellay", "relay", &format!("config.toml:{line}:")] {
        assert!(said.stderr.contains(word), "does not say {word}: {}", said.stderr);
    }
    assert_eq!(
        fs::read_to_string(stage.scratch.config_file()).unwrap(),
        text,
        "the file has changed"
    );
}

#[tokio::test]
async fn without_a_host_a_command_that_needs_one_exits_3_and_wrong_usage_exits_2() {
    let scratch = Scratch::new();
    for arguments in [&["status"][..], &["send", "hello"], &["down"], &["stop"]] {
        let said = ligand(&scratch, &Host::file_vault(), arguments, "").await;
        one_line(&scratch, &said, 3, &["ligand up"]);
    }
    let said = ligand(&scratch, &Host::file_vault(), &["fly"], "").await;
    assert_eq!(said.code(), Some(2), "{said:?}");
}

async fn create(scratch: &Scratch, platform: &str, key: &str) -> Said {
    let arguments = ["create", "--name", "Laptop", "--relay", RELAY];
    ligand(
        scratch,
        &Host::file_vault(),
        &arguments,
        &format!("{platform}\n{key}\n"),
    )
    .await
}

async fn connect(scratch: &Scratch, block: &str) -> Said {
    ligand(
        scratch,
        &Host::file_vault(),
        &["connect", "-", "--relay", RELAY],
        block,
    )
    .await
}

fn block(platform: &str, workspace: &str, token: &str) -> serde_json::Value {
    json!({ "connection": { "platform_url": platform, "workspace_id": workspace, "auth_token": token } })
}

/// A web server that has a page for everything.
async fn html_everywhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(async || Html("<!doctype html><title>Sign in</title>"));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
