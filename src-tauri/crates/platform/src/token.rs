//! A secret of the platform: a workspace token, an org key, an inbound secret.

use std::fmt;

use reqwest::header::{HeaderValue, InvalidHeaderValue};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A secret that is zeroed when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A token from its text; surrounding white space is not part of it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        match text.trim() {
            trimmed if trimmed.len() == text.len() => Self(text),
            trimmed => Self(Zeroizing::new(trimmed.to_owned())),
        }
    }

    /// The text itself. It belongs in a header or the vault and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The `Authorization` header's value, marked sensitive.
    pub(crate) fn bearer(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.expose()));
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::new("  q3-secret\n");
        assert_eq!(token.expose(), "q3-secret");
        assert!(!format!("{token:?} {:?}", token.bearer().unwrap()).contains("secret\""));
        assert!(!format!("{token:?} {:?}", token.bearer().unwrap()).contains("q3"));
    }
}
