//! Keeping the org's key for a profile that is there, and forgetting it.

use ligand_platform::{BaseUrl, Platform, Token};

use super::SetupError;
use crate::{
    config::{ConfigFile, Profile, ProfileName},
    places::Places,
    proxy::Proxies,
    vault::{Account, Kind, Secret, Vault},
};

/// Asks the platform whether it shows the whole org to this key, and then keeps the key in the vault. A key that was
/// kept before is replaced.
///
/// # Errors
/// When there is no such profile, the platform does not take the key or cannot be asked, or the vault cannot be written;
/// the vault is then as it was.
pub async fn keep_org_key(
    places: &Places,
    vault: &Vault,
    name: &ProfileName,
    key: &Token,
) -> Result<(), SetupError> {
    let file = ConfigFile::open(places)?;
    let config = file.config();
    let profile = config.profiles.get(name);
    let profile = profile.ok_or_else(|| file.no_profile(name))?;
    let url: BaseUrl = profile.platform.parse()?;
    let refused = |error| SetupError::org_key(&url, error);
    let proxy = Proxies::of(config).configured();
    let platform = Platform::through(url.clone(), profile.org_id.clone(), proxy).map_err(refused)?;
    platform.each_workspace(key, drop).await.map_err(refused)?;
    Ok(vault.set(&account(profile), &Secret::new(key.expose())).await?)
}

/// Takes the org's key of a profile out of the vault, if there is one.
///
/// # Errors
/// When there is no such profile, or the vault cannot be written.
pub async fn forget_org_key(places: &Places, vault: &Vault, name: &ProfileName) -> Result<(), SetupError> {
    let file = ConfigFile::open(places)?;
    let profile = file.config().profiles.get(name);
    let profile = profile.ok_or_else(|| file.no_profile(name))?;
    Ok(vault.delete(&account(profile)).await?)
}

fn account(profile: &Profile) -> Account {
    Account::new(&profile.platform, profile.workspace, Kind::OrgKey)
}
