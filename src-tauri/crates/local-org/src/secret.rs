//! Tokens and secrets: made here, kept as a hash wherever the platform does not have to send them again.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Characters of a token that are kept in clear, so that a person can tell tokens apart.
const PREFIX_LEN: usize = 8;

/// A token or secret in clear text. Never shown by `Debug`, zeroed when dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one: 32 random bytes as 43 characters of base64url.
    pub(crate) fn mint() -> Secret {
        let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
        Secret(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
    }

    /// Takes one that somebody else made or presented.
    pub(crate) fn new(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// The clear text.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The first characters, for display.
    pub(crate) fn prefix(&self) -> &str {
        self.0.get(..PREFIX_LEN).unwrap_or(&self.0)
    }

    /// The SHA-256 of the clear text.
    pub(crate) fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl ToSql for Secret {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.expose().to_sql()
    }
}

impl FromSql for Secret {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Secret> {
        String::column_result(value).map(Secret::new)
    }
}

/// The SHA-256 of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Compares in constant time.
    pub(crate) fn is(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl ToSql for Digest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_token_is_43_characters_of_base64url_and_never_shown() {
        let secret = Secret::mint();
        assert_eq!(secret.expose().len(), 43);
        assert!(
            secret
                .expose()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        );
        assert_ne!(secret.expose(), Secret::mint().expose());
        assert!(!format!("{secret:?}").contains(secret.expose()));
        assert_eq!(secret.prefix(), &secret.expose()[..8]);
    }

    #[test]
    fn only_the_same_token_has_the_same_digest() {
        let secret = Secret::mint();
        assert!(
            secret
                .digest()
                .is(&Secret::new(secret.expose().to_owned()).digest())
        );
        assert!(!secret.digest().is(&Secret::mint().digest()));
    }
}
