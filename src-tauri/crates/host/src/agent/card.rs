//! What an agent's card says of addresses: where calls may go, and how the card must read from outside.
//!
//! A2A 0.3 names addresses in `url` and `additionalInterfaces[].url`, 1.0 in `supportedInterfaces[].url`. Every other
//! field is the agent's own business and stays as it is.

use serde_json::Value;
use url::{Host, Url};

/// Where a card is found below an agent's address; the second is what early 0.x agents serve.
pub(crate) const CARD_PATHS: [&str; 2] = ["/.well-known/agent-card.json", "/.well-known/agent.json"];

/// The paths at which an agent takes calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interfaces {
    /// Where a JSON-RPC call goes that names no path.
    pub endpoint: String,
    /// Where the card is.
    pub card: String,
    /// JSON-RPC endpoints, without a trailing slash.
    rpc: Vec<String>,
    /// HTTP+JSON roots, without a trailing slash: their methods are paths below.
    rest: Vec<String>,
}

impl Interfaces {
    /// What is known without a card: the path that the user configured.
    pub(crate) fn without_card(path: &str) -> Self {
        Self {
            endpoint: path.to_owned(),
            card: CARD_PATHS[0].to_owned(),
            rpc: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// What the card says, for an agent at `path` of `port`. A path that the user configured goes before the card's.
    pub(crate) fn of(card: &Value, port: u16, path: &str, card_path: &str) -> Self {
        let named: Vec<Named> = named(card).filter(|named| named.is_at(port)).collect();
        let rpc = || {
            named
                .iter()
                .filter(|named| named.binding.eq_ignore_ascii_case("JSONRPC"))
        };
        // The platform speaks 0.x, so where there is a choice that is the agent's endpoint.
        let preferred = rpc()
            .find(|named| named.version.starts_with("0."))
            .or_else(|| rpc().next());
        let endpoint = match preferred {
            Some(named) if path == "/" => named.url.path(),
            _ => path,
        };
        let paths = |binding: &str| {
            let of_binding = named
                .iter()
                .filter(|named| named.binding.eq_ignore_ascii_case(binding));
            of_binding
                .map(|named| trimmed(named.url.path()).to_owned())
                .collect()
        };
        Self {
            endpoint: endpoint.to_owned(),
            card: card_path.to_owned(),
            rpc: paths("JSONRPC"),
            rest: paths("HTTP+JSON"),
        }
    }

    /// Whether the card gives this very path to an interface.
    #[must_use]
    pub(crate) fn have(&self, path: &str) -> bool {
        self.rpc.iter().chain(&self.rest).any(|own| own == path)
    }

    /// Whether the card names this path as one to call, or as below one to call.
    #[must_use]
    pub fn name(&self, path: &str) -> bool {
        let below = |root: &String| {
            path.strip_prefix(root.as_str())
                .is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        self.rpc.iter().any(|rpc| rpc == trimmed(path)) || self.rest.iter().any(below)
    }
}

/// What rewriting a card came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewrite {
    /// Addresses were replaced.
    Changed,
    /// Nothing to replace: the agent knows its public address.
    AsIs,
    /// The card is signed, so it was left alone, and it names an address that nobody outside can reach.
    SignedAndLocal,
}

/// Puts `base`, a door's URL, in place of the origin of every address on this machine, and keeps the path below it.
/// A signed card is left as it is: a changed one would be worth less than one with a useless address.
pub(crate) fn rewrite(card: &mut Value, base: &str) -> Rewrite {
    let signed = card
        .get("signatures")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    let mut found = false;
    for address in addresses(card) {
        let Some(below) = address.as_str().and_then(below_local_origin) else {
            continue;
        };
        found = true;
        if !signed {
            *address = Value::String(format!("{base}{below}"));
        }
    }
    match (found, signed) {
        (false, _) => Rewrite::AsIs,
        (true, false) => Rewrite::Changed,
        (true, true) => Rewrite::SignedAndLocal,
    }
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

/// What follows the origin of an address on this machine, byte for byte.
fn below_local_origin(address: &str) -> Option<&str> {
    let url = Url::parse(address).ok()?;
    if !(matches!(url.scheme(), "http" | "https") && is_local(&url)) {
        return None;
    }
    let (_, after_scheme) = address.split_once("://")?;
    Some(
        after_scheme
            .find(['/', '?', '#'])
            .map_or("", |at| &after_scheme[at..]),
    )
}

/// Whether the host is this machine. Many agents write the address that they listen on (`0.0.0.0`) into their card.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

/// One interface that a card names.
struct Named {
    url: Url,
    binding: String,
    version: String,
}

impl Named {
    fn read(url: Option<&Value>, binding: Option<&Value>, version: Option<&Value>) -> Option<Self> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            url: Url::parse(url?.as_str()?).ok()?,
            // The defaults of 0.3, where both fields may be left out.
            binding: text(binding).unwrap_or_else(|| "JSONRPC".to_owned()),
            version: text(version).unwrap_or_else(|| "0.3".to_owned()),
        })
    }

    fn is_at(&self, port: u16) -> bool {
        is_local(&self.url) && self.url.port_or_known_default() == Some(port)
    }
}

/// Every interface that a card of either version names, in the card's order of preference.
fn named(card: &Value) -> impl Iterator<Item = Named> {
    let version = card.get("protocolVersion");
    let list = |field: &str| card.get(field).and_then(Value::as_array).into_iter().flatten();
    let main = Named::read(card.get("url"), card.get("preferredTransport"), version);
    let additional =
        list("additionalInterfaces").map(move |i| Named::read(i.get("url"), i.get("transport"), version));
    let supported = list("supportedInterfaces")
        .map(|i| Named::read(i.get("url"), i.get("protocolBinding"), i.get("protocolVersion")));
    std::iter::once(main).chain(additional).chain(supported).flatten()
}

fn trimmed(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
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
            assert_eq!(rewritten(card.clone()), (Rewrite::AsIs, card.clone()));
            assert_eq!(
                Interfaces::of(&card, 1, "/", "/c"),
                Interfaces {
                    card: "/c".into(),
                    ..Interfaces::without_card("/")
                }
            );
        }
    }

    #[test]
    fn the_endpoint_is_the_configured_path_else_the_cards_json_rpc_address() {
        let card = json!({"supportedInterfaces": [
            {"url": "http://localhost:9/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"},
            {"url": "http://localhost:9/v1", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            {"url": "http://localhost:9/v0", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
            {"url": "http://localhost:8/other", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
        ]});
        assert_eq!(Interfaces::of(&card, 9, "/", "/c").endpoint, "/v0");
        assert_eq!(Interfaces::of(&card, 9, "/mine", "/c").endpoint, "/mine");
        assert_eq!(
            Interfaces::of(&json!({"url": "http://0.0.0.0:9/rpc"}), 9, "/", "/c").endpoint,
            "/rpc"
        );
        assert_eq!(Interfaces::of(&json!({}), 9, "/", "/c").endpoint, "/");
    }

    #[test]
    fn only_named_paths_are_named() {
        let card = json!({"url": "http://localhost:9/rpc/", "supportedInterfaces": [
            {"url": "http://localhost:9/rest", "protocolBinding": "http+json"},
            {"url": "http://localhost:9/grpc", "protocolBinding": "GRPC"}]});
        let interfaces = Interfaces::of(&card, 9, "/", "/c");
        for path in ["/rpc", "/rpc/", "/rest", "/rest/v1/message:send"] {
            assert!(interfaces.name(path), "{path}");
        }
        for path in ["/", "/rpc/x", "/restful", "/grpc", "/rp"] {
            assert!(!interfaces.name(path), "{path}");
        }
    }

    #[test]
    fn an_http_json_interface_at_the_root_names_every_path() {
        let card = json!({"url": "http://localhost:9", "preferredTransport": "HTTP+JSON"});
        assert!(Interfaces::of(&card, 9, "/", "/c").name("/v1/tasks"));
    }
}
