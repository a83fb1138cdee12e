//! What strangers write is shown as text, on every face: nothing of it runs, turns the text around it, or becomes a
//! part of the page.

use std::time::Duration;

use ligand_e2e::desktop::{
    Desk, ENDS_WITHIN, PAINTED_WITHIN, Page, Panel, arguments_of, window_is, window_of,
};
use ligand_e2e::{Beat, Era, Host, PROFILE, Scratch, Stage, TestAgent, Workspace, ligand};
use serde_json::json;

use crate::dialog::{DIALOG, YES};
use crate::story::{is_answered, node, nothing_ran};
use crate::web::web_address;

/// A name with all that the platform lets one have.
const NAME: &str = "<b onclick=\"window.ran=1\" \u{202e}eman\u{202c} שלום 🧪";
/// A task and an answer may have everything.
const MARKUP: &str = "<img src=x onerror=\"window.ran=2\"><script>window.ran=3</script>\u{202e}ksat 👩‍🔬";
/// The same as it is shown: what turns the direction of writing is a visible sign.
const MARKUP_SHOWN: &str = "<img src=x onerror=\"window.ran=2\"><script>window.ran=3</script>\u{fffd}ksat 👩‍🔬";

/// Another workspace whose every text is hostile, and degraded, so that its error shows too.
async fn stranger(stage: &Stage) -> Workspace {
    let other = stage.org.create_with_role(NAME, NAME).await;
    let beat = Beat {
        active_tasks: 1,
        task: MARKUP,
        error: MARKUP,
        error_rate: 0.9,
    };
    stage.org.register(&other, "http://127.0.0.1:9/").await;
    stage.org.beat_with(&other, &beat).await;
    other
}

/// Its node and the agent's answer are text.
async fn are_text(page: &Page, other: &Workspace) {
    page.shows(&node(&other.id), "<b onclick=", PAINTED_WITHIN).await;
    page.shows(&node(&other.id), "🧪", PAINTED_WITHIN).await;
    page.shows(&node(&other.id), MARKUP_SHOWN, PAINTED_WITHIN).await;
    let long = "wide".repeat(500);
    for (text, shown) in [(MARKUP, MARKUP_SHOWN), (&long, &long)] {
        page.paste_into("textarea", text).await;
        page.click("Send").await;
        is_answered(page, shown).await;
    }
    let overflows = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(page.run(overflows).await, false, "a long word breaks");
    nothing_ran(page).await;
}

#[tokio::test]
async fn in_the_window_and_in_the_tray() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let other = stranger(&stage).await;
    let variables = Host::file_vault();
    Host::create(&stage, NAME, Some(agent.url()), &variables).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let shell = desk.shell(&stage.scratch, &[]);
    let mut host = Host::held_by(shell, &stage.scratch, variables);
    host.online().await;
    let icon = panel.icon().await;
    icon.says(
        "Online · <b onclick=\"window.ran=1\" eman שלום 🧪",
        Duration::from_secs(5),
    )
    .await;

    let page = Page::window(&stage.scratch, &desk, &[]).await;
    are_text(&page, &other).await;
    page.close_window(&stage.scratch).await;
    icon.click("Quit").await;
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
}

#[tokio::test]
async fn in_a_browser() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let other = stranger(&stage).await;
    let variables = Host::file_vault();
    Host::create(&stage, NAME, Some(agent.url()), &variables).await;
    let mut host = Host::up_with(&stage.scratch, variables, &["--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    host.online().await;

    let page = Page::browser(&stage.scratch, &address).await;
    are_text(&page, &other).await;
    page.close().await;
}

#[tokio::test]
async fn in_cards_in_log_lines_in_deliveries_and_in_the_names_that_an_address_brings() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let skill = json!({ "id": "s", "name": MARKUP, "description": MARKUP, "tags": [MARKUP] });
    let card = json!({ "name": MARKUP, "description": MARKUP, "version": MARKUP, "url": "http://127.0.0.1:9/",
        "provider": { "organization": MARKUP, "url": "javascript:window.ran=4" },
        "documentationUrl": "javascript:window.ran=5", "iconUrl": "javascript:window.ran=6",
        "defaultInputModes": [MARKUP], "skills": [skill] });
    stage.org.register_as(&other, "http://127.0.0.1:9/", &card).await;
    // What the agent's program says on the side goes into its log.
    let says = format!("printf '%s\\n' '{MARKUP}' >&2; cat");
    let create = [
        "create",
        "--keep-org-key",
        "--profile",
        PROFILE,
        "--name",
        "Us",
        "--relay",
        stage.relay.url(),
    ];
    let agent = ["--agent", "exec", "--", "sh", "-c", &says];
    let variables = Host::file_vault();
    let input = format!("{}\n{}\n", stage.org.url(), stage.org.admin());
    let said = ligand(
        &stage.scratch,
        &variables,
        &[&create[..], &agent].concat(),
        &input,
    )
    .await;
    assert!(said.status.success(), "{said:?}");
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let host = Host::held_by(desk.shell(&stage.scratch, &[]), &stage.scratch, variables);
    host.online().await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;

    let go = async |address: &str| {
        page.run(&format!("location.hash = {}", json!(address))).await;
    };
    page.shows(&node(&other.id), "Other", PAINTED_WITHIN).await;
    go(&format!("#/workspace/{}", other.id)).await;
    for part in [".details-skills", ".card-facts"] {
        page.shows(part, MARKUP_SHOWN, PAINTED_WITHIN).await;
    }
    nothing_ran(&page).await;

    go("#/inspector").await;
    let record = "const record = [...document.querySelectorAll('label')]\
         .find((one) => one.innerText.includes('Record bodies'))?.control; \
         if (record && !record.disabled && !record.checked) record.click(); return record?.checked ?? false";
    page.until("bodies are recorded", PAINTED_WITHIN, record).await;
    assert!(host.ligand(&["send", MARKUP]).await.status.success());
    let open = "const line = document.querySelector('.arrivals-open'); line?.click(); return line !== null";
    page.until("it has come", PAINTED_WITHIN, open).await;
    page.shows(".body", "<script>window.ran=3</script>", PAINTED_WITHIN)
        .await;
    nothing_ran(&page).await;
    go(&format!("#/logs/{PROFILE}")).await;
    page.shows(".log-line", MARKUP_SHOWN, PAINTED_WITHIN).await;
    nothing_ran(&page).await;

    for screen in ["settings", "logs", "workspace", "inspector", "nowhere"] {
        go(&format!("#/{screen}/{}", MARKUP.replace('/', "%2F"))).await;
        page.shows("h1", "", PAINTED_WITHIN).await;
        nothing_ran(&page).await;
    }
    // Nobody can have such a name here.
    let named = json!({ "method": "POST", "path": "/v1/profiles", "body": { "name": MARKUP, "agent": { "kind": "echo" } } });
    let wanted = json!({ "method": "POST", "path": "/v1/admin", "body": named });
    let refused = page.invoke("request", &wanted);
    let pressed = desk.press(&stage.scratch, DIALOG, YES);
    let (refused, ()) = tokio::join!(refused, pressed);
    assert_eq!(refused.unwrap_err()["error"]["code"], "bad_request");
    nothing_ran(&page).await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn in_links_that_the_desktop_hands_over() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    for (query, shown) in [
        (
            "platform=%3Cimg%20src%3Dx%20onerror%3Dwindow.ran%3D1%3E&workspace=%3Cb%3Ex%3C%2Fb%3E",
            "<img src=x onerror=window.ran=1>",
        ),
        (
            "platform=javascript%3Awindow.ran%3D2&workspace=x&token=t&relay=https://evil.example&agent=sh",
            "javascript:window.ran=2",
        ),
        (
            "platform=https%3A%2F%2Fme%3Aword%40evil.example&workspace=%E2%80%AEx",
            "https://me:word@evil.example",
        ),
    ] {
        let mut link = desk.shell(&stage.scratch, &[&format!("ligand://connect?{query}")]);
        assert_eq!(link.ended(PAINTED_WITHIN).await.code(), Some(0));
        page.shows(".block", shown, PAINTED_WITHIN).await;
        page.shows("main", "nothing is stored yet", PAINTED_WITHIN).await;
        assert!(!page.text().await.contains("relay"), "{query}");
        let cannot_go_on = "return document.querySelector('button[type=submit]').disabled";
        assert_eq!(page.run(cannot_go_on).await, true, "{query}");
        nothing_ran(&page).await;
    }
    let status = host.status().await.unwrap();
    assert_eq!(status["profiles"].as_array().unwrap().len(), 1, "{status}");
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn in_a_link_that_starts_ligand() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let link = "ligand://connect?platform=%3Cb%3Ehttps%3A%2F%2Facme.example&workspace=w&token=t&relay=https://evil.example";
    let mut shell = desk.shell(&scratch, &[link]);
    window_is(&scratch, true).await;
    let shown = arguments_of(window_of(&shell).unwrap());
    assert_eq!(
        shown[1..],
        [
            "--window",
            "--show",
            "welcome?platform=%3Cb%3Ehttps%3A%2F%2Facme.example&workspace=w"
        ]
    );
    let icon = panel.icon().await;
    icon.says("Not connected to an org yet", PAINTED_WITHIN).await;
    icon.click("Quit").await;
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(0));
    assert!(!scratch.config_file().exists(), "something was stored");
}
