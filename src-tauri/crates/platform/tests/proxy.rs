//! Proxies come from the environment, which belongs to a whole process: so each test runs this test binary again, with
//! an environment of its own and one of the `child` tests, which do nothing when they are run by themselves.

use std::process::{Command, Stdio};

use axum::{Router, http::Uri, response::IntoResponse};
use ligand_platform::Platform;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::common::{answering_json, client, serve};

/// Set for a child: the platform's address.
const PLATFORM: &str = "LIGAND_TEST_PLATFORM";

fn platform_of_child() -> Option<Platform> {
    Some(client(&std::env::var(PLATFORM).ok()?))
}

#[tokio::test]
async fn child_reaches_the_platform() {
    if let Some(platform) = platform_of_child() {
        platform.health().await.unwrap();
    }
}

#[tokio::test]
async fn child_finds_the_platform_unreachable() {
    if let Some(platform) = platform_of_child() {
        let error = platform.health().await.unwrap_err();
        assert_eq!(error.kind.code(), "unreachable", "{error}");
    }
}

#[tokio::test]
async fn child_is_refused_by_the_proxy() {
    if let Some(platform) = platform_of_child() {
        let error = platform.health().await.unwrap_err();
        assert_eq!(error.kind.code(), "proxy_login", "{error}");
    }
}

/// Runs one of the children behind a proxy, and fails if it does.
async fn child(name: &str, platform: &str, proxy: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("proxy::{name}")])
        .env(PLATFORM, platform)
        .stdin(Stdio::null());
    for variable in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ] {
        command.env(variable, proxy);
    }
    for variable in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        command.env_remove(variable);
    }
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn this_machine_is_reached_without_the_proxy() {
    let server = answering_json(200, &json!({"status": "ok"})).await;
    // Nothing listens on the discard port.
    child("child_reaches_the_platform", &server.base, "http://127.0.0.1:9").await;
}

#[tokio::test]
async fn another_machine_is_reached_through_the_proxy() {
    let proxy = async |uri: Uri| {
        assert_eq!(uri.to_string(), "http://platform.invalid/health");
        axum::Json(json!({"status": "ok"})).into_response()
    };
    let proxy = serve(Router::new().fallback(proxy)).await;
    child(
        "child_reaches_the_platform",
        "http://platform.invalid",
        &proxy.base,
    )
    .await;
}

#[tokio::test]
async fn with_tls_the_proxy_is_asked_for_a_tunnel_and_its_refusal_is_told() {
    for (status, child) in [
        ("403 Forbidden", "child_finds_the_platform_unreachable"),
        (
            "407 Proxy Authentication Required",
            "child_is_refused_by_the_proxy",
        ),
    ] {
        refused(status, child).await;
    }
}

async fn refused(status: &'static str, child_is: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        stream
            .write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes())
            .await
            .unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    child(child_is, "https://platform.invalid", &proxy).await;
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("CONNECT platform.invalid:443 "), "{asked}");
}
