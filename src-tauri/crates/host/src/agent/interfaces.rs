//! Where an agent takes calls, as its card says.

use ligand_tunnel::card::CARD_PATHS;
use serde_json::Value;
use url::Url;

use super::card::{is_local, is_signed};

/// Where agents that speak HTTP+JSON have the card for those who have proved who they are, below their root: in 0.3
/// and in 1.0.
const EXTENDED_CARDS: [&str; 2] = ["/v1/card", "/extendedAgentCard"];

/// The paths at which an agent takes calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interfaces {
    /// Where a JSON-RPC call goes that names no path.
    pub endpoint: String,
    /// Where the card is.
    pub card: String,
    /// Whether the card is signed and names an address that only this machine can reach.
    pub(crate) is_sealed: bool,
    /// Paths of JSON-RPC endpoints, as the card spells them.
    rpc: Vec<String>,
    /// HTTP+JSON roots, without a trailing slash: their methods are paths below.
    rest: Vec<String>,
    /// Addresses on other machines. One of them may be our own door.
    elsewhere: Vec<(Binding, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binding {
    JsonRpc,
    HttpJson,
}

impl Interfaces {
    /// What is known without a card: the path that the user configured.
    pub(crate) fn without_card(path: &str) -> Self {
        Self {
            endpoint: path.to_owned(),
            card: CARD_PATHS[0].to_owned(),
            is_sealed: false,
            rpc: Vec::new(),
            rest: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    /// What the card says, for an agent at `path` of `port`. A path that the user configured goes before the card's.
    #[must_use]
    pub fn of(card: &Value, port: u16, path: &str, card_path: &str) -> Self {
        let mut this = Self {
            card: card_path.to_owned(),
            ..Self::without_card(path)
        };
        let mut endpoint_version = None;
        for named in named(card) {
            let here = is_local(&named.url);
            this.is_sealed |= here && is_signed(card);
            let Some(binding) = named.binding() else { continue };
            if !here {
                this.elsewhere.push((binding, named.url.into()));
                continue;
            }
            if named.url.port_or_known_default() != Some(port) {
                continue;
            }
            // The platform speaks 0.x, so where there is a choice that is the agent's endpoint.
            let is_old = named.version.starts_with("0.");
            let is_better = endpoint_version.is_none_or(|was_old: bool| is_old && !was_old);
            if binding == Binding::JsonRpc && path == "/" && is_better {
                endpoint_version = Some(is_old);
                named.url.path().clone_into(&mut this.endpoint);
            }
            this.add(binding, named.url.path());
        }
        this
    }

    /// The same for calls through the door at `base`, which an agent may know and name in its card.
    pub(crate) fn behind(&self, base: &str) -> Self {
        let mut this = self.clone();
        for (binding, address) in std::mem::take(&mut this.elsewhere) {
            let below = address.strip_prefix(base).filter(|below| below.starts_with('/'));
            let Some(path) = below.and_then(|below| below.split(['?', '#']).next()) else {
                continue;
            };
            if binding == Binding::JsonRpc && this.endpoint == "/" && this.rpc.is_empty() {
                path.clone_into(&mut this.endpoint);
            }
            this.add(binding, path);
        }
        this
    }

    /// Whether the card names addresses on other machines, one of which may be a door of ours.
    pub(crate) fn are_elsewhere(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    fn add(&mut self, binding: Binding, path: &str) {
        match binding {
            Binding::JsonRpc => self.rpc.push(path.to_owned()),
            Binding::HttpJson => self.rest.push(trimmed(path).to_owned()),
        }
    }

    /// Whether the card gives this very path to an interface.
    #[must_use]
    pub(crate) fn have(&self, path: &str) -> bool {
        self.rpc.iter().any(|rpc| trimmed(rpc) == path) || self.rest.iter().any(|rest| rest == path)
    }

    /// Where the agent has what is called by this path, if the card names it or something above it. An endpoint is
    /// found with and without its trailing slash: agents answer the wrong one with a redirect to where no caller
    /// gets.
    #[must_use]
    pub fn find<'a>(&'a self, path: &'a str) -> Option<&'a str> {
        if self.rpc.iter().any(|rpc| rpc == path) || self.rest.iter().any(|root| below(root, path).is_some())
        {
            return Some(path);
        }
        self.rpc
            .iter()
            .find(|rpc| trimmed(rpc) == trimmed(path))
            .map(String::as_str)
    }

    /// Whether a card is read at this path, besides the places where everybody looks for it.
    #[must_use]
    pub(crate) fn have_card_at(&self, path: &str) -> bool {
        let is_extended =
            |root: &String| below(root, path).is_some_and(|below| EXTENDED_CARDS.contains(&below));
        CARD_PATHS.iter().any(|card| path.ends_with(card)) || self.rest.iter().any(is_extended)
    }
}

/// What follows a root in a path at or below it.
fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(root)
        .filter(|below| below.is_empty() || below.starts_with('/'))
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

    fn binding(&self) -> Option<Binding> {
        if self.binding.eq_ignore_ascii_case("JSONRPC") {
            Some(Binding::JsonRpc)
        } else if self.binding.eq_ignore_ascii_case("HTTP+JSON") {
            Some(Binding::HttpJson)
        } else {
            None
        }
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
            assert!(interfaces.find(path).is_some(), "{path}");
        }
        for path in ["/", "/rpc/x", "/restful", "/grpc", "/rp"] {
            assert_eq!(interfaces.find(path), None, "{path}");
        }
    }

    #[test]
    fn an_http_json_interface_at_the_root_names_every_path() {
        let card = json!({"url": "http://localhost:9", "preferredTransport": "HTTP+JSON"});
        assert!(Interfaces::of(&card, 9, "/", "/c").find("/v1/tasks").is_some());
    }

    #[test]
    fn an_endpoint_is_found_with_and_without_its_slash_and_called_as_the_card_spells_it() {
        for own in ["/rpc", "/rpc/"] {
            let card = json!({"url": format!("http://localhost:9{own}")});
            let interfaces = Interfaces::of(&card, 9, "/", "/c");
            for path in ["/rpc", "/rpc/"] {
                assert_eq!(interfaces.find(path), Some(own));
            }
        }
        let both = json!({"url": "http://localhost:9/rpc", "additionalInterfaces": [
            {"url": "http://localhost:9/rpc/", "transport": "JSONRPC"}]});
        let interfaces = Interfaces::of(&both, 9, "/", "/c");
        for path in ["/rpc", "/rpc/"] {
            assert_eq!(interfaces.find(path), Some(path));
        }
    }

    #[test]
    fn an_agent_that_knows_our_door_is_called_at_the_paths_below_it() {
        const DOOR: &str = "https://relay.example/w/abc";
        let card = json!({"url": format!("{DOOR}/rpc/"), "additionalInterfaces": [
            {"url": format!("{DOOR}/rest?x"), "transport": "HTTP+JSON"},
            {"url": format!("{DOOR}d/other"), "transport": "JSONRPC"},
            {"url": "https://agent.example/far", "transport": "JSONRPC"}]});
        let known = Interfaces::of(&card, 9, "/", "/c");
        assert!(known.are_elsewhere() && known.find("/rpc").is_none());
        let behind = known.behind(DOOR);
        assert_eq!(behind.endpoint, "/rpc/");
        assert_eq!(behind.find("/rpc"), Some("/rpc/"));
        assert_eq!(behind.find("/rest/v1/tasks"), Some("/rest/v1/tasks"));
        for path in ["/far", "/d/other", "/other"] {
            assert_eq!(behind.find(path), None, "{path}");
        }
        let bare = Interfaces::of(&json!({"url": DOOR}), 9, "/mine", "/c").behind(DOOR);
        assert_eq!(bare.endpoint, "/mine");
    }

    #[test]
    fn only_a_signed_card_with_an_address_of_this_machine_is_sealed() {
        let of = |card: Value| Interfaces::of(&card, 9, "/", "/c").is_sealed;
        assert!(of(json!({"url": "http://localhost:8/", "signatures": [{}]})));
        assert!(!of(json!({"url": "http://localhost:9/", "signatures": []})));
        assert!(!of(json!({"url": "https://agent.example/", "signatures": [{}]})));
    }

    #[test]
    fn cards_below_a_root_are_known_as_cards() {
        let card = json!({"url": "http://localhost:9/rest/", "preferredTransport": "HTTP+JSON"});
        let interfaces = Interfaces::of(&card, 9, "/", "/c");
        for path in [
            "/rest/v1/card",
            "/rest/extendedAgentCard",
            "/rest/.well-known/agent.json",
        ] {
            assert!(interfaces.have_card_at(path), "{path}");
        }
        for path in ["/v1/card", "/rest/v1/tasks/card", "/restv1/card"] {
            assert!(!interfaces.have_card_at(path), "{path}");
        }
    }

    #[test]
    fn odd_cards_name_nothing() {
        for card in [
            json!([]),
            json!("x"),
            json!({"url": 5, "supportedInterfaces": {"url": "http://localhost"}}),
        ] {
            let nothing = Interfaces {
                card: "/c".into(),
                ..Interfaces::without_card("/")
            };
            assert_eq!(Interfaces::of(&card, 1, "/", "/c"), nothing);
        }
    }
}
