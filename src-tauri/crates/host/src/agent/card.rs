//! The addresses in an agent's card, and how the card must read from outside.
//!
//! A2A 0.2 and 0.3 name addresses in `url` and `additionalInterfaces[].url`, 1.0 in `supportedInterfaces[].url`. Every
//! other field is the agent's own business and stays as it is.

use serde_json::Value;
use url::{Host, Position, Url};

/// What rewriting a card came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrite {
    /// Addresses were replaced.
    Changed,
    /// Nothing to replace: the agent knows its public address.
    AsIs,
    /// The card is signed, so it was left alone, and it names an address that nobody outside can reach.
    SignedAndLocal,
}

/// Puts `base`, a door's URL, in place of the origin of every address on this machine, and keeps the path below it.
/// A signed card is left as it is: a changed one would be worth less than one with a useless address.
#[must_use]
pub fn rewrite(card: &mut Value, base: &str) -> Rewrite {
    let signed = is_signed(card);
    let mut found = false;
    for address in addresses(card) {
        let Some(outside) = address.as_str().and_then(|address| from_outside(address, base)) else {
            continue;
        };
        found = true;
        if !signed {
            *address = Value::String(outside);
        }
    }
    match (found, signed) {
        (false, _) => Rewrite::AsIs,
        (true, false) => Rewrite::Changed,
        (true, true) => Rewrite::SignedAndLocal,
    }
}

/// Whether somebody has signed the card.
pub(super) fn is_signed(card: &Value) -> bool {
    card.get("signatures")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty())
}

/// An address on this machine as it is below `base`; `None` for any other address.
pub(crate) fn from_outside(address: &str, base: &str) -> Option<String> {
    Some(format!("{base}{}", below_local_origin(address)?))
}

/// The places of a card where addresses stand.
fn addresses(card: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = card.as_object_mut().into_iter().flatten();
    fields.flat_map(|(name, value)| -> Vec<&mut Value> {
        match name.as_str() {
            "url" => vec![value],
            "additionalInterfaces" | "supportedInterfaces" => {
                let list = value.as_array_mut().into_iter().flatten();
                list.filter_map(|interface| interface.get_mut("url")).collect()
            }
            _ => Vec::new(),
        }
    })
}

/// What follows the origin of an address on this machine: byte for byte, unless those bytes are for a URL parser to put
/// right. One that climbs (`/../x`) would lead out of a door's path.
fn below_local_origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    if !(matches!(url.scheme(), "http" | "https") && is_local(&url)) {
        return None;
    }
    let after_scheme = address.split_once("://").map(|(_, after)| after);
    let own = after_scheme.map(|after| after.find(['/', '?', '#']).map_or("", |at| &after[at..]));
    let own = own.filter(|_| {
        address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    });
    let parsed = &url[Position::BeforePath..];
    // A parser gives an address without a path the root.
    match own {
        Some(own) if own == parsed || parsed.strip_prefix('/') == Some(own) => Some(own.to_owned()),
        _ => Some(parsed.to_owned()),
    }
}

/// Whether the host is this machine. Many agents write the address that they listen on (`0.0.0.0`) into their card.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DOOR: &str = "https://relay.example/w/abc";

    fn rewritten(mut card: Value) -> (Rewrite, Value) {
        (rewrite(&mut card, DOOR), card)
    }

    #[test]
    fn every_local_address_becomes_the_doors_and_keeps_what_follows_byte_for_byte() {
        for (local, below) in [
            ("http://127.0.0.1:9000", ""),
            ("http://127.0.0.1:9000/", "/"),
            ("http://localhost:9000/a2a/v1?x=%2F&y", "/a2a/v1?x=%2F&y"),
            ("https://[::1]/rest/", "/rest/"),
            ("http://0.0.0.0:9999/", "/"),
            ("http://agent.localhost:1?q", "?q"),
            ("http://localhost/a/../../b", "/b"),
            ("http://localhost/%2e%2E/b", "/b"),
            ("http://localhost\\..\\b", "/b"),
            ("http:localhost:9/b", "/b"),
        ] {
            let card = json!({"url": local, "additionalInterfaces": [{"url": local, "transport": "GRPC"}],
                "supportedInterfaces": [{"url": local, "protocolBinding": "JSONRPC"}], "iconUrl": local, "odd": [1]});
            let (outcome, card) = rewritten(card);
            let there = format!("{DOOR}{below}");
            assert_eq!(outcome, Rewrite::Changed);
            assert_eq!(card["url"], there);
            assert_eq!(card["additionalInterfaces"][0]["url"], there);
            assert_eq!(card["supportedInterfaces"][0]["url"], there);
            assert_eq!((&card["iconUrl"], &card["odd"]), (&json!(local), &json!([1])));
        }
    }

    #[test]
    fn an_agent_that_knows_its_public_address_keeps_it() {
        let card =
            json!({"url": "https://agent.example/a2a", "additionalInterfaces": [{"url": "localhost:50051"}]});
        assert_eq!(rewritten(card.clone()), (Rewrite::AsIs, card));
    }

    #[test]
    fn a_signed_card_is_never_touched() {
        let card = json!({"url": "http://127.0.0.1:1/", "signatures": [{"protected": "x"}]});
        assert_eq!(rewritten(card.clone()), (Rewrite::SignedAndLocal, card));
        let (outcome, _) = rewritten(json!({"url": "http://127.0.0.1:1/", "signatures": []}));
        assert_eq!(outcome, Rewrite::Changed);
    }

    #[test]
    fn odd_cards_are_survived() {
        for card in [
            json!([]),
            json!("x"),
            json!({"url": 5, "supportedInterfaces": {"url": "http://localhost"}}),
        ] {
            assert_eq!(rewritten(card.clone()), (Rewrite::AsIs, card));
        }
    }
}
