//! The same page in a browser, over loopback HTTP, and who is not let in there.

use std::fs;
use std::path::Path;
use std::slice;
use std::time::Duration;

use ligand_e2e::desktop::Page;
use ligand_e2e::{Host, Process, Scratch, ligand, until};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::Value;

use crate::story;

/// How long a host may take to begin on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The address that `ligand up --web` prints: the one line of its output that a browser understands.
pub(crate) async fn web_address(host: &mut Process) -> String {
    host.line("where the Canvas is", |line| {
        let at = line.find("http://")?;
        line.contains("#token=").then(|| line[at..].trim().to_owned())
    })
    .await
}

#[tokio::test]
async fn the_browser_shows_us_a_stop_at_once_and_an_answer_to_hello() {
    let scratch = Scratch::new();
    let variables = Host::file_vault();
    let mut host = Host::up_with(&scratch, variables.clone(), &["--local", "--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let workspace = until("the host says whose workspace it is", PATIENCE, async || {
        let status = host.status().await?;
        let id = status["profiles"][0]["workspace"]["id"].as_str()?;
        Some(id.to_owned())
    })
    .await;

    let page = Page::browser(&scratch, &address).await;
    let does = async |word: &str| {
        let said = ligand(&scratch, &variables, &[word], "").await;
        assert!(said.status.success(), "{word}: {}", said.stderr);
    };
    let (stop, start) = (async || does("stop").await, async || does("start").await);
    story::shows_us_what_happens_and_an_answer_to_hello(&page, &workspace, stop, start).await;

    let (open_part, token) = address.split_once("#token=").unwrap();
    let status = host.status().await.unwrap();
    let platform = status["profiles"][0]["platform"].as_str().unwrap();
    let first_page = reqwest::get(platform).await.unwrap().text().await.unwrap();
    assert!(
        first_page.contains(&format!("<a href=\"{open_part}\">")) && !first_page.contains(token),
        "the org's page links to the Canvas without its secret: {first_page}"
    );
    let shown = page.address().await;
    assert!(!shown.contains(token), "the token stays in the address bar");
    assert_eq!(page.run("return document.cookie").await, "");
    page.close().await;
    host.stop().await;
    assert!(
        !is_written_anywhere(&scratch.path("state"), token),
        "it is in a file"
    );
    assert!(!host.process.stderr().contains(token), "it is in the log");
}

#[tokio::test]
async fn without_the_token_from_elsewhere_or_for_an_admin_route_nobody_is_let_in() {
    let scratch = Scratch::new();
    let mut host = Host::up_with(&scratch, Host::file_vault(), &["--local", "--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let (base, token) = address.split_once("/#token=").unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async |method: Method, path: &str, headers: &[(header::HeaderName, &str)]| {
        let mut request = client.request(method, format!("{base}{path}"));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        (
            status,
            body["error"]["code"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let bearer = format!("Bearer {token}");
    let with = (header::AUTHORIZATION, bearer.as_str());
    let status = "/v1/status";

    assert_eq!(
        ask(Method::GET, status, slice::from_ref(&with)).await.0,
        StatusCode::OK
    );
    let refused = |status: StatusCode, code: &str| (status, code.to_owned());
    assert_eq!(
        ask(Method::GET, status, &[]).await,
        refused(StatusCode::UNAUTHORIZED, "unauthorized")
    );
    let in_cookie = format!("token={token}");
    assert_eq!(
        ask(Method::GET, status, &[(header::COOKIE, &in_cookie)]).await,
        refused(StatusCode::UNAUTHORIZED, "unauthorized")
    );
    assert_eq!(
        ask(
            Method::GET,
            status,
            &[with.clone(), (header::HOST, "evil.example")]
        )
        .await,
        refused(StatusCode::MISDIRECTED_REQUEST, "foreign_host")
    );
    for origin in ["http://evil.example", "null"] {
        assert_eq!(
            ask(Method::GET, status, &[with.clone(), (header::ORIGIN, origin)]).await,
            refused(StatusCode::FORBIDDEN, "foreign_origin")
        );
    }
    assert_eq!(
        ask(Method::POST, "/v1/shutdown", slice::from_ref(&with)).await,
        refused(StatusCode::FORBIDDEN, "out_of_scope")
    );
    assert_eq!(
        ask(Method::GET, status, &[with]).await.0,
        StatusCode::OK,
        "it still runs"
    );
}

#[tokio::test]
async fn an_address_that_others_could_reach_is_refused_in_words() {
    let scratch = Scratch::new();
    let said = ligand(
        &scratch,
        &Host::file_vault(),
        &["up", "--local", "--web", "0.0.0.0:0"],
        "",
    )
    .await;
    assert_eq!(said.code(), Some(1));
    assert!(said.stderr.contains("not a loopback address"), "{}", said.stderr);
    assert!(said.stderr.contains("127.0.0.1:0"), "{}", said.stderr);
}

/// Whether a file below the folder holds the text.
fn is_written_anywhere(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return is_written_anywhere(&path, text);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
