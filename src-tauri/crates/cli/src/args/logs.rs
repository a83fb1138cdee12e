//! What can be typed after `ligand logs` and `deliveries`: what has happened.

use clap::{Args, Subcommand, ValueEnum};
use ligand_host::config::{LogLevel, ProfileName};

/// `logs`
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// How many of the last lines
    #[arg(long, default_value_t = 50)]
    pub(crate) lines: usize,
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// What the agent says, where Ligand starts it
    #[arg(long)]
    pub(crate) agent: bool,
    /// The host's own log [default]
    #[arg(long, conflicts_with = "agent")]
    pub(crate) host: bool,
    /// Of the host's own log, only what is at least so grave
    #[arg(long, value_enum, conflicts_with = "agent")]
    pub(crate) level: Option<Level>,
    /// Only lines with this text in them, whatever its case
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Whose agent; needed only where there are several profiles
    #[arg(long, requires = "agent")]
    pub(crate) profile: Option<ProfileName>,
}

/// How grave a line of the log is, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    /// Something failed
    Error,
    /// Something may fail, or did for a moment
    Warn,
    /// What happens
    Info,
    /// What is done about it
    Debug,
    /// Everything
    Trace,
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

/// `deliveries`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Deliveries {
    #[command(subcommand)]
    pub(crate) command: Option<DeliveriesCommand>,
    /// Which profile; needed only where there are several
    #[arg(long, global = true)]
    pub(crate) profile: Option<ProfileName>,
    /// How many of the last ones
    #[arg(long, default_value_t = 20)]
    pub(crate) lines: u32,
    /// As JSON; with --follow one document per line
    #[arg(long)]
    pub(crate) json: bool,
    /// Go on with what ends from now on
    #[arg(short, long)]
    pub(crate) follow: bool,
}

/// `deliveries …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesCommand {
    /// Show one delivery: its headers and sizes, and its bodies where the profile records them
    Show {
        /// Its number in the list
        id: i64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print one delivery as a curl command, without secrets and with a placeholder for the address
    Curl {
        /// Its number in the list
        id: i64,
    },
    /// Give one delivery to the agent once more, marked as a replay; its body must have been recorded
    Replay {
        /// Its number in the list
        id: i64,
    },
    /// Record bodies in the host's memory from now on, or forget them: the last 500, up to 64 KB of each
    Record {
        /// On, or off; says how it is, if it is left out
        switch: Option<Switch>,
    },
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// On
    On,
    /// Off
    Off,
}
