//! What a secret is called in the vault, and the secret itself.

use std::fmt;

use ligand_tunnel::door::Slot;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The kinds of secret that a workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The workspace's token on the platform.
    Token,
    /// The bearer that the platform shows when it calls us.
    InboundSecret,
    /// The seed of the Ed25519 key whose public half is in the agent card.
    RelayKey,
    /// The nonce in one door's path.
    DoorNonce(Slot),
    /// The org's key, or the platform's admin token, where the user wants the whole org shown.
    OrgKey,
}

impl Kind {
    /// Every kind, for whoever forgets a workspace. The token is the last, so that a workspace whose secrets could
    /// not all be deleted can still be connected and forgotten again.
    pub const ALL: [Self; 6] = [
        Self::OrgKey,
        Self::DoorNonce(Slot::Platform),
        Self::DoorNonce(Slot::Shared),
        Self::RelayKey,
        Self::InboundSecret,
        Self::Token,
    ];

    /// What it is, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Token => "the workspace's token",
            Self::InboundSecret => "the secret with which the platform calls us",
            Self::RelayKey => "the key with which we sign in at the relay",
            Self::DoorNonce(Slot::Platform) => "the platform door's secret part",
            Self::DoorNonce(Slot::Shared) => "the shared door's secret part",
            Self::OrgKey => "the org's key",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::InboundSecret => "inbound-secret",
            Self::RelayKey => "relay-key",
            Self::DoorNonce(Slot::Platform) => "door-nonce-platform",
            Self::DoorNonce(Slot::Shared) => "door-nonce-shared",
            Self::OrgKey => "org-key",
        }
    }
}

/// The name of one secret: `<platform host>/<workspace id>/<kind>`. It is no secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    platform_host: String,
    workspace: Uuid,
    kind: Kind,
}

impl Account {
    /// The name of a workspace's secret on the platform with this base URL. Its host counts, with the port where it
    /// is not the scheme's own: several local orgs can run beside each other.
    #[must_use]
    pub fn new(platform: &str, workspace: Uuid, kind: Kind) -> Self {
        let host = Url::parse(platform).ok().and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map(|port| format!("{host}:{port}")).unwrap_or(host))
        });
        Self {
            platform_host: host.unwrap_or_else(|| platform.to_owned()),
            workspace,
            kind,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.platform_host,
            self.workspace,
            self.kind.words()
        )
    }
}

/// A secret's text. Zeroed when dropped, and never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_names_host_workspace_and_kind() {
        let id = Uuid::from_u128(7);
        let name = |platform, kind| Account::new(platform, id, kind).to_string();
        assert_eq!(
            name("https://acme.example", Kind::Token),
            format!("acme.example/{id}/token")
        );
        assert_eq!(
            name("https://acme.example:443/", Kind::RelayKey),
            format!("acme.example/{id}/relay-key")
        );
        assert_eq!(
            name("http://127.0.0.1:8080", Kind::DoorNonce(Slot::Shared)),
            format!("127.0.0.1:8080/{id}/door-nonce-shared")
        );
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|kind| kind.words()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret(…)");
    }
}
