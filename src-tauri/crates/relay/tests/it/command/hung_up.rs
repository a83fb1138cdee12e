//! A relay that is told by a signal to read its certificate again.

use std::net::SocketAddr;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::Command;

use super::relay;
use crate::support::soon;
use crate::support::tls::{Authority, write};

/// Reads lines until one has this text; that line.
async fn line_with(lines: &mut Lines<impl AsyncBufRead + Unpin>, text: &str) -> String {
    soon(async {
        loop {
            let line = lines.next_line().await.unwrap().expect("it has ended");
            if line.contains(text) {
                return line;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_hangup_has_the_certificate_read_again_and_a_broken_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path());
    let pair = authority.issue(&["old.example"]);
    let mut child = relay()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--platform",
            "https://org.example",
        ])
        .arg("--secret-file")
        .arg(folder.path().join("secret"))
        .arg("--tls-cert")
        .arg(&pair.certificate)
        .arg("--tls-key")
        .arg(&pair.key)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = line_with(&mut said, "listening on https://").await;
    let address = line.split("https://").nth(1).unwrap().split(',').next().unwrap();
    let address: SocketAddr = address.parse().unwrap();
    line_with(&mut errors, "TLS certificate in use").await;
    line_with(&mut errors, "is not for this name").await;
    let id = child.id().unwrap().to_string();
    let hang_up = async || {
        let sent = Command::new("kill").args(["-HUP", &id]).status().await.unwrap();
        assert!(sent.success());
    };

    let good = std::fs::read_to_string(&pair.key).unwrap();
    write(&pair.key, "nonsense");
    hang_up().await;
    let line = line_with(&mut errors, "the old one stays in use").await;
    assert!(
        line.contains(pair.key.to_str().unwrap()) && !line.contains("nonsense"),
        "{line}"
    );
    authority.connect(address, "old.example", &[]).await.unwrap();

    write(&pair.key, &good);
    authority.issue(&["new.example"]);
    hang_up().await;
    // Between the two files there may have been a look of its own, at the old certificate with its good key.
    soon(async {
        while authority.connect(address, "new.example", &[]).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_others_can_read_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let pair = Authority::create(folder.path()).issue(&["127.0.0.1"]);
    std::fs::set_permissions(&pair.key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut child = relay()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--platform",
            "https://org.example",
        ])
        .arg("--secret-file")
        .arg(folder.path().join("secret"))
        .env("LIGAND_RELAY_TLS_CERT", &pair.certificate)
        .env("LIGAND_RELAY_TLS_KEY", &pair.key)
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = line_with(&mut errors, "chmod 600").await;
    assert!(line.contains("644"), "{line}");
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    line_with(&mut said, "listening on https://").await;
}
