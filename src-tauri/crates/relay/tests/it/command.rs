//! The command itself, as a process of its own.

use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::support::soon;

mod check;
// Only Unix has signals that ask a process to end, or to read its files again.
#[cfg(unix)]
mod hung_up;
#[cfg(unix)]
mod service;
#[cfg(unix)]
mod terminated;

fn relay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ligand-relay"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn outcome(command: &mut Command) -> (ExitStatus, String, String) {
    let output = soon(command.output()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status, text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_listener_for_everyone_needs_a_public_url() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let (status, _, errors) = outcome(
        relay()
            .args([
                "serve",
                "--listen",
                "0.0.0.0:0",
                "--platform",
                "https://org.example",
                "--secret-file",
            ])
            .arg(&secret),
    )
    .await;
    assert_eq!(status.code(), Some(2));
    assert!(errors.contains("--public-url"), "{errors}");
    assert!(!secret.exists(), "nothing is half made");
}

#[tokio::test]
async fn plain_http_for_everyone_has_to_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |more: &[&str]| {
        let mut command = relay();
        command
            .args(["serve", "--listen", "0.0.0.0:0", "--public-url"])
            .arg("https://relay.example")
            .args(["--platform", "https://org.example", "--secret-file"])
            .arg(folder.path().join("secret"))
            .args(more);
        command
    };
    let (status, _, errors) = outcome(&mut serve(&[])).await;
    assert_eq!(status.code(), Some(2));
    assert!(
        errors.contains("--tls-cert") && errors.contains("--insecure-http"),
        "{errors}"
    );
    let (status, _, errors) = outcome(&mut serve(&["--tls-cert", "cert.pem"])).await;
    assert_eq!(status.code(), Some(2));
    assert!(errors.contains("--tls-key"), "{errors}");
    let files = [
        "--tls-cert",
        "/nonexistent/cert.pem",
        "--tls-key",
        "/nonexistent/key.pem",
    ];
    let (status, _, errors) = outcome(&mut serve(&files)).await;
    assert_eq!(status.code(), Some(1));
    assert!(
        errors.contains("/nonexistent/cert.pem") && errors.lines().count() == 1,
        "{errors}"
    );
    assert!(!folder.path().join("secret").exists(), "nothing is half made");
    let mut child = serve(&["--insecure-http"]).spawn().unwrap();
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    soon(lines.read_line(&mut line)).await.unwrap();
    assert!(line.contains("listening on http://0.0.0.0:"), "{line}");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::File::create(&secret).unwrap();
    let serve = |listen: &str| {
        let mut command = relay();
        command
            .args([
                "serve",
                "--listen",
                listen,
                "--platform",
                "https://org.example",
                "--secret-file",
            ])
            .arg(&secret);
        command
    };
    let (status, _, errors) = outcome(&mut serve("127.0.0.1:0")).await;
    assert_eq!(status.code(), Some(1));
    assert!(
        errors.contains("secret") && errors.lines().count() == 1,
        "{errors}"
    );
    std::fs::remove_file(&secret).unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (status, _, errors) = outcome(&mut serve(&taken.local_addr().unwrap().to_string())).await;
    assert_eq!(status.code(), Some(1));
    assert!(
        errors.contains("can't listen") && errors.lines().count() == 1,
        "{errors}"
    );
}

#[tokio::test]
async fn flags_can_come_from_the_environment() {
    let (status, _, errors) = outcome(
        relay()
            .arg("serve")
            .env("LIGAND_RELAY_LISTEN", "0.0.0.0:0")
            .env("LIGAND_RELAY_PLATFORM", "https://org.example")
            .env("LIGAND_RELAY_SECRET_FILE", "/nonexistent/secret"),
    )
    .await;
    assert_eq!(status.code(), Some(2));
    assert!(errors.contains("--public-url"), "{errors}");
}

#[tokio::test]
async fn keys_are_added_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let keys = |words: &[&str]| {
        let mut command = relay();
        command.arg("keys").args(words).arg("--relay-keys").arg(&file);
        command
    };
    let (status, key, _) = outcome(&mut keys(&["add", "ada"])).await;
    assert_eq!(status.code(), Some(0));
    assert!(key.starts_with("lgrk_"), "{key}");
    let (_, names, _) = outcome(&mut keys(&["list"])).await;
    assert!(names.contains("ada"), "{names}");
    assert!(!std::fs::read_to_string(&file).unwrap().contains(key.trim()));
    let (status, ..) = outcome(&mut keys(&["revoke", "ada"])).await;
    assert_eq!(status.code(), Some(0));
    let (status, _, errors) = outcome(&mut keys(&["revoke", "ada"])).await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("ada"), "{errors}");
}
