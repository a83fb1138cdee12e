//! What can be typed about settings, profiles and what is kept.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use ligand_host::config::ProfileName;
use url::Url;

use super::NewAgent;

/// `config`
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print what is set
    Get {
        /// One of: log-level, keep-awake, update-check, update-url, proxy [default: everything]
        key: Option<SettingKey>,
        /// As JSON
        #[arg(long, conflicts_with = "key")]
        json: bool,
    },
    /// Set something for all profiles
    ///
    /// log-level error|warn|info|debug|trace; keep-awake on|off; update-check on|off; update-url URL|none; proxy
    /// URL|direct|environment
    Set {
        /// What
        key: SettingKey,
        /// To what
        value: String,
    },
    /// Take in what was changed in the config file by hand: what it touches is started anew
    Reload,
    /// Print where the config file is
    Path,
}

/// What can be set for all profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SettingKey {
    /// How much is logged
    LogLevel,
    /// Whether this machine is kept awake while the agent works
    KeepAwake,
    /// Whether a newer version is looked for
    UpdateCheck,
    /// Where that is looked up
    UpdateUrl,
    /// The proxy to platform and relay
    Proxy,
}

/// `profile`
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// List the profiles with what is set for each
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a profile another name
    Rename {
        /// Its name
        name: ProfileName,
        /// Its new name
        new: ProfileName,
    },
    /// Take another agent; a running profile starts anew
    Agent {
        /// Which profile; needed only where there are several
        #[arg(long)]
        profile: Option<ProfileName>,
        /// The agent
        #[command(flatten)]
        agent: NewAgent,
    },
    /// Change how calls reach a profile; a running one starts anew
    Expose(Expose),
    /// Keep an org key for a profile, so that the Canvas shows the whole org, or forget it
    ///
    /// It is read from standard input; on a terminal it is asked for.
    OrgKey {
        /// Forget the one that is kept
        #[arg(long)]
        forget: bool,
        /// Which profile; needed only where there are several
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// Remove a profile with all that this machine keeps of it; the workspace stays in the org
    Remove(Forget),
}

/// `profile expose`
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("way").required(true).args(["relay", "poll", "cloudflared", "ngrok", "url", "auto"]))]
pub(crate) struct Expose {
    /// Through this relay
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<Url>,
    /// By fetching messages from the platform
    #[arg(long)]
    pub(crate) poll: bool,
    /// Through a quick tunnel of cloudflared, which Ligand keeps running
    #[arg(long)]
    pub(crate) cloudflared: bool,
    /// Through ngrok, which Ligand keeps running
    #[arg(long)]
    pub(crate) ngrok: bool,
    /// At this public URL of yours, which leads to this laptop
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<Url>,
    /// Where this laptop listens for what comes by that URL [default: 127.0.0.1:8474]
    // Not `requires`: clap lets that pass where another way is given, which rules the required one out.
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["relay", "poll", "cloudflared", "ngrok", "auto"])]
    pub(crate) listen: Option<SocketAddr>,
    /// By what there is: fetching where the platform can, else cloudflared or ngrok where one is installed
    #[arg(long)]
    pub(crate) auto: bool,
    /// Show the relay this workspace's token, so that whoever runs the relay can act as the workspace
    #[arg(long, conflicts_with_all = ["url", "poll", "cloudflared", "ngrok", "auto"])]
    pub(crate) trust_relay_with_token: bool,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `forget`, `profile remove`
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Which profile; needed only where there are several
    #[arg(long, conflicts_with = "name")]
    pub(crate) profile: Option<ProfileName>,
    /// The same
    #[arg(hide = true)]
    pub(crate) name: Option<ProfileName>,
    /// Without being asked
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `uninstall`
#[derive(Debug, Args)]
pub(crate) struct Uninstall {
    /// Without being asked
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `diagnostics`
#[derive(Debug, Args)]
pub(crate) struct Diagnostics {
    /// Write a zip with logs, config, checks and versions, instead of printing a summary
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) out: Option<PathBuf>,
}
