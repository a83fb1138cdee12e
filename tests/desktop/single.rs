//! Starting twice: one host, one window.

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, PAINTED_WITHIN, Panel, window_is, window_of};
use ligand_e2e::{Era, Host, Stage};

#[tokio::test]
async fn a_second_start_shows_the_host_that_runs_says_so_and_exits_0() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray(&stage).await;
    panel.icon().await;

    let mut second = desk.shell(&stage.scratch, &[]);
    assert_eq!(second.ended(PAINTED_WITHIN).await.code(), Some(0));
    let said = second.stdout();
    let pid = format!("already running (pid {})", host.process.pid());
    assert!(said.contains(&pid), "{said}");
    window_is(&stage.scratch, true).await;
    assert!(host.process.running());
    host.online().await;
}

#[tokio::test]
async fn a_host_without_a_screen_is_shown_the_same_way() {
    let stage = Stage::set(Era::L).await;
    let mut host = stage.online(&stage.profile()).await;
    let desk = Desk::new(&stage.scratch).await;

    let mut shell = desk.shell(&stage.scratch, &[]);
    assert_eq!(shell.ended(PAINTED_WITHIN).await.code(), Some(0));
    window_is(&stage.scratch, true).await;
    assert!(host.process.running());
}

#[tokio::test]
async fn there_is_one_window_at_a_time_with_and_without_a_session_bus() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    icon.click("Open Canvas").await;
    window_is(&stage.scratch, true).await;
    let first = window_of(&host.process);

    icon.click("Open Canvas").await;
    let mut second = desk.shell(&stage.scratch, &["--window"]);
    assert_eq!(second.ended(ENDS_WITHIN).await.code(), Some(0));
    assert!(second.stdout().contains("open already"), "{}", second.stdout());
    let mut third = desk.shell_without_bus(&stage.scratch, &["--window"]);
    assert_eq!(third.ended(ENDS_WITHIN).await.code(), Some(0));
    assert_eq!(window_of(&host.process), first, "it is still the first");
}

#[tokio::test]
async fn the_command_line_ends_the_tray_and_its_window() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host: Host<'_> = desk.tray(&stage).await;
    panel.icon().await.click("Open Canvas").await;
    window_is(&stage.scratch, true).await;

    assert_eq!(host.ligand(&["down"]).await.code(), Some(0));
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
    window_is(&stage.scratch, false).await;
}
