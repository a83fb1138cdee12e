//! The tray's switches for the whole laptop: each is done when it is clicked, and the menu shows how it stands.

use std::fs;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, FOLLOWS_WITHIN, Panel};
use ligand_e2e::{Era, Stage, until};

/// What asks another program takes less.
const DONE_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn notifications_are_paused_for_an_hour_or_until_tomorrow_and_told_again() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    // Until when they are paused.
    let paused = async || {
        let told = host.control("/v1/notifications").await;
        told["paused_until"].as_str().map(str::to_owned)
    };
    let shows = async |there: bool| {
        until("it is done", DONE_WITHIN, async || {
            (paused().await.is_some() == there).then_some(())
        })
        .await;
        until("the menu shows it", FOLLOWS_WITHIN, async || {
            let off = icon.line("Off").await.checked;
            let under = icon.line("Pause notifications").await.under;
            let says = under[0].label.starts_with("Paused until ") && !under[0].enabled;
            (says == there && off != there).then_some(())
        })
        .await;
    };
    shows(false).await;
    icon.click("For 1 hour").await;
    shows(true).await;
    let an_hour = paused().await;
    let said = host.ligand(&["notifications"]).await.stdout;
    assert!(said.contains("paused until"), "{said}");

    icon.click("Until tomorrow").await;
    until("it is another time", DONE_WITHIN, async || {
        (paused().await != an_hour).then_some(())
    })
    .await;
    shows(true).await;

    icon.click("Off").await;
    shows(false).await;
    // And what the command line does is seen, too.
    for (wish, there) in [("tomorrow", true), ("off", false)] {
        let said = host.ligand(&["notifications", "pause", wish]).await;
        assert_eq!(said.code(), Some(0), "{said:?}");
        shows(there).await;
    }
    assert_eq!(panel.registrations(), 1);
}

#[tokio::test]
async fn open_at_login_is_off_until_it_is_clicked_and_off_again_after_the_next_click() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let _host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    let file = stage.scratch.path("home/.config/autostart/ligand.desktop");
    assert!(!icon.line("Open at login").await.checked && !file.exists());
    for on in [true, false] {
        icon.click("Open at login").await;
        until("it is done, and the menu shows it", DONE_WITHIN, async || {
            (file.exists() == on && icon.line("Open at login").await.checked == on).then_some(())
        })
        .await;
        if on {
            let starts = fs::read_to_string(&file).unwrap();
            assert!(starts.contains("ligand-desktop\"\n"), "{starts}");
        }
    }
    assert_eq!(panel.registrations(), 1);
}
