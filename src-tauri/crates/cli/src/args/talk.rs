//! What can be typed after `ligand send`, `delegate`, `peers`, `org` and `approvals`: who else is there, and what is said to
//! them.

use clap::Args;
use ligand_host::config::ProfileName;
use uuid::Uuid;

/// `send`
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// To this peer, in our workspace's name, instead of to our own workspace
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) to: Option<String>,
    /// The message
    pub(crate) text: String,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `peers`
#[derive(Debug, Args)]
pub(crate) struct Peers {
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// As they are now; otherwise the list may be 5 min old
    #[arg(long)]
    pub(crate) anew: bool,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `org` and `approvals`
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}

/// `delegate`
#[derive(Debug, Args)]
pub(crate) struct Delegate {
    /// To this peer
    #[arg(long, value_name = "NAME|ID", required_unless_present = "status")]
    pub(crate) to: Option<String>,
    /// The task
    #[arg(required_unless_present = "status")]
    pub(crate) text: Option<String>,
    /// Only once: the same ID again waits for the result of the first time
    #[arg(long, value_name = "ID")]
    pub(crate) once: Option<String>,
    /// Say how a task stands that was handed over before, and its result if there is one
    #[arg(long, value_name = "ID", conflicts_with_all = ["to", "text", "once"])]
    pub(crate) status: Option<Uuid>,
    /// Wait for the result for at most so many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600,
        conflicts_with = "status"
    )]
    pub(crate) timeout: u32,
    /// Which profile; needed only where there are several
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
}
