//! What somebody needs to know who is to help: how everything is, as text for the clipboard, and as a zip with logs,
//! config and versions.
//!
//! It is meant to be given away. No secret, no door's address and no message is in it: the config is written anew from
//! what was understood of it, what agents say is left out, and every text goes through the mask at the end.

mod bundle;
mod summary;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    config::{Config, ProfileName},
    control::last_lines,
    doctor::{self, DoctorReport},
    files,
    host::{HostError, HostHandle},
    lock::HostLock,
    mask::Known,
    places::Places,
    status::Status,
    vault::{Account, Kind, Vault},
};

/// The checks that tell what an agent said of itself.
const ABOUT_AGENTS: [&str; 3] = ["agent", "agent_card", "other_faults"];
/// Lines of the host's log that go along.
const LOG_LINES: usize = 5_000;
/// Files of ours that stay in the folder.
const KEPT_FILES: usize = 3;
/// Their names begin so.
const PREFIX: &str = "ligand-diagnostics-";

/// Diagnostics for the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiagnosticsText {
    /// Lines of text, without secrets.
    pub text: String,
}

/// Diagnostics as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiagnosticsFile {
    /// The zip, on this machine.
    pub path: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// What is in it.
    pub files: Vec<String>,
}

/// What is found, before anything is taken out.
struct Found {
    version: String,
    status: Option<Status>,
    config: Result<Config, String>,
    doctor: Vec<DoctorReport>,
    log: Vec<String>,
    known: Known,
}

impl HostHandle {
    /// How everything is, for the clipboard.
    pub async fn diagnostics(&self) -> DiagnosticsText {
        let found = self.found(0).await;
        DiagnosticsText {
            text: found.known.out_of(&summary::text(&found)),
        }
    }

    /// Writes a zip into the state folder, and tells where.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn write_diagnostics(&self) -> Result<DiagnosticsFile, HostError> {
        let found = self.found(LOG_LINES).await;
        let folder = self.places().diagnostics();
        write(found, move || path_in(&folder)).await
    }

    async fn found(&self, lines: usize) -> Found {
        let status = Status::clone(&self.status().borrow());
        let config = self.config();
        let mut known = of_environment();
        let mut doctor = Vec::new();
        if let Ok(vault) = self.vault().await {
            learn_secrets(&mut known, &vault, config.as_ref().ok()).await;
        }
        for profile in &status.profiles {
            for door in self.doors(&profile.name).await.unwrap_or_default() {
                learn_door(&mut known, &door.url);
                door.host_url.iter().for_each(|url| learn_door(&mut known, url));
            }
            doctor.extend(self.doctor(&profile.name).await.map(in_our_words));
        }
        Found {
            version: version_of(&status),
            config: config.map_err(|error| error.to_string()),
            log: last_lines(self.places(), None, lines).await.unwrap_or_default(),
            status: Some(status),
            doctor,
            known,
        }
    }
}

/// The same while no host runs. The lock is held while the vault is read.
pub async fn without_host(places: &Places, lock: HostLock) -> DiagnosticsText {
    let found = found_at_rest(places, lock, 0).await;
    DiagnosticsText {
        text: found.known.out_of(&summary::text(&found)),
    }
}

/// Writes the zip to this path while no host runs.
///
/// # Errors
/// When the disk fails.
pub async fn write_without_host(
    places: &Places,
    lock: HostLock,
    path: PathBuf,
) -> Result<DiagnosticsFile, HostError> {
    let found = found_at_rest(places, lock, LOG_LINES).await;
    write(found, move || Ok(path)).await
}

async fn found_at_rest(places: &Places, lock: HostLock, lines: usize) -> Found {
    let config = Config::load(places);
    let mut known = of_environment();
    if let Ok(vault) = Vault::open(places).await {
        learn_secrets(&mut known, &vault, config.as_ref().ok()).await;
    }
    let names: Vec<ProfileName> = match &config {
        Ok(config) => config.profiles.keys().cloned().collect(),
        Err(_) => Vec::new(),
    };
    // One look is enough to tell how the machine is; the others would ask the same of the same network.
    let doctor = doctor::without_host(places, lock, names.first().cloned()).await;
    Found {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        status: None,
        config: config.map_err(|error| error.to_string()),
        doctor: vec![in_our_words(doctor)],
        log: last_lines(places, None, lines).await.unwrap_or_default(),
        known,
    }
}

async fn write(
    found: Found,
    path: impl FnOnce() -> std::io::Result<PathBuf> + Send + 'static,
) -> Result<DiagnosticsFile, HostError> {
    let written = tokio::task::spawn_blocking(move || bundle::write(&path()?, &found)).await;
    written
        .map_err(|_| HostError::Stopping)?
        .map_err(HostError::Diagnostics)
}

/// A path for the next zip, in a folder of our own; of the earlier ones only the last stay.
fn path_in(folder: &Path) -> std::io::Result<PathBuf> {
    files::private_dir(folder)?;
    let mut ours: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(PREFIX))
        })
        .collect();
    // Their names are their times.
    ours.sort_unstable_by(|a, b| b.cmp(a));
    for old in ours.iter().skip(KEPT_FILES - 1) {
        files::remove(old)?;
    }
    let time = crate::clock::wall_text(crate::clock::wall_ms());
    let time: String = time.chars().filter(char::is_ascii_digit).collect();
    Ok(folder.join(format!("{PREFIX}{time}.zip")))
}

/// The report without what an agent said in its own words, which may be a message's.
fn in_our_words(mut report: DoctorReport) -> DoctorReport {
    for check in &mut report.checks {
        if ABOUT_AGENTS.contains(&check.code.as_str()) {
            check.found = "left out here: agents have arguments and words of their own".to_owned();
        }
    }
    report
}

fn version_of(status: &Status) -> String {
    match &status.host.commit {
        Some(commit) => format!("{} ({commit})", status.host.version),
        None => status.host.version.clone(),
    }
}

async fn learn_secrets(known: &mut Known, vault: &Vault, config: Option<&Config>) {
    for profile in config.into_iter().flat_map(|config| config.profiles.values()) {
        for kind in Kind::ALL {
            let account = Account::new(&profile.platform, profile.workspace, kind);
            if let Ok(Some(secret)) = vault.get(&account).await {
                known.learn(secret.expose());
            }
        }
    }
}

/// A door's whole address, and the part of it that nobody could guess.
fn learn_door(known: &mut Known, url: &str) {
    known.learn(url);
    if let Ok(url) = url::Url::parse(url) {
        if let Some(last) = url.path_segments().and_then(|mut parts| parts.next_back()) {
            known.learn(last);
        }
        // At a host name of its own the secret is its first label.
        if url.path() == "/"
            && let Some(host) = url.host_str()
        {
            known.learn(host);
        }
    }
}

/// What the environment was given for our eyes only.
fn of_environment() -> Known {
    let mut known = Known::default();
    for name in ["LIGAND_PROXY_LOGIN", "MOLECULE_WORKSPACE_TOKEN"] {
        if let Ok(secret) = std::env::var(name) {
            known.learn(&secret);
            if let Some((_, password)) = secret.split_once(':') {
                known.learn(password);
            }
        }
    }
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        let url = std::env::var(name)
            .ok()
            .and_then(|url| url::Url::parse(&url).ok());
        if let Some(password) = url.as_ref().and_then(url::Url::password) {
            known.learn(password);
        }
    }
    known
}
