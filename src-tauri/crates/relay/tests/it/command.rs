//! The command itself, as a process of its own.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use ligand_tunnel::LinkEnd;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::{Laptop, Platform, Relay, client, soon, timed};

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

#[cfg(unix)]
async fn terminate(mut child: Child) -> (Duration, ExitStatus, String) {
    let id = child.id().unwrap().to_string();
    let killed = Command::new("kill").arg(id).status().await.unwrap();
    assert!(killed.success());
    let (took, status) = timed(soon(child.wait())).await;
    let mut errors = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .await
        .unwrap();
    (took, status.unwrap(), errors)
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_it_listens_and_ends_with_0_when_terminated() {
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let mut child = relay()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--platform",
            &platform.base,
            "--secret-file",
        ])
        .arg(&secret)
        .env("LIGAND_RELAY_LOG", "trace")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().unwrap();
    let (where_, public) = line
        .strip_prefix("ligand-relay listening on ")
        .and_then(|line| line.split_once(", public URL "))
        .unwrap();
    assert_eq!(where_, public);
    assert!(secret.exists());
    // The library's own relay only lends its address to the laptop's dial.
    let lent = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &lent);
    laptop.dial.relay = where_.parse().unwrap();
    let served = laptop.serve(crate::support::echo).await;
    let answer = client()
        .post(&served.platform_door)
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "hello");
    let (took, status, errors) = terminate(child).await;
    assert_eq!(status.code(), Some(0), "{errors}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(
        errors.contains(&laptop.dial.workspace.to_string()),
        "workspaces are named: {errors}"
    );
    for secret in [&served.platform_door, &served.shared_door] {
        assert!(
            !errors.contains(&secret[secret.len() - 30..]),
            "a door is in the log"
        );
    }
    match served.end().await {
        LinkEnd::Goodbye(goodbye) => assert_eq!(goodbye.reason.as_str(), "draining"),
        other => panic!("{other:?}"),
    }
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
