//! WebDriver on the real window: `WebKitWebDriver` starts it, and is asked over HTTP.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Process, Scratch, binary, until};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::desk::{Desk, WINDOW_WITHIN, window_is};

/// The longest that one command may take: a script that waits for an answer of the agent.
const COMMAND_WITHIN: Duration = Duration::from_secs(20);

/// A window that a driver has started.
pub(crate) struct Window {
    client: Client,
    session: String,
    _driver: Process,
}

impl Window {
    /// Opens the window on that desktop; `more` are further variables for it.
    pub(crate) async fn open(scratch: &Scratch, desk: &Desk, more: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        let mut variables = desk.variables();
        variables.extend([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")]);
        variables.extend(more);
        let driver = Process::start(scratch, "WebKitWebDriver", command, &variables);
        let client = Client::builder()
            .no_proxy()
            .timeout(COMMAND_WITHIN)
            .build()
            .unwrap();
        let root = format!("http://127.0.0.1:{port}");
        until("the driver answers", WINDOW_WITHIN, async || {
            client.get(format!("{root}/status")).send().await.ok()
        })
        .await;
        let options = json!({ "binary": binary("ligand-desktop"), "args": ["--window"] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let begun = command_to(&client, Method::POST, &format!("{root}/session"), Some(&wanted)).await;
        let session = format!("{root}/session/{}", begun["sessionId"].as_str().unwrap());
        Self {
            client,
            session,
            _driver: driver,
        }
    }

    /// What a script in the page returns; it may be a promise.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
            .await
    }

    /// Asks the window's process for a command, as the page does: what it answers, or what it refuses with.
    pub(crate) async fn invoke(&self, command: &str, arguments: &Value) -> Result<Value, Value> {
        let script = format!(
            "return window.__TAURI_INTERNALS__.invoke({}, {arguments}).then((ok) => ({{ ok }}), (err) => ({{ err }}))",
            json!(command)
        );
        let mut answer = self.run(&script).await;
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(answer["err"].take()),
        }
    }

    /// Puts a link into the page and clicks on it as a person does: a script's own click may open no window.
    pub(crate) async fn follow(&self, url: &str, target: &str) {
        let (url, target) = (json!(url), json!(target));
        self.run(&format!(
            "document.querySelector('#followed')?.remove(); const link = document.createElement('a'); \
             Object.assign(link, {{ id: 'followed', href: {url}, target: {target}, textContent: 'followed' }}); \
             link.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9999; background: white'; \
             document.body.append(link);"
        ))
        .await;
        let wanted = json!({ "using": "css selector", "value": "#followed" });
        let found = self.command("element", &wanted).await;
        let element = found
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned();
        self.command(&format!("element/{element}/click"), &json!({}))
            .await;
    }

    async fn command(&self, path: &str, wanted: &Value) -> Value {
        let url = format!("{}/{path}", self.session);
        command_to(&self.client, Method::POST, &url, Some(wanted)).await
    }

    /// All text that the page shows.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script returns true.
    pub(crate) async fn until(&self, what: &str, within: Duration, script: &str) {
        until(what, within, async || {
            (self.run(script).await == true).then_some(())
        })
        .await;
    }

    /// Its address.
    pub(crate) async fn address(&self) -> String {
        let url = format!("{}/url", self.session);
        let address = command_to(&self.client, Method::GET, &url, None).await;
        address.as_str().unwrap_or_default().to_owned()
    }

    /// Closes the window, and waits until it has gone: the driver answers before, and must outlive it.
    pub(crate) async fn close(self, scratch: &Scratch) {
        command_to(&self.client, Method::DELETE, &self.session, None).await;
        window_is(scratch, false).await;
    }
}

async fn command_to(client: &Client, method: Method, url: &str, body: Option<&Value>) -> Value {
    let request = client.request(method, url);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let mut answer: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{url}: {answer}");
    answer["value"].take()
}

/// The driver takes no port 0, so one that was free a moment ago has to do.
fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}
