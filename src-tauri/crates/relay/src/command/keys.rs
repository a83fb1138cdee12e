//! `ligand-relay keys`: gives relay keys out and takes them back.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ligand_relay::{KeysError, RelayKeys};
use uuid::Uuid;

#[derive(Args)]
pub(crate) struct Keys {
    /// The file with the keys.
    #[arg(long, value_name = "FILE", env = "LIGAND_RELAY_KEYS", global = true)]
    relay_keys: Option<PathBuf>,
    #[command(subcommand)]
    action: KeysAction,
}

#[derive(Subcommand)]
enum KeysAction {
    /// Make a key and print it. It is shown once: the file keeps its hash only.
    Add {
        /// What to call it.
        name: String,
        /// Let it have the calls of this workspace only.
        #[arg(long, value_name = "ID")]
        workspace: Option<Uuid>,
    },
    /// Show the names.
    List,
    /// Remove a key: it is refused from the next connection on, and running links end within minutes.
    Revoke {
        /// What it is called.
        name: String,
    },
}

/// Why it came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// The command line names no file.
    #[error("which file? give --relay-keys FILE")]
    NoFile,
    /// The file can't be used, or the key is not there.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Does it; `say` prints a line.
pub(crate) fn run(flags: Keys, say: fn(&str)) -> Result<(), NotDone> {
    let path = flags.relay_keys.ok_or(NotDone::NoFile)?;
    let mut keys = RelayKeys::load(&path)?;
    match flags.action {
        KeysAction::Add { name, workspace } => say(&keys.add(&name, workspace)?),
        KeysAction::Revoke { name } => keys.revoke(&name)?,
        KeysAction::List => {
            for (name, workspace) in keys.names() {
                match workspace {
                    Some(workspace) => say(&format!("{name}  workspace {workspace}")),
                    None => say(&format!("{name}  any workspace")),
                }
            }
        }
    }
    Ok(())
}
