//! What can be typed after `ligand mute`, `unmute` and `notifications`.

use clap::{Args, Subcommand, ValueEnum};

use super::OneProfile;

/// `mute` and `unmute`
#[derive(Debug, Args)]
pub(crate) struct Mute {
    /// The workspace, by name or id
    #[arg(value_name = "NAME|ID")]
    pub(crate) workspace: String,
    /// The profile
    #[command(flatten)]
    pub(crate) profile: OneProfile,
}

/// `notifications`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Notifications {
    /// Print the settings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// What to do; without anything they are shown
    #[command(subcommand)]
    pub(crate) command: Option<Pause>,
}

/// What can be done with all of them.
#[derive(Debug, Subcommand)]
pub(crate) enum Pause {
    /// Show none for a while, or all again
    Pause {
        /// For how long
        length: PauseFor,
    },
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PauseFor {
    /// One hour
    #[value(name = "1h")]
    Hour,
    /// Until the next morning
    Tomorrow,
    /// Not at all: they are shown again
    Off,
}
