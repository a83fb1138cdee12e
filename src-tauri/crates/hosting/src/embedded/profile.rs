//! The profile of the local org: made when there is none, mended when org or relay had to move, and otherwise left as
//! it is, whatever its user has changed in it.

use std::time::Duration;

use ligand_host::{
    config::{AgentConfig, Config, ConfigFile, ExposureConfig, Profile, ProfileName},
    places::Places,
    setup::{self, NewWorkspace, NewWorkspaceProfile, SetupError, Token},
    vault::{Account, Kind, Secret, Vault, VaultError},
};
use ligand_local_org::Era;
use url::Url;

use super::EmbeddedError;

/// How often a locked keychain is asked again: unlocking is something that a person does.
pub(crate) const VAULT_RETRY: Duration = Duration::from_secs(2);

/// Puts the profile in place. `known` is the one that this org knows from an earlier start.
pub(super) async fn put_in_place(
    places: &Places,
    vault: &Vault,
    name: &ProfileName,
    known: Option<Profile>,
    org: &ligand_local_org::Running,
    era: Era,
    relay: &Url,
) -> Result<(), EmbeddedError> {
    if let Some(known) = known {
        if era == Era::S {
            // The older generation shows no secret: one from a start as the later would shut the door on it.
            vault
                .delete(&Account::new(
                    &known.platform,
                    known.workspace,
                    Kind::InboundSecret,
                ))
                .await?;
        }
        let platform = org.url();
        let token = vault
            .get(&Account::new(&known.platform, known.workspace, Kind::Token))
            .await?;
        if let Some(token) = token {
            let exposure = ExposureConfig::Relay { url: relay.clone() };
            let mended = Profile {
                platform,
                exposure,
                ..known.clone()
            };
            mend(places, vault, name, &known, &mended, &token).await?;
            return keep_org_key(vault, &mended, org.admin_token()).await;
        }
    }
    make(places, vault, name, org, relay).await
}

/// The vault, once its user has unlocked it.
pub(super) async fn unlocked(places: &Places, on_locked: impl FnOnce()) -> Result<Vault, VaultError> {
    let mut on_locked = Some(on_locked);
    loop {
        match Vault::open(places).await {
            Err(VaultError::Locked) => {
                if let Some(say) = on_locked.take() {
                    say();
                }
                tokio::time::sleep(VAULT_RETRY).await;
            }
            other => return other,
        }
    }
}

async fn mend(
    places: &Places,
    vault: &Vault,
    name: &ProfileName,
    known: &Profile,
    mended: &Profile,
    token: &Secret,
) -> Result<(), EmbeddedError> {
    if known == mended {
        return Ok(());
    }
    let account = |profile: &Profile, kind| Account::new(&profile.platform, profile.workspace, kind);
    // In this order a crash in between leaves a profile with a token. Door nonces and keys are made anew.
    vault.set(&account(mended, Kind::Token), token).await?;
    let written = ConfigFile::open(places).and_then(|mut file| file.set_profile(name, mended)?.save());
    written?;
    if known.platform != mended.platform {
        for kind in Kind::ALL {
            vault.delete(&account(known, kind)).await?;
        }
    }
    Ok(())
}

/// Its user owns the whole org, and sees all of it.
async fn keep_org_key(vault: &Vault, profile: &Profile, key: &str) -> Result<(), EmbeddedError> {
    let account = Account::new(&profile.platform, profile.workspace, Kind::OrgKey);
    let kept = vault.get(&account).await?;
    if kept.is_none_or(|kept| kept.expose() != key) {
        vault.set(&account, &Secret::new(key)).await?;
    }
    Ok(())
}

async fn make(
    places: &Places,
    vault: &Vault,
    name: &ProfileName,
    org: &ligand_local_org::Running,
    relay: &Url,
) -> Result<(), EmbeddedError> {
    if Config::load(places)?.profiles.contains_key(name) {
        // Of an org that is gone, or without its token.
        setup::forget(places, vault, name).await?;
    }
    let new = NewWorkspaceProfile {
        platform: org.url().parse().map_err(SetupError::from)?,
        org_key: Token::new(org.admin_token()),
        keep_org_key: true,
        workspace: NewWorkspace {
            name: "This laptop".into(),
            role: None,
            parent_id: None,
        },
        name: name.clone(),
        org_id: None,
        relay: Some(relay.clone()),
        exposure: None,
        trust_relay_with_token: false,
        agent: AgentConfig::Echo,
    };
    setup::create(places, vault, new).await?;
    Ok(())
}
