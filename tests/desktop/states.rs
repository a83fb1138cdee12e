//! Each state has its words and its own icon in the tray, which follow it within a second; and while nothing changes
//! nothing is shown anew.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, FOLLOWS_WITHIN, Icon, Panel, Signals};
use ligand_e2e::{Era, Host, Stage, TestAgent, now, until};
use reqwest::StatusCode;

/// The host beats and asks about this often, and so learns how things are.
const LEARNS_WITHIN: Duration = Duration::from_secs(60);
/// Long enough for many looks at the status, and for a wait to be counted on.
const STILL: Duration = Duration::from_secs(5);
/// Where the icons are drawn to.
const MADE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../icons/made");

/// The size of a picture, and its pixels.
fn pixels(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgba);
    (info.width, info.height, pixels)
}

/// The drawn icon of that name.
fn drawn(name: &str) -> (u32, u32, Vec<u8>) {
    pixels(&fs::read(Path::new(MADE).join(format!("tray-{name}.png"))).unwrap())
}

/// Once the host says that it is in that state, the tray does so within a second, in words and by its icon.
async fn follows(host: &Host<'_>, icon: &Icon<'_>, state: &str, words: &str, picture: &str) {
    until(&format!("the host is {state}"), LEARNS_WITHIN, async || {
        (host.word().await == state).then_some(())
    })
    .await;
    shows(icon, words, picture).await;
}

async fn shows(icon: &Icon<'_>, words: &str, picture: &str) {
    icon.says(words, FOLLOWS_WITHIN).await;
    let drawn = drawn(picture);
    until(&format!("the icon is {picture}"), FOLLOWS_WITHIN, async || {
        (pixels(&icon.picture().await) == drawn).then_some(())
    })
    .await;
}

#[tokio::test]
async fn online_working_degraded_and_offline() {
    let mut stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let scratch = &stage.scratch;
    let variables = Host::file_vault();
    Host::prepare(scratch, &profile, &stage.workspace, &variables).await;
    let host = Host::held_by(desk.shell(scratch, &[]), scratch, variables);
    let icon = panel.icon().await;
    follows(&host, &icon, "online", "Online · Laptop · ", "online").await;

    let meanwhile = async {
        until("it works", LEARNS_WITHIN, async || {
            let status = host.control("/v1/status").await;
            (status["profiles"][0]["agent"]["active_tasks"] == 1).then_some(())
        })
        .await;
        shows(&icon, "Working · Laptop · ", "working").await;
    };
    let ((status, reply), ()) =
        tokio::join!(stage.org.send(&stage.workspace.id, ligand_e2e::SLOWLY), meanwhile);
    assert_eq!(status, StatusCode::OK, "{reply}");
    shows(&icon, "Online · Laptop · ", "online").await;

    drop(agent);
    follows(&host, &icon, "degraded", "Degraded: ", "degraded").await;
    stage.relay.process.kill();
    follows(&host, &icon, "unreachable", "", "offline").await;
    // The first waits are too short to be counted.
    icon.says("Back in ", LEARNS_WITHIN).await;
    let first = icon.words().await.swap_remove(0);
    assert!(first.contains("s: ") || first.starts_with("Offline: "), "{first}");
    assert_eq!(panel.registrations(), 1);
}

#[tokio::test]
async fn paused_needs_you_and_stopped_in_which_nothing_is_shown_anew() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    shows(&icon, "Online · Laptop · ", "online").await;

    // How long the way takes may change; the icon and its title do not with it.
    let of_icon = Signals::of(&desk.bus, "org.kde.StatusNotifierItem").await;
    let of_menu = Signals::of(&desk.bus, "com.canonical.dbusmenu").await;
    still(&host).await;
    let heard: BTreeSet<String> = of_icon.heard().into_iter().collect();
    assert!(
        !heard.contains("NewIcon") && !heard.contains("NewStatus"),
        "{heard:?}"
    );

    stage.org.pause(&stage.workspace).await;
    follows(&host, &icon, "paused", "Paused by the org · Laptop", "away").await;
    stage.org.revoke_tokens(&stage.workspace).await;
    follows(&host, &icon, "needs_user", "Needs you: ", "attention").await;
    let said = host.ligand(&["stop"]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    follows(&host, &icon, "stopped", "Stopped · Laptop", "stopped").await;
    assert!(of_icon.heard().contains(&"NewIcon".to_owned()), "they are heard");
    assert!(!of_menu.heard().is_empty(), "they are heard");

    still(&host).await;
    assert_eq!((of_icon.heard(), of_menu.heard()), (vec![], vec![]));
    assert_eq!(panel.registrations(), 1);
}

/// Asks the host how it is, for a while.
async fn still(host: &Host<'_>) {
    let begun = now();
    while begun.elapsed() < STILL {
        host.status().await.unwrap();
    }
}
