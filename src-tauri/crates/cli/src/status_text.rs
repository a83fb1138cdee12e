//! The status as a person reads it in a terminal: one line per profile, and under it what is wrong and what to do.
//!
//! Pure: a status and the time in, text out.

use ligand_host::health::Fault;
use ligand_host::status::{
    AgentStatus, ExposureStatus, HealthItem, HostStatus, LinkStatus, LinkWord, PresenceStatus, PresenceWord,
    ProfileStatus, Severity, Status, VaultStatus,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::words::{milliseconds, plain, span};

/// The whole status, ending with a line end.
pub(crate) fn text(status: &Status, now: OffsetDateTime) -> String {
    let mut text = host_line(&status.host);
    text += &items(&status.host.health, 0);
    text.push('\n');
    if status.profiles.is_empty() {
        text += "No profile yet. `ligand connect` adds one; `ligand up --local` tries everything on this machine.\n";
    }
    let name_width = width(status.profiles.iter().map(|profile| profile.name.as_str()));
    let word_width = width(
        status
            .profiles
            .iter()
            .map(|profile| profile.presence.state.words()),
    );
    for profile in &status.profiles {
        let name = &profile.name;
        let word = profile.presence.state.words();
        let rest = profile_rest(profile, now);
        text += format!("{name:name_width$}  {word:word_width$}  {rest}").trim_end();
        text.push('\n');
        text += &items(&profile.health, name_width + 2);
        text += &key_line(profile, name_width + 2);
    }
    text
}

/// One profile on a line of its own.
pub(crate) fn profile_line(profile: &ProfileStatus, now: OffsetDateTime) -> String {
    format!(
        "{}: {} · {}",
        profile.name,
        profile.presence.state.words(),
        profile_rest(profile, now)
    )
}

fn width<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    words.map(|word| word.chars().count()).max().unwrap_or_default()
}

fn host_line(host: &HostStatus) -> String {
    let vault = match &host.vault {
        VaultStatus::Waiting => "waiting for the keychain".to_owned(),
        VaultStatus::Keychain => "secrets in the keychain".to_owned(),
        VaultStatus::File { path } => format!("secrets in {}", plain(path)),
        VaultStatus::Memory => "secrets in memory alone".to_owned(),
    };
    format!(
        "Ligand {} · running (pid {}) · {vault}\n",
        plain(&host.version),
        host.pid
    )
}

/// Everything of a profile's line after its state: the reason where there is one, else how well it goes.
fn profile_rest(profile: &ProfileStatus, now: OffsetDateTime) -> String {
    let id = profile.workspace.id.to_string();
    let workspace = profile.workspace.name.as_deref().unwrap_or(&id);
    let mut parts = vec![plain(workspace)];
    parts.extend(presence_words(&profile.presence, now));
    if profile.presence.state != PresenceWord::Stopped {
        parts.extend(way_words(&profile.exposure, &profile.link));
        parts.push(agent_words(&profile.agent));
    }
    parts.join(" · ")
}

fn presence_words(presence: &PresenceStatus, now: OffsetDateTime) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(reason) = &presence.reason {
        words.push(plain(reason).trim_end_matches('.').to_owned());
    } else if let Some(since @ 1..) = seconds_between(&presence.since, now) {
        words.push(format!("for {}", span(since)));
    }
    if let Some(left) = presence.retry_at.as_deref().and_then(|at| seconds_until(at, now)) {
        words.push(if left == 0 {
            "trying now".to_owned()
        } else {
            format!("next try in {}", span(left))
        });
    }
    words
}

/// How messages come, and how well.
fn way_words(exposure: &ExposureStatus, link: &LinkStatus) -> Option<String> {
    match exposure {
        ExposureStatus::Relay { .. } => link_words(link),
        ExposureStatus::Poll => Some("fetches messages".to_owned()),
        ExposureStatus::Cloudflared { address, .. } => Some(front_words("cloudflared", address.as_deref())),
        ExposureStatus::Ngrok { address, .. } => Some(front_words("ngrok", address.as_deref())),
        ExposureStatus::Url { address, .. } => Some(format!("at {}", plain(address.trim_end_matches('/')))),
    }
}

fn front_words(program: &str, address: Option<&str>) -> String {
    match address {
        Some(address) => format!("{program} at {}", plain(address.trim_end_matches('/'))),
        None => format!("no address of {program} yet"),
    }
}

fn link_words(link: &LinkStatus) -> Option<String> {
    match (link.state, link.verified, link.round_trip_ms) {
        (LinkWord::Up, true, Some(round_trip)) => Some(format!("link {}", milliseconds(round_trip))),
        (LinkWord::Up, true, None) => Some("link up".to_owned()),
        (LinkWord::Up, false, _) => Some("link not verified".to_owned()),
        (LinkWord::Dialling, ..) => Some("dialling the relay".to_owned()),
        (LinkWord::Waiting, ..) => Some("no link".to_owned()),
        (LinkWord::Off, ..) => None,
    }
}

fn agent_words(agent: &AgentStatus) -> String {
    let kind = plain(&agent.kind);
    match (agent.ready, agent.active_tasks) {
        (false, _) => format!("agent {kind} not ready"),
        (true, 0) => format!("agent {kind}"),
        (true, tasks) => format!("agent {kind}, {tasks} at work"),
    }
}

/// What an operator compares with the card, or with the relay's log, where a relay does not let us in.
fn key_line(profile: &ProfileStatus, indent: usize) -> String {
    let is_refused = profile
        .health
        .iter()
        .any(|item| item.code == Fault::RelayRefused.code());
    match &profile.exposure {
        ExposureStatus::Relay { key: Some(key), .. }
            if is_refused || profile.link.state == LinkWord::Waiting =>
        {
            format!(
                "{:indent$}i We sign in at the relay with the key {}\n",
                "",
                plain(key)
            )
        }
        _ => String::new(),
    }
}

fn items(health: &[HealthItem], indent: usize) -> String {
    let mut text = String::new();
    for item in health {
        let mark = match item.severity {
            Severity::Error => '!',
            Severity::Warning => '~',
            Severity::Info => 'i',
        };
        let detail = item
            .detail
            .as_ref()
            .map(|detail| format!(": {}", plain(detail)))
            .unwrap_or_default();
        text += &format!("{:indent$}{mark} {}{detail}\n", "", plain(&item.title));
        text += &format!("{:indent$}  {}\n", "", plain(&item.next));
    }
    text
}

fn seconds_between(earlier: &str, now: OffsetDateTime) -> Option<u64> {
    let earlier = OffsetDateTime::parse(earlier, &Rfc3339).ok()?;
    u64::try_from((now - earlier).whole_seconds()).ok()
}

/// Rounded up, and 0 when it is over.
fn seconds_until(later: &str, now: OffsetDateTime) -> Option<u64> {
    let later = OffsetDateTime::parse(later, &Rfc3339).ok()?;
    let left = (later - now).as_seconds_f64().ceil().max(0.0);
    Some(left as u64)
}

#[cfg(test)]
mod tests {
    use ligand_host::status::WorkspaceStatus;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

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
                since: "2026-01-02T03:00:00Z".into(),
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
                round_trip_ms: Some(12.3),
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
        }
    }

    fn status(profiles: Vec<ProfileStatus>) -> Status {
        let host = HostStatus {
            pid: 4711,
            version: "0.1.0".into(),
            commit: None,
            update: None,
            vault: VaultStatus::Keychain,
            health: Vec::new(),
        };
        Status {
            schema: 1,
            host,
            profiles,
        }
    }

    #[test]
    fn one_calm_line_per_profile() {
        let mut busy = profile("work", PresenceWord::Online);
        busy.agent.active_tasks = 2;
        let stopped = ProfileStatus {
            link: LinkStatus::off(),
            ..profile("a", PresenceWord::Stopped)
        };
        assert_eq!(
            text(&status(vec![stopped, busy]), NOW),
            "Ligand 0.1.0 · running (pid 4711) · secrets in the keychain\n\
             \n\
             a     Stopped  researcher · for 4 min\n\
             work  Online   researcher · for 4 min · link 12 ms · agent echo, 2 at work\n"
        );
    }

    #[test]
    fn a_fault_stands_under_its_profile_with_the_next_step() {
        let mut away = profile("work", PresenceWord::Unreachable);
        away.presence.reason = Some("The relay cannot be reached.".into());
        away.presence.retry_at = Some("2026-01-02T03:04:08.2Z".into());
        away.link.state = LinkWord::Waiting;
        away.health.push(HealthItem {
            code: "relay_unreachable".into(),
            severity: Severity::Warning,
            title: "The relay cannot be reached".into(),
            detail: Some("connection refused".into()),
            next: "Ligand keeps trying.".into(),
        });
        assert_eq!(
            text(&status(vec![away]), NOW).lines().skip(2).collect::<Vec<_>>(),
            [
                "work  Unreachable  researcher · The relay cannot be reached · next try in 4 s · no link · agent echo",
                "      ~ The relay cannot be reached: connection refused",
                "        Ligand keeps trying.",
            ]
        );
    }

    #[test]
    fn the_key_is_shown_while_the_relay_does_not_have_us() {
        let mut waits = profile("work", PresenceWord::Unreachable);
        let ExposureStatus::Relay { key, .. } = &mut waits.exposure else {
            panic!()
        };
        *key = Some("q3public".into());
        assert!(
            !text(&status(vec![waits.clone()]), NOW).contains("q3public"),
            "it is up"
        );
        waits.link.state = LinkWord::Waiting;
        let text = text(&status(vec![waits]), NOW);
        assert!(
            text.ends_with("      i We sign in at the relay with the key q3public\n"),
            "{text}"
        );
    }

    #[test]
    fn without_a_relay_it_says_at_which_address_this_laptop_is() {
        let mut there = profile("work", PresenceWord::Online);
        for (address, words) in [
            (
                Some("https://a.trycloudflare.com/"),
                "cloudflared at https://a.trycloudflare.com · agent",
            ),
            (None, "no address of cloudflared yet · agent"),
        ] {
            there.exposure = ExposureStatus::Cloudflared {
                address: address.map(str::to_owned),
                shared_door: false,
            };
            let text = text(&status(vec![there.clone()]), NOW);
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn without_a_profile_it_says_how_to_get_one() {
        let text = text(&status(Vec::new()), NOW);
        assert!(
            text.contains("ligand connect") && text.contains("ligand up --local"),
            "{text}"
        );
    }

    #[test]
    fn a_strangers_name_stays_on_its_line() {
        let mut odd = profile("work", PresenceWord::Online);
        odd.workspace.name = Some("x\n! fake\u{1b}[2J".into());
        let text = text(&status(vec![odd]), NOW);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_time_that_makes_no_sense_is_left_out() {
        let mut odd = profile("work", PresenceWord::Online);
        odd.presence.since = "2027-01-01T00:00:00Z".into();
        assert!(!text(&status(vec![odd.clone()]), NOW).contains("for "));
        odd.presence.since = "soon".into();
        assert!(!text(&status(vec![odd]), NOW).contains("for "));
    }
}
