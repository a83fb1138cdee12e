//! Installed plugins on the disk: `<state>/plugins/<profile>/<name>/` with the plugin's `files` and our `plugin.json`
//! about it. A plugin is made in a folder beside and renamed in one step, and taken away by the same way back; what a
//! process leaves there that was killed is swept by the next holder of the host's lock.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use ts_rs::TS;

use super::{
    archive,
    content::{self, MANIFEST},
    fault::PluginError,
    manifest::{self, ManifestError, PluginName},
};
use crate::{clock::wall_now, config::ProfileName, files, places::Places};

/// The script that a plugin wants to have run once.
pub(super) const SETUP: &str = "setup.sh";

/// In a plugin's folder: what strangers made, and what we know of it.
const FILES: &str = "files";
const RECORD: &str = "plugin.json";
/// Only while it is being made.
const ARCHIVE: &str = "archive.tar.gz";

/// The version of the record's schema.
const SCHEMA: u32 = 1;
/// Bytes of a record that are read: it has a few hundred.
const MAX_RECORD: u64 = 64 << 10;

/// An installed plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Plugin {
    /// The version of the record's schema.
    pub schema: u32,
    /// Its name.
    #[ts(type = "string")]
    pub name: PluginName,
    /// Its version, by its own word.
    pub version: Option<String>,
    /// What it is for, by its own word.
    pub description: Option<String>,
    /// Where it came from.
    pub source: String,
    /// The hash of its content.
    pub sha256: String,
    /// Whether it declares that hash itself.
    pub declared: bool,
    /// How many files it has.
    pub files: usize,
    /// How many bytes they have.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it was installed, RFC 3339 in UTC.
    pub installed_at: String,
    /// What became of its `setup.sh`.
    pub setup: SetupState,
}

/// What became of a plugin's `setup.sh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SetupState {
    /// It has none.
    None,
    /// It was not run.
    NotRun,
    /// It was run to its end.
    Done,
    /// It was run, and failed or was ended.
    Failed,
}

/// Where a plugin's files are.
#[must_use]
pub fn folder(places: &Places, profile: &ProfileName, name: &PluginName) -> PathBuf {
    at(places, profile).join(name.as_str()).join(FILES)
}

/// The plugins of a profile, by name.
///
/// # Errors
/// When the folder, or a record in it, cannot be read.
pub fn list(places: &Places, profile: &ProfileName) -> Result<Vec<Plugin>, PluginError> {
    let mut plugins = Vec::new();
    for name in names(&at(places, profile))? {
        plugins.push(record(places, profile, &name)?);
    }
    plugins.sort_by(|a: &Plugin, b| a.name.cmp(&b.name));
    Ok(plugins)
}

/// Takes a plugin away, whole. Only whoever holds the host's lock, or the host itself, may do that.
///
/// # Errors
/// When there is none of that name, or the disk fails.
pub fn remove(places: &Places, profile: &ProfileName, name: &PluginName) -> Result<(), PluginError> {
    let root = at(places, profile);
    if !names(&root)?.contains(name) {
        return Err(PluginError::NotInstalled(name.clone()));
    }
    // First out of the way in one step: half a plugin is never there.
    let away = unfinished(&root)?;
    let from = root.join(name.as_str());
    fs::rename(&from, away.path().join(name.as_str())).map_err(|error| files::named(&from, &error))?;
    away.close()?;
    tidy(places, profile);
    Ok(())
}

/// Notes what became of a plugin's `setup.sh`. Only whoever holds the host's lock, or the host itself, may do that.
///
/// # Errors
/// As [`remove`].
pub fn note_setup(
    places: &Places,
    profile: &ProfileName,
    name: &PluginName,
    setup: SetupState,
) -> Result<(), PluginError> {
    let plugin = Plugin {
        setup,
        ..record(places, profile, name)?
    };
    let path = at(places, profile).join(name.as_str()).join(RECORD);
    Ok(files::replace(&path, &json(&plugin)?)?)
}

/// Removes what is left of plugins that were being made or taken away when a process was killed. Only for the holder of
/// the lock.
pub(crate) fn sweep(places: &Places) -> io::Result<()> {
    for profile in entries(&places.plugins())? {
        for entry in entries(&profile)? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(files::UNFINISHED) {
                fs::remove_dir_all(&entry).map_err(|error| files::named(&entry, &error))?;
            }
        }
    }
    Ok(())
}

/// Removes the folders in which no plugin is any more. Those that are not empty stay.
pub(super) fn tidy(places: &Places, profile: &ProfileName) {
    for folder in [at(places, profile), places.plugins()] {
        let _in_use = fs::remove_dir(folder);
    }
}

/// A plugin that is being made. Dropped before its end, nothing is left of it.
pub(super) struct Staging {
    root: PathBuf,
    folder: TempDir,
}

impl Staging {
    pub(super) fn make(places: &Places, profile: &ProfileName) -> io::Result<Self> {
        let root = at(places, profile);
        files::make_dir(&root)?;
        let folder = unfinished(&root)?;
        Ok(Self { root, folder })
    }

    /// Where the archive is put.
    pub(super) fn archive(&self) -> PathBuf {
        self.folder.path().join(ARCHIVE)
    }

    /// Unpacks the archive, looks at what came, and puts it in its place.
    pub(super) fn finish(self, source: String, wanted: Option<&PluginName>) -> Result<Plugin, PluginError> {
        let packed = self.archive();
        let unpacked = self.folder.path().join(FILES);
        files::make_dir(&unpacked)?;
        let archive = File::open(&packed).map_err(|error| files::named(&packed, &error))?;
        let content = archive::unpack(BufReader::new(archive), &unpacked)?;
        fs::remove_file(&packed).map_err(|error| files::named(&packed, &error))?;
        let manifest = manifest::read(&manifest_of(&unpacked)?)?;
        if let Some(wanted) = wanted.filter(|wanted| **wanted != manifest.name) {
            return Err(PluginError::OtherPlugin {
                wanted: wanted.clone(),
                found: manifest.name,
            });
        }
        let sha256 = content::hash(&content.files);
        if let Some(declared) = manifest.sha256.as_ref().filter(|declared| **declared != sha256) {
            return Err(PluginError::OtherContent {
                declared: declared.clone(),
                found: sha256,
            });
        }
        let has_setup = content.files.contains_key(SETUP);
        let plugin = Plugin {
            schema: SCHEMA,
            name: manifest.name,
            version: manifest.version,
            description: manifest.description,
            source,
            sha256,
            declared: manifest.sha256.is_some(),
            files: content.files.len(),
            bytes: content.bytes,
            installed_at: now(),
            setup: if has_setup {
                SetupState::NotRun
            } else {
                SetupState::None
            },
        };
        files::replace(&self.folder.path().join(RECORD), &json(&plugin)?)?;
        self.place(&plugin.name)?;
        Ok(plugin)
    }

    fn place(self, name: &PluginName) -> Result<(), PluginError> {
        // On some disks another spelling is the same name.
        let is_same = |known: &PluginName| known.as_str().eq_ignore_ascii_case(name.as_str());
        if let Some(known) = names(&self.root)?.into_iter().find(is_same) {
            return Err(PluginError::Installed(known));
        }
        let to = self.root.join(name.as_str());
        fs::rename(self.folder.path(), &to).map_err(|error| files::named(&to, &error))?;
        // There is nothing left to remove.
        let _moved = self.folder.keep();
        Ok(())
    }
}

fn at(places: &Places, profile: &ProfileName) -> PathBuf {
    places.plugins().join(profile.as_str())
}

fn unfinished(root: &Path) -> io::Result<TempDir> {
    // tempfile makes it 0700 on Unix.
    let made = tempfile::Builder::new()
        .prefix(files::UNFINISHED)
        .tempdir_in(root);
    made.map_err(|error| files::named(root, &error))
}

/// The plugins in a folder; what is not named like one is none.
fn names(root: &Path) -> io::Result<Vec<PluginName>> {
    let paths = entries(root)?.into_iter();
    let names = paths.filter_map(|path| path.file_name()?.to_str()?.parse().ok());
    Ok(names.collect())
}

/// What is in a folder; nothing in one that is not there.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(files::named(folder, &error)),
    }
}

fn record(places: &Places, profile: &ProfileName, name: &PluginName) -> Result<Plugin, PluginError> {
    let path = at(places, profile).join(name.as_str()).join(RECORD);
    let bytes = match bounded(&path, MAX_RECORD) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PluginError::NotInstalled(name.clone()));
        }
        Err(error) => return Err(files::named(&path, &error).into()),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        let damaged = io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is damaged ({error}); `ligand plugin remove {name}` takes the plugin away"),
        );
        files::named(&path, &damaged).into()
    })
}

fn manifest_of(unpacked: &Path) -> Result<Vec<u8>, PluginError> {
    let path = unpacked.join(MANIFEST);
    match bounded(&path, manifest::MAX_BYTES) {
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::IsADirectory => ManifestError::Missing.into(),
            io::ErrorKind::FileTooLarge => ManifestError::TooLong.into(),
            _ => files::named(&path, &error).into(),
        }),
    }
}

fn bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

fn json(plugin: &Plugin) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(plugin)?)
}

fn now() -> String {
    let now = wall_now();
    now.replace_nanosecond(0)
        .unwrap_or(now)
        .format(&Rfc3339)
        .unwrap_or_default()
}
