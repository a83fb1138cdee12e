//! Starts that cannot go well: each says why, in one line, and how it goes on.

use std::fs;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, Panel};
use ligand_e2e::{Process, Scratch, binary};

#[tokio::test]
async fn without_a_display_it_says_so_in_one_line_and_exits_1() {
    let scratch = Scratch::new();
    for display in [None, Some(":987")] {
        for arguments in [&[][..], &["--window"]] {
            let mut command = Command::new(binary("ligand-desktop"));
            command.args(arguments);
            let more: Vec<_> = display.map(|display| ("DISPLAY", display)).into_iter().collect();
            let (status, stdout, stderr) = Process::run(&scratch, "ligand-desktop", command, &more, "").await;
            assert_eq!(status.code(), Some(1), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(
                stderr.starts_with("ligand-desktop: there is no display"),
                "{stderr}"
            );
            assert!(stderr.contains("ligand up"), "{stderr}");
            assert_eq!(stdout, "");
        }
    }
}

#[tokio::test]
async fn a_config_that_cannot_be_read_is_told_in_the_tray_and_tried_again_on_a_click() {
    let scratch = Scratch::new();
    fs::write(scratch.config_file(), "version = 1\n[profil.home]\n").unwrap();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut shell = desk.shell(&scratch, &[]);
    let icon = panel.icon().await;
    icon.says("Ligand could not start", Duration::from_secs(10)).await;
    let words = icon.words().await.join(" ");
    assert!(words.contains("config.toml:2"), "{words}");
    assert!(shell.stderr().contains("config.toml:2"), "{}", shell.stderr());

    fs::write(scratch.config_file(), "version = 1\n").unwrap();
    icon.click("Try again").await;
    icon.says("Not connected to an org yet", Duration::from_secs(10))
        .await;
    icon.click("Quit").await;
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(0));
}

#[tokio::test]
async fn quitting_a_start_that_failed_ends_with_1() {
    let scratch = Scratch::new();
    fs::write(scratch.config_file(), "nonsense").unwrap();
    let desk = Desk::new(&scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut shell = desk.shell(&scratch, &[]);
    let icon = panel.icon().await;
    icon.says("Ligand could not start", Duration::from_secs(10)).await;
    icon.click("Quit").await;
    assert_eq!(shell.ended(ENDS_WITHIN).await.code(), Some(1));
}
