//! The settings of the whole laptop, each one clicked in the real window; and the way out of them, which leaves nothing.

use std::fs;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Scratch, Stage, until};
use serde_json::json;

use crate::dialog::{DIALOG, NO, SAYS, YES};

/// A change stands in the config within this.
const KEPT_WITHIN: Duration = Duration::from_secs(10);

/// Clicks on the switch or the card that says that.
pub(crate) async fn set(page: &Page, words: &str) {
    let script = format!(
        "const control = [...document.querySelectorAll('label')].find((one) => one.innerText.includes({}))?.control; \
         if (!control || control.disabled) return false; control.click(); return true",
        json!(words)
    );
    page.until(&format!("{words} can be set"), PAINTED_WITHIN, &script)
        .await;
}

/// Clicks on the button with that name for the ear.
pub(crate) async fn open(page: &Page, name: &str) {
    let script = format!(
        "const button = document.querySelector('button[aria-label=' + JSON.stringify({}) + ']'); \
         button?.click(); return Boolean(button)",
        json!(name)
    );
    page.until(&format!("there is {name}"), PAINTED_WITHIN, &script)
        .await;
}

/// Waits until the config says that.
async fn is_kept(scratch: &Scratch, line: &str) {
    until(&format!("the config says {line}"), KEPT_WITHIN, async || {
        let file = fs::read_to_string(scratch.config_file()).unwrap_or_default();
        file.contains(line).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_setting_is_kept_when_it_is_clicked_and_what_leads_elsewhere_only_after_a_yes() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    panel.icon().await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    page.run("location.hash = '#/settings'").await;

    set(&page, "Keep awake while a task runs").await;
    is_kept(&stage.scratch, "keep_awake = true").await;
    let level = "const level = document.querySelector('select[aria-label=\"Log level\"]'); \
         if (!level || level.disabled) return false; \
         Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(level, 'warn'); \
         level.dispatchEvent(new Event('change', { bubbles: true })); return true";
    page.until("the level can be set", PAINTED_WITHIN, level).await;
    is_kept(&stage.scratch, "log_level = \"warn\"").await;

    // Nothing is asked for where nobody can be asked.
    let can_look = "return ![...document.querySelectorAll('label')]\
         .find((one) => one.innerText === 'Look for newer versions').control.disabled";
    assert_eq!(page.run(can_look).await, false);
    open(&page, "Change… Looked up at").await;
    let field = "input[placeholder='https://acme.example/latest.json']";
    page.type_into(field, "http://127.0.0.1:9/latest.json").await;
    page.shows("main", "It must begin with https://", PAINTED_WITHIN)
        .await;
    page.type_into(field, "https://127.0.0.1:9/latest.json").await;
    page.click("Save").await;
    desk.press(&stage.scratch, DIALOG, NO).await;
    page.shows("main", "It was not done", PAINTED_WITHIN).await;
    page.click("Save").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    is_kept(&stage.scratch, "update_url = \"https://127.0.0.1:9/latest.json\"").await;
    set(&page, "Look for newer versions").await;
    is_kept(&stage.scratch, "update_check = true").await;

    set(&page, "Directly, whatever the system says.").await;
    page.click("Save").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    is_kept(&stage.scratch, "proxy = \"direct\"").await;
    host.online().await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn ligand_removed_from_the_window_says_what_it_deletes_asks_and_leaves_nothing() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray(&stage).await;
    panel.icon().await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    page.run("location.hash = '#/settings'").await;
    set(&page, "Open at login").await;
    until("the login starts the tray", KEPT_WITHIN, async || {
        has_login_item(&stage.scratch).then_some(())
    })
    .await;

    open(&page, "See what removing Ligand will delete").await;
    for what in ["the journal of deliveries", "the config", "the login item"] {
        page.shows(".traces", what, PAINTED_WITHIN).await;
    }
    page.click("Delete all this and quit").await;
    desk.press(&stage.scratch, DIALOG, NO).await;
    page.shows("main", "It was not done", PAINTED_WITHIN).await;
    assert_eq!(host.online().await["name"], "home", "it still runs");

    page.click("Delete all this and quit").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    // What has gone is said when it has gone.
    desk.press(&stage.scratch, SAYS, &["Return"]).await;
    assert!(host.process.ended(ENDS_WITHIN).await.success());
    let left: Vec<_> = ["config", "state", "runtime"]
        .into_iter()
        .flat_map(|folder| stage.scratch.files(folder))
        .map(|(path, _)| path)
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!has_login_item(&stage.scratch));
    let (_, workspace) = stage.org.get(&stage.workspace.id).await;
    assert_ne!(workspace["status"], "removed", "the org keeps its workspace");
}

/// Whether the desktop starts Ligand at login.
fn has_login_item(scratch: &Scratch) -> bool {
    ["home", "xdg"]
        .into_iter()
        .flat_map(|folder| scratch.files(folder))
        .any(|(path, _)| path.ends_with("autostart/ligand.desktop"))
}
