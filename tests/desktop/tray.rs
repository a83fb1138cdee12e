//! The tray through its menu, as the desktop shows and clicks it.

use std::time::Duration;

use ligand_e2e::desktop::{
    Desk, ENDS_WITHIN, FOLLOWS_WITHIN, Panel, arguments_of, kill, window_is, window_of,
};
use ligand_e2e::{Era, Host, Profile, Scratch, Stage, until};
use reqwest::StatusCode;
use rustix::process::Signal;

/// How long the menu may take to say what the status says.
const SAID_WITHIN: Duration = Duration::from_secs(5);
/// The host beats, and so learns of its token, about this often.
const LEARNS_WITHIN: Duration = Duration::from_secs(60);
/// What asks another program takes less.
const DONE_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn stop_takes_the_workspace_out_start_brings_it_back_and_quit_ends_with_0() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let mut host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    icon.says("Online · Laptop · ", SAID_WITHIN).await;
    assert_eq!(
        icon.words().await[1..],
        [
            "Stop",
            "Copy public URL",
            "Open Canvas",
            "Settings",
            "Logs",
            "Copy diagnostics",
            "Pause notifications",
            "Open at login",
            "Quit"
        ]
    );
    assert!(!icon.lines().await[0].enabled, "the status is to be read");
    let online = icon.picture().await;
    let (menu, _) = icon.places().await;

    icon.click("Stop").await;
    host.presence("stopped").await;
    icon.says("Stopped · Laptop", FOLLOWS_WITHIN).await;
    assert_eq!(icon.words().await[1..3], ["Start", "Open Canvas"]);
    assert_ne!(icon.picture().await, online);
    let (status, _) = stage.org.send(&stage.workspace.id, "while you were out").await;
    assert_eq!(status, StatusCode::ACCEPTED, "the platform queues it");

    icon.click("Start").await;
    host.online().await;
    icon.says("Online · Laptop", SAID_WITHIN).await;
    assert_eq!(icon.picture().await, online);
    let (status, reply) = stage.org.send(&stage.workspace.id, "hello").await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert_eq!(panel.registrations(), 1, "it is the same icon all the time");
    assert_eq!(icon.places().await.0, menu, "with the same menu");

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
async fn what_can_be_copied_is_on_the_clipboard() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    icon.says("Online", SAID_WITHIN).await;

    let url = host.door("platform").await;
    icon.click("Copy public URL").await;
    is_copied(&desk, &stage.scratch, |text| text == url).await;
    icon.click("Copy diagnostics").await;
    let version = env!("CARGO_PKG_VERSION");
    is_copied(&desk, &stage.scratch, |text| text.contains(version)).await;
    let told = desk.clipboard(&stage.scratch).await;
    assert!(!told.contains(&url), "a door's URL is no diagnosis");
    for secret in stage.vault_secrets() {
        assert!(!told.contains(&secret));
    }
}

async fn is_copied(desk: &Desk, scratch: &Scratch, is: impl Fn(&str) -> bool) {
    until("it is copied", DONE_WITHIN, async || {
        is(&desk.clipboard(scratch).await).then_some(())
    })
    .await;
}

#[tokio::test]
async fn settings_and_logs_open_their_page() {
    let stage = Stage::set(Era::L).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let host = desk.tray(&stage).await;
    let icon = panel.icon().await;
    for (line, page) in [("Settings", "settings"), ("Logs", "logs")] {
        icon.click(line).await;
        window_is(&stage.scratch, true).await;
        let window = window_of(&host.process).unwrap();
        assert_eq!(arguments_of(window)[1..], ["--window", "--show", page]);
        kill(window);
        window_is(&stage.scratch, false).await;
    }
}

#[tokio::test]
async fn each_of_several_profiles_has_its_own_lines_and_the_worst_is_the_first() {
    let stage = Stage::set(Era::L).await;
    let second = stage.org.create("Second").await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let variables = Host::file_vault();
    let mut of_second = Profile::new(&stage.org, &second, &stage.relay);
    "second".clone_into(&mut of_second.name);
    Host::prepare(&stage.scratch, &of_second, &second, &variables).await;
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    Profile::write_all(&stage.scratch, &[stage.profile(), of_second]);
    let host = Host::held_by(desk.shell(&stage.scratch, &[]), &stage.scratch, variables);
    host.online().await;
    let icon = panel.icon().await;
    let says = async |profile: &str, words: &str| {
        until(&format!("{profile} says {words}"), SAID_WITHIN, async || {
            let under = icon.line(profile).await.under;
            under[0].label.starts_with(words).then_some(())
        })
        .await;
    };
    says("home", "Online · Laptop").await;
    says("second", "Online · Second").await;

    icon.click_behind("second", "Stop").await;
    says("second", "Stopped · Second").await;
    says("home", "Online · Laptop").await;
    stage.org.revoke_tokens(&stage.workspace).await;
    icon.says("home: Needs you: ", LEARNS_WITHIN).await;
    icon.click_behind("second", "Start").await;
    says("second", "Online · Second").await;
    icon.click_behind("second", "Copy public URL").await;
    let url = stage.org.registered_url(&second.id).await;
    is_copied(&desk, &stage.scratch, |text| text == url).await;
    assert_eq!(panel.registrations(), 1);
}

#[tokio::test]
async fn an_agent_that_ligand_starts_is_started_anew() {
    let stage = Stage::set(Era::L).await;
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/plain.py");
    let mut profile = stage.profile();
    profile.agent_table = Some(format!(
        "kind = \"command\"\nargv = [\"python3\", \"-B\", \"{}\", \"good\"]\n",
        script.display()
    ));
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let _host = desk.tray_on(&stage, &profile).await;
    let icon = panel.icon().await;
    let answers = async || stage.org.send(&stage.workspace.id, "pid").await.1.to_string();
    let before = answers().await;
    assert!(before.contains("pid="), "{before}");
    icon.click("Restart agent").await;
    until("another process answers", Duration::from_secs(20), async || {
        let now = answers().await;
        let pid = |reply: &str| Some(reply.split_once("pid=")?.1.split_once(';')?.0.to_owned());
        (pid(&now).is_some() && pid(&now) != pid(&before)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_goes_is_told_with_the_wait_and_the_icon_says_it_too() {
    let mut stage = Stage::set(Era::L).await;
    let scratch = &stage.scratch;
    let desk = Desk::new(scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let variables = Host::file_vault();
    Host::prepare(scratch, &stage.profile(), &stage.workspace, &variables).await;
    let host = Host::held_by(desk.shell(scratch, &[]), scratch, variables);
    host.online().await;
    let icon = panel.icon().await;
    icon.says("Online", SAID_WITHIN).await;
    let online = icon.picture().await;
    stage.relay.process.kill();
    host.presence("unreachable").await;
    icon.says("Back in ", Duration::from_secs(20)).await;
    assert_ne!(icon.picture().await, online);
    assert_eq!(panel.registrations(), 1);
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
    icon.says("Online · Laptop", SAID_WITHIN).await;
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
