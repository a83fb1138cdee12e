//! A workspace is left out of what is told, from the Canvas, the settings and the command line alike.

use std::time::Duration;

use ligand_e2e::desktop::PAINTED_WITHIN;
use ligand_e2e::{Era, Stage, until};

use crate::story::node;
use crate::watched::Watched;

/// What asks another program takes less.
const DONE_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_workspace_is_muted_on_the_canvas_and_told_again_from_the_settings_and_the_command_line() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let watched = Watched::open(&stage, None, Vec::new()).await;
    let page = &watched.page;
    let is_muted = async |muted: bool| {
        until("the host knows", DONE_WITHIN, async || {
            let said = watched.host.ligand(&["notifications"]).await.stdout;
            (said.contains("Muted: Other") == muted).then_some(())
        })
        .await;
    };
    let pressed = ".panel button[aria-pressed=true]";
    let open = format!("location.hash = '#/workspace/{}'", other.id);
    page.shows(&node(&other.id), "Other", PAINTED_WITHIN).await;
    page.run(&open).await;
    page.click("Mute").await;
    is_muted(true).await;
    page.shows(pressed, "Muted", PAINTED_WITHIN).await;

    page.run("location.hash = '#/settings'").await;
    page.shows(".muted", "Other", PAINTED_WITHIN).await;
    page.run("document.querySelector('[aria-label=\"Unmute Other\"]').click()")
        .await;
    is_muted(false).await;
    let said = watched.host.ligand(&["mute", "Other"]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    page.run(&open).await;
    page.shows(pressed, "Muted", PAINTED_WITHIN).await;
    page.click("Muted").await;
    is_muted(false).await;
    watched.page.close().await;
}
