//! What a person reads in the tray.

use std::sync::Arc;

use ligand_host::status::{
    AgentStatus, ExposureStatus, HealthItem, HostStatus, LinkStatus, PresenceStatus, VaultStatus,
    WorkspaceStatus,
};
use uuid::Uuid;

use super::*;

fn profile(name: &str, state: PresenceWord) -> ProfileStatus {
    ProfileStatus {
        name: name.into(),
        platform: "https://acme.example".into(),
        workspace: WorkspaceStatus {
            id: Uuid::nil(),
            name: Some("Laptop".into()),
        },
        presence: PresenceStatus {
            state,
            since: "2026-01-01T00:00:00Z".into(),
            reason: None,
            retry_at: None,
        },
        exposure: ExposureStatus::Relay {
            relay: "https://relay.example".into(),
            shared_door: false,
            key: None,
        },
        link: LinkStatus::off(),
        agent: AgentStatus {
            kind: "echo".into(),
            ready: true,
            active_tasks: 0,
            reason: None,
        },
        health: Vec::new(),
    }
}

fn of(profiles: Vec<ProfileStatus>) -> Face {
    let host = HostStatus {
        pid: 1,
        version: "0".into(),
        vault: VaultStatus::Keychain,
        health: Vec::new(),
    };
    face(&Phase::Running(Arc::new(Status {
        schema: 1,
        host,
        profiles,
    })))
}

/// The menu as a person sees it: what can only be read in brackets, rules as dashes.
fn menu(face: &Face) -> Vec<String> {
    let line = |line: &Line| match line {
        Line::Words(text) => format!("({text})"),
        Line::Click(text, _) => text.clone(),
        Line::Rule => "-".to_owned(),
    };
    face.lines.iter().map(line).collect()
}

#[test]
fn one_profile_needs_no_name_and_has_one_switch() {
    let online = of(vec![profile("work", PresenceWord::Online)]);
    assert_eq!(online.mark, Mark::Online);
    assert_eq!(
        menu(&online),
        ["(Online · Laptop)", "Stop", "-", "Open Canvas", "-", "Quit"]
    );
    let stopped = of(vec![profile("work", PresenceWord::Stopped)]);
    assert_eq!(stopped.mark, Mark::Stopped);
    assert_eq!(
        stopped.lines[1],
        Line::Click("Start".into(), Action::Start("work".into()))
    );
}

#[test]
fn several_profiles_are_named_and_the_icon_says_the_worst() {
    let face = of(vec![
        profile("home", PresenceWord::Online),
        profile("work", PresenceWord::Unreachable),
        profile("x", PresenceWord::Stopped),
    ]);
    assert_eq!(face.mark, Mark::Attention);
    assert_eq!(
        menu(&face)[..8],
        [
            "(home: Online · Laptop)",
            "Stop home",
            "-",
            "(work: Unreachable · Laptop)",
            "Stop work",
            "-",
            "(x: Stopped · Laptop)",
            "Start x"
        ]
    );
    let partly = of(vec![
        profile("home", PresenceWord::Online),
        profile("x", PresenceWord::Stopped),
    ]);
    assert_eq!(partly.mark, Mark::Online);
}

#[test]
fn what_is_wrong_stands_below_and_what_is_only_good_to_know_does_not() {
    let item = |severity, title: &str| HealthItem {
        code: "x".into(),
        severity,
        title: title.into(),
        detail: None,
        next: String::new(),
    };
    let mut ill = profile("work", PresenceWord::Unreachable);
    ill.health = vec![item(Severity::Warning, "The relay cannot be reached")];
    assert_eq!(menu(&of(vec![ill]))[1], "(The relay cannot be reached)");
    let mut well = profile("work", PresenceWord::Online);
    well.health = vec![item(Severity::Info, "By the way")];
    assert_eq!(menu(&of(vec![well]))[1], "Stop");
}

#[test]
fn every_state_has_a_switch_that_does_something() {
    for (state, label) in [
        (PresenceWord::Stopped, "Start"),
        (PresenceWord::Connecting, "Stop"),
        (PresenceWord::Online, "Stop"),
        (PresenceWord::Degraded, "Stop"),
        (PresenceWord::Unreachable, "Stop"),
        (PresenceWord::Asleep, "Stop"),
        (PresenceWord::Paused, "Stop"),
        (PresenceWord::Removed, "Start"),
        (PresenceWord::NeedsUser, "Start"),
    ] {
        assert_eq!(menu(&of(vec![profile("work", state)]))[1], label, "{state:?}");
    }
}

#[test]
fn without_a_profile_the_canvas_is_where_to_go() {
    let face = of(Vec::new());
    assert_eq!(face.mark, Mark::Stopped);
    assert_eq!(
        menu(&face),
        ["(Not connected to an org yet)", "-", "Open Canvas", "-", "Quit"]
    );
}

#[test]
fn a_start_that_failed_says_why_in_a_few_lines_and_can_be_tried_again() {
    let why = "config.toml:3:5: unknown key. ".repeat(30);
    let failed = face(&Phase::Failed(why));
    assert_eq!(failed.mark, Mark::Attention);
    let menu = menu(&failed);
    assert_eq!(menu[0], "(Ligand could not start)");
    assert_eq!(menu[5..], ["Try again", "-", "Open Canvas", "-", "Quit"]);
    assert!(
        menu.iter().all(|line| line.chars().count() <= LONGEST + 3),
        "{menu:?}"
    );
}

#[test]
fn while_it_stops_nothing_can_be_clicked() {
    assert_eq!(menu(&face(&Phase::Stopping)), ["(Stopping)"]);
}

#[test]
fn a_strangers_name_is_one_short_line_in_its_own_direction() {
    let mut odd = profile("work", PresenceWord::Online);
    odd.workspace.name = Some(format!("a\nb\u{202e}c & <b>d</b> {}", "x".repeat(500)));
    let face = of(vec![odd]);
    let Line::Words(text) = &face.lines[0] else {
        panic!("{face:?}");
    };
    assert!(
        text.starts_with("Online · abc & <b>d</b> xx") && text.ends_with('…'),
        "{text}"
    );
    assert_eq!(text.chars().count(), LONGEST);
}
