//! The tray through its menu, as the desktop shows and clicks it.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, Panel, kill, window_is, window_of};
use ligand_e2e::{Era, Host, Scratch, Stage, until};
use reqwest::StatusCode;
use rustix::process::Signal;

/// How long the menu may take to say what the status says.
const SAID_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn stop_takes_the_workspace_out_start_brings_it_back_and_quit_ends_with_0() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    icon.says("Online · Laptop", SAID_WITHIN).await;
    assert_eq!(
        icon.words().await,
        ["Online · Laptop", "Stop", "Open Canvas", "Quit"]
    );
    assert!(!icon.lines().await[0].enabled, "the status is to be read");
    let online = icon.picture().await;

    icon.click("Stop").await;
    host.presence("stopped").await;
    icon.says("Stopped · Laptop", SAID_WITHIN).await;
    assert_eq!(
        icon.words().await,
        ["Stopped · Laptop", "Start", "Open Canvas", "Quit"]
    );
    assert_ne!(icon.picture().await, online);
    let (status, _) = stage.org.send(&stage.workspace.id, "while you were out").await;
    assert_eq!(status, StatusCode::ACCEPTED, "the platform queues it");

    icon.click("Start").await;
    host.online().await;
    icon.says("Online · Laptop", SAID_WITHIN).await;
    let (status, reply) = stage.org.send(&stage.workspace.id, "hello").await;
    assert_eq!(status, StatusCode::OK, "{reply}");

    icon.click("Quit").await;
    let ended = host.process.ended(ENDS_WITHIN).await;
    assert_eq!(ended.code(), Some(0));
    assert_eq!(
        host.ligand(&["status"]).await.code(),
        Some(3),
        "no host runs any more"
    );
}

#[tokio::test]
async fn local_brings_everything_up_under_one_icon() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut shell = desk.shell(&scratch, &["--local"]);
    let icon = panel.icon().await;
    icon.says("Online · This laptop", Duration::from_secs(20)).await;
    shell.signal(Signal::TERM);
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(0));
}

#[tokio::test]
async fn killing_the_window_is_noticed_by_neither_tray_nor_presence() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    let before = host.online().await;

    icon.click("Open Canvas").await;
    window_is(&stage.scratch, true).await;
    kill(window_of(&host.process).unwrap());
    window_is(&stage.scratch, false).await;

    let after = host.online().await;
    assert_eq!(after["presence"]["since"], before["presence"]["since"]);
    assert!(host.process.running());
    assert_eq!(icon.words().await[0], "Online · Laptop");
    icon.click("Open Canvas").await;
    window_is(&stage.scratch, true).await;

    // Ligand ends with its window.
    icon.click("Quit").await;
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
    window_is(&stage.scratch, false).await;
}

#[tokio::test]
async fn without_a_tray_it_says_so_once_and_the_window_opens_and_a_tray_that_comes_later_gets_the_icon() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let mut host = desk.tray(&stage).await;
    window_is(&stage.scratch, true).await;
    let said = |host: &Host<'_>| host.process.stdout().matches("no tray").count();
    assert_eq!(said(&host), 1, "{}", host.process.stdout());

    let panel = Panel::start(&desk.bus).await;
    let icon = panel.icon().await;
    icon.says("Online · Laptop", SAID_WITHIN).await;
    assert_eq!(said(&host), 1);
    icon.click("Quit").await;
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
}

#[tokio::test]
async fn the_last_message_is_answered_before_quit_ends_it() {
    let stage = Stage::set(Era::L).await;
    let agent = ligand_e2e::TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray_on(&stage, &profile).await;
    let icon = panel.icon().await;

    let quit_meanwhile = async {
        until("the agent has the call", Duration::from_secs(5), async || {
            (!agent.calls().is_empty()).then_some(())
        })
        .await;
        icon.click("Quit").await;
        icon.says("Stopping", SAID_WITHIN).await;
    };
    let ((status, reply), ()) = tokio::join!(
        stage.org.send(&stage.workspace.id, ligand_e2e::SLOWLY),
        quit_meanwhile
    );
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
}
