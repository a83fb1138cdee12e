//! From the text to [`Config`], with a place for everything that is wrong.
//!
//! Read by hand rather than derived: a derived reader loses the place inside tables whose keys depend on their
//! `kind`, and its words for an unknown key name no next step.

use std::path::Path;

use toml_edit::{Document, TomlError};
use uuid::Uuid;

use super::error::Source;
use super::name;
use super::rules::{self, BadValue};
use super::table::Table;
use super::{
    AgentConfig, Config, ConfigError, DeliveryConfig, ExposureConfig, General, Profile, ProfileName, SCHEMA,
};

impl Config {
    /// Reads a config's text; `file` is named in errors.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source { file, text };
        let document = Document::parse(text).map_err(|error| syntax(source, &error))?;
        let root = Table {
            source,
            name: String::new(),
            keys: document.as_table(),
            span: None,
        };
        version(&root)?;
        root.only(&[&["version", "proxy", "profile"][..], &General::KEYS].concat())?;
        let mut config = Self {
            general: General::read(&root)?,
            ..Self::default()
        };
        if let Some((proxy, _)) = root.text("proxy", rules::proxy)? {
            config.proxy = proxy;
        }
        if let Some(profiles) = root.table("profile")? {
            for (key, _) in profiles.keys.iter() {
                let name: ProfileName = key.parse().map_err(|_| {
                    let bad = BadValue::new(format!("\"{key}\" cannot name a profile"), name::RULE);
                    source.wrong(profiles.key_span(key), bad)
                })?;
                if let Some(table) = profiles.table(key)? {
                    config.profiles.insert(name, profile(&table)?);
                }
            }
        }
        Ok(config)
    }
}

fn syntax(source: Source<'_>, error: &TomlError) -> ConfigError {
    let what = error.message().lines().collect::<Vec<_>>().join(", ");
    source.wrong(
        error.span(),
        BadValue::new(format!("this is not TOML: {what}"), "Mend this line"),
    )
}

/// First of all, because a file of the future may have keys that are unknown here.
fn version(root: &Table<'_>) -> Result<(), ConfigError> {
    let Some((found, span)) = root.integer("version")? else {
        return Ok(());
    };
    if found > i64::from(SCHEMA) {
        let (line, column) = root.source.position(Some(span));
        return Err(ConfigError::Newer {
            file: root.source.file.to_owned(),
            line,
            column,
            found,
        });
    }
    if found < 1 {
        let bad = BadValue::new(format!("there is no config version {found}"), "Write version = 1");
        return Err(root.source.wrong(Some(span), bad));
    }
    Ok(())
}

fn profile(table: &Table<'_>) -> Result<Profile, ConfigError> {
    table.only(&[
        "platform",
        "workspace",
        "org_id",
        "agent",
        "exposure",
        "doors",
        "delivery",
    ])?;
    let platform = table.needed("platform", "platform = \"https://acme.example\"", rules::platform)?;
    let workspace = table.needed("workspace", "workspace = \"the workspace's id\"", |text| {
        Uuid::parse_str(text).map_err(|_| {
            BadValue::new(
                format!("workspace \"{text}\" is not a workspace's id"),
                "Copy it from the Canvas",
            )
        })
    })?;
    let org_id = table
        .text("org_id", |text| rules::org_id(text).map(|()| text.to_owned()))?
        .map(|(org_id, _)| org_id);
    let agent = AgentConfig::read(&table.needed_table("agent", "kind = \"echo\"")?)?;
    let exposed = table.needed_table("exposure", "kind = \"relay\" and relay = \"https://…\"")?;
    let exposure = ExposureConfig::read(&exposed)?;
    let token_to = exposed.text("token_to", |text| rules::token_to(text, exposure.relay()))?;
    let shared_door = match table.table("doors")? {
        Some(doors) => {
            doors.only(&["shared"])?;
            doors.boolean("shared")?.unwrap_or(false)
        }
        None => false,
    };
    let delivery = match table.table("delivery")? {
        Some(delivery) => DeliveryConfig::read(&delivery)?,
        None => DeliveryConfig::default(),
    };
    Ok(Profile {
        platform,
        workspace,
        org_id,
        agent,
        exposure,
        token_to: token_to.map(|(relay, _)| relay),
        shared_door,
        delivery,
    })
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
