//! The zip: what was found, in files that a person can read.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{DiagnosticsFile, Found, summary};
use crate::{
    config::{AgentConfig, Config},
    mask::MASK,
    status::Status,
};

/// What is in the zip, and what is not.
const ABOUT: &str = "\
Diagnostics of Ligand, made to be given to somebody who helps.

summary.txt    how everything is
status.json    the same in data
config.json    what is set; variables' values and programs' arguments are left out
doctor-*.json  what `ligand doctor` found
host.log       the end of the host's log

Tokens, keys, passwords, the doors' addresses and messages are not in it. Agents' logs are left out, because agents
may write messages into them. Names of profiles, hosts and folders of this machine are in it.
";

/// Writes it.
pub(super) fn write(path: &Path, found: &Found) -> io::Result<DiagnosticsFile> {
    let contents = contents(found);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut zip = ZipWriter::new(options.open(path)?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in &contents {
        zip.start_file(name.as_str(), options).map_err(io::Error::other)?;
        zip.write_all(found.known.out_of(text).as_bytes())?;
    }
    let file = zip.finish().map_err(io::Error::other)?;
    Ok(DiagnosticsFile {
        path: path.display().to_string(),
        bytes: file.metadata()?.len(),
        files: contents.into_iter().map(|(name, _)| name).collect(),
    })
}

fn contents(found: &Found) -> Vec<(String, String)> {
    let mut files = vec![
        ("README.txt".to_owned(), ABOUT.to_owned()),
        ("summary.txt".to_owned(), summary::text(found)),
    ];
    if let Some(status) = &found.status {
        files.push(("status.json".to_owned(), pretty(&without_words(status))));
    }
    if let Ok(config) = &found.config {
        files.push(("config.json".to_owned(), pretty(&settings(config))));
    }
    for (number, report) in found.doctor.iter().enumerate() {
        let name = report.profile.clone().unwrap_or_else(|| number.to_string());
        files.push((format!("doctor-{name}.json"), pretty(&json!(report))));
    }
    files.push(("host.log".to_owned(), found.log.join("\n") + "\n"));
    files
}

/// The status without what agents say in their own words.
fn without_words(status: &Status) -> Value {
    let mut status = status.clone();
    for profile in &mut status.profiles {
        profile.agent.reason = None;
        profile.health.iter_mut().for_each(|item| item.detail = None);
    }
    json!(status)
}

/// The config as it was understood. Comments can say anything, so none is kept.
fn settings(config: &Config) -> Value {
    let profiles = config.profiles.iter().map(|(name, profile)| {
        let mut told = json!(profile);
        told["agent"] = agent(&profile.agent);
        (name.to_string(), told)
    });
    json!({
        "general": config.general,
        "proxy": config.proxy,
        "profiles": profiles.collect::<serde_json::Map<_, _>>(),
    })
}

/// What answers, without what could be a secret that somebody put where none belongs.
fn agent(agent: &AgentConfig) -> Value {
    let mut told = json!(agent);
    if let Some(variables) = told.get_mut("env").and_then(Value::as_object_mut) {
        variables.values_mut().for_each(|value| *value = json!(MASK));
    }
    if let Some(arguments) = told.get_mut("argv").and_then(Value::as_array_mut) {
        arguments
            .iter_mut()
            .skip(1)
            .for_each(|value| *value = json!(MASK));
    }
    told
}

/// Text for people. What comes here has no key that is no text, so it always becomes JSON.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
