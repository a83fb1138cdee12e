//! Why a plugin is not installed or removed. What strangers wrote is quoted with its control characters escaped.

use std::io;

use super::{MAX_ENTRIES, MAX_PACKED, MAX_UNPACKED, manifest::ManifestError, manifest::PluginName};
use crate::{config::ConfigError, vault::VaultError};

/// Characters of a name in an archive that are quoted.
const QUOTED: usize = 120;

/// Why a plugin was not installed or removed. Each text is one line.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The config has no such profile, or cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The workspace's token cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault has no token for the workspace.
    #[error("there is no token for this profile's workspace; connect it again with `ligand connect`")]
    NoToken,
    /// The platform did not give it.
    #[error("{0}")]
    Platform(#[from] ligand_platform::Error),
    /// The address did not give it.
    #[error("the plugin cannot be fetched: {0}")]
    Fetch(String),
    /// It took too long.
    #[error("the plugin was not fetched within {0} s")]
    TooSlow(u64),
    /// The archive has too many bytes as it is.
    #[error("the archive is larger than {} MiB, and no larger one is taken", MAX_PACKED >> 20)]
    TooLargePacked,
    /// The archive is not fit to be unpacked.
    #[error("the plugin is not installed: {0}")]
    Archive(#[from] ArchiveError),
    /// Its `plugin.yaml` is missing or wrong.
    #[error("the plugin is not installed: its plugin.yaml {0}")]
    Manifest(#[from] ManifestError),
    /// It is another plugin than the one that was asked for.
    #[error(
        "the plugin is not installed: {wanted} was asked for, and its plugin.yaml says that it is {found}"
    )]
    OtherPlugin {
        /// What was asked for.
        wanted: PluginName,
        /// What came.
        found: PluginName,
    },
    /// Its content is not what its `plugin.yaml` declares.
    #[error(
        "the plugin is not installed: its content's hash is {found}, and its plugin.yaml declares {declared}, so \
         something was changed or lost on the way; ask its author for a whole one"
    )]
    OtherContent {
        /// The hash in `plugin.yaml`.
        declared: String,
        /// The hash of what came.
        found: String,
    },
    /// There is one of that name.
    #[error("plugin {0} is installed already; `ligand plugin remove {0}` takes it away first")]
    Installed(PluginName),
    /// There is none of that name.
    #[error("no plugin named {0} is installed; `ligand plugin list` lists those that are")]
    NotInstalled(PluginName),
    /// The disk.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// This process is ending.
    #[error("interrupted; nothing was installed")]
    Interrupted,
}

impl PluginError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::Vault(error) => error.code(),
            Self::NoToken => "no_token",
            Self::Platform(error) => error.kind.code(),
            Self::Fetch(_) => "plugin_unreachable",
            Self::TooSlow(_) => "plugin_too_slow",
            Self::TooLargePacked => "plugin_too_large",
            Self::Archive(_) => "plugin_archive",
            Self::Manifest(_) => "plugin_manifest",
            Self::OtherPlugin { .. } => "other_plugin",
            Self::OtherContent { .. } => "plugin_content",
            Self::Installed(_) => "plugin_installed",
            Self::NotInstalled(_) => "no_such_plugin",
            Self::Io(_) => "plugin_io",
            Self::Interrupted => "stopping",
        }
    }
}

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is not what it should be, or ends in the middle.
    #[error("the archive is damaged, or no gzipped tar archive ({0})")]
    Damaged(String),
    /// It has too many bytes.
    #[error("the archive has more than {} MiB unpacked", MAX_UNPACKED >> 20)]
    TooLarge,
    /// It has too many files and folders.
    #[error("the archive has more than {} entries", MAX_ENTRIES)]
    TooMany,
    /// It has a header that nobody needs.
    #[error("the archive has a header of more than {} KiB", super::meter::MAX_HEAD >> 10)]
    LongHeader,
    /// Something in it is not taken.
    #[error("in the archive {entry} {fault}")]
    Entry {
        /// Its name, as it may be shown.
        entry: String,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// The disk.
    #[error("{0}")]
    Io(io::Error),
}

impl ArchiveError {
    pub(super) fn damaged(why: impl std::fmt::Display) -> Self {
        Self::Damaged(shown(why.to_string().as_bytes()))
    }

    pub(super) fn entry(name: &[u8], fault: EntryFault) -> Self {
        Self::Entry {
            entry: format!("\"{}\"", shown(name)),
            fault,
        }
    }
}

/// What is wrong with something in an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// Its name begins at the root or at a drive.
    #[error("has an absolute path, which leads out of the plugin's folder")]
    Absolute,
    /// Its name has `..` in it.
    #[error("has \"..\" in its path, which leads out of the plugin's folder")]
    Parent,
    /// Its name has an empty part, or `.` in the middle, or is empty.
    #[error("has a path with an empty part or a \".\" in it")]
    OddPath,
    /// Its name is no text.
    #[error("has a name that is not UTF-8")]
    NotText,
    /// Its name has a control character, or one that turns the direction of writing around.
    #[error("has a name with control characters")]
    Control,
    /// Its name cannot be kept on every system.
    #[error("has a name with {0:?}, which not every system can keep")]
    Forbidden(char),
    /// Its name belongs to a device on Windows.
    #[error("has a name that belongs to a device on Windows")]
    Reserved,
    /// Its name ends with a dot or a space, which Windows drops.
    #[error("has a name that ends with a dot or a space, which Windows drops")]
    DroppedEnd,
    /// Its name is too long.
    #[error("has a path of more than {} bytes", super::path::MAX_BYTES)]
    LongPath,
    /// Its folders are too deep.
    #[error("lies more than {} folders deep", super::path::MAX_DEPTH)]
    Deep,
    /// It is a symbolic link.
    #[error("is a symbolic link, and links are not taken")]
    SymbolicLink,
    /// It is a hard link.
    #[error("is a hard link, and links are not taken")]
    HardLink,
    /// It is a device.
    #[error("is a device")]
    Device,
    /// It is a named pipe.
    #[error("is a named pipe")]
    Pipe,
    /// It is a file with holes.
    #[error("is a sparse file, which can say that it is larger than it is")]
    Sparse,
    /// It is of a kind that no plugin needs.
    #[error("is neither a file nor a folder")]
    Special,
    /// It would run with the rights of its owner.
    #[error("has the setuid or setgid bit")]
    SetId,
    /// Its name differs from another's only in upper and lower case.
    #[error("has the same name as \"{0}\" where upper and lower case are the same")]
    Clash(String),
    /// It is there twice.
    #[error("is there twice")]
    Twice,
    /// It is a file, and a folder as well.
    #[error("is a file and a folder at once")]
    FileAndFolder,
}

/// A stranger's text as it may be shown in a line.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut chars = text.chars();
    let mut shown: String = chars
        .by_ref()
        .take(QUOTED)
        .map(|char| {
            if super::path::is_hidden(char) {
                '\u{fffd}'
            } else {
                char
            }
        })
        .collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
