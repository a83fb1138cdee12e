//! What the command says and does from its start to its orderly end.

use std::process::ExitStatus;
use std::time::Duration;

use ligand_tunnel::LinkEnd;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::relay;
use crate::support::{Laptop, Platform, Relay, client, soon, timed};

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
