//! What can be typed after `ligand`. Only the shape of it: nothing is done here.

mod agent;
mod logs;
mod new;
mod notifications;
mod settings;
mod talk;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
use ligand_host::{config::ProfileName, plugins::PluginName};

pub(crate) use self::logs::{Deliveries, DeliveriesCommand, Logs, Switch};
pub(crate) use self::new::{Connect, Create, NewAgent};
pub(crate) use self::notifications::{Mute, Notifications, Pause, PauseFor};
pub(crate) use self::settings::{
    Config as ConfigCommand, Diagnostics, Expose, Forget, Profile as ProfileCommand, SettingKey, Uninstall,
};
pub(crate) use self::talk::{Delegate, Listing, Peers, Send};
use crate::failure::{Exit, Failure};

/// Exit codes, shown with `--help`.
const AFTER_HELP: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no host running, 4 needs you.";

/// Binds this laptop to a Molecule AI org.
#[derive(Debug, Parser)]
#[command(name = "ligand", version = ligand_hosting::VERSION, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the host in this terminal, or attach to the one that runs
    Up(Up),
    /// End the running host
    Down,
    /// Start a profile of the running host
    Start(OneProfile),
    /// Stop a profile of the running host
    Stop(OneProfile),
    /// Stop a profile of the running host and start it again, or its agent alone
    Restart(Restart),
    /// Say how things are
    Status(Status),
    /// Check everything from the config to the doors, and say what to do about what is wrong
    ///
    /// With a running host it is the host that looks, and without one this command. Nothing is changed, and nothing is
    /// sent that would bring the workspace online. The exit code is 1 where there is a problem.
    Doctor(Doctor),
    /// Create a workspace on a platform and connect this laptop to it
    ///
    /// Platform URL and org key are read from standard input, one line each; on a terminal they are asked for. The
    /// org key is used once, and kept only with --keep-org-key.
    Create(Create),
    /// Connect this laptop to a workspace with the platform's connection block
    Connect(Connect),
    /// Send a message to our own workspace or to a peer through the platform, and print the answer
    Send(Send),
    /// List the workspaces next to ours
    Peers(Peers),
    /// List the workspaces of the org, as the Canvas shows them
    Org(Listing),
    /// List what agents ask people to allow
    Approvals(Listing),
    /// Hand a task to a peer, and wait for its result
    ///
    /// The platform sends it and keeps the result: when this command ends early, the task goes on, and --status finds it.
    Delegate(Delegate),
    /// Run a local org: a stand-in for the platform, for trying and testing
    LocalOrg(LocalOrg),
    /// Print the end of the host's log, or of what an agent says that Ligand starts
    Logs(Logs),
    /// List what came for a profile and what became of it
    Deliveries(Deliveries),
    /// Tell nothing of a workspace on the desktop any more
    Mute(Mute),
    /// Tell of a workspace again
    Unmute(Mute),
    /// Show what is told on the desktop, or pause it
    Notifications(Notifications),
    /// Show, open, close or renew the public doors of a profile
    #[command(subcommand)]
    Door(Door),
    /// Find agents to attach
    #[command(subcommand)]
    Agent(Agent),
    /// Have this system start the host when you log in, and again when it fails
    #[command(subcommand)]
    Service(Service),
    /// Show or change what is set for all profiles
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List, rename, change or remove profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Remove all that this machine keeps of a profile, after showing what that is; the workspace stays in the org
    Forget(Forget),
    /// Remove Ligand's every trace from this user's account: service, login item, secrets and files
    ///
    /// It ends the running host, shows what there is, and asks. The programs themselves go the way they came. The
    /// workspaces stay in their orgs.
    Uninstall(Uninstall),
    /// Gather how everything is for somebody who helps: no secret, door's address or message is in it
    Diagnostics(Diagnostics),
    /// Install, list or remove plugins for a profile's agent
    #[command(subcommand)]
    Plugin(Plugin),
}

/// `up`
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Run this profile only (may be given several times) [default: all]
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<ProfileName>,
    /// Bring a local org and a relay along, and a profile `local` on them
    #[arg(long)]
    pub(crate) local: bool,
    /// Generation of the platform that the local org speaks like
    #[arg(long, value_enum, default_value_t = Era::L, requires = "local")]
    pub(crate) era: Era,
    /// Show the Canvas in a browser of this machine, at this loopback address; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) web: Option<SocketAddr>,
    /// Run on the environment alone, as in a container: no config is read and no secret is kept
    ///
    /// PLATFORM_URL, WORKSPACE_ID and MOLECULE_WORKSPACE_TOKEN, and where they are needed MOLECULE_ORG_ID, LIGAND_RELAY
    /// (URL), LIGAND_EXPOSURE (as --exposure), LIGAND_AGENT (echo, URL, command, exec or claude; with LIGAND_AGENT_ARGV,
    /// LIGAND_AGENT_DIR and LIGAND_AGENT_TOOLS) and PORT (for health checks). Without this flag the same happens where
    /// there is no profile and the environment has a workspace with its token.
    #[arg(long, conflicts_with_all = ["profiles", "local"])]
    pub(crate) headless: bool,
}

/// Commands for one profile.
#[derive(Debug, Args)]
pub(crate) struct OneProfile {
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `restart`
#[derive(Debug, Args)]
pub(crate) struct Restart {
    /// The agent alone, where Ligand starts it; the workspace stays online
    #[arg(long)]
    pub(crate) agent: bool,
    /// The profile
    #[command(flatten)]
    pub(crate) profile: OneProfile,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Print the status document as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Go on, and show each change
    #[arg(long)]
    pub(crate) watch: bool,
}

/// `doctor`
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `local-org`
#[derive(Debug, Args)]
pub(crate) struct LocalOrg {
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The file that keeps the org; made when missing
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Generation of the platform that it speaks like
    #[arg(long, value_enum, default_value_t = Era::L)]
    pub(crate) era: Era,
    /// Print the admin token, which is otherwise only kept in the data file
    #[arg(long)]
    pub(crate) print_admin_token: bool,
    /// Requests that an address may make in a minute
    #[arg(long, value_name = "N", default_value_t = ligand_local_org::Options::REQUESTS_PER_MINUTE)]
    pub(crate) rate_limit: u32,
    /// An id that callers must name, as on a hosted platform
    #[arg(long, value_name = "ID")]
    pub(crate) org_id: Option<String>,
    /// A folder with one folder per plugin that agents may download
    #[arg(long, value_name = "DIR")]
    pub(crate) plugins: Option<PathBuf>,
    /// Switches for faults and for the clock, below /admin: for tests
    #[arg(long)]
    pub(crate) faults: bool,
}

/// A generation of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Era {
    /// The older one
    S,
    /// The later one
    L,
}

impl From<Era> for ligand_local_org::Era {
    fn from(era: Era) -> Self {
        match era {
            Era::S => Self::S,
            Era::L => Self::L,
        }
    }
}

/// `door`
#[derive(Debug, Subcommand)]
pub(crate) enum Door {
    /// Print the doors' URLs
    Show(OneProfile),
    /// Open the shared door to other A2A callers
    Share(OneProfile),
    /// Close the shared door
    Unshare(OneProfile),
    /// Give a door a new URL; the platform door's old one works until the platform has the new one
    Rotate(Rotate),
    /// Forget the platform's secret, when its calls are refused as unauthorized; it gives it again by itself
    Reset(OneProfile),
}

/// `door rotate`
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The shared door's instead of the platform door's; its old URL ends at once
    #[arg(long)]
    pub(crate) shared: bool,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `agent`
#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// List the A2A agents that run on this machine already
    ///
    /// What listens on loopback in a process of yours is asked for an agent card, and nothing else is. No host need run.
    Detect {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// `service`
#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// Write the service, and start it
    Install {
        /// Run this profile only (may be given several times) [default: all]
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<ProfileName>,
    },
    /// Stop the service, and remove it without a trace
    Uninstall,
    /// Say whether it is installed and running, and if not, why
    Status,
}

/// `plugin`
#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// Fetch a plugin's archive and unpack it; its setup.sh is shown, and run only if you say yes
    ///
    /// The archive is a gzipped tar with a plugin.yaml at its root. A hash that plugin.yaml declares is checked: it shows
    /// that the plugin is whole, and not who made it.
    Install {
        /// A name to fetch from the platform, an https address, or a file (with a slash, or ending in .tar.gz or .tgz)
        #[arg(value_name = "NAME|URL|FILE")]
        from: String,
        /// Which profile; needed only where there are several
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// List the plugins of a profile
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
        /// Which profile; needed only where there are several
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// Take a plugin away with all of its files; what its setup.sh did elsewhere stays
    Remove {
        /// Its name
        name: PluginName,
        /// Which profile; needed only where there are several
        #[arg(long)]
        profile: Option<ProfileName>,
    },
}

/// What was typed wrong, in one line. Help and version, which come the same way, are printed and end the process.
pub(crate) fn usage(error: clap::Error) -> Failure {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error.exit();
    }
    Failure::new(Exit::Usage, usage_line(&error.to_string()))
}

fn usage_line(text: &str) -> String {
    let paragraphs = text.trim_start_matches("error: ").split("\n\n");
    let of_use: Vec<&str> = paragraphs
        .map(str::trim)
        .filter(|part| {
            !part.is_empty() && !part.starts_with("Usage:") && !part.starts_with("For more information")
        })
        .collect();
    format!("{}; `ligand help` says how it is used", of_use.join("; "))
}

#[cfg(test)]
mod tests;
