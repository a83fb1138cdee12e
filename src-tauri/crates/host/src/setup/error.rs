//! Why a profile could not be made or taken away: what, why, what next, in one line.

use ligand_platform::{BaseUrl, BaseUrlError, ConnectionError, Error as PlatformError, Kind};
use uuid::Uuid;

use crate::config::{BadValue, ConfigError, ProfileName};
use crate::health::Fault;
use crate::vault::VaultError;

/// Why a profile could not be made or taken away. Nothing was written, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The text is not what the platform hands out.
    #[error("the connection block cannot be used: {0}")]
    Block(#[from] ConnectionError),
    /// The platform's address is none.
    #[error("the platform's address cannot be used: {0}")]
    Address(#[from] BaseUrlError),
    /// A part of the profile could not be read again from the config.
    #[error("the profile cannot be used: {0}")]
    Value(BadValue),
    /// The platform cannot be asked, or says no.
    #[error("{platform}: {error}. {next}")]
    Platform {
        /// Its address.
        platform: String,
        /// What it said.
        error: PlatformError,
        /// What to do.
        next: &'static str,
    },
    /// The workspace is no more.
    #[error("workspace {workspace} was removed from the org. Make a new workspace in its place")]
    Removed {
        /// Which.
        workspace: Uuid,
    },
    /// The name stands for something else.
    #[error("profile {name} is already there, for another workspace. Choose another name")]
    Exists {
        /// Which.
        name: ProfileName,
    },
    /// Two profiles for one workspace would take its calls from each other.
    #[error("workspace {workspace} is already profile {name}. To connect it again, give that name")]
    Taken {
        /// The profile that has it.
        name: ProfileName,
        /// The workspace.
        workspace: Uuid,
    },
    /// An old platform, which hands out no token when it makes a workspace.
    #[error(
        "workspace {workspace} was made, but this platform is too old to hand out its token. Copy its connection block from the platform's Canvas and connect with that"
    )]
    NoConnection {
        /// The new workspace.
        workspace: Uuid,
    },
    /// The org has a new workspace, and this laptop has not become its agent.
    #[error(
        "workspace {workspace} was made in the org, but not connected: {error}. Then rotate its credentials on the platform's Canvas and connect with the new block, or delete it there"
    )]
    Orphan {
        /// The new workspace.
        workspace: Uuid,
        /// What went wrong afterwards.
        error: Box<SetupError>,
    },
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The vault cannot be used.
    #[error("{}", of_vault(.0))]
    Vault(#[from] VaultError),
    /// Something of a profile could not be removed.
    #[error("{what} cannot be removed: {why}. Make it writable and try again: the profile is still there")]
    Left {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The process is ending.
    #[error("Ligand is stopping. Try again when it has ended")]
    Interrupted,
}

impl SetupError {
    /// A platform's fault where a workspace's token was used.
    pub(super) fn platform(platform: &BaseUrl, error: PlatformError) -> Self {
        let next = next(
            &error.kind,
            "The token is wrong or was replaced: copy a new connection block from the platform's Canvas",
            "Check the workspace's id and the org's id",
        );
        Self::Platform {
            platform: platform.to_string(),
            error,
            next,
        }
    }

    /// A platform's fault where the org's key was used.
    pub(super) fn org_key(platform: &BaseUrl, error: PlatformError) -> Self {
        let next = next(
            &error.kind,
            "Check the org key: the platform does not take it",
            "Change what it names, and try again",
        );
        Self::Platform {
            platform: platform.to_string(),
            error,
            next,
        }
    }

    /// What came after a workspace was made.
    #[must_use]
    pub fn orphan(workspace: Uuid, error: Self) -> Self {
        Self::Orphan {
            workspace,
            error: Box::new(error),
        }
    }

    /// The stable code of this fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Block(_) => "connection_block",
            Self::Address(_) => "platform_address",
            Self::Value(_) => "config_value",
            Self::Platform { error, .. } => error.kind.code(),
            Self::Removed { .. } => "removed",
            Self::Exists { .. } => "profile_exists",
            Self::Taken { .. } => "workspace_taken",
            Self::NoConnection { .. } => "no_connection",
            Self::Orphan { .. } => "workspace_not_connected",
            Self::Config(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Left { .. } => "not_removed",
            Self::Interrupted => "stopping",
        }
    }

    /// Whether only the user can mend it.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::Platform { error, .. } => matches!(error.kind, Kind::Unauthorized { .. }),
            Self::Removed { .. } | Self::NoConnection { .. } | Self::Orphan { .. } => true,
            Self::Vault(error) => matches!(error, VaultError::Locked | VaultError::Denied(_)),
            _ => false,
        }
    }
}

/// Whoever sets something up does not go on by itself, as everything else does that waits for a keychain.
fn of_vault(error: &VaultError) -> String {
    match error {
        VaultError::Locked => {
            "the keychain is locked, so nothing was stored. Unlock it (log in to the desktop, or open its passwords app), and \
             try again"
                .to_owned()
        }
        other => other.to_string(),
    }
}

fn next(kind: &Kind, unauthorized: &'static str, refused: &'static str) -> &'static str {
    match kind {
        Kind::Unreachable(_) => {
            "Check the address and the network; HTTPS_PROXY and the config's proxy are honoured"
        }
        Kind::ProxyLogin => Fault::ProxyRefused.next(),
        Kind::Tls(_) => "Check the address and this machine's clock and certificates",
        Kind::Timeout | Kind::Server { .. } => "Try again in a while",
        Kind::NotAPlatform { .. } => "Check the address: it must be the platform's own, not a page about it",
        Kind::Unauthorized { .. } => unauthorized,
        Kind::WrongOrigin => "Ask the platform's operator",
        Kind::RateLimited { .. } => "Wait a minute and try again",
        Kind::Gone => "Make a new workspace in its place",
        Kind::Refused { .. } => refused,
        _ => "Check the address; if it is right, ask the platform's operator which version it has",
    }
}
