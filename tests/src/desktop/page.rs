//! The page with the Canvas, through WebDriver: in Ligand's own window, or in a browser.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::desk::{Desk, window_is};
use crate::process::{Process, binary};
use crate::scratch::Scratch;
use crate::until::until;

/// How long a window may take to show something on a busy machine without a graphics card.
pub const PAINTED_WITHIN: Duration = Duration::from_secs(20);

/// The longest that one command may take: a script that waits for an answer of the agent.
const COMMAND_WITHIN: Duration = Duration::from_secs(20);

/// A page that a driver has opened.
#[derive(Debug)]
pub struct Page {
    client: Client,
    session: String,
    driver: Process,
}

impl Page {
    /// Opens Ligand's window on that desktop; `more` are further variables for it.
    pub async fn window(scratch: &Scratch, desk: &Desk, more: &[(&str, &str)]) -> Self {
        // The driver takes no port 0, so one that was free a moment ago has to do.
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        let mut variables = desk.variables();
        variables.extend([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")]);
        variables.extend(more);
        let driver = Process::start(scratch, "WebKitWebDriver", command, &variables);
        let options = json!({ "binary": binary("ligand-desktop"), "args": ["--window"] });
        Self::begin(driver, port, &json!({ "webkitgtk:browserOptions": options })).await
    }

    /// Opens Chromium without a screen at that address.
    pub async fn browser(scratch: &Scratch, url: &str) -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let mut driver = Process::start(scratch, "chromedriver", command, &[]);
        let port = driver.line("its port", port_in).await;
        let own = scratch.path("chromium");
        let arguments = [
            "--headless=new",
            // Chromium's own sandbox refuses to be used by root, whom tests in a container are run by.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}", own.display()),
        ];
        let page = Self::begin(
            driver,
            port,
            &json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } }),
        )
        .await;
        page.command("url", &json!({ "url": url })).await;
        page
    }

    async fn begin(driver: Process, port: u16, wanted: &Value) -> Self {
        let client = Client::builder()
            .no_proxy()
            .timeout(COMMAND_WITHIN)
            .build()
            .unwrap();
        let root = format!("http://127.0.0.1:{port}");
        until("the driver answers", PAINTED_WITHIN, async || {
            client.get(format!("{root}/status")).send().await.ok()
        })
        .await;
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let begun = command_to(&client, Method::POST, &format!("{root}/session"), Some(&wanted)).await;
        let session = format!("{root}/session/{}", begun["sessionId"].as_str().unwrap());
        Self {
            client,
            session,
            driver,
        }
    }

    /// The process id of its driver, whose children are the browser's processes.
    #[must_use]
    pub fn driver(&self) -> u32 {
        self.driver.pid()
    }

    /// What a script in the page returns; it may be a promise.
    pub async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
            .await
    }

    /// Asks the window's process for a command, as the page does: what it answers, or what it refuses with.
    ///
    /// # Errors
    /// The refusal.
    pub async fn invoke(&self, command: &str, arguments: &Value) -> Result<Value, Value> {
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
    pub async fn follow(&self, url: &str, target: &str) {
        let (url, target) = (json!(url), json!(target));
        self.run(&format!(
            "document.querySelector('#followed')?.remove(); const link = document.createElement('a'); \
             Object.assign(link, {{ id: 'followed', href: {url}, target: {target}, textContent: 'followed' }}); \
             link.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9999; background: white'; \
             document.body.append(link);"
        ))
        .await;
        let element = self.element("#followed").await;
        self.command(&format!("element/{element}/click"), &json!({}))
            .await;
    }

    /// Clicks on the button with that name, once it is there: what is shown may change a moment before the button does.
    pub async fn click(&self, name: &str) {
        let script = format!(
            "const named = (button) => button.innerText.trim() === {};\
             const button = [...document.querySelectorAll('button')].find(named);\
             button?.click(); return Boolean(button)",
            json!(name)
        );
        self.until(&format!("there is a button {name}"), PAINTED_WITHIN, &script)
            .await;
    }

    /// Presses keys one after the other, wherever the keyboard is: characters, or WebDriver's code points of keys that
    /// have none.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|way| json!({ "type": way, "value": key })))
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.command("actions", &json!({ "actions": [keyboard] })).await;
    }

    /// Types into the field that the selector finds, in place of what is there.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/clear"), &json!({}))
            .await;
        self.command(&format!("element/{element}/value"), &json!({ "text": text }))
            .await;
    }

    /// Pastes into the field that the selector finds, in place of what is there: drivers type some characters of the
    /// world's scripts wrong.
    pub async fn paste_into(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.run(&format!(
            "const field = document.querySelector({selector}); field.focus(); field.select(); \
             document.execCommand('insertText', false, {text});"
        ))
        .await;
    }

    /// The driver's name for the element that the selector finds.
    async fn element(&self, selector: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.command("element", &wanted).await;
        let mut names = found.as_object().unwrap().values();
        names.next().unwrap().as_str().unwrap().to_owned()
    }

    async fn command(&self, path: &str, wanted: &Value) -> Value {
        let url = format!("{}/{path}", self.session);
        command_to(&self.client, Method::POST, &url, Some(wanted)).await
    }

    /// All text that the page shows.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until what the selector finds shows that text.
    pub async fn shows(&self, selector: &str, text: &str, within: Duration) {
        let script = {
            let (selector, text) = (json!(selector), json!(text));
            format!("return (document.querySelector({selector})?.innerText ?? '').includes({text})")
        };
        self.until(&format!("{selector} shows {text:?}"), within, &script)
            .await;
    }

    /// Waits until a script returns true.
    pub async fn until(&self, what: &str, within: Duration, script: &str) {
        until(what, within, async || {
            (self.run(script).await == true).then_some(())
        })
        .await;
    }

    /// Its address.
    pub async fn address(&self) -> String {
        let url = format!("{}/url", self.session);
        let address = command_to(&self.client, Method::GET, &url, None).await;
        address.as_str().unwrap_or_default().to_owned()
    }

    /// Has Chromium show the page in that colour scheme and size; at a zoom of 2 everything is twice as large.
    pub async fn shown_as(&self, scheme: &str, (width, height): (u32, u32), zoom: u32) {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
        let size = json!({ "width": width / zoom, "height": height / zoom, "deviceScaleFactor": zoom, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
    }

    /// Has Chromium say that its user wants less motion.
    pub async fn asks_for_less_motion(&self) {
        let media = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
    }

    /// What a command of Chromium's own answers.
    pub(super) async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let wanted = json!({ "cmd": command, "params": parameters });
        self.command("goog/cdp/execute", &wanted).await
    }

    /// Closes it.
    pub async fn close(self) {
        command_to(&self.client, Method::DELETE, &self.session, None).await;
    }

    /// Closes Ligand's window, and waits until it has gone: the driver answers before, and must outlive it.
    pub async fn close_window(self, scratch: &Scratch) {
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

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// The port in `… was started successfully on port 40123.`
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.rsplit_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}
