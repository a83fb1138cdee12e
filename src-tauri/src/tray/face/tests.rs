//! What a person reads in the tray.

use std::sync::Arc;

use ligand_host::status::{
    AgentStatus, ExposureStatus, HealthItem, HostStatus, LinkStatus, LinkWord, PresenceStatus, PresenceWord,
    ProfileStatus, Severity, VaultStatus, WorkspaceStatus,
};
use time::macros::datetime;
use uuid::Uuid;

use super::{text::LONGEST, *};

const NOW: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

fn profile(name: &str, state: PresenceWord) -> ProfileStatus {
    ProfileStatus {
        name: name.into(),
        platform: "https://acme.example".into(),
        workspace: WorkspaceStatus {
            id: Uuid::nil(),
            name: Some("researcher".into()),
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
            port: None,
        },
        health: Vec::new(),
    }
}

fn online(name: &str) -> ProfileStatus {
    let mut online = profile(name, PresenceWord::Online);
    online.link = LinkStatus {
        state: LinkWord::Up,
        verified: true,
        round_trip_ms: Some(12.31),
        reason: None,
    };
    online
}

fn ill(state: PresenceWord, severity: Severity, title: &str) -> ProfileStatus {
    let mut ill = profile("work", state);
    ill.health = vec![HealthItem {
        code: "x".into(),
        severity,
        title: title.into(),
        detail: None,
        next: String::new(),
    }];
    ill
}

fn running(profiles: Vec<ProfileStatus>) -> Running {
    let host = HostStatus {
        pid: 1,
        version: "0".into(),
        commit: None,
        update: None,
        vault: VaultStatus::Keychain,
        health: Vec::new(),
    };
    Running {
        status: Arc::new(Status {
            schema: 1,
            host,
            profiles,
        }),
        told: Arc::default(),
        at_login: false,
    }
}

fn of(profiles: Vec<ProfileStatus>) -> Face {
    face(&Phase::Running(running(profiles)), NOW)
}

/// The menu as a person sees it: what can only be read in brackets, rules as dashes, lines behind a line indented.
fn menu(face: &Face) -> Vec<String> {
    shown(&face.lines)
}

fn shown(lines: &[Line]) -> Vec<String> {
    let mut words = Vec::new();
    for line in lines {
        match line {
            Line::Words(text) => words.push(format!("({text})")),
            Line::Click(text, _) => words.push(text.clone()),
            Line::Check(text, on, _) => words.push(format!("[{}] {text}", if *on { "x" } else { " " })),
            Line::More(text, more) => {
                words.push(text.clone());
                words.extend(shown(more).into_iter().map(|line| format!("  {line}")));
            }
            Line::Rule => words.push("-".to_owned()),
        }
    }
    words
}

const FOR_ALL: [&str; 13] = [
    "-",
    "Open Canvas",
    "Settings",
    "Logs",
    "Copy diagnostics",
    "-",
    "Pause notifications",
    "  For 1 hour",
    "  Until tomorrow",
    "  [x] Off",
    "[ ] Open at login",
    "-",
    "Quit",
];

#[test]
fn one_profile_says_how_it_is_and_offers_what_can_be_done() {
    let face = of(vec![online("work")]);
    assert_eq!(face.mark, Mark::Online);
    let menu = menu(&face);
    assert_eq!(
        menu[..3],
        ["(Online · researcher · 12 ms)", "Stop", "Copy public URL"]
    );
    assert_eq!(menu[3..], FOR_ALL);
    let mut ours = online("work");
    ours.agent.kind = "command".into();
    assert_eq!(shown(&of(vec![ours]).lines)[2], "Restart agent");
}

#[test]
fn every_state_has_words_a_mark_and_a_switch_that_does_something() {
    use PresenceWord as P;
    for (state, words, mark, switch) in [
        (P::Stopped, "Stopped · researcher", Mark::Stopped, "Start"),
        (P::Connecting, "Connecting · researcher", Mark::Connecting, "Stop"),
        (P::Online, "Online · researcher", Mark::Online, "Stop"),
        (P::Degraded, "Degraded", Mark::Degraded, "Stop"),
        (P::Unreachable, "Offline", Mark::Offline, "Stop"),
        (P::Asleep, "Asleep · researcher", Mark::Away, "Stop"),
        (P::Paused, "Paused by the org · researcher", Mark::Away, "Stop"),
        (
            P::Removed,
            "Removed from the org · researcher",
            Mark::NeedsUser,
            "Start",
        ),
        (P::NeedsUser, "Needs you", Mark::NeedsUser, "Start"),
    ] {
        let face = of(vec![profile("work", state)]);
        assert_eq!(face.mark, mark);
        assert_eq!(
            menu(&face)[..2],
            [format!("({words})"), switch.to_owned()],
            "{state:?}"
        );
    }
}

#[test]
fn the_first_line_gives_the_reason() {
    let refused = ill(
        PresenceWord::NeedsUser,
        Severity::Error,
        "The platform refuses our token",
    );
    assert_eq!(
        menu(&of(vec![refused]))[..2],
        ["(Needs you: the platform refuses our token)", "Start"]
    );
    let mut away = ill(
        PresenceWord::Unreachable,
        Severity::Warning,
        "The relay cannot be reached",
    );
    away.presence.retry_at = Some("2026-01-01T12:00:04Z".into());
    let face = of(vec![away]);
    assert_eq!(menu(&face)[0], "(Back in 4 s: the relay cannot be reached)");
    assert!(face.counts, "it reads differently a second later");
    let mut degraded = profile("work", PresenceWord::Degraded);
    degraded.presence.reason = Some("A2A calls fail".into());
    assert_eq!(menu(&of(vec![degraded]))[0], "(Degraded: A2A calls fail)");
}

#[test]
fn a_wait_is_counted_only_while_somebody_might_look_on() {
    let mut away = profile("work", PresenceWord::Unreachable);
    for (retry_at, words) in [
        ("2026-01-01T12:00:00Z", "(Offline)"),
        ("2026-01-01T11:59:00Z", "(Offline)"),
        ("2026-01-01T12:00:01Z", "(Back in 1 s)"),
        ("2026-01-01T12:01:00Z", "(Back in 60 s)"),
        ("2026-01-01T12:01:01Z", "(Offline)"),
        ("soon", "(Offline)"),
    ] {
        away.presence.retry_at = Some(retry_at.into());
        let face = of(vec![away.clone()]);
        assert_eq!(menu(&face)[0], words, "{retry_at}");
        assert_eq!(face.counts, words.contains("Back"), "{retry_at}");
    }
}

#[test]
fn what_else_is_wrong_stands_below_and_what_is_only_good_to_know_does_not() {
    let warned = ill(
        PresenceWord::Online,
        Severity::Warning,
        "The journal cannot be written",
    );
    assert_eq!(menu(&of(vec![warned]))[1], "(The journal cannot be written)");
    let well = ill(PresenceWord::Online, Severity::Info, "By the way");
    assert_eq!(menu(&of(vec![well]))[1], "Stop");
}

#[test]
fn an_agent_at_work_is_seen() {
    let mut busy = online("work");
    busy.agent.active_tasks = 2;
    let face = of(vec![busy]);
    assert_eq!(
        (face.mark, menu(&face)[0].as_str()),
        (Mark::Working, "(Working · researcher · 12 ms)")
    );
}

#[test]
fn of_several_profiles_the_worst_is_said_first_and_each_has_lines_of_its_own() {
    let face = of(vec![
        online("home"),
        ill(
            PresenceWord::Unreachable,
            Severity::Warning,
            "The relay cannot be reached",
        ),
        profile("x", PresenceWord::Stopped),
    ]);
    assert_eq!(face.mark, Mark::Offline);
    assert_eq!(
        menu(&face)[..12],
        [
            "(work: Offline: the relay cannot be reached)",
            "-",
            "home",
            "  (Online · researcher · 12 ms)",
            "  Stop",
            "  Copy public URL",
            "work",
            "  (Offline: the relay cannot be reached)",
            "  Stop",
            "x",
            "  (Stopped · researcher)",
            "  Start",
        ]
    );
    let partly = of(vec![online("home"), profile("x", PresenceWord::Stopped)]);
    assert_eq!(partly.mark, Mark::Online);
}

#[test]
fn without_a_profile_it_leads_to_adding_one() {
    let face = of(Vec::new());
    assert_eq!(face.mark, Mark::Stopped);
    assert_eq!(
        menu(&face)[..2],
        ["(Not connected to an org yet)", "Add a workspace"]
    );
}

#[test]
fn a_pause_says_how_long_and_marks_show_what_is_switched_on() {
    let mut running = running(vec![online("work")]);
    running.told = Arc::new(NotificationSettings {
        paused_until: Some("2026-01-02T06:00:00+01:00".into()),
        ..NotificationSettings::default()
    });
    running.at_login = true;
    let menu = menu(&face(&Phase::Running(running), NOW));
    for line in ["  (Paused until 06:00)", "  [ ] Off", "[x] Open at login"] {
        assert!(menu.iter().any(|shown| shown == line), "{line} in {menu:?}");
    }
}

#[test]
fn a_start_that_failed_says_why_in_a_few_lines_and_can_be_tried_again() {
    let why = "config.toml:3:5: unknown key. ".repeat(30);
    let failed = face(&Phase::Failed(why), NOW);
    assert_eq!(failed.mark, Mark::NeedsUser);
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
    assert_eq!(menu(&face(&Phase::Stopping, NOW)), ["(Stopping)"]);
}

#[test]
fn a_strangers_name_is_one_short_line_in_its_own_direction() {
    let mut odd = online("work");
    odd.workspace.name = Some(format!("a\nb\u{202e}c & <b>d</b> {}", "x".repeat(500)));
    let face = of(vec![odd]);
    let Line::Words(text) = &face.lines[0] else {
        panic!("{face:?}");
    };
    assert!(
        text.starts_with("Online · abc & <b>d</b> xx") && text.ends_with("x… · 12 ms"),
        "{text}"
    );
    assert!(text.chars().count() <= LONGEST);
}
