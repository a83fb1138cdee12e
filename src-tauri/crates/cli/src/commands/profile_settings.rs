//! `ligand profile`: what is set for one profile. The running host changes it, and without one this command.

use ligand_host::{
    config::{AgentConfig, Config, ConfigFile, ExposureConfig, LISTEN, Profile, ProfileName},
    control::Client,
    places::Places,
    settings::{ChangeExposure, Settings},
    setup,
    status::VaultStatus,
    vault::Vault,
};
use ligand_hosting::{Turn, take_turn};

use super::{configured, connect, forget, meant_profile};
use crate::{
    args::{Expose, ProfileCommand},
    failure::Failure,
    out, stdin,
};

/// Runs the command.
pub(crate) async fn run(places: &Places, command: ProfileCommand) -> Result<(), Failure> {
    match command {
        ProfileCommand::List { json } => list(places, json).await,
        ProfileCommand::Rename { name, new } => rename(places, &name, new).await,
        ProfileCommand::Agent { profile, agent } => {
            let agent = agent.agent(&connect::here()?)?;
            change_agent(places, profile, agent).await
        }
        ProfileCommand::Expose(expose) => change_exposure(places, expose).await,
        ProfileCommand::OrgKey {
            forget: false,
            profile,
        } => keep_org_key(places, profile).await,
        ProfileCommand::OrgKey {
            forget: true,
            profile,
        } => forget_org_key(places, profile).await,
        ProfileCommand::Remove(args) => forget::run(places, args).await,
    }
}

/// What the running host says, or the file.
pub(super) async fn settings(places: &Places) -> Result<Settings, Failure> {
    match Client::new(places).settings().await {
        Ok(settings) => Ok(settings),
        Err(ligand_host::control::ClientError::NotRunning) => {
            let config = Config::load(places).map_err(Failure::failed)?;
            let file = places.config.display().to_string();
            Ok(Settings::of(&config, file, true, VaultStatus::Waiting))
        }
        Err(error) => Err(error.into()),
    }
}

async fn list(places: &Places, json: bool) -> Result<(), Failure> {
    let settings = settings(places).await?;
    if json {
        return out::line(serde_json::to_string_pretty(&settings.profiles).map_err(Failure::failed)?);
    }
    if settings.profiles.is_empty() {
        return out::line("There is no profile yet; `ligand connect` and `ligand create` make one.");
    }
    for profile in &settings.profiles {
        let relay = profile.exposure.relay().map(|relay| format!(" {relay}"));
        out::line(format!(
            "{:<16} {} · workspace {} · agent {} · {}{}",
            profile.name,
            profile.platform,
            profile.workspace,
            profile.agent.kind(),
            profile.exposure.kind(),
            relay.unwrap_or_default(),
        ))?;
    }
    Ok(())
}

async fn rename(places: &Places, name: &ProfileName, new: ProfileName) -> Result<(), Failure> {
    match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let mut file = ConfigFile::open(places).map_err(Failure::failed)?;
            file.rename_profile(name, &new)
                .and_then(ConfigFile::save)
                .map_err(Failure::failed)?;
            setup::move_own(places, name, &new).map_err(Failure::failed)?;
        }
        Turn::Theirs(client) => drop(client.rename_profile(name, &new).await?),
    }
    out::line(format!("Profile {name} is called {new} now."))
}

async fn change_agent(
    places: &Places,
    named: Option<ProfileName>,
    agent: AgentConfig,
) -> Result<(), Failure> {
    let kind = agent.kind();
    let name = match take_turn(places).await? {
        Turn::Ours(_lock) => change_file(places, named, |profile| profile.agent = agent)?,
        Turn::Theirs(client) => {
            let name = meant_profile(&client, named).await?;
            client.change_agent(&name, &agent).await?;
            name
        }
    };
    out::line(format!("The agent of profile {name} is {kind} now."))
}

async fn change_exposure(places: &Places, args: Expose) -> Result<(), Failure> {
    let change = ChangeExposure {
        exposure: exposure(&args),
        trust_relay_with_token: args.trust_relay_with_token,
    };
    let kind = change.exposure.kind();
    let name = match take_turn(places).await? {
        Turn::Ours(_lock) => change_file(places, args.profile, |profile| {
            profile.token_to = change
                .exposure
                .relay()
                .filter(|_| change.trust_relay_with_token)
                .cloned();
            profile.exposure = change.exposure;
        })?,
        Turn::Theirs(client) => {
            let name = meant_profile(&client, args.profile).await?;
            client.change_exposure(&name, &change).await?;
            name
        }
    };
    out::line(format!("Calls reach profile {name} by {kind} now."))?;
    connect::warn_of_trust(args.trust_relay_with_token)
}

async fn keep_org_key(places: &Places, named: Option<ProfileName>) -> Result<(), Failure> {
    let key = stdin::org_key()?;
    let name = match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let config = Config::load(places).map_err(Failure::failed)?;
            let name = configured(places, &config, named)?;
            let vault = Vault::open(places).await?;
            setup::keep_org_key(places, &vault, &name, &key).await?;
            name
        }
        Turn::Theirs(client) => {
            let name = meant_profile(&client, named).await?;
            client.keep_org_key(&name, key).await?;
            name
        }
    };
    out::line(format!(
        "The org key is kept: the Canvas of profile {name} shows the whole org."
    ))
}

async fn forget_org_key(places: &Places, named: Option<ProfileName>) -> Result<(), Failure> {
    let name = match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let config = Config::load(places).map_err(Failure::failed)?;
            let name = configured(places, &config, named)?;
            let vault = Vault::open(places).await?;
            setup::forget_org_key(places, &vault, &name).await?;
            name
        }
        Turn::Theirs(client) => {
            let name = meant_profile(&client, named).await?;
            client.forget_org_key(&name).await?;
            name
        }
    };
    out::line(format!("Profile {name} has no org key any more."))
}

/// The one way in that is named.
fn exposure(args: &Expose) -> ExposureConfig {
    match (&args.relay, &args.url) {
        (Some(url), _) => ExposureConfig::Relay { url: url.clone() },
        (None, Some(url)) => ExposureConfig::Url {
            url: url.clone(),
            listen: args.listen.unwrap_or(LISTEN),
        },
        (None, None) if args.poll => ExposureConfig::Poll,
        (None, None) if args.cloudflared => ExposureConfig::Cloudflared,
        (None, None) if args.ngrok => ExposureConfig::Ngrok,
        (None, None) => ExposureConfig::Auto { url: None },
    }
}

/// Changes a profile in the file, while no host runs.
fn change_file(
    places: &Places,
    named: Option<ProfileName>,
    change: impl FnOnce(&mut Profile),
) -> Result<ProfileName, Failure> {
    let mut file = ConfigFile::open(places).map_err(Failure::failed)?;
    let name = configured(places, file.config(), named)?;
    if let Some(mut profile) = file.config().profiles.get(&name).cloned() {
        change(&mut profile);
        file.set_profile(&name, &profile)
            .and_then(ConfigFile::save)
            .map_err(Failure::failed)?;
    }
    Ok(name)
}
