//! What a profile reads from the vault at each start, and makes there at its first.

use std::sync::Arc;

use ligand_platform::Token;
use ligand_tunnel::{
    SigningKey,
    door::{Nonce, Slot},
};
use zeroize::Zeroizing;

use crate::{
    config::Profile,
    vault::{Account, Kind, Secret, Vault, VaultError},
};

/// The secrets of one profile.
pub(super) struct Secrets {
    pub(super) token: Token,
    pub(super) inbound: Option<Secret>,
    /// Only for looking at the org.
    pub(super) org_key: Option<Token>,
    pub(super) relay_key: Arc<SigningKey>,
    pub(super) doors: Vec<(Slot, Nonce)>,
}

/// Why they could not be had.
#[derive(Debug)]
pub(super) enum SecretsError {
    /// The vault has no token for the workspace.
    NoToken,
    /// The vault could not be read or written.
    Vault(VaultError),
    /// What the vault holds is not what Ligand put there.
    Damaged(&'static str),
}

impl From<VaultError> for SecretsError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// The account of one kind of secret of this profile.
pub(super) fn account(profile: &Profile, kind: Kind) -> Account {
    Account::new(&profile.platform, profile.workspace, kind)
}

/// Reads everything, and makes the relay key and the doors' nonces where they are missing.
pub(super) async fn load(vault: &Vault, profile: &Profile) -> Result<Secrets, SecretsError> {
    let token = vault
        .get(&account(profile, Kind::Token))
        .await?
        .ok_or(SecretsError::NoToken)?;
    let inbound = vault.get(&account(profile, Kind::InboundSecret)).await?;
    let org_key = vault.get(&account(profile, Kind::OrgKey)).await?;
    let mut doors = Vec::new();
    for slot in [Slot::Platform, Slot::Shared] {
        doors.push((
            slot,
            nonce(vault, &account(profile, Kind::DoorNonce(slot))).await?,
        ));
    }
    Ok(Secrets {
        token: Token::new(token.expose().to_owned()),
        inbound,
        org_key: org_key.map(|key| Token::new(key.expose())),
        relay_key: Arc::new(relay_key(vault, &account(profile, Kind::RelayKey)).await?),
        doors,
    })
}

async fn nonce(vault: &Vault, account: &Account) -> Result<Nonce, SecretsError> {
    if let Some(kept) = vault.get(account).await? {
        return Nonce::from_text(kept.expose()).ok_or(SecretsError::Damaged("a door's nonce"));
    }
    let fresh = Nonce::random();
    vault.set(account, &Secret::new(fresh.to_text().as_str())).await?;
    Ok(fresh)
}

async fn relay_key(vault: &Vault, account: &Account) -> Result<SigningKey, SecretsError> {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
    if let Some(kept) = vault.get(account).await? {
        let seed = BASE64.decode(kept.expose()).map(Zeroizing::new);
        let seed = seed
            .ok()
            .and_then(|bytes| Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?)));
        return seed
            .map(|seed| SigningKey::from_bytes(&seed))
            .ok_or(SecretsError::Damaged("the relay key"));
    }
    let seed = Zeroizing::new(rand::random::<[u8; 32]>());
    vault.set(account, &Secret::new(BASE64.encode(*seed))).await?;
    Ok(SigningKey::from_bytes(&seed))
}
