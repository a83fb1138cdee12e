//! The whole program once from first start to end, as somebody meets it who has just installed it. What is in the
//! packages is tried with this too.

use std::time::Duration;

use ligand_e2e::Scratch;
use ligand_e2e::desktop::{Desk, ENDS_WITHIN, PAINTED_WITHIN, Page, Panel};

use crate::story;

/// A menu follows what it is asked within this.
const SAID_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn it_starts_shows_its_tray_and_its_window_leads_to_the_first_workspace_and_it_quits() {
    let scratch = Scratch::with_usual_log();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut shell = desk.shell(&scratch, &[]);
    let icon = panel.icon().await;
    icon.says("Not connected to an org yet", SAID_WITHIN).await;

    let page = Page::window(&scratch, &desk, &[]).await;
    page.until(
        "the page is painted",
        PAINTED_WITHIN,
        "return document.querySelector('#root')?.innerText.trim().length > 0",
    )
    .await;
    icon.click("Add a workspace").await;
    page.until(
        "it shows how to add a workspace",
        PAINTED_WITHIN,
        "return location.hash.startsWith('#/welcome')",
    )
    .await;
    page.close_window(&scratch).await;

    icon.click("Quit").await;
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(0));
    assert_eq!(shell.stderr(), "");
}

#[tokio::test]
async fn who_just_tries_it_comes_from_the_first_start_to_an_answer_on_the_canvas_and_it_quits() {
    let scratch = Scratch::with_usual_log();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut shell = desk.shell(&scratch, &["--local"]);
    let icon = panel.icon().await;
    icon.says("Online", SAID_WITHIN).await;

    let page = Page::window(&scratch, &desk, &[]).await;
    page.shows("body", "This laptop", PAINTED_WITHIN).await;
    page.run("location.hash = '#/welcome'").await;
    page.until(
        "the door is there",
        PAINTED_WITHIN,
        "const door = document.querySelector('.choice-card input[value=try]'); door?.click(); return door !== null",
    )
    .await;
    page.click("Continue").await;
    page.click("Open it on the Canvas").await;
    page.shows("[data-workspace]", "Online", PAINTED_WITHIN).await;
    page.type_into("textarea", "hello from a trial").await;
    page.click("Send").await;
    story::is_answered(&page, "hello from a trial").await;
    page.close_window(&scratch).await;

    icon.click("Quit").await;
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(0));
    assert_eq!(shell.stderr(), "");
}
