//! The commands, one file each. Each gets the places and what was typed, and ends with nothing or a [`Failure`].

pub(crate) mod agent;
mod ask;
pub(crate) mod config;
pub(crate) mod connect;
pub(crate) mod create;
pub(crate) mod delegate;
pub(crate) mod deliveries;
pub(crate) mod diagnostics;
pub(crate) mod doctor;
pub(crate) mod door;
pub(crate) mod down;
pub(crate) mod forget;
pub(crate) mod local_org;
pub(crate) mod logs;
pub(crate) mod notifications;
pub(crate) mod org;
pub(crate) mod peers;
pub(crate) mod plugin;
pub(crate) mod profile;
pub(crate) mod profile_settings;
pub(crate) mod send;
pub(crate) mod service;
pub(crate) mod status;
pub(crate) mod uninstall;
pub(crate) mod up;

use ligand_host::{
    config::{Config, ConfigError, ProfileName},
    control::Client,
    places::Places,
};

use crate::failure::{Exit, Failure};

/// The profile that is meant: the one that was named, or the only one of the running host.
async fn meant_profile(client: &Client, named: Option<ProfileName>) -> Result<ProfileName, Failure> {
    let status = client.status().await?;
    let names: Vec<&str> = status
        .profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    only(named, &names)
}

/// The same, among these names.
fn only(named: Option<ProfileName>, names: &[&str]) -> Result<ProfileName, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    match names {
        [] => Err(no_profile()),
        [one] => one.parse().map_err(Failure::failed),
        several => Err(Failure::new(
            Exit::Usage,
            format!(
                "which profile is not clear; say it with --profile, one of: {}",
                several.join(", ")
            ),
        )),
    }
}

/// The same, among those of the config.
fn configured(places: &Places, config: &Config, named: Option<ProfileName>) -> Result<ProfileName, Failure> {
    let names: Vec<&str> = config.profiles.keys().map(ProfileName::as_str).collect();
    let name = only(named, &names)?;
    match config.profiles.contains_key(&name) {
        true => Ok(name),
        false => Err(Failure::failed(ConfigError::NoProfile {
            file: places.config.clone(),
            name: name.to_string(),
            known: names.into_iter().map(str::to_owned).collect(),
        })),
    }
}

/// Nothing is configured yet.
fn no_profile() -> Failure {
    Failure::needs_user(
        "there is no profile yet, so there is nothing to run; `ligand connect` takes a platform's connection block, \
         `ligand create` makes a workspace, `ligand up --local` tries everything on this machine",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_profile_need_not_be_named_and_among_several_one_must_be() {
        assert_eq!(only(None, &["work"]).unwrap().to_string(), "work");
        let named = "b".parse().unwrap();
        assert_eq!(only(Some(named), &["a", "b"]).unwrap().to_string(), "b");
        assert_eq!(only(None, &["a", "b"]).unwrap_err().exit, Exit::Usage);
        assert_eq!(only(None, &[]).unwrap_err().exit, Exit::NeedsUser);
    }
}
