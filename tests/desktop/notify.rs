//! A workspace goes silent: whoever sits at the desktop is told, once.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, Notifications, Panel};
use ligand_e2e::{Era, Host, Stage, until};

/// The older platform calls a workspace offline after 90 s without a beat, which it looks at every 15; the host waits
/// for 60 more. The rest is for a busy machine.
const TOLD_WITHIN: Duration = Duration::from_secs(90 + 15 + 60 + 45);
/// The second workspace beats this much longer than the first.
const LATER: Duration = Duration::from_secs(20);
/// How often a workspace beats.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// In real time, the platform's and ours: nothing here has a clock that could be moved.
#[tokio::test]
async fn a_workspace_that_goes_silent_is_told_once_by_name_and_so_is_the_next() {
    let stage = Stage::set(Era::S).await;
    let variables = Host::file_vault();
    Host::create(&stage, "This laptop", None, &variables).await;
    let first = stage.org.create("<i \u{202e}First").await;
    let second = stage.org.create("Second").await;
    for workspace in [&first, &second] {
        stage.org.register(workspace, "http://127.0.0.1:9/").await;
    }
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let desktop = Notifications::start(&desk.bus).await;
    let shell = desk.shell(&stage.scratch, &[]);
    let mut host = Host::held_by(shell, &stage.scratch, variables);
    host.online().await;
    let icon = panel.icon().await;

    // The first has fallen silent already.
    let beats = async {
        for _ in 0..LATER.as_secs() / BEAT_EVERY.as_secs() {
            stage.org.beat(&second, 0).await;
            tokio::time::sleep(BEAT_EVERY).await;
        }
    };
    let told = until("both are told", TOLD_WITHIN + LATER, async || {
        let taken = desktop.taken();
        (taken.len() >= 2).then_some(taken)
    });
    let (told, ()) = tokio::join!(told, beats);
    let bodies: Vec<String> = told
        .iter()
        .map(|one| one.body.replace(['\u{2068}', '\u{2069}'], ""))
        .collect();
    assert_eq!(
        bodies,
        [
            "&lt;i First has been offline for a minute.",
            "Second has been offline for a minute."
        ]
    );
    assert!(
        told.iter()
            .all(|one| one.app == "Ligand" && one.summary == "A workspace is offline")
    );
    // The host looks at every change and at every beat of its own; none of them tells it again.
    for _ in 0..3 {
        stage.org.create("Somebody new").await;
        host.online().await;
    }
    assert_eq!(desktop.taken().len(), 2);
    icon.click("Quit").await;
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
}
