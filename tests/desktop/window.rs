//! The real window, through WebDriver.

use std::fs;
use std::time::Duration;

use ligand_e2e::{Era, PROFILE, Stage, now, until};
use serde_json::{Value, json};

use crate::desk::{Desk, WINDOW_WITHIN, browser};
use crate::driver::Window;
use crate::panel::Panel;

/// A click in the tray is seen in the window within this.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
/// What asks the agent, through platform and tunnel.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_canvas_shows_our_workspace_the_trays_stop_at_once_and_an_answer_to_hello() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    let window = Window::open(&stage.scratch, &desk, &[]).await;
    window
        .until(
            "our workspace is on the Canvas, online",
            WINDOW_WITHIN,
            &our_node_says(&stage, "Online"),
        )
        .await;
    assert!(window.text().await.contains("This laptop"));

    icon.click("Stop").await;
    let clicked = now();
    window
        .until(
            "the Canvas says that it is stopped",
            SEEN_WITHIN,
            &shows("body", "Stopped"),
        )
        .await;
    assert!(clicked.elapsed() < SEEN_WITHIN);
    icon.click("Start").await;
    host.online().await;
    window
        .until(
            "our workspace is online again",
            ANSWERED_WITHIN,
            &our_node_says(&stage, "Online"),
        )
        .await;

    window.run(&click("Send")).await;
    window
        .until(
            "hello is answered",
            ANSWERED_WITHIN,
            &shows(r#"[role=region][aria-label=Answer]"#, "Hello"),
        )
        .await;
    window.close(&stage.scratch).await;
}

#[tokio::test]
async fn the_page_is_told_when_the_host_goes_and_when_it_is_back() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let window = Window::open(&stage.scratch, &desk, &[]).await;
    window
        .until(
            "the page says that no host runs",
            WINDOW_WITHIN,
            &shows("body", "No host is running"),
        )
        .await;
    let mut host = stage.online(&stage.profile()).await;
    window
        .until(
            "our workspace is on the Canvas, online",
            WINDOW_WITHIN,
            &our_node_says(&stage, "Online"),
        )
        .await;
    host.stop().await;
    window
        .until(
            "the page says that the host has gone",
            WINDOW_WITHIN,
            &shows("body", "Reconnecting"),
        )
        .await;
    window.close(&stage.scratch).await;
}

#[tokio::test]
async fn the_page_may_look_and_operate_and_nothing_else() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let host = stage.online(&stage.profile()).await;
    let window = Window::open(&stage.scratch, &desk, &[]).await;
    let ask = async |method: &str, path: &str, body: Value| {
        let arguments = json!({ "method": method, "path": path, "body": body });
        window.invoke("request", &arguments).await
    };

    let status = ask("GET", "/v1/status", Value::Null).await.unwrap();
    assert_eq!(status["profiles"][0]["name"], PROFILE);
    let stopped = ask("POST", &format!("/v1/profiles/{PROFILE}/stop"), Value::Null).await;
    assert_eq!(stopped, Ok(json!({})));
    host.presence("stopped").await;
    let missing = ask("POST", "/v1/profiles/nobody/start", Value::Null).await;
    assert_eq!(missing.unwrap_err()["error"]["code"], "no_such_profile");

    let shared = format!("/v1/profiles/{PROFILE}/doors/shared");
    for (method, path, body) in [
        ("POST", "/v1/shutdown", Value::Null),
        ("POST", "/v1/profiles", json!({})),
        ("PUT", shared.as_str(), json!({ "open": true })),
    ] {
        let refused = ask(method, path, body).await.unwrap_err();
        assert_eq!(refused["error"]["code"], "out_of_scope", "{method} {path}");
    }
    for path in [
        "/v1/%73hutdown",
        "/v1/status/../shutdown",
        "//v1/shutdown",
        "/v1/shutdown/",
    ] {
        let refused = ask("POST", path, Value::Null).await.unwrap_err();
        assert_eq!(refused["error"]["code"], "no_such_route", "{path}");
    }
    // Nothing of Tauri's own is open to the page.
    for (command, arguments) in [
        ("plugin:window|close", json!({ "label": "canvas" })),
        (
            "plugin:webview|create_webview_window",
            json!({ "options": { "label": "x", "url": "https://example.com" } }),
        ),
        ("plugin:event|emit", json!({ "event": "x", "payload": 1 })),
        ("plugin:app|version", json!({})),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("plugin:menu|new", json!({})),
        ("plugin:tray|new", json!({})),
    ] {
        let refused = window.invoke(command, &arguments).await.unwrap_err();
        assert!(
            refused.to_string().contains("not allowed"),
            "{command}: {refused}"
        );
    }
    assert!(host.status().await.is_some(), "the host still runs");
    window.close(&stage.scratch).await;
}

#[tokio::test]
async fn scripts_that_are_not_the_uis_own_do_not_run() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let window = Window::open(&stage.scratch, &desk, &[]).await;
    window
        .until(
            "the page is there",
            WINDOW_WITHIN,
            "return document.readyState === 'complete'",
        )
        .await;
    // The driver's own script may do what it likes; what it puts into the page may not.
    let script = "const inline = document.createElement('script'); inline.textContent = 'window.ran = 1'; \
                  document.body.append(inline); \
                  const image = document.createElement('div'); image.innerHTML = '<img src=x onerror=\"window.ran = 2\">'; \
                  document.body.append(image); \
                  const frame = document.createElement('iframe'); frame.src = 'https://example.com/'; document.body.append(frame); \
                  return new Promise((done) => setTimeout(() => done(window.ran ?? null), 300));";
    assert_eq!(window.run(script).await, Value::Null);
    let fetched = "return fetch('https://example.com/').then(() => 'fetched', () => 'refused')";
    assert_eq!(window.run(fetched).await, "refused");
    window.close(&stage.scratch).await;
}

#[tokio::test]
async fn a_link_to_the_web_opens_the_browser_and_the_page_stays() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let (note, path) = browser(&stage.scratch);
    let window = Window::open(&stage.scratch, &desk, &[("PATH", &path)]).await;
    let address = window.address().await;
    let opened = || fs::read_to_string(&note).unwrap_or_default();

    window.follow("https://example.com/docs", "_blank").await;
    until("the browser is asked", ANSWERED_WITHIN, async || {
        (!opened().is_empty()).then_some(())
    })
    .await;
    for elsewhere in [
        "http://example.com/",
        "file:///etc/hostname",
        "ligand://connect",
        "mailto:a@example.com",
    ] {
        window.follow(elsewhere, "_self").await;
        window.follow(elsewhere, "_blank").await;
    }
    // What was followed before has been decided when this one opens.
    window.follow("https://example.com/here", "_self").await;
    until("the browser is asked again", ANSWERED_WITHIN, async || {
        opened().contains("here").then_some(())
    })
    .await;
    let asked = opened();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked, ["https://example.com/docs", "https://example.com/here"]);
    assert_eq!(window.address().await, address);
    window.close(&stage.scratch).await;
}

/// Clicks on the button with that name.
fn click(name: &str) -> String {
    let name = json!(name);
    format!(
        "[...document.querySelectorAll('button')].find((button) => button.innerText.trim() === {name}).click()"
    )
}

/// Whether what the selector finds shows that text.
fn shows(selector: &str, text: &str) -> String {
    let (selector, text) = (json!(selector), json!(text));
    format!("return (document.querySelector({selector})?.innerText ?? '').includes({text})")
}

/// The same of our workspace on the Canvas.
fn our_node_says(stage: &Stage, text: &str) -> String {
    shows(&format!("[data-workspace='{}']", stage.workspace.id), text)
}
