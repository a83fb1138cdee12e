//! The control API over a real socket, with a real host that has no profile.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use axum::Router;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode, service::Service};
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;

use super::{routes::within, *};
use crate::{
    host::{Host, HostOptions},
    lock::HostLock,
    places::Places,
};

/// Far above what anything here takes; a test that hangs must fail.
const PATIENCE: Duration = Duration::from_secs(20);

fn places(root: &Path) -> Places {
    Places {
        config: root.join("config.toml"),
        state: root.join("state"),
        runtime: root.join("run"),
    }
}

async fn host(root: &Path) -> (Host, Client) {
    let places = places(root);
    let client = Client::new(&places);
    let lock = HostLock::take(&places).unwrap();
    (
        Host::start(places, lock, HostOptions::default()).await.unwrap(),
        client,
    )
}

fn served(host: &Host, scopes: Scopes) -> Router {
    router(host.handle(), scopes, CancellationToken::new())
}

async fn call(router: Router, verb: Verb, path: &str, body: impl Into<Bytes>) -> (StatusCode, ErrorReply) {
    let method = match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Full::new(body.into()))
        .unwrap();
    let response = TowerToHyperService::new(router).call(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn the_client_sees_the_hosts_status() {
    let root = tempfile::tempdir().unwrap();
    let (host, client) = host(root.path()).await;
    let status = client.status().await.unwrap();
    assert_eq!(status, **host.handle().status().borrow());
    assert_eq!(status.host.pid, std::process::id());
}

#[tokio::test]
async fn without_a_host_the_client_says_so() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    let client = Client::new(&places);
    assert_eq!(client.status().await.unwrap_err().code(), "not_running");
    // A socket file that a killed host left behind.
    crate::files::private_dir(&places.runtime).unwrap();
    drop(std::os::unix::net::UnixListener::bind(places.socket()).unwrap());
    assert!(places.socket().exists());
    assert_eq!(client.status().await.unwrap_err().code(), "not_running");
}

#[tokio::test]
async fn what_a_killed_host_left_behind_does_not_hinder_the_next() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    crate::files::private_dir(&places.runtime).unwrap();
    drop(std::os::unix::net::UnixListener::bind(places.socket()).unwrap());
    let (_host, client) = host(root.path()).await;
    client.status().await.unwrap();
}

#[tokio::test]
async fn only_the_user_can_reach_the_socket() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _) = host(root.path()).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root.path().join("run")), 0o700);
    assert_eq!(mode(&places(root.path()).socket()), 0o600);
}

#[tokio::test]
async fn a_refusal_arrives_with_its_code_and_words() {
    let root = tempfile::tempdir().unwrap();
    let (_host, client) = host(root.path()).await;
    let error = client.start(&"nobody".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "no_such_profile");
    assert!(error.to_string().contains("nobody"), "{error}");
}

#[tokio::test]
async fn shutdown_ends_the_streams_the_socket_and_the_host() {
    let root = tempfile::tempdir().unwrap();
    let (host, client) = host(root.path()).await;
    let mut status = client.follow_status().await.unwrap();
    let mut log = client.follow_logs(None, 0).await.unwrap();
    assert!(status.next().await.unwrap().is_some());
    let running = tokio::spawn(host.run_until_stopped());
    client.shutdown().await.unwrap();
    tokio::time::timeout(PATIENCE, async {
        while status.next().await.unwrap().is_some() {}
        while log.next().await.unwrap().is_some() {}
        running.await.unwrap();
    })
    .await
    .unwrap();
    assert!(!places(root.path()).socket().exists());
    assert_eq!(client.status().await.unwrap_err().code(), "not_running");
}

#[tokio::test]
async fn a_host_on_its_way_out_starts_nothing_any_more() {
    let root = tempfile::tempdir().unwrap();
    let (host, client) = host(root.path()).await;
    // It has been told, and has not begun yet to stop.
    client.shutdown().await.unwrap();
    let error = client.start(&"work".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "stopping");
    host.run_until_stopped().await;
}

#[tokio::test]
async fn followers_of_the_log_get_the_last_lines_and_the_new_ones() {
    let root = tempfile::tempdir().unwrap();
    let (_host, client) = host(root.path()).await;
    let folder = places(root.path()).log_dir();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.log"), "one\ntwo\nthree\n").unwrap();
    let mut log = client.follow_logs(None, 2).await.unwrap();
    assert_eq!(log.next().await.unwrap().as_deref(), Some("two"));
    assert_eq!(log.next().await.unwrap().as_deref(), Some("three"));
    std::fs::write(folder.join("a.log"), "one\ntwo\nthree\nfour\n").unwrap();
    let next = tokio::time::timeout(PATIENCE, log.next()).await.unwrap();
    assert_eq!(next.unwrap().as_deref(), Some("four"));
}

#[tokio::test]
async fn a_listener_for_pages_refuses_every_admin_route_and_no_other() {
    let root = tempfile::tempdir().unwrap();
    let (host, _) = host(root.path()).await;
    for route in ROUTES.iter().filter(|route| !route.path.ends_with("/events")) {
        let path = route
            .path
            .replace("{profile}", "nobody")
            .replace("{slot}", "shared")
            .replace("{id}", "1")
            .replace("{plugin}", "greeter")
            .replace("{workspace}", "6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001")
            .replace("{delegation}", "6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001");
        let body = match path.rsplit_once('/').map(|(_, last)| last) {
            Some("canvas") => "{}",
            Some("rename") => r#"{"name":"somebody"}"#,
            Some("mute") => r#"{"workspace":"somebody","muted":true}"#,
            _ if path.contains("/peers/") => r#"{"to":"somebody","text":"hello"}"#,
            _ => r#"{"text":"hello"}"#,
        };
        let router = served(&host, Scopes::Faces);
        if route.scope == Scope::Admin {
            let (status, reply) = call(router, route.verb, &path, "{}").await;
            assert_eq!(
                (status, reply.error.code.as_str()),
                (StatusCode::FORBIDDEN, "out_of_scope"),
                "{path}"
            );
        } else if path.contains("nobody") {
            let (_, reply) = call(router, route.verb, &path, body).await;
            assert_eq!(reply.error.code, "no_such_profile", "{path}");
        }
    }
    assert!(ROUTES.iter().any(|route| route.scope == Scope::Admin));
}

#[tokio::test]
async fn what_is_not_understood_is_answered_in_json() {
    let root = tempfile::tempdir().unwrap();
    let (host, _) = host(root.path()).await;
    for (verb, path, body, status, code) in [
        (Verb::Get, "/v1/nothing", "", 404, "no_such_route"),
        (Verb::Post, "/v1/status", "", 405, "wrong_method"),
        (Verb::Post, "/v1/profiles/x/send", "hello", 400, "bad_request"),
        (
            Verb::Post,
            "/v1/profiles/x/send",
            r#"{"text":"a","more":1}"#,
            400,
            "bad_request",
        ),
        (Verb::Post, "/v1/profiles/%FF/start", "", 400, "bad_request"),
        (Verb::Get, "/v1/logs?lines=many", "", 400, "bad_request"),
    ] {
        let router = served(&host, Scopes::All);
        let (got, reply) = call(router, verb, path, body).await;
        assert_eq!(
            (got.as_u16(), reply.error.code.as_str()),
            (status, code),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_bad_body_is_refused_without_being_quoted() {
    let root = tempfile::tempdir().unwrap();
    let (host, _) = host(root.path()).await;
    let router = served(&host, Scopes::All);
    let (_, reply) = call(router, Verb::Post, "/v1/profiles", r#"{"token":"hush-hush","#).await;
    assert!(!format!("{reply:?}").contains("hush"), "{reply:?}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (host, _) = host(root.path()).await;
    let router = served(&host, Scopes::All);
    let (status, reply) = call(
        router,
        Verb::Post,
        "/v1/profiles/x/send",
        vec![b'x'; (1 << 20) + 1],
    )
    .await;
    assert_eq!(
        (status, reply.error.code.as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_given_up() {
    let response = within(Duration::from_secs(10), std::future::pending()).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
}
