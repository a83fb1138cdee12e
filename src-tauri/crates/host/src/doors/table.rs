//! The table: what each path under a door means.
//!
//! ```text
//! platform door   itself (with or without a trailing slash)     a delivery, which the platform may queue
//!                 /a2a                                          a delivery, which is never queued
//! shared door     itself, /a2a                                  the agent's own endpoint
//!                 /.well-known/agent-card.json, agent.json      the agent's card
//!                 what the card's interfaces name               the same path at the agent
//! both            /transcript, /internal/*, everything else     nothing
//! ```

use std::borrow::Cow;

use crate::agent::{CARD_PATHS, Interfaces};

/// A message at the platform door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deliver {
    /// Whether the platform keeps the message when the call is closed without a byte.
    pub queued: bool,
}

/// What a path at the shared door leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass<'a> {
    /// To this path of the agent, without a query.
    On(&'a str),
    /// To a card of the agent, which it has at this path, as it reads from this door.
    Card(&'a str),
}

/// Why nothing is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The path is under none of our doors.
    #[error("There is no such door.")]
    NoDoor,
    /// The user has not opened the shared door.
    #[error("This door is closed.")]
    Closed,
    /// Something of the platform's own containers, which an agent on a laptop does not offer: it would read files or
    /// take a stranger's credential.
    #[error("An agent on a laptop does not offer this.")]
    Reserved,
    /// Only the platform's calls are taken at this door.
    #[error("The platform's door takes messages and nothing else.")]
    NotAtThisDoor,
    /// The agent's card does not name the path.
    #[error("The agent's card names no such path.")]
    NotNamed,
}

/// Judges what follows the platform door in a path, without the query.
///
/// # Errors
/// Why nothing is there.
pub fn at_platform_door(rest: &str) -> Result<Deliver, NotFound> {
    match rest {
        "" | "/" => Ok(Deliver { queued: true }),
        // The platform appends `/a2a` as text, also to an address that ends in a slash.
        "/a2a" | "/a2a/" | "//a2a" => Ok(Deliver { queued: false }),
        _ if is_reserved(rest) => Err(NotFound::Reserved),
        _ => Err(NotFound::NotAtThisDoor),
    }
}

/// Judges what follows the shared door, when it is open, in a path without the query.
///
/// # Errors
/// Why nothing is there.
pub fn at_shared_door<'a>(rest: &'a str, interfaces: &'a Interfaces) -> Result<Pass<'a>, NotFound> {
    let endpoint = || Ok(Pass::On(&interfaces.endpoint));
    match rest {
        _ if is_reserved(rest) => Err(NotFound::Reserved),
        _ if CARD_PATHS.contains(&rest) => Ok(Pass::Card(&interfaces.card)),
        "" | "/" => endpoint(),
        // Where the card gives this very path a meaning of its own, that goes before ours.
        "/a2a" | "/a2a/" if !interfaces.have("/a2a") => endpoint(),
        _ => match interfaces.find(rest) {
            Some(path) if interfaces.have_card_at(rest) => Ok(Pass::Card(path)),
            Some(path) => Ok(Pass::On(path)),
            None => Err(NotFound::NotNamed),
        },
    }
}

/// Whether a path is, or could be read as, one of those that are never passed on. Agents decode a path before they
/// look at it, so it is judged decoded; one that climbs with `..` could lead anywhere.
fn is_reserved(rest: &str) -> bool {
    let decoded = percent_decoded(rest);
    let mut segments = decoded
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .filter(|segment| !segment.is_empty());
    let climbs = segments.clone().any(|segment| matches!(segment, b"." | b".."));
    let first = segments.next().unwrap_or_default();
    climbs || first.eq_ignore_ascii_case(b"internal") || first.eq_ignore_ascii_case(b"transcript")
}

fn percent_decoded(text: &str) -> Cow<'_, [u8]> {
    let mut rest = text.as_bytes();
    if !rest.contains(&b'%') {
        return rest.into();
    }
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &after[2..];
            }
            _ => decoded.push(byte),
        }
    }
    decoded.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card() -> Interfaces {
        let card = json!({"supportedInterfaces": [
            {"url": "http://localhost:9/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            {"url": "http://localhost:9/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"}]});
        Interfaces::of(&card, 9, "/", CARD_PATHS[1])
    }

    fn on(path: &str) -> Result<Pass<'_>, NotFound> {
        Ok(Pass::On(path))
    }

    #[test]
    fn the_platform_door_takes_deliveries_and_nothing_else() {
        for rest in ["", "/"] {
            assert_eq!(at_platform_door(rest), Ok(Deliver { queued: true }), "{rest:?}");
        }
        for rest in ["/a2a", "//a2a", "/a2a/"] {
            assert_eq!(at_platform_door(rest), Ok(Deliver { queued: false }), "{rest:?}");
        }
        for rest in ["/.well-known/agent-card.json", "/rpc", "//", "/a2a/x", "/A2A"] {
            assert_eq!(at_platform_door(rest), Err(NotFound::NotAtThisDoor), "{rest:?}");
        }
    }

    #[test]
    fn the_shared_door_leads_to_what_the_agent_and_its_card_offer() {
        let card = card();
        let shared = |rest| at_shared_door(rest, &card);
        for rest in ["", "/", "/a2a", "/a2a/"] {
            assert_eq!(shared(rest), on("/rpc"), "{rest:?}");
        }
        for rest in CARD_PATHS {
            assert_eq!(shared(rest), Ok(Pass::Card(CARD_PATHS[1])));
        }
        for rest in ["/rpc", "/rest/message:send", "/rest/tasks/a%2Fb"] {
            assert_eq!(shared(rest), on(rest));
        }
        let extended = "/rest/extendedAgentCard";
        assert_eq!(shared(extended), Ok(Pass::Card(extended)));
        assert_eq!(shared("/admin"), Err(NotFound::NotNamed));
    }

    #[test]
    fn what_is_reserved_is_at_neither_door_however_it_is_spelled() {
        let everything = Interfaces::of(
            &json!({"url": "http://localhost:9", "preferredTransport": "HTTP+JSON"}),
            9,
            "/",
            "/c",
        );
        for rest in [
            "/transcript",
            "/internal/file/read",
            "/internal",
            "//internal/x",
            "/Internal/x",
            "/%69nternal/x",
            "/x/../internal/y",
            "/x/%2e%2e/y",
            "/x%2f..%2Fy",
            "/x/..\\y",
            "/./y",
        ] {
            assert_eq!(
                at_shared_door(rest, &everything),
                Err(NotFound::Reserved),
                "{rest}"
            );
            assert_eq!(at_platform_door(rest), Err(NotFound::Reserved), "{rest}");
        }
        for rest in ["/v1/internal", "/transcripts", "/%zz", "/%2", "/a..b"] {
            assert_eq!(at_shared_door(rest, &everything), on(rest));
        }
    }

    #[test]
    fn a_path_that_the_card_names_goes_before_our_own_meaning_of_it() {
        let card = json!({"url": "http://localhost:9/rpc", "additionalInterfaces": [
            {"url": "http://localhost:9/a2a", "transport": "HTTP+JSON"}]});
        let interfaces = Interfaces::of(&card, 9, "/", "/c");
        assert_eq!(at_shared_door("/a2a", &interfaces), on("/a2a"));
        let root = json!({"url": "http://localhost:9/rpc", "additionalInterfaces": [
            {"url": "http://localhost:9", "transport": "HTTP+JSON"}]});
        let interfaces = Interfaces::of(&root, 9, "/", "/c");
        assert_eq!(at_shared_door("/a2a", &interfaces), on("/rpc"));
        assert_eq!(at_shared_door("/", &interfaces), on("/rpc"));
    }
}
