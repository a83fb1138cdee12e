//! The messages of a link: what is said in text frames, before and beside the calls.
//!
//! ```text
//! relay  → laptop   challenge                       at once
//! laptop → relay    hello                           proves who it is
//! relay  → laptop   welcome, or refused and close
//! laptop → relay    leaving, doors                  at any time after that
//! relay  → laptop   doors (the answer), goodbye
//! ```
//!
//! Calls travel beside them in binary frames, as yamux. An unknown message is passed over, so that either side can
//! learn new ones; a malformed one ends the link.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::door::{DoorUrl, Nonce, Slot};

/// Version of everything on a link: messages, proofs, and what the streams carry.
pub const VERSION: u32 = 1;
/// The WebSocket subprotocol of [`VERSION`].
pub const SUBPROTOCOL: &str = "ligand.v1";
/// Where a relay takes links.
pub const LINK_PATH: &str = "/v1/link";
/// Longest control message in bytes. The largest real one is a welcome with all its doors, about 1 KB.
pub const MAX_CONTROL_BYTES: usize = 16 * 1024;
/// Most doors that a hello may name: two slots, each with the nonce of now and the one before, and as many again.
pub const MAX_DOORS: usize = 8;

/// One door that a laptop wants, by its slot and nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorRequest {
    /// Which door.
    pub slot: Slot,
    /// The laptop's part of it.
    pub nonce: Nonce,
    /// Whether nobody may come in. The laptop sees to that by itself; the relay is told so that nothing which it keeps of
    /// the door is shown any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

impl DoorRequest {
    /// A door that is open.
    #[must_use]
    pub fn open(slot: Slot, nonce: Nonce) -> Self {
        Self {
            slot,
            nonce,
            closed: false,
        }
    }
}

/// One door that a relay made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorGrant {
    /// Which door.
    pub slot: Slot,
    /// Its public URL.
    pub url: DoorUrl,
    /// The same door at a host name of its own, from a relay that has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_url: Option<DoorUrl>,
}

/// What a laptop says about itself. It travels as text inside the hello, and the proof is over exactly that text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// [`VERSION`] of the laptop.
    pub version: u32,
    /// The origin that the laptop dialled, so that one relay can't show our proof to another.
    pub dialled: String,
    /// The platform's base URL.
    pub platform: String,
    /// The org's id, where the platform wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Which workspace's calls to send here.
    pub workspace: Uuid,
    /// One per host process.
    pub instance: Uuid,
    /// Counted up by the host process with every dial.
    pub generation: u64,
    /// The doors that it wants.
    pub doors: Vec<DoorRequest>,
    /// How many seconds to hold a call while there is no link.
    pub hold_s: u32,
}

/// How a laptop proves that it may have a workspace's calls.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proof {
    /// A signature by a key whose public half is in the workspace's agent card. Both are base64url.
    CardKey {
        /// 32 bytes.
        public_key: String,
        /// 64 bytes.
        signature: String,
    },
    /// A key that the relay's operator gave out.
    RelayKey {
        /// The key itself: the link's TLS protects it, and it is good for this relay only.
        key: Zeroizing<String>,
    },
    /// The workspace's token, for a relay that the user trusts with it. Whoever has it can act as the workspace.
    Token {
        /// The token itself: the link's TLS protects it.
        token: Zeroizing<String>,
    },
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardKey { .. } => "Proof::CardKey(redacted)",
            Self::RelayKey { .. } => "Proof::RelayKey(redacted)",
            Self::Token { .. } => "Proof::Token(redacted)",
        })
    }
}

/// Why a relay refused a hello. The laptop decides by the code whether to try again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The relay does not speak the laptop's version.
    Version,
    /// The hello could not be read.
    Malformed,
    /// The hello was meant for another relay's address.
    WrongRelay,
    /// The relay does not serve that platform.
    UnknownPlatform,
    /// The platform knows no such workspace.
    UnknownWorkspace,
    /// The workspace was deleted.
    WorkspaceRemoved,
    /// The key is neither in the workspace's card nor among the relay's keys.
    UnknownKey,
    /// The signature is not the key's.
    BadProof,
    /// The relay's operator wants to see no tokens of that platform.
    TokenNotTaken,
    /// The platform refused the token.
    TokenRefused,
    /// The platform takes any token for that workspace, so that one proves nothing.
    TokenProvesNothing,
    /// The key had to be looked up, and the platform could not be asked.
    PlatformUnreachable,
    /// The same host process already has a newer link.
    Stale,
    /// The relay is going away.
    Draining,
    /// The relay has no room now.
    Busy,
    /// One that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl RefusalCode {
    /// The code as it is on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Version => "version",
            Self::Malformed => "malformed",
            Self::WrongRelay => "wrong_relay",
            Self::UnknownPlatform => "unknown_platform",
            Self::UnknownWorkspace => "unknown_workspace",
            Self::WorkspaceRemoved => "workspace_removed",
            Self::UnknownKey => "unknown_key",
            Self::BadProof => "bad_proof",
            Self::TokenNotTaken => "token_not_taken",
            Self::TokenRefused => "token_refused",
            Self::TokenProvesNothing => "token_proves_nothing",
            Self::PlatformUnreachable => "platform_unreachable",
            Self::Stale => "stale",
            Self::Draining => "draining",
            Self::Busy => "busy",
            Self::Other(code) => code,
        }
    }

    /// Whether the same hello can succeed later without anybody changing anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::PlatformUnreachable | Self::Draining | Self::Busy | Self::Stale
        )
    }
}

/// A relay's no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For the machine.
    pub code: RefusalCode,
    /// For people: what happened, why, what next.
    pub message: String,
    /// In how many seconds another try makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

impl Refusal {
    /// A refusal without a hint when to come back.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_s: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

/// Why a relay ends a link that it had welcomed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoodbyeReason {
    /// A newer link for the same workspace has taken over.
    Superseded,
    /// The relay is going away, and perhaps comes back.
    Draining,
    /// The workspace or its key is gone.
    Revoked,
    /// What was shown does not hold for ever, and the relay has kept nothing to look at it again.
    ProveAgain,
    /// One that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl GoodbyeReason {
    /// The reason as it is on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Superseded => "superseded",
            Self::Draining => "draining",
            Self::Revoked => "revoked",
            Self::ProveAgain => "prove_again",
            Self::Other(reason) => reason,
        }
    }
}

/// A relay's last word on a link. Calls in flight are still finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// Why.
    pub reason: GoodbyeReason,
    /// In how many seconds to dial again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// When superseded: whether by the same host process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_instance: Option<bool>,
}

impl Goodbye {
    /// How long to wait before dialling again, if the relay said.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_s
            .map(|seconds| Duration::from_secs(seconds.into()))
    }
}

/// What a relay says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FromRelay {
    Challenge {
        version: u32,
        nonce: String,
    },
    Welcome {
        doors: Vec<DoorGrant>,
        ping_s: u32,
    },
    Refused(Refusal),
    Doors {
        doors: Vec<DoorGrant>,
    },
    Goodbye(Goodbye),
    #[serde(other)]
    Unknown,
}

/// What a laptop says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FromLaptop {
    /// `body` is a [`Claim`] as JSON text: the proof is over exactly these bytes.
    Hello {
        body: String,
        proof: Proof,
    },
    Leaving {
        hold_s: u32,
        /// Whether calls are refused in words instead of held; older laptops do not say.
        #[serde(default)]
        refuse: bool,
    },
    Doors {
        doors: Vec<DoorRequest>,
    },
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_same_in_json_and_in_as_str() {
        for code in [
            RefusalCode::Version,
            RefusalCode::Malformed,
            RefusalCode::WrongRelay,
            RefusalCode::UnknownPlatform,
            RefusalCode::UnknownWorkspace,
            RefusalCode::WorkspaceRemoved,
            RefusalCode::UnknownKey,
            RefusalCode::BadProof,
            RefusalCode::TokenNotTaken,
            RefusalCode::TokenRefused,
            RefusalCode::TokenProvesNothing,
            RefusalCode::PlatformUnreachable,
            RefusalCode::Stale,
            RefusalCode::Draining,
            RefusalCode::Busy,
        ] {
            assert_eq!(serde_json::to_value(&code).unwrap(), code.as_str());
        }
        for reason in [
            GoodbyeReason::Superseded,
            GoodbyeReason::Draining,
            GoodbyeReason::Revoked,
            GoodbyeReason::ProveAgain,
        ] {
            assert_eq!(serde_json::to_value(&reason).unwrap(), reason.as_str());
        }
    }

    #[test]
    fn a_newer_relays_codes_and_messages_are_understood_as_unknown() {
        let refusal: Refusal = serde_json::from_str(r#"{"code":"too_late","message":"no"}"#).unwrap();
        assert_eq!(refusal.code, RefusalCode::Other("too_late".into()));
        let goodbye: Goodbye = serde_json::from_str(r#"{"reason":"moved"}"#).unwrap();
        assert_eq!(goodbye.reason, GoodbyeReason::Other("moved".into()));
        let message: FromRelay = serde_json::from_str(r#"{"type":"weather","is":"fine"}"#).unwrap();
        assert!(matches!(message, FromRelay::Unknown));
    }

    #[test]
    fn a_hello_does_not_show_its_proof() {
        let sesame = || Zeroizing::new("sesame".to_owned());
        for proof in [
            Proof::RelayKey { key: sesame() },
            Proof::Token { token: sesame() },
        ] {
            let body = "{}".into();
            assert!(!format!("{:?}", FromLaptop::Hello { body, proof }).contains("sesame"));
        }
    }
}
