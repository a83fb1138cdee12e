//! An agent's card: written by a stranger's program, rewritten by us, read by strangers.

use ligand_host::{
    agent::{Interfaces, Rewrite, rewrite},
    doors::at_shared_door,
};
use serde_json::Value;
use url::{Host, Url};

use crate::{DOOR, PORT};

/// Rewrites a card. No address on this machine may be left, nothing but addresses may change, a signed card may not
/// change at all, and who calls what the card now says must get through.
pub fn card(data: &[u8]) {
    let Ok(own) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let interfaces = Interfaces::of(&own, PORT, "/", "/card");
    let mut outside = own.clone();
    let outcome = rewrite(&mut outside, DOOR);
    if outcome != Rewrite::Changed {
        assert_eq!(outside, own, "changed without a word");
        let is_signed = own["signatures"].as_array().is_some_and(|list| !list.is_empty());
        assert_eq!(
            outcome == Rewrite::SignedAndLocal,
            is_signed && !locals(&own).is_empty()
        );
        return;
    }
    assert!(locals(&outside).is_empty(), "{outside} names this machine");
    let mut again = outside.clone();
    assert_eq!(
        rewrite(&mut again, DOOR),
        Rewrite::AsIs,
        "what was rewritten is rewritten again"
    );
    for (before, after) in addresses(&own).zip(addresses(&outside)) {
        let reachable = local(before).is_some_and(|url| url.port_or_known_default() == Some(PORT));
        if reachable && has_known_binding(&own, before) {
            called(after, &interfaces);
        }
    }
    let (mut own, mut outside) = (own, outside);
    without_addresses(&mut own);
    without_addresses(&mut outside);
    assert_eq!(own, outside, "something else than an address has changed");
}

/// Calls an address as a client does: its parser has the last word on the path.
fn called(address: &str, interfaces: &Interfaces) {
    let Ok(url) = Url::parse(address) else {
        panic!("{address:?} is no address any more");
    };
    let door = Url::parse(DOOR).expect("the door is a URL");
    assert_eq!(url.origin(), door.origin());
    let Some(rest) = url.path().strip_prefix(door.path()) else {
        panic!("{address:?} leads out of the door");
    };
    let refused = at_shared_door(rest, interfaces).err();
    // Some paths are never passed on, whoever names them.
    let is_reserved = refused == Some(ligand_host::doors::NotFound::Reserved);
    assert!(refused.is_none() || is_reserved, "{address:?}: {refused:?}");
}

/// Whether some interface with this address speaks what goes through a door.
fn has_known_binding(card: &Value, address: &str) -> bool {
    let is_known = |binding: &Value| {
        binding.as_str().is_none_or(|name| {
            ["JSONRPC", "HTTP+JSON"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        })
    };
    (card["url"] == address && is_known(&card["preferredTransport"]))
        || interfaces(card).any(|(list, interface)| {
            let field = if list == "supportedInterfaces" {
                "protocolBinding"
            } else {
                "transport"
            };
            interface["url"] == address && is_known(&interface[field])
        })
}

fn interfaces(card: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    ["additionalInterfaces", "supportedInterfaces"]
        .into_iter()
        .flat_map(|list| {
            card[list]
                .as_array()
                .into_iter()
                .flatten()
                .map(move |interface| (list, interface))
        })
}

fn addresses(card: &Value) -> impl Iterator<Item = &str> {
    std::iter::once(&card["url"])
        .chain(interfaces(card).map(|(_, interface)| &interface["url"]))
        .filter_map(Value::as_str)
}

fn locals(card: &Value) -> Vec<&str> {
    addresses(card)
        .filter(|address| local(address).is_some())
        .collect()
}

/// The address, if it is one on this machine.
fn local(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_unspecified(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unspecified(),
    };
    (is_here && matches!(url.scheme(), "http" | "https")).then_some(url)
}

fn without_addresses(card: &mut Value) {
    let Some(card) = card.as_object_mut() else { return };
    card.remove("url");
    for list in ["additionalInterfaces", "supportedInterfaces"] {
        for interface in card
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(interface) = interface.as_object_mut() {
                interface.remove("url");
            }
        }
    }
}
