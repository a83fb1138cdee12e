//! A message and its two ends: who sends it and the workspace that it goes to.

use std::time::Duration;

use axum::http::StatusCode;
use url::Url;

use super::normalise::Message;
use crate::clock::Stamp;
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::status::Status;
use crate::store::{Fault, Tx, Workspace};

/// Who sends a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The workspace in whose name it is sent.
    pub(crate) id: Option<Id>,
    /// Whether a person sends it.
    pub(crate) from_canvas: bool,
    /// Whether the person showed a credential.
    pub(crate) with_credential: bool,
}

/// The workspace that a message goes to, as far as the way needs it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) status: Status,
    /// Empty when there is none.
    pub(crate) url: String,
    /// Its messages are fetched.
    pub(crate) polls: bool,
    /// How long a call may last without a sign of life of the workspace.
    pub(crate) idle: Duration,
    /// Its agent keeps sessions itself.
    pub(crate) owns_sessions: bool,
    /// The secret for the agent and whether it was made only now; `None` where agents get none.
    pub(crate) secret: Option<(Secret, bool)>,
    pub(crate) last_heartbeat_at: Option<Stamp>,
}

/// A message between its two ends.
pub(crate) struct Errand {
    pub(crate) target: Target,
    pub(crate) caller: Caller,
    pub(crate) message: Message,
}

/// Reads a target. The inbound secret of one that is about to be called for the first time is made here.
pub(crate) fn load_target(tx: &Tx<'_>, workspace: &Workspace) -> Result<Target, Fault> {
    let era = tx.realm.era;
    let own_idle = workspace.idle_timeout_s.filter(|seconds| *seconds > 0);
    let callable = era.has_inbound_secrets() && !workspace.url.is_empty();
    Ok(Target {
        id: workspace.id,
        name: workspace.name.clone(),
        status: workspace.status,
        url: workspace.url.clone(),
        polls: era.has_delivery_modes() && workspace.delivery_mode.as_deref() == Some("poll"),
        idle: own_idle.map_or(era.idle_timeout(), |seconds| Duration::from_secs(seconds.into())),
        owns_sessions: workspace.owns_sessions,
        secret: callable.then(|| tx.inbound_secret(workspace)).transpose()?,
        last_heartbeat_at: workspace.last_heartbeat_at,
    })
}

/// Where a target's agent is. The status of the workspace is not asked: what has a URL is called.
pub(crate) async fn route(org: &Org, target: &Target) -> Result<Url, Refusal> {
    if target.url.is_empty() {
        if target.status == Status::Hibernated {
            return Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "workspace is waking from hibernation",
            )
            .with("waking", true)
            .with("retry_after", 15)
            .retry_after(15));
        }
        return Err(
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "workspace has no URL")
                .with("status", target.status.as_str()),
        );
    }
    match Url::parse(&target.url) {
        Ok(url) if org.rules.check_dialled(&url).await => Ok(url),
        _ => Err(Refusal::new(
            StatusCode::BAD_GATEWAY,
            "workspace URL is not publicly routable",
        )),
    }
}
