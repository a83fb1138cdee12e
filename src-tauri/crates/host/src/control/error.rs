//! What the control API answers when it cannot do what was asked.
//!
//! A face matches on the code; people read the message (what happened and why) and the next step.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    config::ConfigError,
    host::{HostError, PeerError},
    notify::NotifyError,
    plugins::PluginError,
};

/// What helps where the two sides do not understand each other.
pub(super) const SAME_VERSION: &str =
    "restart the host with this version of Ligand (`ligand down`, `ligand up`)";

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErrorReply {
    /// The error.
    pub error: ApiError,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// Its stable code, in snake case.
    pub code: String,
    /// What happened and why, in one line.
    pub message: String,
    /// What to do next, where the message does not say it already.
    pub next: Option<String>,
    /// Whether only the user can mend it.
    #[serde(default)]
    pub needs_user: bool,
    /// The HTTP status that it travels with.
    #[serde(skip)]
    pub(super) status: StatusCode,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &str,
        message: impl Into<String>,
        next: Option<&str>,
    ) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            next: next.map(str::to_owned),
            needs_user: false,
            status,
        }
    }

    /// The route has a scope that the caller's way in does not have.
    pub(super) fn out_of_scope() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "out_of_scope",
            "this needs the rights of the machine's own user, and the caller came another way",
            Some("use the `ligand` command or the tray"),
        )
    }

    /// The request itself is wrong.
    pub(super) fn bad_request(why: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            format!("the host does not understand this request: {why}"),
            Some(SAME_VERSION),
        )
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.next {
            Some(next) => write!(f, "{}; {next}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl From<HostError> for ApiError {
    fn from(error: HostError) -> Self {
        let status = match &error {
            HostError::NoSuchProfile(_) | HostError::NoSuchDelivery(_) => StatusCode::NOT_FOUND,
            HostError::NotRunning(_)
            | HostError::NoReplay(..)
            | HostError::NotOurAgent(_)
            | HostError::Headless
            | HostError::NoLocalOrg
            | HostError::NoScreen
            | HostError::ThreadGone
            | HostError::Peer(PeerError::Several { .. }) => StatusCode::CONFLICT,
            HostError::Peer(PeerError::NoSuchPeer { .. } | PeerError::NoSuchDelegation(_)) => {
                StatusCode::NOT_FOUND
            }
            HostError::Peer(PeerError::Ourselves) => StatusCode::UNPROCESSABLE_ENTITY,
            HostError::Peer(PeerError::Platform(_) | PeerError::Agent(_)) => StatusCode::BAD_GATEWAY,
            HostError::Notify(NotifyError::NoSuchWorkspace(_)) => StatusCode::NOT_FOUND,
            HostError::Notify(NotifyError::Several { .. } | NotifyError::TooMany) => StatusCode::CONFLICT,
            HostError::LoginItem(_) => StatusCode::UNPROCESSABLE_ENTITY,
            HostError::Notify(NotifyError::File(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            HostError::Plugin(PluginError::NotInstalled(_)) => StatusCode::NOT_FOUND,
            HostError::Setup(_) | HostError::Plugin(_) | HostError::Detect(_) | HostError::LocalOrg(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            HostError::Send(_) => StatusCode::BAD_GATEWAY,
            HostError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            // What was asked for is at fault, and not the file.
            HostError::Config(ConfigError::Value(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            HostError::Config(_)
            | HostError::Control(_)
            | HostError::Diagnostics(_)
            | HostError::Web(_)
            | HostError::Probe(_)
            | HostError::Arrangement(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // The host's texts say the next step themselves.
        let reply = Self::new(status, error.code(), error.to_string(), None);
        Self {
            needs_user: error.needs_user(),
            ..reply
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(ErrorReply { error: self })).into_response()
    }
}
