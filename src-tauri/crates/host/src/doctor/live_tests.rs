//! What is made of a host's status.

use uuid::Uuid;

use super::*;
use crate::{
    doctor::checklist::DoctorCheck,
    status::{AgentStatus, LinkStatus, PresenceStatus, WorkspaceStatus},
};

fn live(state: PresenceWord) -> Live {
    let profile = ProfileStatus {
        name: "home".into(),
        platform: "https://acme.example".into(),
        workspace: WorkspaceStatus {
            id: Uuid::nil(),
            name: None,
        },
        presence: PresenceStatus {
            state,
            since: String::new(),
            reason: None,
            retry_at: None,
        },
        exposure: ExposureStatus::Relay {
            relay: "https://relay.example".into(),
            shared_door: false,
            key: None,
        },
        link: LinkStatus {
            state: LinkWord::Up,
            verified: true,
            round_trip_ms: Some(0.34),
            reason: None,
        },
        agent: AgentStatus {
            kind: "echo".into(),
            ready: true,
            active_tasks: 0,
            reason: None,
            port: None,
        },
        health: Vec::new(),
    };
    Live {
        profile,
        host: Vec::new(),
    }
}

fn raise(live: &mut Live, fault: Fault, severity: Severity) {
    live.profile.health.push(HealthItem {
        code: fault.code().to_owned(),
        severity,
        title: fault.title().to_owned(),
        detail: Some("seen".to_owned()),
        next: fault.next().to_owned(),
    });
}

/// The report of a profile with which all else is well.
fn checks(live: Option<&Live>, shared: &SharedCard) -> Vec<DoctorCheck> {
    let mut findings = Findings::default();
    for item in [
        Item::Config,
        Item::Token,
        Item::Workspace,
        Item::Agent,
        Item::RelayTls,
    ] {
        findings.note(item, Finding::ok("well"));
    }
    note(live, shared, &mut findings);
    findings.report(None).checks
}

fn of<'a>(checks: &'a [DoctorCheck], code: &str) -> &'a DoctorCheck {
    checks.iter().find(|check| check.code == code).unwrap()
}

const LIVE: [&str; 7] = [
    "presence",
    "link",
    "platform_door",
    "shared_door",
    "inbound_secret",
    "quiet_close",
    "other_faults",
];

#[test]
fn an_online_profile_is_well_and_its_round_trip_is_said() {
    let checks = checks(Some(&live(PresenceWord::Online)), &None);
    for code in LIVE.into_iter().filter(|code| *code != "shared_door") {
        assert_eq!(of(&checks, code).verdict, Verdict::Ok, "{code}");
    }
    assert_eq!(
        of(&checks, "link").found,
        "up and verified, 0.3 ms there and back"
    );
    assert!(of(&checks, "shared_door").found.contains("it is shut"));
}

#[test]
fn without_a_host_and_with_a_stopped_profile_each_says_why_it_is_skipped() {
    let checks_without = checks(None, &None);
    let checks_stopped = checks(Some(&live(PresenceWord::Stopped)), &None);
    for code in LIVE {
        let check = of(&checks_without, code);
        assert_eq!(check.verdict, Verdict::Skipped);
        assert!(check.found.starts_with("no host runs"), "{code}");
    }
    for code in [
        "presence",
        "link",
        "platform_door",
        "inbound_secret",
        "quiet_close",
    ] {
        assert!(
            of(&checks_stopped, code).found.contains("the profile is stopped"),
            "{code}"
        );
    }
}

#[test]
fn a_fault_of_the_status_is_a_finding_in_the_same_words() {
    for (fault, severity, code, verdict) in [
        (
            Fault::SelfTestFailed,
            Severity::Warning,
            "platform_door",
            Verdict::Problem,
        ),
        (
            Fault::LoudClose,
            Severity::Warning,
            "quiet_close",
            Verdict::Warning,
        ),
        (
            Fault::OpenDoor,
            Severity::Info,
            "inbound_secret",
            Verdict::Warning,
        ),
    ] {
        let mut live = live(PresenceWord::Online);
        raise(&mut live, fault, severity);
        let checks = checks(Some(&live), &None);
        let check = of(&checks, code);
        assert_eq!(
            (check.verdict, check.next.as_deref()),
            (verdict, Some(fault.next()))
        );
        assert_eq!(check.found, format!("{}: seen", fault.title()));
        assert_eq!(of(&checks, "other_faults").verdict, Verdict::Ok);
    }
}

#[test]
fn a_lost_link_explains_presence_and_doors() {
    let mut live = live(PresenceWord::Unreachable);
    live.profile.link = LinkStatus {
        state: LinkWord::Waiting,
        verified: false,
        round_trip_ms: None,
        reason: Some("connection refused".to_owned()),
    };
    let checks = checks(Some(&live), &None);
    let link = of(&checks, "link");
    assert_eq!(link.verdict, Verdict::Problem);
    assert_eq!(link.next.as_deref(), Some(Fault::RelayUnreachable.next()));
    for code in ["presence", "platform_door", "inbound_secret", "quiet_close"] {
        let check = of(&checks, code);
        assert!(
            check.verdict == Verdict::Skipped && check.found.contains("(link)"),
            "{check:?}"
        );
    }
}

#[test]
fn what_has_no_check_of_its_own_is_told_at_the_end() {
    let mut live = live(PresenceWord::Online);
    raise(&mut live, Fault::JournalOff, Severity::Warning);
    let checks = checks(Some(&live), &None);
    assert!(
        of(&checks, "other_faults")
            .found
            .starts_with(Fault::JournalOff.title())
    );
}

#[test]
fn an_open_shared_door_is_well_when_its_card_comes_through() {
    let mut live = live(PresenceWord::Online);
    live.profile.exposure = ExposureStatus::Relay {
        relay: "https://relay.example".into(),
        shared_door: true,
        key: None,
    };
    let verdict = |card| of(&checks(Some(&live), &card), "shared_door").verdict;
    assert_eq!(verdict(Some(Ok(()))), Verdict::Ok);
    assert_eq!(
        verdict(Some(Err("no answer in time".to_owned()))),
        Verdict::Problem
    );
}

#[test]
fn where_messages_are_fetched_there_is_no_link_to_look_at() {
    let mut live = live(PresenceWord::Online);
    live.profile.exposure = ExposureStatus::Poll;
    let checks = checks(Some(&live), &None);
    for code in ["link", "shared_door", "inbound_secret", "quiet_close"] {
        assert_eq!(of(&checks, code).verdict, Verdict::Skipped, "{code}");
    }
    assert_eq!(of(&checks, "platform_door").verdict, Verdict::Ok);
}
