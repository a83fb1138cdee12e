//! What can go wrong with a call to the platform: at which stage, of which kind.

use std::{error::Error as StdError, fmt, io, iter, time::Duration};

/// A failed call.
#[derive(Debug, thiserror::Error)]
#[error("{stage}: {kind}")]
pub struct Error {
    /// Which call it was.
    pub stage: Stage,
    /// What went wrong.
    pub kind: Kind,
}

/// The calls of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Setting the client up.
    Setup,
    /// `GET /health`.
    Health,
    /// `POST /workspaces`.
    Create,
    /// `GET /workspaces`.
    List,
    /// `GET /workspaces/:id`.
    Lookup,
    /// `POST /registry/update-card`.
    UpdateCard,
    /// `GET /workspaces/:id/state`.
    State,
    /// `POST /registry/register`.
    Register,
    /// `POST /registry/heartbeat`.
    Heartbeat,
    /// `GET /registry/:id/peers`.
    Peers,
    /// `POST /workspaces/:id/a2a`.
    Send,
    /// `GET /ws`.
    Events,
    /// `GET /workspaces/:id/activity` and what belongs to it.
    Activity,
    /// `POST /workspaces/:id/notify`.
    Notify,
    /// `GET /workspaces/:id/secrets/values`.
    Secrets,
    /// `POST /workspaces/:id/delegate`.
    Delegate,
    /// A delegation in `GET /workspaces/:id/activity`.
    Delegation,
    /// `GET /workspaces/:id/plugins/:name/download`.
    Plugin,
    /// `GET /approvals/pending`.
    Approvals,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setup => "setting up the platform client",
            Self::Health => "asking the platform for its health",
            Self::Create => "creating the workspace",
            Self::List => "listing the workspaces",
            Self::Lookup => "looking the workspace up",
            Self::UpdateCard => "publishing the agent card",
            Self::State => "reading the workspace's state",
            Self::Register => "registering the workspace",
            Self::Heartbeat => "sending the heartbeat",
            Self::Peers => "listing the workspace's peers",
            Self::Send => "sending the message",
            Self::Activity => "fetching the workspace's messages",
            Self::Notify => "answering the people who watch the workspace",
            Self::Secrets => "fetching the workspace's secrets",
            Self::Events => "following the org's events",
            Self::Delegate => "handing the task over",
            Self::Delegation => "looking the delegation up",
            Self::Plugin => "fetching the plugin",
            Self::Approvals => "listing what waits for approval",
        })
    }
}

/// What went wrong, by what can be done about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// No connection: name, route, refusal, or it broke off before the answer's end.
    #[error("the platform cannot be reached ({0})")]
    Unreachable(String),
    /// TLS did not come about.
    #[error("no trusted TLS connection to the platform ({0}); a proxy that inspects TLS looks like this")]
    Tls(String),
    /// 407 of a proxy on the way.
    #[error(
        "the proxy refuses us (status 407): it wants a user name and password, or others than it was given"
    )]
    ProxyLogin,
    /// No answer within the deadline.
    #[error("the platform did not answer in time")]
    Timeout,
    /// What answered is no platform: HTML with any status, a redirect, or a 2xx or 4xx without JSON.
    #[error("that address does not answer like a platform (status {status}, {content})")]
    NotAPlatform {
        /// The HTTP status.
        status: u16,
        /// What came instead of JSON.
        content: String,
        /// Whether it is the login page of a network, as far as can be told: we are sent to another origin, or the
        /// status is 511, which means just this (RFC 6585).
        login: bool,
    },
    /// 401, or 403 with a reason in JSON.
    #[error("the platform refused our credential (status {status}: {message})")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
        /// The platform's word.
        message: String,
    },
    /// 403 without a body: the platform's answer to an `Origin` that it does not take.
    #[error(
        "the platform refused our address as origin (status 403); its operator must list it in CORS_ORIGINS"
    )]
    WrongOrigin,
    /// 429.
    #[error("the platform limits our requests")]
    RateLimited {
        /// When it wants us back.
        retry_after: Option<Duration>,
    },
    /// 410, or JSON that says *deleted*.
    #[error("the workspace was removed")]
    Gone,
    /// Another 4xx: our request is at fault, and the same one will not succeed.
    #[error("the platform refused the request (status {status}: {message})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The platform's word.
        message: String,
    },
    /// 5xx.
    #[error("the platform failed (status {status}: {message})")]
    Server {
        /// The HTTP status.
        status: u16,
        /// The platform's word.
        message: String,
        /// When it wants us back.
        retry_after: Option<Duration>,
    },
    /// An answer that does not keep to the contract, or is too long.
    #[error("the platform's answer cannot be used ({0})")]
    Protocol(String),
    /// What we were given cannot be sent at all, or this machine's TLS cannot be set up.
    #[error("{0}")]
    Setup(String),
}

impl Kind {
    /// The stable code of the kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Tls(_) => "tls",
            Self::ProxyLogin => "proxy_login",
            Self::Timeout => "timeout",
            Self::NotAPlatform { .. } => "not_a_platform",
            Self::Unauthorized { .. } => "unauthorized",
            Self::WrongOrigin => "wrong_origin",
            Self::RateLimited { .. } => "rate_limited",
            Self::Gone => "gone",
            Self::Refused { .. } => "refused",
            Self::Server { .. } => "server",
            Self::Protocol(_) => "protocol",
            Self::Setup(_) => "setup",
        }
    }

    /// When the platform wants to be asked again, where it has said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The same without the platform's own words, which might quote what it was asked for.
    pub(crate) fn without_words(mut self) -> Self {
        if let Self::Unauthorized { message, .. }
        | Self::Refused { message, .. }
        | Self::Server { message, .. } = &mut self
        {
            "its own words are left out".clone_into(message);
        }
        self
    }

    /// What a failed request was, found in its chain of causes and never by a text.
    pub(crate) fn of_request(error: reqwest::Error) -> Self {
        // The stage says it better than a URL, and shorter.
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Timeout;
        }
        if is_proxy_login(&error) {
            return Self::ProxyLogin;
        }
        let tls = causes(&error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls {
            return Self::Tls(tls.to_string());
        }
        let ended = causes(&error)
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        // Nothing but the TLS handshake reads while a connection is made.
        if ended && error.is_connect() {
            return Self::Tls("the handshake broke off".to_owned());
        }
        let deepest = causes(&error).last().map(ToString::to_string).unwrap_or_default();
        if error.is_builder() {
            return Self::Setup(format!("no request can be made: {deepest}"));
        }
        Self::Unreachable(deepest)
    }
}

/// Whether a proxy answered a request for a way with 407.
#[must_use]
pub fn is_proxy_login(error: &(dyn StdError + 'static)) -> bool {
    // The one cause that is known by its text: its type is not exported. The tests with a proxy notice another text.
    causes(error).any(|cause| cause.to_string().ends_with("proxy authorization required"))
}

/// The error, its cause, the cause of that, and so on.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        // An `io::Error` tells the cause of what it wraps, but not what it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}
