//! The checklist: one table of every check, and the report that is made of what was found.
//!
//! The order of the table is the order of the report. A check that another one explains is not told as a fault of its
//! own: the table says which checks each one rests on. Looking is done elsewhere; nothing here waits for anything.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::health::Fault;

/// The version of the report's schema, raised only when a field would have to change its meaning.
pub const SCHEMA: u32 = 1;

/// What `ligand doctor` says of a profile. It never holds a secret or a door's URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoctorReport {
    /// [`SCHEMA`] of the Ligand that wrote it.
    pub schema: u32,
    /// The profile that was looked at; none where the config does not give one.
    pub profile: Option<String>,
    /// The checks, in order.
    pub checks: Vec<DoctorCheck>,
}

impl DoctorReport {
    /// Whether something does not work.
    #[must_use]
    pub fn has_problem(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Problem)
    }
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoctorCheck {
    /// Its stable code.
    pub code: String,
    /// What is looked at, in a few words.
    pub title: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, or why it was not looked at.
    pub found: String,
    /// What to do next, where there is something to do.
    pub next: Option<String>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but not as it should, or not for long.
    Warning,
    /// It does not work.
    Problem,
    /// Not looked at, for a reason that is told.
    Skipped,
}

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Config,
    PlatformDns,
    RelayDns,
    PlatformTcp,
    RelayTcp,
    PlatformProxy,
    RelayProxy,
    PlatformTls,
    RelayTls,
    CaptivePortal,
    Clock,
    PlatformHealth,
    Token,
    Workspace,
    Presence,
    Agent,
    Card,
    Link,
    PlatformDoor,
    SharedDoor,
    InboundSecret,
    QuietClose,
    Keychain,
    Tray,
    Others,
}

struct Row {
    item: Item,
    code: &'static str,
    title: &'static str,
    /// The checks without which this one cannot be well.
    needs: &'static [Item],
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { item: Item::Config, code: "config", title: "Config", needs: &[] },
    Row { item: Item::PlatformDns, code: "platform_dns", title: "Platform's name", needs: &[Item::Config] },
    Row { item: Item::RelayDns, code: "relay_dns", title: "Relay's name", needs: &[Item::Config] },
    Row { item: Item::PlatformTcp, code: "platform_tcp", title: "Connection to the platform", needs: &[Item::PlatformDns] },
    Row { item: Item::RelayTcp, code: "relay_tcp", title: "Connection to the relay", needs: &[Item::RelayDns] },
    Row { item: Item::PlatformProxy, code: "platform_proxy", title: "Proxy to the platform", needs: &[Item::Config] },
    Row { item: Item::RelayProxy, code: "relay_proxy", title: "Proxy to the relay", needs: &[Item::Config] },
    Row { item: Item::PlatformTls, code: "platform_tls", title: "TLS to the platform", needs: &[Item::PlatformTcp, Item::PlatformProxy] },
    Row { item: Item::RelayTls, code: "relay_tls", title: "TLS to the relay", needs: &[Item::RelayTcp, Item::RelayProxy] },
    Row { item: Item::CaptivePortal, code: "captive_portal", title: "No login page in between", needs: &[Item::PlatformTls] },
    Row { item: Item::Clock, code: "clock", title: "Clock", needs: &[Item::PlatformTls, Item::CaptivePortal] },
    Row { item: Item::PlatformHealth, code: "platform_health", title: "Platform's health", needs: &[Item::PlatformTls, Item::CaptivePortal] },
    Row { item: Item::Token, code: "token", title: "Token", needs: &[Item::Keychain, Item::PlatformHealth, Item::Workspace] },
    Row { item: Item::Workspace, code: "workspace", title: "Workspace", needs: &[Item::PlatformHealth] },
    Row { item: Item::Presence, code: "presence", title: "Presence", needs: &[Item::Token, Item::Workspace, Item::Agent, Item::Link] },
    Row { item: Item::Agent, code: "agent", title: "Agent", needs: &[Item::Config] },
    Row { item: Item::Card, code: "agent_card", title: "Agent card", needs: &[Item::Agent] },
    Row { item: Item::Link, code: "link", title: "Link", needs: &[Item::RelayTls, Item::Token, Item::Workspace] },
    Row { item: Item::PlatformDoor, code: "platform_door", title: "Platform door", needs: &[Item::Link, Item::Presence] },
    Row { item: Item::SharedDoor, code: "shared_door", title: "Shared door", needs: &[Item::Link, Item::Presence] },
    Row { item: Item::InboundSecret, code: "inbound_secret", title: "Platform's secret", needs: &[Item::Presence] },
    Row { item: Item::QuietClose, code: "quiet_close", title: "Closing without a byte", needs: &[Item::PlatformDoor] },
    Row { item: Item::Keychain, code: "keychain", title: "Keychain", needs: &[] },
    Row { item: Item::Tray, code: "tray", title: "Tray", needs: &[] },
    Row { item: Item::Others, code: "other_faults", title: "Other faults", needs: &[] },
];

impl Item {
    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.item == self)
    }
}

/// What looking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) found: String,
    pub(super) next: Option<String>,
    /// The check that says why this one could not be done.
    because: Option<Item>,
}

impl Finding {
    fn new(verdict: Verdict, found: impl Into<String>, next: Option<&str>) -> Self {
        Self {
            verdict,
            found: found.into(),
            next: next.map(str::to_owned),
            because: None,
        }
    }

    /// It is well.
    pub(super) fn ok(found: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, found, None)
    }

    /// It works, but.
    pub(super) fn warning(found: impl Into<String>, next: &str) -> Self {
        Self::new(Verdict::Warning, found, Some(next))
    }

    /// It does not work.
    pub(super) fn problem(found: impl Into<String>, next: &str) -> Self {
        Self::new(Verdict::Problem, found, Some(next))
    }

    /// It was not looked at, for a reason that lies in no other check.
    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Skipped, reason, None)
    }

    /// It could not be looked at, and that check says why.
    pub(super) fn because(item: Item) -> Self {
        Self {
            because: Some(item),
            ..Self::skipped("")
        }
    }

    /// It is a fault of the health table: its words are said, and what was seen.
    pub(super) fn fault(verdict: Verdict, fault: Fault, detail: Option<&str>) -> Self {
        let found = match detail {
            Some(detail) => format!("{}: {detail}", fault.title()),
            None => fault.title().to_owned(),
        };
        Self::new(verdict, found, Some(fault.next()))
    }
}

/// What was found, by check.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(Item, Finding)>);

impl Findings {
    /// Notes what a check came to.
    pub(super) fn note(&mut self, item: Item, finding: Finding) {
        self.0.push((item, finding));
    }

    /// The report, in the table's order. A check that nobody noted rests on the config.
    pub(super) fn report(&self, profile: Option<String>) -> DoctorReport {
        DoctorReport {
            schema: SCHEMA,
            profile,
            checks: TABLE.iter().map(|row| self.check(row)).collect(),
        }
    }

    fn check(&self, row: &Row) -> DoctorCheck {
        let finding = self.get(row.item);
        let has_its_own_reason = finding.verdict == Verdict::Skipped && finding.because.is_none();
        let finding = match self.cause(row.item).and_then(Item::row) {
            Some(cause) if !has_its_own_reason => {
                Finding::skipped(format!("not checked: see “{}” ({})", cause.title, cause.code))
            }
            _ => finding,
        };
        DoctorCheck {
            code: row.code.to_owned(),
            title: row.title.to_owned(),
            verdict: finding.verdict,
            found: finding.found,
            next: finding.next,
        }
    }

    fn get(&self, item: Item) -> Finding {
        let noted = self.0.iter().find(|(noted, _)| *noted == item);
        noted.map_or_else(|| Finding::because(Item::Config), |(_, finding)| finding.clone())
    }

    /// The check that explains why this one is not well.
    fn cause(&self, item: Item) -> Option<Item> {
        self.cause_beyond(item, &mut Vec::new())
    }

    /// The same, past those that were seen on the way: two checks may explain each other.
    fn cause_beyond(&self, item: Item, seen: &mut Vec<Item>) -> Option<Item> {
        let finding = self.get(item);
        if finding.verdict == Verdict::Ok || seen.contains(&item) {
            return None;
        }
        seen.push(item);
        if let Some(because) = finding.because {
            return Some(self.cause_beyond(because, seen).unwrap_or(because));
        }
        let needs = item.row().map_or(&[][..], |row| row.needs);
        needs
            .iter()
            .find_map(|need| match self.cause_beyond(*need, seen) {
                None if self.get(*need).verdict == Verdict::Problem => Some(*need),
                cause => cause.filter(|cause| *cause != item),
            })
    }
}

#[cfg(test)]
#[path = "checklist_tests.rs"]
mod tests;
