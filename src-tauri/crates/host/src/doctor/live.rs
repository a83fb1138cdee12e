//! What only a running host knows: presence, the link, and how the doors are from outside. It is read from the host's
//! status; the one call made here is that for the card behind an open shared door.

use std::time::Duration;

use url::Url;

use super::{
    NETWORK_DEADLINE,
    checklist::{Finding, Findings, Item, Verdict},
};
use crate::{
    config::is_loopback,
    health::{Fault, OF_THE_FRONT},
    proxy::Proxies,
    status::{ExposureStatus, HealthItem, LinkWord, PresenceWord, ProfileStatus, Severity},
};

/// The faults that have a check of their own; any other is told at the end.
const TOLD: [Fault; 32] = [
    Fault::VaultLocked,
    Fault::VaultFile,
    Fault::VaultBroken,
    Fault::TokenMissing,
    Fault::TokenRefused,
    Fault::TokenReplaced,
    Fault::WorkspaceRemoved,
    Fault::WorkspacePaused,
    Fault::PlatformUnreachable,
    Fault::NotAPlatform,
    Fault::LoginPage,
    Fault::ProxyRefused,
    Fault::Untrusted,
    Fault::OriginRefused,
    Fault::Superseded,
    Fault::RelayUnreachable,
    Fault::RelayRefused,
    Fault::LinkUnverified,
    Fault::AgentNotReady,
    Fault::AgentLacks,
    Fault::ExposureMissing,
    Fault::ExposureLogin,
    Fault::ExposureLimited,
    Fault::ExposureSilent,
    Fault::ExposureCrashLoop,
    Fault::ExposureDown,
    Fault::ListenerTaken,
    Fault::SelfTestFailed,
    Fault::NoWayIn,
    Fault::RefusedWhileAway,
    Fault::LoudClose,
    Fault::OpenDoor,
];

/// What the running host says of the profile.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) profile: ProfileStatus,
    /// What is wrong with the host as a whole.
    pub(super) host: Vec<HealthItem>,
}

/// What the card behind the shared door came to; none where the door is shut.
pub(super) type SharedCard = Option<Result<(), String>>;

/// Asks for the card through the public URL. Nothing that is said of it has the URL in it.
pub(super) async fn shared_card(door: &str, proxies: &Proxies) -> Result<(), String> {
    let url =
        Url::parse(&format!("{door}/.well-known/agent-card.json")).map_err(|_| "no address".to_owned())?;
    let mut builder = reqwest::Client::builder().timeout(NETWORK_DEADLINE);
    if is_loopback(&url) {
        builder = builder.no_proxy();
    } else if let Some(proxy) = proxies.configured() {
        builder = builder.proxy(proxy);
    }
    let asked = async {
        builder
            .build()?
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await
    };
    let body = asked.await.map_err(|error| match error.status() {
        Some(status) => format!("it answers {status}"),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => "it cannot be reached".to_owned(),
    })?;
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(card) if card.is_object() => Ok(()),
        _ => Err("what it answers is no card".to_owned()),
    }
}

/// Notes every live check.
pub(super) fn note(live: Option<&Live>, shared: &SharedCard, findings: &mut Findings) {
    let Some(live) = live else {
        let none = Finding::skipped("no host runs; `ligand up` starts one");
        for item in [
            Item::Presence,
            Item::Link,
            Item::PlatformDoor,
            Item::SharedDoor,
            Item::InboundSecret,
            Item::QuietClose,
            Item::Others,
        ] {
            findings.note(item, none.clone());
        }
        return;
    };
    findings.note(Item::Presence, live.presence());
    findings.note(Item::Link, live.link());
    findings.note(Item::PlatformDoor, live.platform_door());
    findings.note(Item::SharedDoor, live.shared_door(shared));
    findings.note(Item::InboundSecret, live.inbound_secret());
    findings.note(Item::QuietClose, live.quiet_close());
    findings.note(Item::Others, live.others());
}

impl Live {
    fn fault(&self, fault: Fault) -> Option<&HealthItem> {
        self.profile.health.iter().find(|item| item.code == fault.code())
    }

    /// The first of these that is there, as a finding.
    fn first(&self, faults: &[Fault], verdict: Verdict) -> Option<Finding> {
        let there = |fault: &Fault| Some((*fault, self.fault(*fault)?));
        let (fault, item) = faults.iter().find_map(there)?;
        Some(Finding::fault(verdict, fault, item.detail.as_deref()))
    }

    fn is_online(&self) -> bool {
        matches!(
            self.profile.presence.state,
            PresenceWord::Online | PresenceWord::Degraded
        )
    }

    fn fetches(&self) -> bool {
        self.profile.exposure == ExposureStatus::Poll
    }

    /// Why nothing can be said of what only an online profile knows.
    fn rests(&self) -> Option<Finding> {
        match self.profile.presence.state {
            PresenceWord::Stopped => Some(Finding::skipped(
                "the profile is stopped; `ligand start` starts it",
            )),
            PresenceWord::Asleep => Some(Finding::skipped("this laptop goes to sleep")),
            _ => None,
        }
    }

    fn presence(&self) -> Finding {
        if let Some(rests) = self.rests() {
            return rests;
        }
        let presence = &self.profile.presence;
        let mut found = presence.state.words().to_owned();
        if let Some(reason) = &presence.reason {
            found = format!("{found}: {}", reason.trim_end_matches('.'));
        }
        let worst = self.profile.health.first();
        // What was seen, where the reason is the fault's title and says no more.
        if let Some(worst) = worst.filter(|item| presence.reason.as_ref() == Some(&item.title))
            && let Some(detail) = &worst.detail
        {
            found = format!("{found}: {}", detail.trim_end_matches('.'));
        }
        let next = worst.map(|item| item.next.as_str());
        let next = next.unwrap_or("Wait for a moment, and look at `ligand status`.");
        match presence.state {
            PresenceWord::Online => Finding::ok("online, and its heartbeats are accepted"),
            PresenceWord::Connecting | PresenceWord::Degraded | PresenceWord::Paused => {
                Finding::warning(found, next)
            }
            _ => Finding::problem(found, next),
        }
    }

    fn link(&self) -> Finding {
        if self.fetches() {
            return Finding::skipped("there is none: messages are fetched");
        }
        if let Some(rests) = self.rests() {
            return rests;
        }
        if let Some(by) = self.front() {
            return self.reach(by);
        }
        let link = &self.profile.link;
        let trip = link
            .round_trip_ms
            .map(|ms| Duration::from_secs_f64(ms.max(0.0) / 1000.0));
        match (link.state, link.verified) {
            (LinkWord::Up, true) => Finding::ok(match trip {
                Some(trip) => format!(
                    "up and verified, {:.1} ms there and back",
                    trip.as_secs_f64() * 1000.0
                ),
                None => "up and verified".to_owned(),
            }),
            (LinkWord::Up, false) => {
                Finding::fault(Verdict::Warning, Fault::LinkUnverified, link.reason.as_deref())
            }
            (LinkWord::Off, _) => Finding::because(Item::Presence),
            (LinkWord::Dialling | LinkWord::Waiting, _) => {
                let known = [Fault::RelayRefused, Fault::Superseded, Fault::RelayUnreachable];
                self.first(&known, Verdict::Problem).unwrap_or_else(|| {
                    Finding::fault(Verdict::Problem, Fault::RelayUnreachable, link.reason.as_deref())
                })
            }
        }
    }

    /// What makes the own listener reachable, where messages come to it.
    fn front(&self) -> Option<&'static str> {
        match self.profile.exposure {
            ExposureStatus::Relay { .. } | ExposureStatus::Poll => None,
            ExposureStatus::Cloudflared { .. } => {
                Some("cloudflared runs, and has an address that leads here")
            }
            ExposureStatus::Ngrok { .. } => Some("ngrok runs, and has an address that leads here"),
            ExposureStatus::Url { .. } => {
                Some("none is needed: this host listens where your own address leads")
            }
        }
    }

    /// How that does; `fine` says that it does well.
    fn reach(&self, fine: &str) -> Finding {
        match self.profile.link.state {
            LinkWord::Up => Finding::ok(fine),
            LinkWord::Off => Finding::because(Item::Presence),
            LinkWord::Dialling | LinkWord::Waiting => {
                let reason = self.profile.link.reason.as_deref();
                self.first(&OF_THE_FRONT, Verdict::Problem)
                    .unwrap_or_else(|| Finding::fault(Verdict::Warning, Fault::ExposureDown, reason))
            }
        }
    }

    fn platform_door(&self) -> Finding {
        let faults = [Fault::SelfTestFailed, Fault::NoWayIn];
        if let Some(finding) = self.first(&faults, Verdict::Problem) {
            return finding;
        }
        match self.rests() {
            Some(rests) => rests,
            None if !self.is_online() => Finding::because(Item::Presence),
            None if self.fetches() => Finding::ok("none is needed: the platform has messages to fetch"),
            None => Finding::ok("a call from outside came through"),
        }
    }

    fn shared_door(&self, card: &SharedCard) -> Finding {
        match (&self.profile.exposure, card) {
            (ExposureStatus::Poll, _) => Finding::skipped("there is none: messages are fetched"),
            (
                ExposureStatus::Relay {
                    shared_door: false, ..
                }
                | ExposureStatus::Cloudflared {
                    shared_door: false, ..
                }
                | ExposureStatus::Ngrok {
                    shared_door: false, ..
                }
                | ExposureStatus::Url {
                    shared_door: false, ..
                },
                _,
            ) => Finding::skipped("it is shut; `ligand door share` opens it"),
            (_, Some(Ok(()))) => Finding::ok("open, and the card came through"),
            (_, Some(Err(why))) => Finding::fault(
                Verdict::Problem,
                Fault::SelfTestFailed,
                Some(&format!("the card: {why}")),
            ),
            (_, None) => self.rests().unwrap_or_else(|| Finding::because(Item::Link)),
        }
    }

    fn inbound_secret(&self) -> Finding {
        if self.fetches() {
            return Finding::skipped("none is needed: messages are fetched");
        }
        if let Some(finding) = self.first(&[Fault::OpenDoor], Verdict::Warning) {
            return finding;
        }
        match self.rests() {
            Some(rests) => rests,
            None if !self.is_online() => Finding::because(Item::Presence),
            None => Finding::ok("known, and asked for at the platform door"),
        }
    }

    fn quiet_close(&self) -> Finding {
        if self.fetches() {
            return Finding::skipped("not needed: messages are fetched");
        }
        if let Some(finding) = self.first(&[Fault::RefusedWhileAway, Fault::LoudClose], Verdict::Warning) {
            return finding;
        }
        match self.rests() {
            Some(rests) => rests,
            None if !self.is_online() => Finding::because(Item::PlatformDoor),
            None => Finding::ok("it arrives so: what is sent while away is queued"),
        }
    }

    /// What the host says besides, so that nothing stands in `status` that is not here.
    fn others(&self) -> Finding {
        let items = self.profile.health.iter().chain(&self.host);
        let mut rest = items.filter(|item| TOLD.iter().all(|fault| fault.code() != item.code));
        let Some(item) = rest.next() else {
            return Finding::ok("none");
        };
        let mut found = item.title.clone();
        if let Some(detail) = &item.detail {
            found = format!("{found}: {detail}");
        }
        match item.severity {
            Severity::Error => Finding::problem(found, &item.next),
            Severity::Warning | Severity::Info => Finding::warning(found, &item.next),
        }
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
