//! Certificates from a real authority: pebble, the one that Let's Encrypt tests clients with.
//!
//! Run it with `LIGAND_PEBBLE=<folder> cargo test -p ligand-relay -- --ignored acme`. The folder has `pebble` and
//! `pebble-challtestsrv`, as `go install github.com/letsencrypt/pebble/v2/cmd/...@latest` makes them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use ligand_relay::{Acme, Security};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::tls::{Authority, write};
use crate::support::{Platform, Relay, soon};

const DOMAIN: &str = "relay.example";

/// An authority whose names all mean this machine.
struct Pebble {
    directory: String,
    management: String,
    /// Who signs the authority's own certificate.
    root: PathBuf,
    /// On which port it looks for proofs.
    looks_at: SocketAddr,
    children: Vec<Child>,
    folder: TempDir,
}

fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

impl Pebble {
    async fn start() -> Self {
        let binaries = PathBuf::from(std::env::var_os("LIGAND_PEBBLE").expect("LIGAND_PEBBLE is not set"));
        let folder = tempfile::tempdir().unwrap();
        let own = Authority::create(folder.path());
        let pair = own.issue(&["127.0.0.1"]);
        let (listen, management, names, names_management, looks_at) =
            (free(), free(), free(), free(), free());
        let config = serde_json::json!({"pebble": {
            "listenAddress": listen, "managementListenAddress": management, "tlsPort": looks_at.port(),
            "httpPort": 1, "certificate": pair.certificate, "privateKey": pair.key,
            "profiles": {"default": {"description": "any", "validityPeriod": 7_776_000}},
        }});
        let config_file = folder.path().join("pebble.json");
        write(&config_file, &config.to_string());
        let nowhere = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""];
        let children = vec![
            spawn(
                Command::new(binaries.join("pebble-challtestsrv"))
                    .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver"])
                    .arg(names.to_string())
                    .args(["-management", &names_management.to_string()])
                    .args(nowhere),
            ),
            spawn(
                Command::new(binaries.join("pebble"))
                    .args(["-dnsserver", &names.to_string(), "-config"])
                    .arg(&config_file)
                    // Without its pauses, which are there to find clients that do not wait.
                    .env("PEBBLE_VA_NOSLEEP", "1"),
            ),
        ];
        let pebble = Self {
            directory: format!("https://{listen}/dir"),
            management: format!("https://{management}"),
            root: own.root_file(),
            looks_at,
            children,
            folder,
        };
        let client = own.client();
        soon(async {
            while client.get(&pebble.directory).send().await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        })
        .await;
        pebble
    }

    /// Who signs what it issues.
    async fn issuer(&self) -> String {
        let own = std::fs::read(&self.root).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(&own).unwrap()])
            .build()
            .unwrap();
        let answer = client.get(format!("{}/roots/0", self.management)).send().await;
        answer.unwrap().text().await.unwrap()
    }

    async fn relay(&self, platform: &Platform) -> Relay {
        Relay::start_with(tempfile::tempdir().unwrap(), platform, |options| {
            options.listen = self.looks_at;
            options.public_url = Some(format!("https://{DOMAIN}").parse().unwrap());
            options.ingress.security = Security::Acme(Acme {
                domains: vec![DOMAIN.into(), "other.example".into()],
                contacts: vec!["mailto:ops@relay.example".into()],
                directory: self.directory.parse().unwrap(),
                root: Some(self.root.clone()),
                state: self.folder.path().join("state"),
            });
        })
        .await
    }

    async fn stop(&mut self) {
        for child in &mut self.children {
            child.kill().await.unwrap();
        }
    }
}

/// Calls the relay by one of its names, and trusts its issuer only.
async fn is_served(relay: &Relay, issuer: &str, name: &str) -> bool {
    let root = reqwest::Certificate::from_pem(issuer.as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .resolve(name, relay.addr())
        .build()
        .unwrap();
    let url = format!("https://{name}:{}/healthz", relay.addr().port());
    client
        .get(url)
        .send()
        .await
        .is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
#[ignore = "needs pebble, which LIGAND_PEBBLE names"]
async fn a_certificate_is_fetched_for_all_names_and_kept_for_the_next_start() {
    let platform = Platform::start().await;
    let mut pebble = Pebble::start().await;
    let issuer = pebble.issuer().await;
    let relay = pebble.relay(&platform).await;
    soon(async {
        while !is_served(&relay, &issuer, DOMAIN).await {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await;
    assert!(is_served(&relay, &issuer, "other.example").await);
    relay.running.stop().await;

    pebble.stop().await;
    let relay = pebble.relay(&platform).await;
    assert!(
        is_served(&relay, &issuer, DOMAIN).await,
        "without asking the authority"
    );
}
