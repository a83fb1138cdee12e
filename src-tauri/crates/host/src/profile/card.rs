//! The card that the platform is given: the agent's own, without addresses, with our relay key in it.

use ligand_tunnel::{VerifyingKey, card_extension};
use serde_json::{Map, Value, json};

/// Fields of a card that name an address. The platform shows a card to everyone who knows the workspace's id, and
/// one of its routes calls the host of `url` with its own caller's credential: so no address goes in.
const ADDRESSES: [&str; 3] = ["url", "additionalInterfaces", "supportedInterfaces"];

/// The agent's card as it is registered.
pub(super) fn for_platform(mut card: Value, relay_key: &VerifyingKey) -> Value {
    let Some(fields) = card.as_object_mut() else {
        return for_platform(json!({}), relay_key);
    };
    remove_addresses(fields);
    let capabilities = fields.entry("capabilities").or_insert_with(|| json!({}));
    if !capabilities.is_object() {
        *capabilities = json!({});
    }
    let ours = card_extension(relay_key);
    if let Some(capabilities) = capabilities.as_object_mut() {
        let extensions = capabilities.entry("extensions").or_insert_with(|| json!([]));
        match extensions.as_array_mut() {
            Some(list) => {
                list.retain(|extension| extension.get("uri") != ours.get("uri"));
                list.push(ours);
            }
            None => *extensions = json!([ours]),
        }
    }
    card
}

/// The agent's card for anybody on the network who only wants to see that there is one.
pub(crate) fn for_anybody(mut card: Value) -> Value {
    if let Some(fields) = card.as_object_mut() {
        remove_addresses(fields);
    }
    card
}

fn remove_addresses(fields: &mut Map<String, Value>) {
    for address in ADDRESSES {
        fields.remove(address);
    }
    // Signatures cover what was just changed.
    fields.remove("signatures");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> VerifyingKey {
        ligand_tunnel::SigningKey::from_bytes(&[7; 32]).verifying_key()
    }

    #[test]
    fn no_address_of_the_laptop_reaches_the_platform() {
        let card = json!({"name": "A", "url": "http://127.0.0.1:1/", "supportedInterfaces": [{"url": "x"}],
            "additionalInterfaces": [], "signatures": [{}], "skills": [{"id": "s"}]});
        let sent = for_platform(card.clone(), &key());
        assert_eq!(sent["name"], "A");
        assert_eq!(sent["skills"][0]["id"], "s");
        let shown = for_anybody(card);
        assert_eq!(shown["name"], "A");
        for field in ["url", "supportedInterfaces", "additionalInterfaces", "signatures"] {
            assert!(sent.get(field).is_none() && shown.get(field).is_none(), "{field}");
        }
    }

    #[test]
    fn our_key_stands_in_the_card_once_whatever_the_agent_had_there() {
        for capabilities in [
            json!(null),
            json!("odd"),
            json!({"extensions": {}}),
            json!({"extensions": [{"uri": "other"}]}),
        ] {
            let once = for_platform(json!({"capabilities": capabilities}), &key());
            let twice = for_platform(once.clone(), &key());
            assert_eq!(once, twice);
            assert_eq!(ligand_tunnel::keys_in_card(&once), [key()]);
        }
    }

    #[test]
    fn a_card_that_is_no_object_is_replaced() {
        assert_eq!(
            ligand_tunnel::keys_in_card(&for_platform(json!("card"), &key())),
            [key()]
        );
    }
}
