//! The profile of the local org: made when there is none, mended when org or relay had to move, and otherwise left as
//! it is, whatever its user has changed in it.

use std::time::Duration;

use ligand_host::{
    config::{AgentConfig, Config, ConfigFile, ExposureConfig, Profile, ProfileName},
    places::Places,
    setup::{self, NewWorkspace, NewWorkspaceProfile, Token},
    vault::{Account, Kind, Secret, Vault, VaultError},
};
use ligand_local_org::Era;
use url::Url;

use crate::{failure::Failure, out};

/// How often a locked keychain is asked again: unlocking is something that a person does.
const VAULT_RETRY: Duration = Duration::from_secs(2);

/// Puts the profile in place. `known` is the one that this org knows from an earlier start.
pub(super) async fn put_in_place(
    places: &Places,
    name: &ProfileName,
    known: Option<Profile>,
    org: &ligand_local_org::Running,
    era: Era,
    relay: &Url,
) -> Result<(), Failure> {
    let vault = unlocked(places).await?;
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
            return mend(places, &vault, name, &known, &mended, &token).await;
        }
    }
    make(places, &vault, name, org, relay).await
}

/// The vault, once its user has unlocked it.
async fn unlocked(places: &Places) -> Result<Vault, Failure> {
    let mut is_said = false;
    loop {
        match Vault::open(places).await {
            Err(VaultError::Locked) => {
                if !is_said {
                    out::note(
                        "The keychain is locked. Unlock it (log in to the desktop, or open its passwords app).",
                    );
                    is_said = true;
                }
                tokio::time::sleep(VAULT_RETRY).await;
            }
            other => return Ok(other?),
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
) -> Result<(), Failure> {
    if known == mended {
        return Ok(());
    }
    let account = |profile: &Profile, kind| Account::new(&profile.platform, profile.workspace, kind);
    // In this order a crash in between leaves a profile with a token. Door nonces and keys are made anew.
    vault.set(&account(mended, Kind::Token), token).await?;
    let written = ConfigFile::open(places).and_then(|mut file| file.set_profile(name, mended)?.save());
    written.map_err(Failure::failed)?;
    if known.platform != mended.platform {
        for kind in Kind::ALL {
            vault.delete(&account(known, kind)).await?;
        }
    }
    Ok(())
}

async fn make(
    places: &Places,
    vault: &Vault,
    name: &ProfileName,
    org: &ligand_local_org::Running,
    relay: &Url,
) -> Result<(), Failure> {
    if Config::load(places)
        .map_err(Failure::failed)?
        .profiles
        .contains_key(name)
    {
        // Of an org that is gone, or without its token.
        setup::forget(places, vault, name).await?;
    }
    let new = NewWorkspaceProfile {
        platform: org.url().parse().map_err(Failure::failed)?,
        org_key: Token::new(org.admin_token()),
        workspace: NewWorkspace {
            name: "This laptop".into(),
            role: None,
            parent_id: None,
        },
        name: name.clone(),
        org_id: None,
        relay: Some(relay.clone()),
        agent: AgentConfig::Echo,
    };
    setup::create(places, vault, new).await?;
    Ok(())
}
