//! Finds the A2A agents that run on this machine already: what listens on loopback in a process of this user is asked
//! for an agent card.
//!
//! No ports are scanned: the operating system says which sockets are listened on and whose they are (`listening`). Who
//! is asked gets two GETs, for the two places of a card, and nothing is changed anywhere. It needs no running host.

mod listening;

use std::{net::IpAddr, time::Duration};

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use ts_rs::TS;
use url::Url;

use self::listening::{Listening, listening};
use crate::{
    agent::Agent,
    config::{AgentConfig, Config, is_loopback},
};

/// For the card's two places together; an agent gives its card at once, and something else may never answer.
const CARD_WITHIN: Duration = Duration::from_secs(2);

/// So many are asked at the same time: each may send a megabyte before it is told from a card.
const AT_ONCE: usize = 16;

/// Characters of what a card says that are worth a place in a list.
const SHOWN: usize = 80;

/// Versions of A2A that are worth one.
const VERSIONS: usize = 4;

/// An agent that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundAgent {
    /// Its name, as its card says.
    pub name: String,
    /// Where it is, for a profile to attach.
    pub url: String,
    /// The versions of A2A that its card names, in the card's order; none in the cards of early agents.
    pub versions: Vec<String>,
    /// The process that listens.
    pub process: String,
    /// Its id.
    pub pid: u32,
    /// The profiles that it answers for already.
    pub profiles: Vec<String>,
}

/// Why nothing can be looked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "the system does not tell which sockets are listened on ({0}); name the agent's address with --agent instead"
)]
pub struct DetectError(String);

/// The agents on this machine, in order of their ports. `started`: the ports that agents of profiles were told to listen
/// on, as the running host says.
///
/// # Errors
/// When the operating system does not tell what listens.
pub async fn agents(config: &Config, started: &[(String, u16)]) -> Result<Vec<FoundAgent>, DetectError> {
    let looked = tokio::task::spawn_blocking(listening).await;
    let places = looked
        .map_err(|_| DetectError("Ligand is ending".to_owned()))?
        .map_err(DetectError)?;
    let asked = stream::iter(places).map(|place| async move {
        let card = card_at(&place).await?;
        // The card itself, which may be long, is not kept.
        Some((place.port, described(place, &card, config, started)))
    });
    let mut found: Vec<(u16, FoundAgent)> = asked
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    found.sort_by_key(|(port, _)| *port);
    Ok(found.into_iter().map(|(_, agent)| agent).collect())
}

/// What answers there, if it is a card.
async fn card_at(place: &Listening) -> Option<Value> {
    let agent = Agent::attach(url_of(place)?);
    let card = timeout(CARD_WITHIN, agent.card(None)).await.ok()?.ok()?;
    is_card(&card).then_some(card)
}

fn url_of(place: &Listening) -> Option<Url> {
    Url::parse(&address(place)).ok()
}

fn address(place: &Listening) -> String {
    match place.ip {
        // Listened on by all names of IPv6, and mostly of IPv4 as well.
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://localhost:{}", place.port),
        IpAddr::V6(ip) => format!("http://[{ip}]:{}", place.port),
        IpAddr::V4(ip) => format!("http://{ip}:{}", place.port),
    }
}

/// Other programs answer with JSON too: a card has a name and says where to call.
fn is_card(card: &Value) -> bool {
    let has_name = card["name"].as_str().is_some_and(|name| !name.trim().is_empty());
    has_name && (card["url"].is_string() || card["supportedInterfaces"].is_array())
}

fn described(place: Listening, card: &Value, config: &Config, started: &[(String, u16)]) -> FoundAgent {
    let url = address(&place);
    FoundAgent {
        name: short(card["name"].as_str().unwrap_or_default()),
        versions: versions(card),
        profiles: profiles_at(place.port, config, started),
        process: place.process,
        pid: place.pid,
        url,
    }
}

/// 0.x names its version at the top, 1.x one for each interface.
fn versions(card: &Value) -> Vec<String> {
    let interfaces = card["supportedInterfaces"].as_array().into_iter().flatten();
    let named = interfaces
        .map(|interface| &interface["protocolVersion"])
        .chain([&card["protocolVersion"]])
        .filter_map(Value::as_str)
        .map(short);
    let mut versions: Vec<String> = Vec::new();
    for version in named {
        if versions.len() < VERSIONS && !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn short(text: &str) -> String {
    text.trim().chars().take(SHOWN).collect()
}

/// The profiles whose agent is attached at that port, or was started there.
fn profiles_at(port: u16, config: &Config, started: &[(String, u16)]) -> Vec<String> {
    let is_there = |url: &Url| is_loopback(url) && url.port_or_known_default() == Some(port);
    let profiles = config.profiles.iter();
    let attached = profiles
        .filter(|(_, profile)| matches!(&profile.agent, AgentConfig::Attach { url } if is_there(url)))
        .map(|(name, _)| name.to_string());
    let started = started.iter().filter(|(_, at)| *at == port);
    attached.chain(started.map(|(name, _)| name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{DeliveryConfig, ExposureConfig, Profile};

    fn place(ip: &str) -> Listening {
        Listening {
            ip: ip.parse().unwrap(),
            port: 9000,
            pid: 7,
            process: "python3".to_owned(),
        }
    }

    fn attached(url: &str) -> Config {
        let profile = Profile {
            platform: "https://acme.example".to_owned(),
            workspace: uuid::Uuid::nil(),
            org_id: None,
            agent: AgentConfig::Attach {
                url: url.parse().unwrap(),
            },
            exposure: ExposureConfig::Poll,
            token_to: None,
            shared_door: false,
            delivery: DeliveryConfig::default(),
        };
        Config {
            profiles: [("work".parse().unwrap(), profile)].into(),
            ..Config::default()
        }
    }

    #[test]
    fn an_agent_is_described_by_its_card_its_process_and_the_profiles_that_use_it() {
        let card = json!({"name": " Helper ", "url": "http://localhost:9000/", "protocolVersion": "0.3.0",
            "supportedInterfaces": [{"protocolVersion": "1.0"}, {"protocolVersion": "0.3.0"}, {}]});
        let found = described(
            place("127.0.0.1"),
            &card,
            &attached("http://localhost:9000/a2a"),
            &[],
        );
        assert_eq!(
            (found.name.as_str(), found.url.as_str()),
            ("Helper", "http://127.0.0.1:9000")
        );
        assert_eq!(found.versions, ["1.0", "0.3.0"]);
        assert_eq!((found.process.as_str(), found.pid), ("python3", 7));
        assert_eq!(found.profiles, ["work"]);
        let other = described(
            place("127.0.0.1"),
            &card,
            &attached("http://localhost:9001"),
            &[("home".to_owned(), 9000)],
        );
        assert_eq!(other.profiles, ["home"], "one that Ligand has started");
    }

    #[test]
    fn a_card_that_says_too_much_has_no_more_than_its_place_in_the_list() {
        let interfaces: Vec<Value> = (0..1000)
            .map(|n| json!({"protocolVersion": format!("{n}")}))
            .collect();
        let card = json!({"name": "ä".repeat(10_000), "supportedInterfaces": interfaces});
        let found = described(place("127.0.0.1"), &card, &Config::default(), &[]);
        assert_eq!(
            (found.name.chars().count(), found.versions.len()),
            (SHOWN, VERSIONS)
        );
    }

    #[test]
    fn an_address_is_one_that_a_profile_may_have() {
        for (ip, address) in [
            ("127.0.0.1", "http://127.0.0.1:9000"),
            ("::1", "http://[::1]:9000"),
            ("::", "http://localhost:9000"),
        ] {
            assert_eq!(super::address(&place(ip)), address);
            address.parse::<AgentConfig>().unwrap();
        }
    }

    #[test]
    fn json_of_another_kind_is_no_card() {
        for other in [
            json!({"name": "A"}),
            json!({"url": "http://localhost"}),
            json!({"name": "", "url": "x"}),
            json!({"name": 7, "supportedInterfaces": []}),
        ] {
            assert!(!is_card(&other), "{other}");
        }
        assert!(is_card(&json!({"name": "A", "supportedInterfaces": []})));
    }
}
