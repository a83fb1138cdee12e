//! `ligand config`: what is set for all profiles. The running host changes it, and without one this command.

use ligand_host::{
    config::{Config, ConfigFile, General, LogLevel, ProxyConfig},
    places::Places,
    settings::{ChangeGeneral, ChangeUpdateUrl},
};
use ligand_hosting::{Turn, take_turn};

use crate::{
    args::{ConfigCommand, SettingKey},
    failure::{Exit, Failure},
    out,
};

const KEYS: [SettingKey; 5] = [
    SettingKey::LogLevel,
    SettingKey::KeepAwake,
    SettingKey::UpdateCheck,
    SettingKey::UpdateUrl,
    SettingKey::Proxy,
];

/// Runs the command.
pub(crate) async fn run(places: &Places, command: ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Get { key, json } => get(places, key, json).await,
        ConfigCommand::Set { key, value } => set(places, Change::read(key, &value)?).await,
        ConfigCommand::Reload => match take_turn(places).await? {
            Turn::Ours(_) => out::line("No host is running; the next start reads it."),
            Turn::Theirs(client) => {
                client.reload().await?;
                out::line("The config was read again; `ligand status` says how it goes.")
            }
        },
        ConfigCommand::Path => out::line(places.config.display().to_string()),
    }
}

async fn get(places: &Places, key: Option<SettingKey>, json: bool) -> Result<(), Failure> {
    if json {
        let settings = super::profile_settings::settings(places).await?;
        return out::line(serde_json::to_string_pretty(&settings).map_err(Failure::failed)?);
    }
    // The file is what the host runs on, or will.
    let config = Config::load(places).map_err(Failure::failed)?;
    match key {
        Some(key) => out::line(value(&config, key)),
        None => KEYS
            .into_iter()
            .try_for_each(|key| out::line(format!("{:<13} {}", word(key), value(&config, key)))),
    }
}

fn value(config: &Config, key: SettingKey) -> String {
    let General {
        log_level,
        keep_awake,
        update_check,
        update_url,
    } = &config.general;
    let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
    match key {
        SettingKey::LogLevel => log_level.word().to_owned(),
        SettingKey::KeepAwake => switch(*keep_awake),
        SettingKey::UpdateCheck => switch(*update_check),
        SettingKey::UpdateUrl => update_url.as_ref().map_or("none".to_owned(), ToString::to_string),
        SettingKey::Proxy => match &config.proxy {
            ProxyConfig::Environment => "environment".to_owned(),
            ProxyConfig::Direct => "direct".to_owned(),
            ProxyConfig::Through { url } => url.to_string(),
        },
    }
}

fn word(key: SettingKey) -> String {
    let value = clap::ValueEnum::to_possible_value(&key);
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// What is to be changed.
#[derive(Debug, PartialEq)]
enum Change {
    General(ChangeGeneral),
    UpdateUrl(ChangeUpdateUrl),
    Proxy(ProxyConfig),
}

impl Change {
    fn read(key: SettingKey, value: &str) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::new(Exit::Usage, why);
        let url = |text: &str| {
            url::Url::parse(text).map_err(|error| wrong(format!("{text} is no address: {error}")))
        };
        let switch = || match value {
            "on" | "true" | "yes" => Ok(Some(true)),
            "off" | "false" | "no" => Ok(Some(false)),
            other => Err(wrong(format!("{} is on or off, and not {other}", word(key)))),
        };
        let general = ChangeGeneral::default();
        Ok(match key {
            SettingKey::LogLevel => Self::General(ChangeGeneral {
                log_level: Some(value.parse::<LogLevel>().map_err(|bad| wrong(bad.to_string()))?),
                ..general
            }),
            SettingKey::KeepAwake => Self::General(ChangeGeneral {
                keep_awake: switch()?,
                ..general
            }),
            SettingKey::UpdateCheck => Self::General(ChangeGeneral {
                update_check: switch()?,
                ..general
            }),
            SettingKey::UpdateUrl => Self::UpdateUrl(ChangeUpdateUrl {
                url: match value {
                    "none" | "" => None,
                    text => Some(url(text)?),
                },
            }),
            SettingKey::Proxy => Self::Proxy(match value {
                "environment" | "" => ProxyConfig::Environment,
                "direct" | "none" => ProxyConfig::Direct,
                text => ProxyConfig::Through { url: url(text)? },
            }),
        })
    }
}

async fn set(places: &Places, change: Change) -> Result<(), Failure> {
    match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let mut file = ConfigFile::open(places).map_err(Failure::failed)?;
            let general = file.config().general.clone();
            let written = match change {
                Change::General(change) => file.set_general(&change.made_to(general)),
                Change::UpdateUrl(ChangeUpdateUrl { url }) => file.set_general(&General {
                    update_url: url,
                    ..general
                }),
                Change::Proxy(proxy) => file.set_proxy(&proxy),
            };
            written.and_then(ConfigFile::save).map_err(Failure::failed)?;
            out::line("Set; it holds from the next start on.")
        }
        Turn::Theirs(client) => {
            let settings = match change {
                Change::General(change) => client.change_general(&change).await?,
                Change::UpdateUrl(change) => client.change_update_url(&change).await?,
                Change::Proxy(proxy) => client.change_proxy(&proxy).await?,
            };
            match settings.log_override {
                Some(asked) => out::line(format!(
                    "Set, and in force; LIGAND_LOG={asked} of the running host counts before the log level."
                )),
                None => out::line("Set, and in force."),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_change_or_a_word_about_it() {
        let read = |key, value: &str| Change::read(key, value);
        assert_eq!(
            read(SettingKey::KeepAwake, "on").unwrap(),
            Change::General(ChangeGeneral {
                keep_awake: Some(true),
                ..ChangeGeneral::default()
            })
        );
        assert_eq!(
            read(SettingKey::Proxy, "direct").unwrap(),
            Change::Proxy(ProxyConfig::Direct)
        );
        assert_eq!(
            read(SettingKey::UpdateUrl, "none").unwrap(),
            Change::UpdateUrl(ChangeUpdateUrl { url: None })
        );
        for (key, value) in [
            (SettingKey::KeepAwake, "maybe"),
            (SettingKey::LogLevel, "loud"),
            (SettingKey::Proxy, "not an address"),
        ] {
            assert_eq!(read(key, value).unwrap_err().exit, Exit::Usage, "{value}");
        }
    }
}
