//! From the first start to online, for each of the three doors: in the real window, with the keyboard alone, and with
//! the question in the dialog that is not the window's.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Host, Process, Scratch, Stage, TestAgent, ligand};
use serde_json::{Value, json};

use crate::dialog::{DIALOG, NO, YES};
use crate::keys::{choose, fill, has_the_keyboard, push, tab_to, take_back};
use crate::story;

/// Bringing a workspace online asks platform, relay and agent.
const ONLINE_WITHIN: Duration = Duration::from_secs(30);

/// The host beats, and so learns of its token, about this often.
const LEARNS_WITHIN: Duration = Duration::from_secs(60);

/// Somebody has just installed Ligand and started it, and looks at its window.
async fn first_start(scratch: &Scratch, desk: &Desk) -> (Panel, Process, Page) {
    let panel = Panel::start(&desk.bus).await;
    let shell = desk.shell(scratch, &[]);
    panel.icon().await;
    let page = Page::window(scratch, desk, &[]).await;
    page.shows("h1", "Bind this laptop to a workspace", PAINTED_WITHIN)
        .await;
    (panel, shell, page)
}

/// The next step has come, with the keyboard on its heading.
async fn is_at(page: &Page, title: &str) {
    page.shows("h1", title, PAINTED_WITHIN).await;
    has_the_keyboard(page, title).await;
}

/// What a field, or the page as a whole, says is wrong.
async fn says(page: &Page, words: &str) {
    page.shows("form", words, PAINTED_WITHIN).await;
}

/// The profiles that the host has.
async fn profiles(scratch: &Scratch) -> Vec<Value> {
    let said = ligand(scratch, &Host::file_vault(), &["status", "--json"], "").await;
    let status: Value = serde_json::from_str(&said.stdout).unwrap();
    status["profiles"].as_array().unwrap().clone()
}

/// It ends on the Canvas, with our node online.
async fn is_online(scratch: &Scratch, page: &Page) {
    page.until(
        "the Canvas comes by itself",
        ONLINE_WITHIN,
        "return location.hash === '#/canvas'",
    )
    .await;
    let ours = profiles(scratch).await;
    let workspace = ours[0]["workspace"]["id"].as_str().unwrap();
    story::we_are(page, workspace, "Online", ONLINE_WITHIN).await;
}

#[tokio::test]
async fn a_pasted_block_leads_online_by_keyboard_alone_and_what_is_wrong_is_said_on_the_way() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let (_panel, _shell, page) = first_start(&stage.scratch, &desk).await;
    choose(&page, "I have a connection block").await;
    push(&page, "Continue").await;

    is_at(&page, "Paste the connection block").await;
    let block = json!({
        "workspace_id": stage.workspace.id,
        "platform_url": stage.org.url(),
        "auth_token": stage.workspace.token,
    });
    let block = block.to_string();
    let (begin, rest) = block.split_at(12);
    fill(&page, "Connection block or snippet", "it is").await;
    says(
        &page,
        "neither a connection block nor one of the platform’s snippets",
    )
    .await;
    take_back(&page, "it is").await;
    page.press(begin).await;
    says(&page, "cut off").await;
    page.press(rest).await;
    page.shows(".block", stage.org.url(), PAINTED_WITHIN).await;
    assert!(
        !page.text().await.contains(&stage.workspace.token),
        "the token is shown"
    );
    push(&page, "Continue").await;

    is_at(&page, "What answers?").await;
    choose(&page, "An A2A agent at an address").await;
    fill(&page, "Address of the agent", "http://elsewhere.example").await;
    says(&page, "must run on this machine").await;
    choose(&page, "Echo").await;
    push(&page, "Continue").await;

    is_at(&page, "How do messages reach this laptop?").await;
    choose(&page, "Through a relay").await;
    fill(&page, "Relay’s address", "ftp://relay").await;
    says(&page, "It must begin with https://").await;
    take_back(&page, "ftp://relay").await;
    page.press(stage.relay.url()).await;
    push(&page, "Continue").await;

    is_at(&page, "Ready to connect").await;
    fill(&page, "Name on this laptop", "!").await;
    says(&page, "lower case letters, digits and hyphens").await;
    take_back(&page, "!").await;
    page.press("mine").await;
    push(&page, "Connect").await;
    says(&page, "Confirm it in the dialog").await;
    desk.press(&stage.scratch, DIALOG, NO).await;
    says(&page, "It was not done").await;
    has_the_keyboard(&page, "Connect").await;
    assert!(profiles(&stage.scratch).await.is_empty(), "something was stored");

    push(&page, "Connect").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    is_online(&stage.scratch, &page).await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn a_new_workspace_comes_online_by_keyboard_alone_and_a_refused_key_is_said_and_mended() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let (_panel, _shell, page) = first_start(&stage.scratch, &desk).await;
    choose(&page, "Make a new workspace").await;
    push(&page, "Continue").await;

    is_at(&page, "Make a workspace").await;
    let open = "http://acme.example";
    fill(&page, "Platform’s address", open).await;
    says(&page, "Without https everybody on the way could read the token").await;
    take_back(&page, open).await;
    page.press(stage.org.url()).await;
    fill(&page, "Org key", "two words").await;
    says(&page, "spaces or signs that no token has").await;
    take_back(&page, "two words").await;
    page.press("not-the-key").await;
    fill(&page, "Name of the workspace", "Ada’s laptop").await;
    push(&page, "Continue").await;
    is_at(&page, "What answers?").await;
    push(&page, "Continue").await;
    is_at(&page, "How do messages reach this laptop?").await;
    push(&page, "Continue").await;
    is_at(&page, "Ready to connect").await;
    push(&page, "Connect").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    page.until(
        "the platform's refusal is said",
        PAINTED_WITHIN,
        "return (document.querySelector('[role=alert]')?.innerText ?? '') !== ''",
    )
    .await;
    let refused = page.text().await;
    assert!(refused.contains("key"), "{refused}");
    assert!(profiles(&stage.scratch).await.is_empty(), "something was stored");

    for title in [
        "How do messages reach this laptop?",
        "What answers?",
        "Make a workspace",
    ] {
        push(&page, "Back").await;
        is_at(&page, title).await;
    }
    tab_to(&page, "Org key").await;
    take_back(&page, "not-the-key").await;
    page.press(stage.org.admin()).await;
    for title in [
        "What answers?",
        "How do messages reach this laptop?",
        "Ready to connect",
    ] {
        push(&page, "Continue").await;
        is_at(&page, title).await;
    }
    push(&page, "Connect").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    is_online(&stage.scratch, &page).await;
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn the_local_org_comes_online_by_keyboard_alone_and_comes_along_at_the_next_start() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch).await;
    let (_panel, mut shell, page) = first_start(&scratch, &desk).await;
    choose(&page, "Just try it").await;
    push(&page, "Continue").await;

    is_at(&page, "Try it on this machine").await;
    push(&page, "Start it").await;
    says(&page, "Confirm it in the dialog").await;
    desk.press(&scratch, DIALOG, NO).await;
    says(&page, "It was not done").await;
    has_the_keyboard(&page, "Start it").await;
    assert!(profiles(&scratch).await.is_empty(), "something was stored");

    push(&page, "Start it").await;
    desk.press(&scratch, DIALOG, YES).await;
    is_online(&scratch, &page).await;
    let before = profiles(&scratch).await;
    page.close_window(&scratch).await;
    let said = ligand(&scratch, &Host::file_vault(), &["down"], "").await;
    assert!(said.status.success(), "{said:?}");
    assert!(shell.ended(ENDS_WITHIN).await.success());

    let _again = desk.shell(&scratch, &[]);
    let page = Page::window(&scratch, &desk, &[]).await;
    let workspace = before[0]["workspace"]["id"].as_str().unwrap();
    story::we_are(&page, workspace, "Online", ONLINE_WITHIN).await;
    page.close_window(&scratch).await;
}

#[tokio::test]
async fn a_new_block_of_a_workspace_that_is_here_connects_it_again_by_keyboard_alone_and_its_agent_stays() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let host = desk.tray_on(&stage, &profile).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    let anew = stage.org.rotate(&stage.workspace).await;
    page.shows(".bar", "Needs you", LEARNS_WITHIN).await;
    page.run("location.hash = '#/welcome'").await;
    choose(&page, "I have a connection block").await;
    push(&page, "Continue").await;
    is_at(&page, "Paste the connection block").await;
    tab_to(&page, "Connection block or snippet").await;
    page.paste_into("textarea", &anew.reply.to_string()).await;
    says(&page, "This laptop serves it already, as “home”").await;
    push(&page, "Continue").await;
    is_at(&page, "Ready to connect").await;
    says(&page, "Stays as it is").await;
    push(&page, "Connect").await;
    desk.press(&stage.scratch, DIALOG, YES).await;
    is_online(&stage.scratch, &page).await;
    assert_eq!(profiles(&stage.scratch).await.len(), 1);
    let status = host.online().await;
    assert_eq!(status["agent"]["kind"], "attach", "{status}");
    let (_, reply) = stage.org.send(&stage.workspace.id, "hello").await;
    assert!(
        reply["result"].is_object() && !agent.calls().is_empty(),
        "{reply}"
    );
    page.close_window(&stage.scratch).await;
}
