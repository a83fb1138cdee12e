//! What can be typed after `ligand create` and `connect`: a new profile, and what answers in it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use ligand_host::config::{ExposureConfig, ProfileName};
use url::Url;

use super::agent::AgentKind;
use crate::failure::{Exit, Failure};

/// What a new profile is made of besides its workspace.
#[derive(Debug, Args)]
pub(crate) struct NewProfile {
    /// The relay that calls come through
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<Url>,
    /// Another way in than a relay: auto (fetching where the platform can, else cloudflared or ngrok where one is installed),
    /// poll, cloudflared, ngrok, or a public URL of yours that leads to this laptop [default: auto]
    ///
    /// Behind cloudflared, ngrok and a URL of yours, messages sent while this laptop is away are refused, not queued.
    #[arg(
        long,
        value_name = "auto|poll|cloudflared|ngrok|URL",
        conflicts_with = "relay"
    )]
    pub(crate) exposure: Option<ExposureConfig>,
    /// Where this laptop listens for what comes by the URL of --exposure [default: 127.0.0.1:8474]
    #[arg(long, value_name = "ADDR", requires = "exposure")]
    pub(crate) listen: Option<SocketAddr>,
    /// Show the relay this workspace's token, so that whoever runs the relay can act as the workspace
    ///
    /// Only for a platform that hides its agent cards, so that the relay has no other way to know this laptop, and only
    /// with a relay whose operator you trust as you trust yourself. It holds for this relay and for no other.
    #[arg(long)]
    pub(crate) trust_relay_with_token: bool,
    /// What answers
    #[command(flatten)]
    pub(crate) agent: NewAgent,
    /// The org's id, where the platform's address serves several orgs
    #[arg(long, value_name = "ID")]
    pub(crate) org_id: Option<String>,
}

/// What answers.
#[derive(Debug, Args)]
pub(crate) struct NewAgent {
    /// What answers: the built-in echo, a program that is run for each message (named at the end, after --), Claude
    /// Code, or the agent at a loopback URL [default: the program at the end, started once and watched, or else the
    /// echo; one that is connected again keeps its agent]
    #[arg(long, value_name = "echo|exec|claude|URL")]
    pub(crate) agent: Option<AgentKind>,
    /// The folder that the program or Claude Code works in [default: this one]
    #[arg(long, value_name = "DIR")]
    pub(crate) agent_dir: Option<PathBuf>,
    /// The tools that Claude Code may use without being asked, such as Read,Grep
    #[arg(long, value_name = "TOOLS", value_delimiter = ',')]
    pub(crate) agent_tools: Vec<String>,
    /// A program and its arguments, which no shell reads. Ligand starts it and watches it; with --agent exec it runs it
    /// for each message instead, with the message on its standard input
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) argv: Vec<String>,
}

impl NewProfile {
    /// Which way in was named besides a relay.
    pub(crate) fn exposure(&self) -> Result<Option<ExposureConfig>, Failure> {
        match (&self.exposure, self.listen) {
            (Some(ExposureConfig::Url { url, .. }), Some(listen)) => Ok(Some(ExposureConfig::Url {
                url: url.clone(),
                listen,
            })),
            (_, Some(_)) => Err(Failure::new(
                Exit::Usage,
                "--listen goes with a URL of yours: --exposure https://laptop.example --listen 127.0.0.1:8474",
            )),
            (exposure, None) => Ok(exposure.clone()),
        }
    }
}

/// `create`
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The workspace's name in the org
    #[arg(long, default_value = "This laptop")]
    pub(crate) name: String,
    /// The workspace's role in the org
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// Keep the org key with the other secrets, so that the Canvas shows the whole org
    #[arg(long)]
    pub(crate) keep_org_key: bool,
    /// Name of the profile on this laptop
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    pub(crate) profile: ProfileName,
    /// The rest of the profile
    #[command(flatten)]
    pub(crate) new: NewProfile,
}

/// `connect`
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The file with the connection block, or `-` for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    /// Name of the profile on this laptop
    #[arg(
        long,
        visible_alias = "name",
        value_name = "PROFILE",
        default_value = "default"
    )]
    pub(crate) profile: ProfileName,
    /// The rest of the profile
    #[command(flatten)]
    pub(crate) new: NewProfile,
}
