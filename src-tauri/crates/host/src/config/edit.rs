//! Changes single values of the config file, and leaves the rest as somebody wrote it.
//!
//! What is removed goes with the comments that stand directly at it. Comments set apart from it by an empty line
//! are kept, at the end of the file.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::rules::{self, BadValue};
use super::{Config, ConfigError, DeliveryConfig, General, Profile, ProfileName, ProxyConfig};
use crate::files;
use crate::places::Places;

/// The config file, open for changes. Nothing is written before [`save`](Self::save).
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    /// What was read, to see that nobody else has written since. `None`: there was no file.
    before: Option<String>,
    document: DocumentMut,
    /// What the document says.
    config: Config,
}

impl ConfigFile {
    /// Reads the file, which need not be there. One with mistakes is not changed by us.
    pub fn open(places: &Places) -> Result<Self, ConfigError> {
        let path = places.config.clone();
        let before = read(&path)?;
        let text = with_version(before.as_deref().unwrap_or_default());
        let config = Config::parse(&path, before.as_deref().unwrap_or_default())?;
        let document = text.parse().map_err(|_| unchangeable())?;
        Ok(Self {
            path,
            before,
            document,
            config,
        })
    }

    /// What it says now, with the changes.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Writes a profile, new or in place of the one of that name.
    pub fn set_profile(&mut self, name: &ProfileName, profile: &Profile) -> Result<&mut Self, ConfigError> {
        profile.check()?;
        let profile = Profile {
            platform: rules::platform(&profile.platform)?,
            ..profile.clone()
        };
        let table = child(
            child(self.document.as_table_mut(), "profile", true)?,
            name.as_str(),
            false,
        )?;
        put(table, "platform", &profile.platform);
        put(table, "workspace", profile.workspace.to_string());
        match &profile.org_id {
            Some(org_id) => put(table, "org_id", org_id),
            None => drop(table.remove("org_id")),
        }
        profile.agent.write(child(table, "agent", false)?)?;
        let exposure = child(table, "exposure", false)?;
        profile.exposure.write(exposure);
        match &profile.token_to {
            Some(url) => put_url(exposure, "token_to", url),
            None => drop(exposure.remove("token_to")),
        }
        if profile.shared_door || table.contains_key("doors") {
            put(child(table, "doors", false)?, "shared", profile.shared_door);
        }
        if profile.delivery != DeliveryConfig::default() || table.contains_key("delivery") {
            let delivery = child(table, "delivery", false)?;
            let usual = DeliveryConfig::default().values();
            for ((key, value), (_, usual)) in profile.delivery.values().into_iter().zip(usual) {
                let is_usual =
                    value.as_ref().map(ToString::to_string) == usual.map(|usual| usual.to_string());
                match value {
                    None => drop(delivery.remove(key)),
                    Some(_) if is_usual && !delivery.contains_key(key) => {}
                    Some(value) => put(delivery, key, value),
                }
            }
        }
        self.config.profiles.insert(name.clone(), profile);
        Ok(self)
    }

    /// Takes a profile away.
    pub fn remove_profile(&mut self, name: &ProfileName) -> Result<&mut Self, ConfigError> {
        if self.config.profiles.remove(name).is_none() {
            return Err(self.no_profile(name));
        }
        let profiles = child(self.document.as_table_mut(), "profile", true)?;
        if let Some(Item::Table(table)) = profiles.remove(name.as_str()) {
            let kept = detached_comments(&table);
            if !kept.is_empty() {
                let end = self.document.trailing().as_str().unwrap_or_default().to_owned();
                let gap = if end.is_empty() || end.ends_with('\n') {
                    ""
                } else {
                    "\n"
                };
                self.document.set_trailing(format!("{end}{gap}\n{kept}"));
            }
        }
        Ok(self)
    }

    /// Gives a profile another name; its table stays where it stands, with its comments.
    pub fn rename_profile(
        &mut self,
        name: &ProfileName,
        new: &ProfileName,
    ) -> Result<&mut Self, ConfigError> {
        if self.config.profiles.contains_key(new) {
            return Err(ConfigError::Value(BadValue::new(
                format!("there is a profile {new} already"),
                "Choose another name",
            )));
        }
        let Some(profile) = self.config.profiles.remove(name) else {
            return Err(self.no_profile(name));
        };
        let profiles = child(self.document.as_table_mut(), "profile", true)?;
        let table = profiles.remove(name.as_str()).ok_or_else(unchangeable)?;
        profiles.insert(new.as_str(), table);
        self.config.profiles.insert(new.clone(), profile);
        Ok(self)
    }

    /// Sets what holds for the whole host.
    pub fn set_general(&mut self, general: &General) -> Result<&mut Self, ConfigError> {
        general.check()?;
        general.write(self.document.as_table_mut());
        self.config.general = general.clone();
        Ok(self)
    }

    /// Sets the proxy.
    pub fn set_proxy(&mut self, proxy: &ProxyConfig) -> Result<&mut Self, ConfigError> {
        let root = self.document.as_table_mut();
        match proxy {
            ProxyConfig::Environment => drop(root.remove("proxy")),
            ProxyConfig::Direct => put(root, "proxy", "direct"),
            ProxyConfig::Through { url } => {
                rules::proxy(url.as_str())?;
                put_url(root, "proxy", url);
            }
        }
        self.config.proxy = proxy.clone();
        Ok(self)
    }

    /// Opens or closes a profile's shared door.
    pub fn set_shared_door(&mut self, name: &ProfileName, open: bool) -> Result<&mut Self, ConfigError> {
        let Some(profile) = self.config.profiles.get_mut(name) else {
            return Err(self.no_profile(name));
        };
        profile.shared_door = open;
        let table = child(
            child(self.document.as_table_mut(), "profile", true)?,
            name.as_str(),
            false,
        )?;
        put(child(table, "doors", false)?, "shared", open);
        Ok(self)
    }

    /// Writes the file as a whole, or leaves the old one.
    pub fn save(&mut self) -> Result<(), ConfigError> {
        let text = self.document.to_string();
        if self.before.as_deref() == Some(text.as_str()) {
            return Ok(());
        }
        // What cannot be read again is not written.
        match Config::parse(&self.path, &text) {
            Ok(config) if config == self.config => {}
            _ => return Err(unchangeable()),
        }
        if read(&self.path)? != self.before {
            return Err(ConfigError::Changed(self.path.clone()));
        }
        let write = || {
            if let Some(folder) = self.path.parent() {
                files::make_dir(folder)?;
            }
            files::replace(&self.path, text.as_bytes())
        };
        write().map_err(ConfigError::Write)?;
        self.before = Some(text);
        Ok(())
    }

    pub(crate) fn no_profile(&self, name: &ProfileName) -> ConfigError {
        let known = self.config.profiles.keys().map(ToString::to_string).collect();
        ConfigError::NoProfile {
            file: self.path.clone(),
            name: name.to_string(),
            known,
        }
    }
}

fn read(path: &std::path::Path) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::Read(files::named(path, &error))),
    }
}

/// TOML has more ways to write the same than can be changed in place; none of those that Ligand writes.
fn unchangeable() -> ConfigError {
    ConfigError::Value(BadValue::new(
        "this config is written in a way that Ligand cannot change in place",
        "Write each profile as [profile.NAME] with [profile.NAME.agent] and so on, or make the change by hand",
    ))
}

/// The same text with a version, below the comment that opens the file. A file without one is of version 1.
fn with_version(text: &str) -> String {
    let versioned = text
        .parse::<DocumentMut>()
        .is_ok_and(|document| document.contains_key("version"));
    if versioned {
        return text.to_owned();
    }
    // An opening comment belongs to the file only if an empty line sets it apart from what follows.
    let comment: usize = text
        .split_inclusive('\n')
        .take_while(|line| line.starts_with('#'))
        .map(str::len)
        .sum();
    let (head, rest) = match text[comment..].lines().next() {
        Some(line) if !line.trim().is_empty() => ("", text),
        _ => text.split_at(comment),
    };
    let end_of_head = if head.is_empty() || head.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let gap = if rest.is_empty() || rest.starts_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{head}{end_of_head}version = {}\n{gap}{rest}", super::SCHEMA)
}

/// The table under a key, made where it is missing; `implicit` ones have no header of their own.
pub(super) fn child<'a>(
    table: &'a mut dyn TableLike,
    key: &str,
    implicit: bool,
) -> Result<&'a mut dyn TableLike, ConfigError> {
    if !table.contains_key(key) {
        let mut new = Table::new();
        new.set_implicit(implicit);
        table.insert(key, Item::Table(new));
    }
    table
        .get_mut(key)
        .and_then(Item::as_table_like_mut)
        .ok_or_else(unchangeable)
}

/// Sets a value. One that is there already keeps its comments, and its way of writing if it says the same.
pub(super) fn put(table: &mut dyn TableLike, key: &str, value: impl Into<Value>) {
    let mut value = value.into();
    match table.get_mut(key) {
        Some(Item::Value(old)) if !same(old, &value) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(Item::Value(_)) => {}
        Some(other) => *other = Item::Value(value),
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// As [`put`]; an address that is only written differently stays as it is.
pub(super) fn put_url(table: &mut dyn TableLike, key: &str, url: &url::Url) {
    let there = table
        .get(key)
        .and_then(Item::as_str)
        .and_then(|text| url::Url::parse(text).ok());
    if there.as_ref() != Some(url) {
        put(table, key, url.as_str());
    }
}

/// As [`put`], for texts that each have a name, which may stand in a table of any style; without any they are left out.
pub(super) fn put_texts(
    table: &mut dyn TableLike,
    key: &str,
    texts: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    if texts.is_empty() {
        table.remove(key);
        return Ok(());
    }
    if !table.contains_key(key) {
        put(table, key, texts.iter().collect::<InlineTable>());
        return Ok(());
    }
    let there = child(table, key, false)?;
    let names: Vec<String> = there.iter().map(|(name, _)| name.to_owned()).collect();
    for gone in names.iter().filter(|name| !texts.contains_key(*name)) {
        there.remove(gone);
    }
    for (name, text) in texts {
        put(there, name, text);
    }
    Ok(())
}

fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old.value() == new.value(),
        (Value::Integer(old), Value::Integer(new)) => old.value() == new.value(),
        (Value::Boolean(old), Value::Boolean(new)) => old.value() == new.value(),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        _ => false,
    }
}

/// The comments before a table's header, and those before the headers of its parts, as far as an empty line sets
/// them apart.
fn detached_comments(table: &Table) -> String {
    let before = table
        .decor()
        .prefix()
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default();
    let mut kept = match before.rfind("\n\n") {
        Some(gap) => before[..=gap].trim_start_matches('\n').to_owned(),
        None => String::new(),
    };
    for (_, item) in table.iter() {
        if let Item::Table(part) = item {
            kept.push_str(&detached_comments(part));
        }
    }
    kept
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
