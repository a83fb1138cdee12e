//! Proofs: how a laptop shows a relay that it may have a workspace's calls.
//!
//! With a *card key* the laptop signs the relay's challenge together with its own claim; the public half of the key
//! is in the workspace's agent card, where only somebody with the workspace's token can have put it. With a *relay
//! key* it shows a secret that the relay's operator gave out. With a *token* it shows the workspace's own, which a relay
//! sees only if the user trusts it with that, and which proves something only if the platform refuses made-up ones: both
//! are for others to see to.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::hello::Proof;

/// The A2A extension under which an agent card carries the public half of a card key.
pub const RELAY_KEY_EXTENSION: &str = "urn:ligand:relay-key:v1";
/// Keeps these signatures apart from every other use of the same key.
const SIGNED_LABEL: &[u8] = b"ligand relay hello v1\n";
/// Most keys that are read from one card: cards are written by strangers.
const MAX_KEYS_IN_CARD: usize = 8;
/// Longest token that is asked about. Real ones have 43 characters.
const MAX_TOKEN_BYTES: usize = 512;

/// What a laptop proves itself with.
pub enum Prover {
    /// The private half of a card key.
    CardKey(SigningKey),
    /// A key of the relay's operator.
    RelayKey(Zeroizing<String>),
    /// The workspace's token: only where the user trusts just this relay with it.
    Token(Zeroizing<String>),
}

impl Prover {
    pub(crate) fn prove(&self, challenge: &str, claim: &str) -> Proof {
        match self {
            Self::CardKey(key) => Proof::CardKey {
                public_key: key_text(&key.verifying_key()),
                signature: URL_SAFE_NO_PAD.encode(key.sign(&signed_bytes(challenge, claim)).to_bytes()),
            },
            Self::RelayKey(key) => Proof::RelayKey { key: key.clone() },
            Self::Token(token) => Proof::Token { token: token.clone() },
        }
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardKey(_) => "Prover::CardKey(redacted)",
            Self::RelayKey(_) => "Prover::RelayKey(redacted)",
            Self::Token(_) => "Prover::Token(redacted)",
        })
    }
}

/// The SHA-256 of a relay key, which is all that a relay keeps of it.
#[derive(Clone, Copy)]
pub struct RelayKeyHash([u8; 32]);

impl RelayKeyHash {
    /// Of a key that was shown.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let digit = |character: u8| char::from(character).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl PartialEq for RelayKeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for RelayKeyHash {}

impl fmt::Debug for RelayKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKeyHash(redacted)")
    }
}

/// A proof whose own arithmetic is right. Whether the key *may* is the relay's to find out.
pub enum Shown {
    /// The laptop holds the private half of this key.
    CardKey(VerifyingKey),
    /// The laptop knows the relay key with this hash.
    RelayKey(RelayKeyHash),
    /// The laptop knows this token, which is zeroed when this is dropped.
    Token(Zeroizing<String>),
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardKey(_) => "Shown::CardKey(redacted)",
            Self::RelayKey(_) => "Shown::RelayKey(redacted)",
            Self::Token(_) => "Shown::Token(redacted)",
        })
    }
}

/// Why a proof was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProofError {
    /// Key or signature are not what they should be made of.
    #[error("the key, the signature or the token could not be read")]
    Unreadable,
    /// The signature is not this key's over this challenge and claim.
    #[error("the signature does not fit the key")]
    BadSignature,
}

/// Checks a proof against the challenge that was sent and the claim as it arrived.
pub(crate) fn check(challenge: &str, claim: &str, proof: &Proof) -> Result<Shown, ProofError> {
    match proof {
        Proof::RelayKey { key } => Ok(Shown::RelayKey(RelayKeyHash::of(key))),
        Proof::Token { token } => {
            // What can be a header's value, as a token must be.
            let fits = (1..=MAX_TOKEN_BYTES).contains(&token.len());
            if fits && token.bytes().all(|byte| byte.is_ascii_graphic()) {
                Ok(Shown::Token(token.clone()))
            } else {
                Err(ProofError::Unreadable)
            }
        }
        Proof::CardKey {
            public_key,
            signature,
        } => {
            let key = key_from_text(public_key).ok_or(ProofError::Unreadable)?;
            let signature = URL_SAFE_NO_PAD
                .decode(signature)
                .map_err(|_| ProofError::Unreadable)?;
            let signature = Signature::from_slice(&signature).map_err(|_| ProofError::Unreadable)?;
            // Strict: also refuses keys of small order, with which one signature fits many messages.
            key.verify_strict(&signed_bytes(challenge, claim), &signature)
                .map_err(|_| ProofError::BadSignature)?;
            Ok(Shown::CardKey(key))
        }
    }
}

/// The entry for `capabilities.extensions[]` of an agent card that publishes a card key.
#[must_use]
pub fn card_extension(key: &VerifyingKey) -> Value {
    json!({
        "uri": RELAY_KEY_EXTENSION,
        "description": "The key with which this workspace's laptop signs in at its relay.",
        "required": false,
        "params": { "key": key_text(key) },
    })
}

/// The public half of a card key as it stands in the card, in the hello, and wherever people compare it.
#[must_use]
pub fn key_text(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// All readable card keys of an agent card, at most eight.
#[must_use]
pub fn keys_in_card(card: &Value) -> Vec<VerifyingKey> {
    let extensions = card.pointer("/capabilities/extensions").and_then(Value::as_array);
    extensions
        .into_iter()
        .flatten()
        .filter(|extension| extension.get("uri").and_then(Value::as_str) == Some(RELAY_KEY_EXTENSION))
        .filter_map(|extension| key_from_text(extension.pointer("/params/key")?.as_str()?))
        .take(MAX_KEYS_IN_CARD)
        .collect()
}

fn key_from_text(text: &str) -> Option<VerifyingKey> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    VerifyingKey::from_bytes(bytes.as_slice().try_into().ok()?).ok()
}

fn signed_bytes(challenge: &str, claim: &str) -> Vec<u8> {
    [SIGNED_LABEL, challenge.as_bytes(), b"\n", claim.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        let mut seed = [0; 32];
        rand::fill(&mut seed);
        SigningKey::from_bytes(&seed)
    }

    #[test]
    fn a_card_key_proof_holds_for_its_challenge_and_claim_only() {
        let key = key();
        let proof = Prover::CardKey(key.clone()).prove("challenge", "claim");
        match check("challenge", "claim", &proof).unwrap() {
            Shown::CardKey(shown) => assert_eq!(shown, key.verifying_key()),
            other => panic!("a card key was shown: {other:?}"),
        }
        assert_eq!(
            check("another", "claim", &proof).unwrap_err(),
            ProofError::BadSignature
        );
        assert_eq!(
            check("challenge", "another", &proof).unwrap_err(),
            ProofError::BadSignature
        );
    }

    #[test]
    fn somebody_elses_public_key_does_not_pass() {
        let Proof::CardKey { signature, .. } = Prover::CardKey(key()).prove("c", "b") else {
            panic!()
        };
        let public_key = URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes());
        let forged = Proof::CardKey {
            public_key,
            signature,
        };
        assert_eq!(check("c", "b", &forged).unwrap_err(), ProofError::BadSignature);
    }

    #[test]
    fn garbage_in_a_proof_is_unreadable() {
        for (public_key, signature) in [("", ""), ("!", "!"), ("AAAA", "AAAA")] {
            let proof = Proof::CardKey {
                public_key: public_key.into(),
                signature: signature.into(),
            };
            assert_eq!(check("c", "b", &proof).unwrap_err(), ProofError::Unreadable);
        }
    }

    #[test]
    fn a_published_key_is_found_in_the_card_again() {
        let key = key().verifying_key();
        let card = json!({"name": "x", "capabilities": {"extensions": [
            {"uri": "urn:other"}, card_extension(&key), {"uri": RELAY_KEY_EXTENSION, "params": {"key": 7}},
            {"uri": RELAY_KEY_EXTENSION}, "text",
        ]}});
        assert_eq!(keys_in_card(&card), vec![key]);
        for strange in [
            json!(null),
            json!([]),
            json!({"capabilities": {"extensions": {}}}),
        ] {
            assert!(keys_in_card(&strange).is_empty());
        }
    }

    #[test]
    fn a_hash_survives_its_hex_text() {
        let hash = RelayKeyHash::of("sesame");
        assert_eq!(RelayKeyHash::from_hex(&hash.to_hex()), Some(hash));
        assert!(RelayKeyHash::from_hex("abc").is_none());
        assert!(RelayKeyHash::from_hex(&"g".repeat(64)).is_none());
    }

    #[test]
    fn a_prover_does_not_show_its_secret() {
        let sesame = || Zeroizing::new("sesame".to_owned());
        for prover in [Prover::RelayKey(sesame()), Prover::Token(sesame())] {
            let shown = check("c", "b", &prover.prove("c", "b")).unwrap();
            assert!(!format!("{prover:?} {shown:?}").contains("sesame"));
        }
    }

    #[test]
    fn only_what_can_be_a_token_is_one() {
        let of = |token: String| {
            let token = Zeroizing::new(token);
            check("c", "b", &Proof::Token { token }).map(drop)
        };
        assert_eq!(of("q3-_token".into()), Ok(()));
        for bad in [
            String::new(),
            "a b".into(),
            "a\r\nx: y".into(),
            "é".into(),
            "x".repeat(513),
        ] {
            assert_eq!(of(bad), Err(ProofError::Unreadable));
        }
    }
}
