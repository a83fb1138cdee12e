//! The two ends that a profile talks to, platform and relay: each is looked at from every side at once.

use ligand_platform::{BaseUrl, ORG_ID, Platform, Token};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, ORIGIN};
use url::Url;

use super::{
    answer::{self, Head, Silence},
    checklist::{Finding, Findings, Item},
    network::{Place, Reached},
    platform::{self, Heard},
};
use crate::{
    config::Profile,
    health::Fault,
    proxy::{Proxies, Way},
    status::PresenceWord,
};

/// What was seen of the platform.
pub(super) struct PlatformSeen {
    health_url: Url,
    way: Way,
    reached: Reached,
    answer: Result<Head, Silence>,
    heard: Heard,
}

impl PlatformSeen {
    /// Looks at it from every side at once.
    pub(super) async fn look(
        profile: &Profile,
        token: Option<&Token>,
        proxies: &Proxies,
    ) -> Result<Self, String> {
        let base: BaseUrl = profile
            .platform
            .parse()
            .map_err(|error| format!("the platform's address: {error}"))?;
        let health_url = Url::parse(&format!("{base}/health")).map_err(|error| error.to_string())?;
        let headers = headers(&base, profile.org_id.as_deref());
        let client = Platform::through(base, profile.org_id.clone(), proxies.configured())
            .map_err(|error| error.to_string())?;
        let way = proxies.way(&health_url);
        let place = Place::of(&health_url, &way, Fault::PlatformUnreachable);
        let (reached, answer, heard) = tokio::join!(
            place.reach(),
            answer::ask(&health_url, headers, &way, proxies),
            platform::ask(&client, profile.workspace, token),
        );
        Ok(Self {
            health_url,
            way,
            reached,
            answer,
            heard,
        })
    }

    /// Notes what was seen. `can_read`: whether the vault could be read, without which nothing is known of the token.
    /// `presence` is how the host sees itself, where one runs.
    pub(super) fn note(self, can_read: bool, presence: Option<PresenceWord>, findings: &mut Findings) {
        findings.note(Item::PlatformDns, self.reached.name);
        findings.note(Item::PlatformTcp, self.reached.connection);
        findings.note(Item::PlatformProxy, self.way.finding(&self.answer));
        let tls = answer::tls(&self.health_url, &self.answer, Fault::PlatformUnreachable);
        findings.note(Item::PlatformTls, tls);
        findings.note(Item::CaptivePortal, answer::captive_portal(&self.answer));
        findings.note(Item::Clock, answer::clock(&self.answer));
        findings.note(Item::PlatformHealth, self.heard.health());
        let token = match can_read {
            true => self.heard.token(),
            false => Finding::because(Item::Keychain),
        };
        findings.note(Item::Token, token);
        findings.note(Item::Workspace, self.heard.workspace(presence));
    }
}

/// What the platform's own client sends: some edges answer nothing else.
fn headers(base: &BaseUrl, org_id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(origin) = HeaderValue::from_str(&base.origin()) {
        headers.insert(ORIGIN, origin);
    }
    if let Some(Ok(org_id)) = org_id.map(|id| HeaderValue::from_str(id.trim())) {
        headers.insert(ORG_ID, org_id);
    }
    headers
}

/// What was seen of the relay.
pub(super) struct RelaySeen {
    url: Url,
    way: Way,
    reached: Reached,
    answer: Result<Head, Silence>,
}

impl RelaySeen {
    /// None where there is no relay.
    pub(super) async fn look(url: Option<&Url>, proxies: &Proxies) -> Option<Self> {
        let url = url?.clone();
        let way = proxies.way(&url);
        let place = Place::of(&url, &way, Fault::RelayUnreachable);
        let (reached, answer) =
            tokio::join!(place.reach(), answer::ask(&url, HeaderMap::new(), &way, proxies));
        Some(Self {
            url,
            way,
            reached,
            answer,
        })
    }

    /// Notes what was seen.
    pub(super) fn note(seen: Option<&Self>, fetches: bool, findings: &mut Findings) {
        let Some(seen) = seen else {
            for item in [Item::RelayDns, Item::RelayTcp, Item::RelayProxy, Item::RelayTls] {
                let why = match fetches {
                    true => "there is no relay: messages are fetched",
                    false => "there is no relay: calls come to this host's own listener",
                };
                findings.note(item, Finding::skipped(why));
            }
            return;
        };
        findings.note(Item::RelayDns, seen.reached.name.clone());
        findings.note(Item::RelayTcp, seen.reached.connection.clone());
        findings.note(Item::RelayProxy, seen.way.finding(&seen.answer));
        findings.note(
            Item::RelayTls,
            answer::tls(&seen.url, &seen.answer, Fault::RelayUnreachable),
        );
    }
}
