//! What laptop and relay have in common about agents' cards: where they are, and which of them may be kept.
//!
//! What is not here: reading or changing a card (the laptop's work), and keeping one (the relay's).

use hyper::header::{HeaderName, HeaderValue};

/// Where a card is found below an agent's address; the second is what early 0.x agents serve.
pub const CARD_PATHS: [&str; 2] = ["/.well-known/agent-card.json", "/.well-known/agent.json"];

/// The laptop's word on an answer to somebody who asked for the card and could be anybody: `1`, this is what anybody
/// reads, so that the relay may keep a copy for the time while the laptop is away; `0`, it is not, and a copy of before is
/// not any more. It is about the link alone: the relay takes it off.
pub const MAY_BE_KEPT: HeaderName = HeaderName::from_static("ligand-may-be-kept");

/// Whether a caller who names these tags (`If-None-Match`) has what this tag is of, by the weak comparison that is meant
/// for that header.
#[must_use]
pub fn has_tag(had: &[HeaderValue], tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let Ok(tag) = tag.to_str() else { return false };
    had.iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(',').map(str::trim))
        .any(|had| had == "*" || opaque(had) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_lists_and_whether_it_is_weak_or_not() {
        let had = |lines: &[&'static str], tag: &'static str| {
            let lines: Vec<_> = lines.iter().map(|line| HeaderValue::from_static(line)).collect();
            has_tag(&lines, &HeaderValue::from_static(tag))
        };
        assert!(had(&["\"a\""], "\"a\""));
        assert!(had(&["\"x\", W/\"a\" ,\"y\""], "\"a\""));
        assert!(had(&["\"x\"", "\"a\""], "W/\"a\""));
        assert!(had(&["*"], "\"a\""));
        assert!(!had(&["\"aa\"", "a", "", "W/\"\""], "\"a\""));
        assert!(!had(&[], "\"a\""));
    }
}
