//! Paths under a door, as any caller can write them, at an agent with any card.

use ligand_host::{
    agent::Interfaces,
    doors::{Pass, at_platform_door, at_shared_door},
};
use ligand_tunnel::door::{DoorPath, Nonce, RelaySecret, Slot};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::PORT;

/// The first line is a path, below a true door if it begins with a slash; what follows is the agent's card. Nothing
/// that climbs and nothing that is reserved may be passed on, however it is spelled.
pub fn door(data: &[u8]) {
    let (line, rest) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let Ok(line) = std::str::from_utf8(line) else {
        return;
    };
    let secret = RelaySecret::from_bytes([7; RelaySecret::BYTES]);
    let true_door = secret.seal("https://org.example", Uuid::nil(), Slot::Shared, &nonce());
    let path = if line.starts_with('/') {
        format!("{true_door}{line}")
    } else {
        format!("/w/{line}")
    };
    let Some((door, below)) = DoorPath::parse(&path) else {
        return;
    };
    assert!(path.ends_with(below) && (below.is_empty() || below.starts_with('/')));
    let is_true = path.strip_suffix(below) == Some(true_door.as_str());
    assert_eq!(secret.verify("https://org.example", &door), is_true, "{path}");
    let card = serde_json::from_slice(rest).unwrap_or_else(|_| everything());
    let interfaces = Interfaces::of(&card, PORT, "/", "/card");
    if at_platform_door(below).is_ok() {
        assert!(["", "/", "/a2a", "/a2a/", "//a2a"].contains(&below), "{below}");
    }
    if let Ok(Pass::On(path) | Pass::Card(path)) = at_shared_door(below, &interfaces) {
        // The agent's own endpoint is its own business; what the caller wrote is not.
        if path == below {
            passed(path);
        }
    }
}

/// A card that names every path.
fn everything() -> Value {
    json!({"url": format!("http://localhost:{PORT}"), "preferredTransport": "HTTP+JSON"})
}

fn nonce() -> Nonce {
    Nonce::from_text("AAAAAAAAAAAAAAAAAAAAAA").expect("16 bytes")
}

/// Sees that an agent that decodes the path, as a whole or not at all, finds nothing in it that must not be called.
fn passed(path: &str) {
    for read in [path.as_bytes().to_vec(), decoded(path)] {
        let mut segments = read
            .split(|byte| matches!(byte, b'/' | b'\\'))
            .filter(|segment| !segment.is_empty());
        assert!(
            segments
                .clone()
                .all(|segment| segment != b"." && segment != b".."),
            "{path} climbs"
        );
        let first = segments.next().unwrap_or_default().to_ascii_lowercase();
        assert!(
            first != b"internal" && first != b"transcript",
            "{path} is reserved"
        );
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let value = match rest {
            [b'%', high, low, ..] => two_digits(*high, *low),
            _ => None,
        };
        decoded.push(value.unwrap_or(*byte));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    decoded
}

/// The number that two hexadecimal digits make.
fn two_digits(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
