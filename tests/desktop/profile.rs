//! The settings of one profile in the real window, each done after a yes and seen in what the profile does then; and its
//! end, which says what it deletes.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Stage, until};

use crate::dialog::{DIALOG, NO, YES};
use crate::hand::Hand;
use crate::settings::{open, set};

/// What the host is asked takes less.
const DONE_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn agent_doors_way_in_and_name_are_changed_and_in_the_end_it_is_forgotten_with_all_that_was_listed() {
    let stage = Stage::set(Era::L).await;
    let scratch = &stage.scratch;
    let desk = Desk::new(scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let page = Page::window(scratch, &desk, &[]).await;
    let hand = Hand(&page);
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    page.run("location.hash = '#/settings/home'").await;

    open(&page, "Change… Agent").await;
    let folder = scratch.path("home").display().to_string();
    let program = [
        ("Program and its arguments", "tr a-z A-Z"),
        ("In the folder", &folder),
    ];
    hand.choose_and_fill("exec", &program).await;
    page.shows("main", "runs commands on this machine", PAINTED_WITHIN)
        .await;
    hand.push("Save").await;
    desk.press(scratch, DIALOG, NO).await;
    page.shows("main", "It was not done", PAINTED_WITHIN).await;
    hand.push_and_confirm("Save", &desk, scratch).await;
    page.shows("main", "A program for each message", PAINTED_WITHIN)
        .await;
    until("the program answers", DONE_WITHIN, async || {
        let (_, reply) = stage.org.send(&stage.workspace.id, "hello").await;
        reply.to_string().contains("HELLO").then_some(())
    })
    .await;

    set(&page, "Let other A2A callers in").await;
    desk.press(scratch, DIALOG, YES).await;
    page.shows("main", "Shared door", PAINTED_WITHIN).await;
    let before = host.door("platform").await;
    open(&page, "New address for the platform door").await;
    desk.press(scratch, DIALOG, YES).await;
    until(
        "it has another address, and the platform too",
        DONE_WITHIN,
        async || {
            let door = host.door("platform").await;
            (door != before && stage.org.registered_url(&stage.workspace.id).await == door).then_some(())
        },
    )
    .await;

    open(&page, "Change… Messages").await;
    hand.choose("auto").await;
    hand.push_and_confirm("Save", &desk, scratch).await;
    page.shows("main", "Ligand finds the way", PAINTED_WITHIN).await;
    page.shows("main", "No door is open: messages are fetched", DONE_WITHIN)
        .await;

    hand.fill("Name on this laptop", "mine").await;
    hand.push("Rename").await;
    page.until(
        "it has its new name",
        PAINTED_WITHIN,
        "return location.hash === '#/settings/mine'",
    )
    .await;
    page.shows(".bar", "mine", PAINTED_WITHIN).await;

    hand.push("See what will be deleted").await;
    for what in ["the workspace's token", "[profile.mine]"] {
        page.shows(".traces", what, PAINTED_WITHIN).await;
    }
    hand.push_and_confirm("Delete all this", &desk, scratch).await;
    hand.is_told("main", &["Forgotten. This was deleted:", "the workspace's token"])
        .await;
    let status = host.status().await.unwrap();
    assert_eq!(status["profiles"].as_array().unwrap().len(), 0, "{status}");
    let left = scratch.files_with("state", &stage.workspace.token);
    assert!(left.is_empty(), "its token is in {left:?}");
    page.close_window(scratch).await;
}
