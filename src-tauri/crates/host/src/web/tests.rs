//! The listener over real sockets, with a real host whose one profile is at rest.

use std::{path::Path, time::Duration};

use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use serde_json::Value;

use super::{Web, WebError};
use crate::{
    config::Config,
    control::{ROUTES, Scope, Verb},
    host::{Host, HostHandle, HostOptions},
    lock::HostLock,
    places::Places,
};

/// Far above what anything here takes; a test that hangs must fail.
const PATIENCE: Duration = Duration::from_secs(20);

fn places(root: &Path) -> Places {
    let places = Places {
        config: root.join("config.toml"),
        state: root.join("state"),
        runtime: root.join("run"),
    };
    std::fs::write(
        &places.config,
        "version = 1\n[profile.home]\nplatform = \"http://127.0.0.1:9\"\n\
         workspace = \"00000000-0000-0000-0000-000000000007\"\n\
         [profile.home.agent]\nkind = \"echo\"\n\
         [profile.home.exposure]\nkind = \"relay\"\nrelay = \"http://127.0.0.1:9\"\n",
    )
    .unwrap();
    places
}

/// A browser that knows the printed address.
struct Browser {
    base: String,
    token: String,
    http: Client,
}

impl Browser {
    fn at(url: &str) -> Self {
        let (base, token) = url.split_once("/#token=").unwrap();
        Self {
            base: base.to_owned(),
            token: token.to_owned(),
            http: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
        }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

async fn served(root: &Path) -> (HostHandle, Web, Browser) {
    let places = places(root);
    let config = Config::load(&places).unwrap();
    let host = HostHandle::at_rest(places, config);
    let web = Web::start(([127, 0, 0, 1], 0).into(), host.clone())
        .await
        .unwrap();
    let browser = Browser::at(web.url());
    (host, web, browser)
}

async fn code(request: RequestBuilder) -> (StatusCode, String) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    (
        status,
        body["error"]["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn the_page_is_served_to_everyone_and_keeps_to_the_rules() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    let page = browser.get("/").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(!page.headers().contains_key("set-cookie"));
    assert!(page.text().await.unwrap().contains("<html"));

    for path in ["/nothing.js", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/v1"] {
        assert_eq!(
            browser.get(path).send().await.unwrap().status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let posted = browser.ask(Method::POST, "/").send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_api_wants_the_token_of_this_start() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    let refused = (StatusCode::UNAUTHORIZED, "unauthorized".to_owned());
    assert_eq!(code(browser.get("/v1/status")).await, refused);
    for wrong in ["Bearer ", "Bearer q3-wrong", browser.token.as_str()] {
        assert_eq!(
            code(browser.get("/v1/status").header(AUTHORIZATION, wrong)).await,
            refused
        );
    }
    // The token's place is the header alone.
    let query = format!("/v1/status?token={}", browser.token);
    assert_eq!(code(browser.get(&query)).await, refused);
    // Even what there is not is told to nobody.
    assert_eq!(code(browser.get("/v1/nothing")).await, refused);

    let shown = browser
        .get("/v1/status")
        .header(AUTHORIZATION, browser.bearer())
        .send()
        .await
        .unwrap();
    assert_eq!(shown.headers()["cache-control"], "no-store");
    let status: Value = shown.json().await.unwrap();
    assert_eq!(status["host"]["pid"], std::process::id());
}

#[tokio::test]
async fn another_host_and_another_origin_are_refused_before_the_token_counts() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    let with_token = |path| browser.get(path).header(AUTHORIZATION, browser.bearer());
    for path in ["/", "/v1/status"] {
        let foreign = with_token(path).header(HOST, "evil.example");
        assert_eq!(
            code(foreign).await,
            (StatusCode::MISDIRECTED_REQUEST, "foreign_host".into())
        );
        let foreign = with_token(path).header(ORIGIN, "http://evil.example");
        assert_eq!(
            code(foreign).await,
            (StatusCode::FORBIDDEN, "foreign_origin".into())
        );
    }
    let own = with_token("/v1/status").header(ORIGIN, &browser.base);
    let own = own.send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    assert!(!own.headers().contains_key("access-control-allow-origin"));
    let preflight = browser
        .ask(Method::OPTIONS, "/v1/status")
        .header(ORIGIN, "http://evil.example")
        .header("access-control-request-headers", "authorization");
    assert_eq!(code(preflight).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn admin_routes_are_refused_and_a_start_is_not() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    for route in ROUTES.iter().filter(|route| route.scope == Scope::Admin) {
        let method = match route.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
        };
        let path = route.path.replace("{profile}", "home");
        let request = browser.ask(method, &path).header(AUTHORIZATION, browser.bearer());
        assert_eq!(
            code(request.body("{}")).await,
            (StatusCode::FORBIDDEN, "out_of_scope".into()),
            "{path}"
        );
    }
    let stop = browser
        .ask(Method::POST, "/v1/profiles/home/stop")
        .header(AUTHORIZATION, browser.bearer());
    assert_eq!(stop.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_first_status_and_the_first_org_come_at_once() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    let mut events = browser
        .get("/v1/events")
        .header(AUTHORIZATION, browser.bearer())
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let mut more = async |until: &str| {
        while !text.contains(until) {
            let chunk = events.chunk().await.unwrap().unwrap();
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    more("event: status").await;
    more("event: org").await;
    more("\"profile\":\"home\"").await;
}

#[tokio::test]
async fn the_orgs_picture_can_be_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let (_host, _web, browser) = served(root.path()).await;
    let ask = |profile: &str| {
        browser
            .get(&format!("/v1/profiles/{profile}/org"))
            .header(AUTHORIZATION, browser.bearer())
    };
    let org: Value = ask("home").send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&org["schema"], &org["scope"], &org["live"]),
        (&1.into(), &"self".into(), &false.into())
    );
    assert_eq!(
        code(ask("nobody")).await,
        (StatusCode::NOT_FOUND, "no_such_profile".into())
    );
}

#[tokio::test]
async fn only_this_machine_is_served() {
    let root = tempfile::tempdir().unwrap();
    let host = HostHandle::at_rest(places(root.path()), Config::default());
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Web::start(addr.parse().unwrap(), host.clone()).await.unwrap_err();
        assert!(matches!(refused, WebError::NotLoopback(_)), "{refused}");
    }
}

#[tokio::test]
async fn the_token_is_in_no_debug_text() {
    let root = tempfile::tempdir().unwrap();
    let (_host, web, browser) = served(root.path()).await;
    assert!(browser.token.len() >= 43);
    assert!(!format!("{web:?}").contains(&browser.token));
}

#[tokio::test]
async fn the_end_of_the_host_ends_the_streams_and_frees_the_address() {
    let root = tempfile::tempdir().unwrap();
    let places = places(root.path());
    std::fs::remove_file(&places.config).unwrap();
    let options = HostOptions {
        web: Some(([127, 0, 0, 1], 0).into()),
        ..HostOptions::default()
    };
    let lock = HostLock::take(&places).unwrap();
    let host = Host::start(places, lock, options).await.unwrap();
    let browser = Browser::at(host.web_url().unwrap());
    let mut events = browser
        .get("/v1/events")
        .header(AUTHORIZATION, browser.bearer())
        .send()
        .await
        .unwrap();
    host.handle().shutdown();
    let ended = async {
        host.run_until_stopped().await;
        while let Ok(Some(_)) = events.chunk().await {}
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert!(browser.get("/").send().await.is_err());
}
