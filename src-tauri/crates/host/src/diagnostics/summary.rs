//! How everything is, in lines that a person can read in a chat.

use std::fmt::Write as _;

use super::Found;
use crate::{
    doctor::Verdict,
    status::{HealthItem, ProfileStatus, Status, VaultStatus},
};

/// The lines. Secrets are still to be taken out.
pub(super) fn text(found: &Found) -> String {
    let mut text = format!(
        "Ligand {} on {} {}\n",
        found.version,
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    // Writing into a string can't fail.
    match &found.status {
        Some(status) => {
            let _ = writeln!(text, "Secrets: {}", vault(status));
            health(&mut text, "", &status.host.health);
            for profile in &status.profiles {
                about(&mut text, profile);
            }
            if status.profiles.is_empty() {
                text.push_str("No profile.\n");
            }
        }
        None => text.push_str("No host is running.\n"),
    }
    if let Err(error) = &found.config {
        let _ = writeln!(text, "Config: {error}");
    }
    for report in &found.doctor {
        let name = report.profile.as_deref().unwrap_or("no profile");
        let _ = writeln!(text, "\nChecks ({name})");
        for check in &report.checks {
            let word = match check.verdict {
                Verdict::Ok => "ok",
                Verdict::Warning => "warning",
                Verdict::Problem => "PROBLEM",
                Verdict::Skipped => "skipped",
            };
            let _ = writeln!(text, "  {word:<8} {}: {}", check.title, check.found);
        }
    }
    text
}

fn about(text: &mut String, profile: &ProfileStatus) {
    let presence = &profile.presence;
    let _ = writeln!(
        text,
        "\nProfile {}: {} since {}",
        profile.name,
        presence.state.words(),
        presence.since
    );
    if let Some(reason) = &presence.reason {
        let _ = writeln!(text, "  {reason}");
    }
    let _ = writeln!(
        text,
        "  platform {} · workspace {}",
        profile.platform, profile.workspace.id
    );
    let link = &profile.link;
    let round_trip = link
        .round_trip_ms
        .map(|ms| format!(", {ms:.1} ms"))
        .unwrap_or_default();
    let verified = if link.verified { "verified" } else { "not verified" };
    let _ = writeln!(text, "  link {:?}, {verified}{round_trip}", link.state);
    if let Some(reason) = &link.reason {
        let _ = writeln!(text, "  link: {reason}");
    }
    let ready = if profile.agent.ready { "ready" } else { "not ready" };
    let _ = writeln!(
        text,
        "  agent {}, {ready}, {} working",
        profile.agent.kind, profile.agent.active_tasks
    );
    health(text, "  ", &profile.health);
}

/// Codes and titles. What was seen may be an agent's own words.
fn health(text: &mut String, indent: &str, items: &[HealthItem]) {
    for item in items {
        let _ = writeln!(
            text,
            "{indent}{:?}: {} ({})",
            item.severity, item.title, item.code
        );
    }
}

fn vault(status: &Status) -> &'static str {
    match status.host.vault {
        VaultStatus::Waiting => "not open yet",
        VaultStatus::Keychain => "in the keychain",
        VaultStatus::File { .. } => "in a file",
        VaultStatus::Memory => "in memory",
    }
}
