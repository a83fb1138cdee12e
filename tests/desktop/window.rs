//! The real window, through WebDriver.

use std::fs;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page, Panel, browser};
use ligand_e2e::{Era, PROFILE, Stage, until};
use serde_json::{Value, json};

use crate::dialog::{DIALOG, NO, YES};
use crate::story;

/// Asking another program of the desktop takes less.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_window_shows_us_the_trays_stop_at_once_and_an_answer_to_hello() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let _host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    let (stop, start) = (
        async || icon.click("Stop").await,
        async || icon.click("Start").await,
    );
    story::shows_us_what_happens_and_an_answer_to_hello(&page, &stage.workspace.id, stop, start).await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn the_page_is_told_when_the_host_goes_and_when_it_is_back() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows("body", "No host is running", PAINTED_WITHIN).await;
    let mut host = stage.online(&stage.profile()).await;
    story::we_are(&page, &stage.workspace.id, "Online", PAINTED_WITHIN).await;
    host.stop().await;
    page.shows("body", "Reconnecting", PAINTED_WITHIN).await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn the_page_may_look_and_operate_and_nothing_else() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let host = stage.online(&stage.profile()).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    let ask = async |method: &str, path: &str, body: Value| {
        let arguments = json!({ "method": method, "path": path, "body": body });
        page.invoke("request", &arguments).await
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
        let refused = page.invoke(command, &arguments).await.unwrap_err();
        assert!(
            refused.to_string().contains("not allowed"),
            "{command}: {refused}"
        );
    }
    assert!(host.status().await.is_some(), "the host still runs");
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn an_admin_change_from_the_page_happens_after_a_yes_in_the_trays_dialog_and_in_no_other_way() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    let shared = format!("/v1/profiles/{PROFILE}/doors/shared");
    let change = json!({ "method": "PUT", "path": shared, "body": { "open": true } });
    let is_open = async || host.profile().await.unwrap()["exposure"]["shared_door"] == true;

    // The console asks for the route itself.
    let refused = page.invoke("request", &change).await.unwrap_err();
    assert_eq!(refused["error"]["code"], "out_of_scope");
    assert!(!is_open().await);

    // It asks for the dialog, and whoever sits there is in a hurry: Enter means no.
    let asked = json!({ "method": "POST", "path": "/v1/admin", "body": change });
    let ask = async |keys: &[&str]| {
        let start = format!(
            "window.answer = null; window.__TAURI_INTERNALS__.invoke('request', {asked})\
             .then((ok) => {{ window.answer = {{ ok }} }}, (err) => {{ window.answer = {{ err }} }})"
        );
        page.run(&format!("{start}; return true")).await;
        desk.press(&stage.scratch, DIALOG, keys).await;
        page.until(
            "the page has its answer",
            ASKED_WITHIN,
            "return window.answer !== null",
        )
        .await;
        page.run("return window.answer").await
    };
    let answer = ask(NO).await;
    assert_eq!(answer["err"]["error"]["code"], "declined", "{answer}");
    assert!(!is_open().await);

    let answer = ask(YES).await;
    assert_eq!(answer, json!({ "ok": {} }));
    assert!(is_open().await);
    assert_eq!(panel.registrations(), 1);

    // The tray leads the window that is open to its pages.
    icon.click("Logs").await;
    page.until(
        "it shows the logs",
        ASKED_WITHIN,
        "return location.hash === '#/logs'",
    )
    .await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn scripts_that_are_not_the_uis_own_do_not_run() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.until(
        "the page is there",
        PAINTED_WITHIN,
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
    assert_eq!(page.run(script).await, Value::Null);
    let fetched = "return fetch('https://example.com/').then(() => 'fetched', () => 'refused')";
    assert_eq!(page.run(fetched).await, "refused");
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn a_link_to_the_web_opens_the_browser_and_the_page_stays() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let (note, path) = browser(&stage.scratch);
    let page = Page::window(&stage.scratch, &desk, &[("PATH", &path)]).await;
    let address = page.address().await;
    let opened = || fs::read_to_string(&note).unwrap_or_default();

    page.follow("https://example.com/docs", "_blank").await;
    until("the browser is asked", ASKED_WITHIN, async || {
        (!opened().is_empty()).then_some(())
    })
    .await;
    for elsewhere in [
        "http://example.com/",
        "file:///etc/hostname",
        "ligand://connect",
        "mailto:a@example.com",
    ] {
        page.follow(elsewhere, "_self").await;
        page.follow(elsewhere, "_blank").await;
    }
    // What was followed before has been decided when this one opens.
    page.follow("https://example.com/here", "_self").await;
    until("the browser is asked again", ASKED_WITHIN, async || {
        opened().contains("here").then_some(())
    })
    .await;
    let asked = opened();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked, ["https://example.com/docs", "https://example.com/here"]);
    assert_eq!(page.address().await, address);
    page.close_window(&stage.scratch).await;
}
