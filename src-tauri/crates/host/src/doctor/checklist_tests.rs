//! How findings become a report.

use super::*;

fn well() -> Findings {
    let mut findings = Findings::default();
    for row in TABLE {
        findings.note(row.item, Finding::ok("well"));
    }
    findings
}

fn with(changes: &[(Item, Finding)]) -> DoctorReport {
    let mut findings = well();
    findings
        .0
        .retain(|(item, _)| changes.iter().all(|(changed, _)| changed != item));
    for (item, finding) in changes {
        findings.note(*item, finding.clone());
    }
    findings.report(None)
}

fn of<'a>(report: &'a DoctorReport, code: &str) -> &'a DoctorCheck {
    report.checks.iter().find(|check| check.code == code).unwrap()
}

#[test]
fn every_check_has_one_row_and_every_code_is_its_own() {
    for (at, row) in TABLE.iter().enumerate() {
        let rest = &TABLE[at + 1..];
        assert!(
            rest.iter()
                .all(|other| other.item != row.item && other.code != row.code)
        );
    }
    assert!(!well().report(None).has_problem());
}

#[test]
fn a_check_whose_ground_is_missing_names_the_deepest_one() {
    let broken = || Finding::problem("broken", "Mend it.");
    let report = with(&[
        (Item::PlatformDns, broken()),
        (Item::PlatformTcp, broken()),
        (Item::PlatformTls, Finding::skipped("not encrypted")),
        (Item::PlatformHealth, broken()),
        (Item::Token, broken()),
    ]);
    assert_eq!(of(&report, "platform_dns").verdict, Verdict::Problem);
    for code in ["platform_tcp", "platform_health", "token"] {
        let check = of(&report, code);
        assert_eq!(check.verdict, Verdict::Skipped, "{code}");
        assert!(
            check.found.contains("platform_dns") && check.next.is_none(),
            "{check:?}"
        );
    }
    assert_eq!(of(&report, "platform_tls").found, "not encrypted");
    assert_eq!(of(&report, "presence").verdict, Verdict::Ok);
}

#[test]
fn two_checks_that_rest_on_each_other_do_not_explain_each_other_away() {
    let report = with(&[
        (Item::Token, Finding::problem("refused", "Get a new one.")),
        (Item::Workspace, Finding::because(Item::Token)),
    ]);
    assert_eq!(of(&report, "token").verdict, Verdict::Problem);
    assert!(of(&report, "workspace").found.contains("token"));
    let report = with(&[
        (Item::Token, Finding::problem("refused", "Get a new one.")),
        (Item::Workspace, Finding::problem("removed", "Make a new one.")),
    ]);
    assert!(of(&report, "token").found.contains("workspace"));
}

#[test]
fn a_reason_of_its_own_is_kept() {
    let report = with(&[
        (Item::PlatformHealth, Finding::problem("down", "Wait.")),
        (Item::Presence, Finding::skipped("no host runs")),
    ]);
    assert_eq!(of(&report, "presence").found, "no host runs");
}

#[test]
fn what_was_not_noted_rests_on_the_config() {
    let mut findings = Findings::default();
    findings.note(Item::Config, Finding::problem("unreadable", "Mend it."));
    let report = findings.report(None);
    assert!(report.has_problem());
    let rest = &report.checks[1..];
    assert!(
        rest.iter()
            .all(|check| check.verdict == Verdict::Skipped && check.found.contains("config"))
    );
}

#[test]
fn a_fault_is_told_in_the_health_tables_words() {
    let finding = Finding::fault(Verdict::Problem, Fault::TokenRefused, Some("401"));
    assert_eq!(finding.found, "The platform refuses our token: 401");
    assert_eq!(finding.next.as_deref(), Some(Fault::TokenRefused.next()));
}
