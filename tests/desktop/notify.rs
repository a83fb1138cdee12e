//! What is told on the desktop, for real: in real time, the platform's and ours, through a notification daemon that the
//! test plays. (Each rule by itself is tried in virtual time, beside the policy.)

use std::time::Duration;

use ligand_e2e::desktop::{
    Desk, ENDS_WITHIN, FOLLOWS_WITHIN, Notifications, Notified, PAINTED_WITHIN, Panel, arguments_of,
    window_is, window_of,
};
use ligand_e2e::{Era, Host, Stage, Workspace, now, until};
use rustix::process::Signal;

/// The older platform calls a workspace offline after 90 s without a beat, which it looks at every 15; the host waits
/// for 60 more, and for others that are about to be told. The rest is for a busy machine.
const TOLD_WITHIN: Duration = Duration::from_secs(90 + 15 + 60 + 15 + 45);
/// How often a workspace beats.
const BEAT_EVERY: Duration = Duration::from_secs(10);
/// The second group beats this much longer than the first: longer than the platform's look and what is told together.
const LATER: Duration = Duration::from_secs(60);
/// The host beats, and so learns of its token, about this often.
const LEARNS_WITHIN: Duration = Duration::from_secs(60);
/// And what needs somebody is told within this: looks are a second apart.
const AT_ONCE: Duration = Duration::from_secs(5);
/// A host is not told of a sleep that is shorter than this and that nothing announces.
const STOPPED: Duration = Duration::from_secs(40);
/// Nothing is told in this time after a wake, less what the clocks may be late.
const QUIET: Duration = Duration::from_secs(80);
/// And then it is, by what has piled up.
const TOLD_AFTER_WAKE: Duration = Duration::from_secs(150);

/// A tray on an org that it sees as a whole.
struct Sitting<'a> {
    stage: &'a Stage,
    desktop: Notifications,
    panel: Panel,
    host: Host<'a>,
    _desk: Desk,
}

impl<'a> Sitting<'a> {
    async fn down(stage: &'a Stage) -> Self {
        let variables = Host::file_vault();
        Host::create(stage, "This laptop", None, &variables).await;
        let desk = Desk::new(&stage.scratch).await;
        let panel = Panel::start(&desk.bus).await;
        let desktop = Notifications::start(&desk.bus).await;
        let shell = desk.shell(&stage.scratch, &[]);
        let host = Host::held_by(shell, &stage.scratch, variables);
        host.online().await;
        Self {
            stage,
            desktop,
            panel,
            host,
            _desk: desk,
        }
    }

    /// Waits for so many notifications.
    async fn told(&self, count: usize, within: Duration) -> Vec<Notified> {
        until(&format!("{count} notifications"), within, async || {
            let taken = self.desktop.taken();
            (taken.len() >= count).then_some(taken)
        })
        .await
    }

    /// Has them all beat for so long.
    async fn beat(&self, workspaces: &[&Workspace], time: Duration) {
        for _ in 0..time.as_secs() / BEAT_EVERY.as_secs() {
            for workspace in workspaces {
                self.stage.org.beat(workspace, 0).await;
            }
            tokio::time::sleep(BEAT_EVERY).await;
        }
    }

    async fn quit(mut self) {
        self.panel.icon().await.click("Quit").await;
        assert_eq!(self.host.process.ended(ENDS_WITHIN).await.code(), Some(0));
    }
}

async fn workspaces<const N: usize>(stage: &Stage, names: [&str; N]) -> [Workspace; N] {
    let mut made = Vec::new();
    for name in names {
        let workspace = stage.org.create(name).await;
        stage.org.register(&workspace, "http://127.0.0.1:9/").await;
        made.push(workspace);
    }
    made.try_into().unwrap()
}

#[tokio::test]
async fn who_goes_silent_is_told_once_by_name_several_in_one_digest_a_muted_one_never_and_a_click_shows_it() {
    let stage = Stage::set(Era::S).await;
    let names = ["<i \u{202e}First", "Second", "Third", "Muted"];
    let [first, second, third, muted] = workspaces(&stage, names).await;
    let well = workspaces(&stage, ["a", "b", "c", "d", "e"]).await;
    let sitting = Sitting::down(&stage).await;
    let said = sitting.host.ligand(&["mute", "Muted"]).await;
    assert_eq!(said.code(), Some(0), "{}", said.stderr);
    assert!(
        sitting
            .host
            .ligand(&["notifications"])
            .await
            .stdout
            .contains("Muted: Muted")
    );

    let well: Vec<&Workspace> = well.iter().collect();
    let beats = async {
        // The first has fallen silent already.
        let later = [&well[..], &[&second, &third, &muted]].concat();
        sitting.beat(&later, LATER).await;
        sitting.beat(&well, TOLD_WITHIN).await;
    };
    let told = tokio::select! {
        told = sitting.told(2, TOLD_WITHIN + LATER) => told,
        () = beats => panic!("nothing is told: {:?}", sitting.desktop.taken()),
    };
    assert_eq!(told[0].summary, "A workspace is offline");
    assert_eq!(told[0].plain(), "&lt;i First has been offline for a minute.");
    assert_eq!(told[1].summary, "2 workspaces are offline");
    assert_eq!(
        told[1].plain(),
        "Second and Third have been offline for a minute."
    );
    assert!(told.iter().all(|one| one.app == "Ligand" && one.urgency < 2));

    assert_eq!(told[0].actions, ["default"]);
    sitting.desktop.click(1, "default").await;
    window_is(&stage.scratch, true).await;
    let shown = until("the window's process is there", PAINTED_WITHIN, async || {
        window_of(&sitting.host.process)
    })
    .await;
    assert_eq!(arguments_of(shown)[3], format!("workspace/{}", first.id));

    // The host looks at every change and at every beat of its own; none of them tells it again.
    for _ in 0..3 {
        stage.org.create("Somebody new").await;
        sitting.host.online().await;
    }
    assert_eq!(sitting.desktop.taken().len(), 2);
    sitting.quit().await;
}

#[tokio::test]
async fn after_a_wake_it_is_silent_and_then_says_what_happened_while_we_were_away() {
    let stage = Stage::set(Era::S).await;
    let [_silent] = workspaces(&stage, ["Gone meanwhile"]).await;
    let well = workspaces(&stage, ["a", "b", "c"]).await;
    let sitting = Sitting::down(&stage).await;
    let well: Vec<&Workspace> = well.iter().collect();
    sitting.beat(&well, Duration::from_secs(80)).await;
    assert_eq!(sitting.desktop.taken().len(), 0);

    sitting.host.process.signal(Signal::STOP);
    sitting.beat(&well, STOPPED).await;
    sitting.host.process.signal(Signal::CONT);
    let woke = now();
    let told = tokio::select! {
        told = sitting.told(1, TOLD_AFTER_WAKE) => told,
        () = sitting.beat(&well, TOLD_AFTER_WAKE * 2) => unreachable!(),
    };
    assert_eq!(told[0].summary, "While you were away");
    assert_eq!(told[0].plain(), "Gone meanwhile went offline.");
    let silence = told[0].at.duration_since(woke);
    assert!(silence >= QUIET, "told after {silence:?}");
    sitting.quit().await;
}

#[tokio::test]
async fn our_own_trouble_is_told_at_once_with_its_reason() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let desktop = Notifications::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    // The quiet after the start.
    let quiet = now();
    until("the start is over", Duration::from_secs(120), async || {
        (quiet.elapsed() > Duration::from_secs(91)).then_some(())
    })
    .await;

    stage.org.revoke_tokens(&stage.workspace).await;
    until("the host knows", LEARNS_WITHIN, async || {
        (host.word().await == "needs_user").then_some(())
    })
    .await;
    icon.says("Needs you: ", FOLLOWS_WITHIN).await;
    let told = until("it is told", AT_ONCE, async || desktop.taken().first().cloned()).await;
    assert!(told.summary.contains("token"), "{told:?}");
    assert!(told.plain().starts_with("Laptop: "), "{told:?}");
    assert_eq!(
        (told.actions.as_slice(), told.urgency),
        (&["default".to_owned()][..], 1)
    );
}

#[tokio::test]
async fn an_agent_that_ends_again_and_again_is_told_with_a_restart_that_a_click_does() {
    let stage = Stage::set(Era::L).await;
    let mended = stage.scratch.path("mended");
    let agent = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/plain.py");
    let script = format!(
        "test -e '{}' && exec python3 -B '{}' good",
        mended.display(),
        agent.display()
    );
    let mut profile = stage.profile();
    profile.agent_table = Some(format!(
        "kind = \"command\"\nargv = [\"sh\", \"-c\", \"{script}\"]\n"
    ));
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let desktop = Notifications::start(&desk.bus).await;
    let variables = Host::file_vault();
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &variables).await;
    let host = Host::held_by(desk.shell(&stage.scratch, &[]), &stage.scratch, variables);
    // After the quiet that follows the start.
    let told = until("it is told", Duration::from_secs(120), async || {
        desktop.taken().first().cloned()
    })
    .await;
    assert!(told.summary.contains("ends again and again"), "{told:?}");
    assert!(told.plain().starts_with("Laptop: "), "{told:?}");
    assert_eq!(told.actions, ["default", "restart"]);

    std::fs::write(&mended, "").unwrap();
    desktop.click(1, "restart").await;
    host.online().await;
    assert_eq!(desktop.taken().len(), 1, "{:?}", desktop.taken());
}
