//! One profile in the menu: how it is and why, and what can be done about it.

use ligand_host::status::{ExposureStatus, HealthItem, LinkWord, PresenceWord, ProfileStatus, Severity};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Action, Line, Mark,
    text::{after_colon, short, short_name},
};

/// A wait that is longer is told without its seconds: nobody looks on for minutes.
const COUNTED: i64 = 60;
/// The kind of agent that Ligand starts, and can start anew.
const STARTED_BY_US: &str = "command";

/// One profile.
#[derive(Debug)]
pub(super) struct ProfileFace {
    pub(super) name: String,
    pub(super) mark: Mark,
    /// `Online · researcher · 12 ms`
    pub(super) words: String,
    pub(super) lines: Vec<Line>,
    /// Whether the words count seconds.
    pub(super) counts: bool,
}

/// What to show of a profile.
pub(super) fn of(profile: &ProfileStatus, now: OffsetDateTime) -> ProfileFace {
    let wait = wait(profile, now);
    let worst = worst(profile);
    let says_worst = matches!(
        profile.presence.state,
        PresenceWord::Degraded | PresenceWord::Unreachable | PresenceWord::NeedsUser
    );
    let also = worst.filter(|_| !says_worst);
    let mut lines: Vec<Line> = also
        .map(|item| Line::Words(short(&item.title)))
        .into_iter()
        .collect();
    lines.extend(switches(profile));
    ProfileFace {
        name: profile.name.clone(),
        mark: mark(profile),
        words: words(profile, wait),
        lines,
        counts: wait.is_some(),
    }
}

/// The state in words, with its reason.
fn words(profile: &ProfileStatus, wait: Option<i64>) -> String {
    let reason = worst(profile)
        .map(|item| after_colon(&item.title))
        .or_else(|| profile.presence.reason.as_deref().map(after_colon));
    let because = |word: &str| match &reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    let word = profile.presence.state.words();
    short(&match profile.presence.state {
        PresenceWord::Online if profile.agent.active_tasks > 0 => with_name(profile, "Working"),
        PresenceWord::Unreachable => match wait {
            Some(seconds) => because(&format!("Back in {seconds} s")),
            None => because("Offline"),
        },
        PresenceWord::Degraded | PresenceWord::NeedsUser => because(word),
        _ => with_name(profile, word),
    })
}

/// `Online · researcher · 12 ms`
fn with_name(profile: &ProfileStatus, word: &str) -> String {
    let mut parts = vec![word.to_owned()];
    let name = profile.workspace.name.as_deref().map(short_name);
    parts.extend(name.filter(|name| !name.is_empty()));
    let trip = profile.link.round_trip_ms.filter(|_| profile.link.verified);
    parts.extend(trip.map(|trip| format!("{:.0} ms", trip.max(1.0))));
    parts.join(" · ")
}

/// The worst that is wrong and not only good to know.
fn worst(profile: &ProfileStatus) -> Option<&HealthItem> {
    profile.health.iter().find(|item| item.severity != Severity::Info)
}

/// The seconds until it is tried again, where they are worth counting.
fn wait(profile: &ProfileStatus, now: OffsetDateTime) -> Option<i64> {
    if profile.presence.state != PresenceWord::Unreachable {
        return None;
    }
    let at = OffsetDateTime::parse(profile.presence.retry_at.as_deref()?, &Rfc3339).ok()?;
    let seconds = (at - now).whole_seconds();
    (1..=COUNTED).contains(&seconds).then_some(seconds)
}

/// What can be done with it.
fn switches(profile: &ProfileStatus) -> Vec<Line> {
    let name = || profile.name.clone();
    let at_rest = matches!(
        profile.presence.state,
        PresenceWord::Stopped | PresenceWord::Removed | PresenceWord::NeedsUser
    );
    let mut lines = vec![match at_rest {
        true => Line::Click("Start".to_owned(), Action::Start(name())),
        false => Line::Click("Stop".to_owned(), Action::Stop(name())),
    }];
    if profile.agent.kind == STARTED_BY_US && !at_rest {
        lines.push(Line::Click(
            "Restart agent".to_owned(),
            Action::RestartAgent(name()),
        ));
    }
    if has_url(profile) {
        lines.push(Line::Click("Copy public URL".to_owned(), Action::CopyUrl(name())));
    }
    lines
}

/// Whether there is a public URL now.
fn has_url(profile: &ProfileStatus) -> bool {
    match &profile.exposure {
        ExposureStatus::Poll => false,
        ExposureStatus::Relay { .. } => profile.link.state == LinkWord::Up,
        ExposureStatus::Cloudflared { address, .. } | ExposureStatus::Ngrok { address, .. } => {
            address.is_some()
        }
        ExposureStatus::Url { .. } => profile.presence.state != PresenceWord::Stopped,
    }
}

fn mark(profile: &ProfileStatus) -> Mark {
    match profile.presence.state {
        PresenceWord::Stopped => Mark::Stopped,
        PresenceWord::Connecting => Mark::Connecting,
        PresenceWord::Online if profile.agent.active_tasks > 0 => Mark::Working,
        PresenceWord::Online => Mark::Online,
        PresenceWord::Asleep | PresenceWord::Paused => Mark::Away,
        PresenceWord::Degraded => Mark::Degraded,
        PresenceWord::Unreachable => Mark::Offline,
        PresenceWord::Removed | PresenceWord::NeedsUser => Mark::NeedsUser,
    }
}
