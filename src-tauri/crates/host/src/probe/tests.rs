//! The port for health checks over real sockets, with a real host that has not come online.

use std::path::Path;

use reqwest::{Client, Method, StatusCode};

use super::*;
use crate::{
    config::ConfigFile,
    headless::Headless,
    host::{Host, HostError, HostOptions},
    lock::HostLock,
    places::Places,
    setup::NewProfile,
    status::VaultStatus,
    vault::Secret,
};

/// Far above what anything here takes; a test that hangs must fail.
const PATIENCE: Duration = Duration::from_secs(20);

async fn started(root: &Path, more: &[(&str, &str)]) -> Result<Host, HostError> {
    let look = |name: &str| {
        let always = [
            // Nothing listens there: the host stays on its way.
            ("PLATFORM_URL", "http://127.0.0.1:9"),
            ("WORKSPACE_ID", "00000000-0000-4000-8000-000000000007"),
        ];
        let mut all = always.iter().chain(more);
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let headless = Headless::read(&look, Some(Secret::new("hush")), None)
        .await
        .unwrap();
    let places = Places {
        config: root.join("config/config.toml"),
        state: root.join("state"),
        runtime: root.join("run"),
    };
    let lock = HostLock::take(&places).unwrap();
    let options = HostOptions {
        headless: Some(headless),
        ..HostOptions::default()
    };
    Host::start(places, lock, options).await
}

async fn ask(host: &Host, method: Method, path: &str) -> (StatusCode, Value) {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let port = host.probe_addr().unwrap().port();
    let answer = client.request(method, format!("http://127.0.0.1:{port}{path}"));
    let answer = answer.send().await.unwrap();
    let status = answer.status();
    (
        status,
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_host_that_is_not_online_lives_and_is_not_ready_and_says_why() {
    let root = tempfile::tempdir().unwrap();
    let host = started(root.path(), &[("PORT", "0")]).await.unwrap();
    assert_eq!(ask(&host, Method::GET, "/healthz").await.0, StatusCode::OK);
    for path in CARD_PATHS {
        let (status, body) = ask(&host, Method::GET, path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(body["code"], "not_ready");
        assert!(!body["presence"].as_str().unwrap().is_empty(), "{body}");
        assert_eq!(
            ask(&host, Method::HEAD, path).await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}

#[tokio::test]
async fn nothing_else_is_on_that_port() {
    let root = tempfile::tempdir().unwrap();
    let host = started(root.path(), &[("PORT", "0")]).await.unwrap();
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/v1/status"),
        (Method::POST, "/v1/shutdown"),
        (Method::POST, "/healthz"),
        (Method::POST, CARD_PATHS[0]),
        (Method::DELETE, CARD_PATHS[1]),
        (Method::GET, "/.well-known/agent-card.json/"),
    ] {
        let (status, body) = ask(&host, method.clone(), path).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::NOT_FOUND, &json!("not_found")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_its_variable() {
    let root = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind(("::", 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let Err(error) = started(root.path(), &[("PORT", &port)]).await else {
        panic!("the port is taken");
    };
    assert_eq!(error.code(), "probe_port");
    assert!(
        error.to_string().contains(&port) && error.to_string().contains("PORT"),
        "{error}"
    );
}

#[tokio::test]
async fn a_host_without_a_config_writes_none_and_takes_no_other_profile() {
    let root = tempfile::tempdir().unwrap();
    let host = started(root.path(), &[]).await.unwrap();
    assert!(host.probe_addr().is_none());
    let handle = host.handle();
    assert_eq!(handle.status().borrow().host.vault, VaultStatus::Memory);
    handle.share("default", true).await.unwrap();
    let other = NewProfile {
        name: "other".parse().unwrap(),
        connection: crate::setup::Connection {
            platform_url: "https://acme.example".parse().unwrap(),
            workspace_id: uuid::Uuid::from_u128(8),
            auth_token: crate::setup::Token::new("t"),
        },
        org_id: None,
        relay: None,
        exposure: None,
        trust_relay_with_token: false,
        agent: Some(crate::config::AgentConfig::Echo),
        org_key: None,
        offline: true,
    };
    assert_eq!(handle.add_profile(other).await.unwrap_err().code(), "headless");
    assert!(
        ConfigFile::open(handle.places())
            .unwrap()
            .config()
            .profiles
            .is_empty()
    );
    assert!(!handle.places().config.exists() && !handle.places().state.join("vault.json").exists());
}
