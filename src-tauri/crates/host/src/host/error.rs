//! Why the host, or something asked of it, failed: one enum for all faces, with a stable code for each.

use crate::{
    config::ConfigError,
    control::BindError,
    deliveries::NoReplay,
    detect::DetectError,
    host::NotBrought,
    login_item::LoginItemError,
    notify::NotifyError,
    plugins::PluginError,
    probe::ProbeError,
    profile::{PeerError, SendError},
    setup::SetupError,
    web::WebError,
};

/// Why the host, or something asked of it, failed. Each text is one line: what, why, what next.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The control socket cannot be opened.
    #[error(transparent)]
    Control(#[from] BindError),
    /// The Canvas cannot be served to browsers.
    #[error(transparent)]
    Web(#[from] WebError),
    /// Health checks cannot be answered.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// A new profile could not be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No answer to a sent message.
    #[error(transparent)]
    Send(#[from] SendError),
    /// A peer was not found, not reached, or did not answer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// A plugin could not be installed or removed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A wish about notifications cannot be kept.
    #[error(transparent)]
    Notify(#[from] NotifyError),
    /// The login item cannot be switched.
    #[error(transparent)]
    LoginItem(#[from] LoginItemError),
    /// It cannot be told which agents run here.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// No such profile.
    #[error("there is no profile named {0}; `ligand status` lists those that there are")]
    NoSuchProfile(String),
    /// No such delivery.
    #[error("there is no delivery {0} in the journal; `ligand deliveries` lists the last ones")]
    NoSuchDelivery(i64),
    /// What was said is forgotten already, with what became of it.
    #[error(
        "more was said in the meantime than the host keeps, so it does not know what became of this message"
    )]
    ThreadGone,
    /// How the Canvas is arranged cannot be kept.
    #[error("how the Canvas is arranged cannot be written: {0}; check the rights of the state folder")]
    Arrangement(std::io::Error),
    /// A delivery cannot be replayed.
    #[error("delivery {0} cannot be replayed: {1}")]
    NoReplay(i64, NoReplay),
    /// A file for somebody else to read could not be made.
    #[error("the diagnostics cannot be written: {0}. Make room, or write them elsewhere with --out")]
    Diagnostics(std::io::Error),
    /// The profile is not running.
    #[error("profile {0} is not running; start it with `ligand start --profile {0}`")]
    NotRunning(String),
    /// Ligand does not start this profile's agent, so it cannot restart it.
    #[error("the agent of profile {0} is not started by Ligand: restart it where it runs")]
    NotOurAgent(String),
    /// No face with a screen holds the host, and what was asked for needs one.
    #[error("this host has no screen to do that on; use `ligand uninstall`")]
    NoScreen,
    /// This process brings no local org along.
    #[error("this host has no local org to bring along; start one with `ligand up --local`")]
    NoLocalOrg,
    /// The local org did not begin.
    #[error(transparent)]
    LocalOrg(NotBrought),
    /// The host takes no further profile.
    #[error(
        "this host runs on its environment alone, and takes no other profile and no settings; end it, then run `ligand up` without it"
    )]
    Headless,
    /// The host is on its way out.
    #[error("Ligand is stopping; try again when it has ended")]
    Stopping,
}

impl HostError {
    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(
                error @ (ConfigError::Value(_) | ConfigError::NoProfile { .. } | ConfigError::Changed(_)),
            ) => error.code(),
            Self::Config(_) => "config",
            Self::Control(_) => "control_socket",
            Self::Web(_) => "web_address",
            Self::Probe(_) => "probe_port",
            Self::Setup(error) => error.code(),
            Self::Send(SendError::Platform(error)) => error.kind.code(),
            Self::Send(SendError::Queued { .. } | SendError::ToBeFetched) => "queued",
            Self::Send(SendError::ToOneself) => "own_words",
            Self::Send(SendError::Agent(_)) => "agent_error",
            Self::Peer(error) => error.code(),
            Self::Plugin(error) => error.code(),
            Self::Notify(error) => error.code(),
            Self::LoginItem(_) => "login_item",
            Self::Detect(_) => "sockets_unknown",
            Self::NoSuchProfile(_) => "no_such_profile",
            Self::NoSuchDelivery(_) => "no_such_delivery",
            Self::ThreadGone => "thread_gone",
            Self::Arrangement(_) => "arrangement_unwritable",
            Self::NoReplay(_, why) => why.code(),
            Self::Diagnostics(_) => "diagnostics_unwritable",
            Self::NotRunning(_) => "profile_stopped",
            Self::NotOurAgent(_) => "agent_not_ours",
            Self::NoScreen => "no_screen",
            Self::NoLocalOrg => "no_local_org",
            Self::LocalOrg(_) => "local_org",
            Self::Headless => "headless",
            Self::Stopping => "stopping",
        }
    }

    /// Whether only the user can mend it.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::Setup(error) => error.needs_user(),
            Self::Send(SendError::Platform(error)) => error.kind.code() == "unauthorized",
            Self::LocalOrg(not) => not.needs_user,
            Self::Plugin(PluginError::NoToken) => true,
            // 403 is the org's rule about who may talk to whom.
            Self::Peer(PeerError::Platform(error)) => {
                matches!(
                    error.kind,
                    ligand_platform::Kind::Unauthorized { status: 401, .. }
                )
            }
            _ => false,
        }
    }
}
