//! The Canvas in a browser: everything by keyboard and everything by the accessibility tree, and nothing that a screen
//! reader stumbles over.

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Stage, TestAgent};
use serde_json::json;

use crate::dialog::{DIALOG, YES};
use crate::keys::{ENTER, ESCAPE, has_the_keyboard, tab_until};
use crate::screens::{axe, faults};
use crate::story::node;
use crate::watched::Watched;

#[tokio::test]
async fn by_keyboard_alone_and_by_the_accessibility_tree_alone_a_workspace_is_found_read_spoken_to_and_left()
{
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let other = stage.org.create_with_role("Summariser", "Sums things up").await;
    stage.org.register(&other, agent.url()).await;
    let watched = Watched::open(&stage, Some(agent.url()), Vec::new()).await;
    watched
        .page
        .shows(&node(&other.id), "Summariser", PAINTED_WITHIN)
        .await;
    by_keyboard(&watched.page).await;
    by_the_tree(&watched.page).await;
    watched.page.close().await;
}

async fn by_keyboard(page: &Page) {
    let axe = axe();
    page.press("/").await;
    page.press("sums thi").await;
    page.shows("[role=listbox]", "Summariser", PAINTED_WITHIN).await;
    page.press(ENTER).await;
    has_the_keyboard(page, "Summariser, remote, online").await;
    page.shows(".panel", "Sums things up", PAINTED_WITHIN).await;

    tab_until(
        page,
        "the field",
        "return document.activeElement.matches('textarea')",
    )
    .await;
    page.press("are you there").await;
    page.press(ENTER).await;
    page.shows(".said-theirs", "are you there", PAINTED_WITHIN).await;

    page.press(ESCAPE).await;
    has_the_keyboard(page, "Summariser").await;
    assert_eq!(faults(page, &axe).await, [""; 0]);
    page.press(ESCAPE).await;
    page.shows("[role=tab][aria-selected=true]", "This laptop", PAINTED_WITHIN)
        .await;

    page.click("List").await;
    page.shows("table", "Sums things up", PAINTED_WITHIN).await;
    assert_eq!(faults(page, &axe).await, [""; 0]);
    page.click("Map").await;
}

/// As somebody does who cannot see it: by what is said of each part, and without a pointer.
async fn by_the_tree(page: &Page) {
    let find = page.hears("button", "Find").await;
    page.press_part(&find).await;
    page.is_led_to("combobox", "Name, role, skill or state").await;
    page.press("summariser").await;
    let found = page.hears("option", "Summariser").await;
    page.press_part(&found).await;
    page.is_led_to("article", "Summariser, remote, online").await;
    page.hears("heading", "Summariser").await;

    let field = page.hears("textbox", "Message to this workspace").await;
    assert_eq!(field.description, "You speak as a person, with the org key.");
    page.lead_to(&field).await;
    page.press("is anybody there").await;
    let say = page.hears("button", "Say").await;
    page.press_part(&say).await;
    page.hears("log", "Messages").await;
    page.hears("StaticText", "is anybody there").await;

    let close = page.hears("button", "Close the details").await;
    page.press_part(&close).await;
    page.hears("tab", "This laptop").await;
    // The node itself opens it, too.
    let found = page.hears("article", "Summariser").await;
    page.press_part(&found).await;
    page.hears("heading", "Summariser").await;
    page.is_led_to("article", "Summariser").await;
}

#[tokio::test]
async fn an_org_key_from_the_page_is_kept_and_forgotten_after_a_yes_in_the_trays_dialog() {
    let stage = Stage::set(Era::L).await;
    let elsewhere = stage.org.create("Elsewhere").await;
    let key = stage.org.key().await;
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".notes", "needs an org key", PAINTED_WITHIN).await;
    assert!(!page.text().await.contains("Elsewhere"));

    page.run("document.querySelector('.key-offer').open = true").await;
    page.type_into(".key-offer input", &key).await;
    page.click("Keep it").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    page.shows(&node(&elsewhere.id), "Elsewhere", PAINTED_WITHIN)
        .await;
    let is_gone = "return document.querySelector('.key-offer') === null";
    page.until("none is asked for any more", PAINTED_WITHIN, is_gone)
        .await;
    assert_eq!(host.org().await["speaks_as"], "human");
    assert!(stage.vault_secrets().contains(&key));

    // Once it is refused, it can be given back from here too.
    let refused = json!({ "kind": "answer", "status": 401, "body": { "error": "invalid admin auth token" } });
    stage.org.spoil_list(refused).await;
    stage.org.have_list_read().await;
    page.shows(".key-offer summary", "Replace or forget", PAINTED_WITHIN)
        .await;
    page.run("document.querySelector('.key-offer').open = true").await;
    page.click("Forget it").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    page.shows(".key-offer summary", "Add an org key", PAINTED_WITHIN)
        .await;
    assert!(!stage.vault_secrets().contains(&key));
    assert!(!host.process.stderr().contains(&key), "it is in the log");
    page.close_window(&stage.scratch).await;
}
