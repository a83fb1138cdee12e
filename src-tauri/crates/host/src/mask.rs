//! Takes secrets out of text that is shown, copied or sent to somebody: headers of strangers, and lines of our own log.
//!
//! What is known (a token, a key, a door's address) is found wherever it stands; what only looks like one is taken out
//! too, because a mask too many costs a look and one too few a secret.

use std::borrow::Cow;

/// What stands where a secret was.
pub(crate) const MASK: &str = "•••";

/// A secret that is shorter is a word that can stand anywhere.
const SHORTEST: usize = 6;

/// Parts of the names of headers that carry secrets.
const SECRET_NAMES: [&str; 10] = [
    "auth",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "session",
    "signature",
    "token",
    "csrf",
];

/// Words after which a secret stands.
const BEFORE_SECRETS: [&str; 4] = ["bearer ", "basic ", "token=", "secret="];

/// A door's path begins so.
const DOOR: &str = "/w/";

/// The value of a header as it may be shown.
pub(crate) fn header<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let name = name.to_ascii_lowercase();
    match SECRET_NAMES.iter().any(|part| name.contains(part)) {
        true => Cow::Borrowed(MASK),
        false => Cow::Owned(Known::default().out_of(value)),
    }
}

/// The secrets that are known.
#[derive(Default)]
pub(crate) struct Known {
    /// The longest first, so that none is cut by a shorter one in it.
    secrets: Vec<zeroize::Zeroizing<String>>,
}

impl Known {
    /// Learns a secret. One that is too short to be told from words is left alone.
    pub(crate) fn learn(&mut self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.secrets.push(zeroize::Zeroizing::new(secret.to_owned()));
            self.secrets
                .sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// The text without secrets.
    pub(crate) fn out_of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        let text = after_words(&text);
        let text = door_paths(&text);
        logins(&text)
    }
}

/// Without what stands after a word like `Bearer`.
fn after_words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((start, word)) = BEFORE_SECRETS
        .iter()
        .filter_map(|word| Some((at + lower[at..].find(word)?, word)))
        .min()
    {
        let begin = start + word.len();
        let length = text[begin..].find(ends_a_secret).unwrap_or(text.len() - begin);
        made.push_str(&text[at..begin]);
        if length > 0 {
            made.push_str(MASK);
        }
        at = begin + length;
    }
    made + &text[at..]
}

/// Without the secret part of doors' addresses.
fn door_paths(text: &str) -> String {
    let mut parts = text.split(DOOR);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_of_path = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let length = part.find(|c| !is_of_path(c)).unwrap_or(part.len());
        made.push_str(DOOR);
        if length > 0 {
            made.push_str(MASK);
        }
        made.push_str(&part[length..]);
    }
    made
}

/// Without user names and passwords in addresses.
fn logins(text: &str) -> String {
    let mut parts = text.split("://");
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        made.push_str("://");
        let authority = part
            .find(|c: char| c == '/' || c == '?' || ends_a_secret(c))
            .unwrap_or(part.len());
        match part[..authority].rfind('@') {
            Some(at) => {
                made.push_str(MASK);
                made.push_str(&part[at..]);
            }
            None => made.push_str(part),
        }
    }
    made
}

fn ends_a_secret(c: char) -> bool {
    c.is_whitespace() || "\"',;&<>()[]{}|\\".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_carries_a_secret_shows_only_that_it_is_there() {
        for name in [
            "Authorization",
            "cookie",
            "X-Api-Key",
            "x-csrf-token",
            "X-Hub-Signature-256",
        ] {
            assert_eq!(header(name, "hush"), MASK, "{name}");
        }
        assert_eq!(header("content-type", "application/json"), "application/json");
        assert_eq!(
            header("referer", "https://relay.example/w/Zm9v-_9?x"),
            format!("https://relay.example/w/{MASK}?x")
        );
    }

    #[test]
    fn what_is_known_is_found_wherever_it_stands() {
        let mut known = Known::default();
        for secret in ["tok-123456", "tok-123456-long", "abc"] {
            known.learn(secret);
        }
        assert_eq!(
            known.out_of("a tok-123456-long, xtok-123456x and abc"),
            format!("a {MASK}, x{MASK}x and abc")
        );
    }

    #[test]
    fn what_looks_like_a_secret_is_taken_out() {
        let known = Known::default();
        for (text, shown) in [
            (
                "Authorization: Bearer abc.def-1, x",
                "Authorization: Bearer •••, x",
            ),
            ("BEARER abc", "BEARER •••"),
            ("got \"Basic dXNlcg==\"", "got \"Basic •••\""),
            (
                "http://ada:hush@proxy.example:3128/",
                "http://•••@proxy.example:3128/",
            ),
            ("/w/AAAA/a2a and /w/", "/w/•••/a2a and /w/"),
            ("?token=abc&x=1", "?token=•••&x=1"),
            ("nothing here ü", "nothing here ü"),
        ] {
            assert_eq!(known.out_of(text), shown);
        }
    }
}
