//! The one table of the control API: every route with its scope and its deadline. The router is made from it.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};

use tokio_util::sync::CancellationToken;

use super::{
    adding, confirm,
    error::{ApiError, SAME_VERSION},
    events,
    handlers::{self, Shared},
    inspect, login_item, notifications, org, peers, plugins, settings,
};
use crate::host::{HostHandle, THINKS};

/// What a route lets its caller do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Look.
    View,
    /// Start, stop, send.
    Operate,
    /// Change what the host trusts, keeps secret or shows to the world, or end it.
    Admin,
}

/// The scopes that a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scopes {
    /// All: for the socket, which only the user's own processes can open.
    All,
    /// View and operate: for anything that shows a page.
    Faces,
}

impl Scopes {
    /// Whether a route of that scope is served.
    #[must_use]
    pub fn allow(self, scope: Scope) -> bool {
        match self {
            Self::All => true,
            Self::Faces => scope != Scope::Admin,
        }
    }
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Changes nothing.
    Get,
    /// Does something.
    Post,
    /// Sets something.
    Put,
}

impl Verb {
    /// Its name in HTTP.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
        }
    }
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// Its method.
    pub verb: Verb,
    /// Its path, with `{profile}` for a profile's name.
    pub path: &'static str,
    /// Who may call it.
    pub scope: Scope,
    /// How long it may take to begin its answer.
    deadline: Duration,
    handler: fn(MethodFilter) -> MethodRouter<Shared>,
}

/// The largest body that a request may have: a connection block has a few KB, a message to send may be a document.
const MAX_BODY: usize = 1 << 20;

/// What only asks the host's memory, or a file. The margin is for a machine that swaps.
const QUICK: Duration = Duration::from_secs(10);
/// What may ask the platform or the keychain: their own deadlines are shorter, so this is a last resort.
const ASKS_OTHERS: Duration = Duration::from_secs(60);
/// An agent may think for minutes: the host waits 120 s for its answer, and says so itself.
pub(super) const AGENT_THINKS: Duration = Duration::from_secs(150);
/// A plugin may come from far away: the host gives up after 10 min, and says so itself.
pub(super) const FETCHES: Duration = Duration::from_secs(630);

/// A person is asked, and then the slowest of what can be asked for is done.
const ASKS_A_PERSON: Duration = THINKS.saturating_add(FETCHES);

impl Route {
    /// How long a client waits for the whole answer: a little longer than the host, so that the host's own word about
    /// it arrives first.
    pub(super) fn patience(&self) -> Duration {
        self.deadline + WORD_MARGIN
    }
}

/// How much longer a client waits than the host.
const WORD_MARGIN: Duration = Duration::from_secs(5);

const fn route(
    verb: Verb,
    path: &'static str,
    scope: Scope,
    deadline: Duration,
    handler: fn(MethodFilter) -> MethodRouter<Shared>,
) -> Route {
    Route {
        verb,
        path,
        scope,
        deadline,
        handler,
    }
}

/// The table.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    route(Verb::Get,  "/v1/status",                          Scope::View,    QUICK,        |m| on(m, handlers::status)),
    route(Verb::Get,  "/v1/events",                          Scope::View,    QUICK,        |m| on(m, events::events)),
    route(Verb::Get,  "/v1/profiles/{profile}/org",          Scope::View,    QUICK,        |m| on(m, org::org)),
    route(Verb::Get,  "/v1/profiles/{profile}/org/history",  Scope::View,    QUICK,        |m| on(m, org::history)),
    route(Verb::Get,  "/v1/profiles/{profile}/org/calls",    Scope::View,    QUICK,        |m| on(m, org::calls)),
    route(Verb::Get,  "/v1/profiles/{profile}/canvas",       Scope::View,    QUICK,        |m| on(m, org::arrangement)),
    route(Verb::Post, "/v1/profiles/{profile}/canvas",       Scope::Operate, QUICK,        |m| on(m, org::rearrange)),
    route(Verb::Get,  "/v1/profiles/{profile}/workspaces/{workspace}", Scope::Operate, ASKS_OTHERS, |m| on(m, org::workspace)),
    route(Verb::Get,  "/v1/profiles/{profile}/workspaces/{workspace}/thread", Scope::View, QUICK, |m| on(m, org::thread)),
    route(Verb::Post, "/v1/profiles/{profile}/workspaces/{workspace}/thread", Scope::Operate, AGENT_THINKS, |m| on(m, org::say)),
    route(Verb::Get,  "/v1/logs",                            Scope::View,    QUICK,        |m| on(m, handlers::logs)),
    route(Verb::Post, "/v1/profiles/{profile}/start",        Scope::Operate, ASKS_OTHERS,  |m| on(m, handlers::start)),
    route(Verb::Post, "/v1/profiles/{profile}/stop",         Scope::Operate, ASKS_OTHERS,  |m| on(m, handlers::stop)),
    route(Verb::Post, "/v1/profiles/{profile}/restart",      Scope::Operate, ASKS_OTHERS,  |m| on(m, handlers::restart)),
    route(Verb::Post, "/v1/profiles/{profile}/agent/restart", Scope::Operate, ASKS_OTHERS, |m| on(m, handlers::restart_agent)),
    route(Verb::Post, "/v1/profiles/{profile}/send",         Scope::Operate, AGENT_THINKS, |m| on(m, handlers::send)),
    route(Verb::Get,  "/v1/profiles/{profile}/peers",        Scope::Operate, ASKS_OTHERS,  |m| on(m, peers::peers)),
    route(Verb::Post, "/v1/profiles/{profile}/peers/send",   Scope::Operate, AGENT_THINKS, |m| on(m, peers::send)),
    route(Verb::Post, "/v1/profiles/{profile}/peers/delegate", Scope::Operate, ASKS_OTHERS, |m| on(m, peers::delegate)),
    route(Verb::Get,  "/v1/profiles/{profile}/delegations/{delegation}", Scope::Operate, ASKS_OTHERS, |m| on(m, peers::delegation)),
    route(Verb::Get,  "/v1/profiles/{profile}/doctor",       Scope::Operate, ASKS_OTHERS,  |m| on(m, handlers::doctor)),
    route(Verb::Get,  "/v1/profiles/{profile}/doors",        Scope::Operate, ASKS_OTHERS,  |m| on(m, handlers::doors)),
    route(Verb::Put,  "/v1/profiles/{profile}/doors/shared", Scope::Admin,   ASKS_OTHERS,  |m| on(m, handlers::share)),
    route(Verb::Post, "/v1/profiles/{profile}/doors/{slot}/rotate", Scope::Admin, ASKS_OTHERS, |m| on(m, handlers::rotate)),
    route(Verb::Post, "/v1/profiles/{profile}/doors/reset",  Scope::Admin,   ASKS_OTHERS,  |m| on(m, handlers::reset)),
    route(Verb::Get,  "/v1/profiles/{profile}/deliveries",   Scope::View,    ASKS_OTHERS,  |m| on(m, handlers::deliveries)),
    route(Verb::Get,  "/v1/profiles/{profile}/deliveries/{id}", Scope::View, QUICK,        |m| on(m, handlers::delivery)),
    route(Verb::Get,  "/v1/profiles/{profile}/plugins",      Scope::View,    QUICK,        |m| on(m, plugins::list)),
    route(Verb::Post, "/v1/profiles/{profile}/plugins",      Scope::Admin,   FETCHES,      |m| on(m, plugins::install)),
    route(Verb::Post, "/v1/profiles/{profile}/plugins/{plugin}/remove", Scope::Admin, ASKS_OTHERS, |m| on(m, plugins::remove)),
    route(Verb::Post, "/v1/profiles/{profile}/plugins/{plugin}/setup", Scope::Admin, QUICK, |m| on(m, plugins::setup)),
    route(Verb::Get,  "/v1/profiles/{profile}/deliveries/{id}/curl", Scope::View, QUICK,   |m| on(m, inspect::curl)),
    route(Verb::Post, "/v1/profiles/{profile}/deliveries/{id}/replay", Scope::Operate, AGENT_THINKS, |m| on(m, inspect::replay)),
    route(Verb::Get,  "/v1/recording",                       Scope::View,    QUICK,        |m| on(m, inspect::recording)),
    route(Verb::Put,  "/v1/recording",                       Scope::Operate, QUICK,        |m| on(m, inspect::record)),
    route(Verb::Get,  "/v1/diagnostics",                     Scope::Operate, ASKS_OTHERS,  |m| on(m, inspect::diagnostics)),
    route(Verb::Post, "/v1/diagnostics/file",                Scope::Operate, ASKS_OTHERS,  |m| on(m, inspect::diagnostics_file)),
    route(Verb::Get,  "/v1/settings",                        Scope::View,    QUICK,        |m| on(m, settings::settings)),
    route(Verb::Put,  "/v1/settings/general",                Scope::Operate, QUICK,        |m| on(m, settings::general)),
    route(Verb::Put,  "/v1/settings/update-url",             Scope::Admin,   QUICK,        |m| on(m, settings::update_url)),
    route(Verb::Put,  "/v1/settings/proxy",                  Scope::Admin,   ASKS_OTHERS,  |m| on(m, settings::proxy)),
    route(Verb::Post, "/v1/settings/reload",                 Scope::Operate, ASKS_OTHERS,  |m| on(m, settings::reload)),
    route(Verb::Put,  "/v1/profiles/{profile}/agent",        Scope::Admin,   ASKS_OTHERS,  |m| on(m, settings::agent)),
    route(Verb::Put,  "/v1/profiles/{profile}/exposure",     Scope::Admin,   ASKS_OTHERS,  |m| on(m, settings::exposure)),
    route(Verb::Put,  "/v1/profiles/{profile}/org-key",      Scope::Admin,   ASKS_OTHERS,  |m| on(m, settings::keep_org_key)),
    route(Verb::Post, "/v1/profiles/{profile}/org-key/forget", Scope::Admin, ASKS_OTHERS,  |m| on(m, settings::forget_org_key)),
    route(Verb::Post, "/v1/profiles/{profile}/rename",       Scope::Operate, ASKS_OTHERS,  |m| on(m, settings::rename)),
    route(Verb::Get,  "/v1/profiles/{profile}/traces",       Scope::View,    ASKS_OTHERS,  |m| on(m, settings::traces)),
    route(Verb::Post, "/v1/profiles/{profile}/forget",       Scope::Admin,   ASKS_OTHERS,  |m| on(m, settings::forget)),
    route(Verb::Get,  "/v1/traces",                          Scope::View,    ASKS_OTHERS,  |m| on(m, settings::everything)),
    route(Verb::Post, "/v1/uninstall",                       Scope::Admin,   QUICK,        |m| on(m, settings::uninstall)),
    route(Verb::Get,  "/v1/notifications",                   Scope::View,    QUICK,        |m| on(m, notifications::settings)),
    route(Verb::Put,  "/v1/notifications/pause",             Scope::Operate, QUICK,        |m| on(m, notifications::pause)),
    route(Verb::Get,  "/v1/login-item",                      Scope::View,    QUICK,        |m| on(m, login_item::get)),
    route(Verb::Put,  "/v1/login-item",                      Scope::Operate, QUICK,        |m| on(m, login_item::put)),
    route(Verb::Put,  "/v1/profiles/{profile}/mute",         Scope::Operate, QUICK,        |m| on(m, notifications::mute)),
    route(Verb::Post, "/v1/admin",                           Scope::Operate, ASKS_A_PERSON, |m| on(m, confirm::ask_admin)),
    route(Verb::Get,  "/v1/agents",                          Scope::Operate, ASKS_OTHERS,  |m| on(m, adding::agents)),
    route(Verb::Post, "/v1/workspaces",                      Scope::Admin,   ASKS_OTHERS,  |m| on(m, adding::create_workspace)),
    route(Verb::Post, "/v1/local-org",                       Scope::Admin,   ASKS_OTHERS,  |m| on(m, adding::local_org)),
    route(Verb::Post, "/v1/profiles",                        Scope::Admin,   ASKS_OTHERS,  |m| on(m, handlers::add_profile)),
    route(Verb::Post, "/v1/shutdown",                        Scope::Admin,   QUICK,        |m| on(m, handlers::shutdown)),
];

/// The router of one listener: routes outside its scopes are refused, each route keeps its deadline. `stop` ends the
/// streams that it serves.
pub fn router(handle: HostHandle, scopes: Scopes, stop: CancellationToken) -> Router {
    let shared = Shared { handle, stop };
    let mut router = Router::new();
    for route in ROUTES {
        let Route {
            verb,
            path,
            scope,
            deadline,
            handler,
        } = *route;
        let guard = middleware::from_fn(move |request: Request, next: Next| async move {
            if scopes.allow(scope) {
                within(deadline, next.run(request)).await
            } else {
                ApiError::out_of_scope().into_response()
            }
        });
        router = router.route(path, handler(verb.filter()).layer(guard));
    }
    router
        .fallback(async || not_found())
        .method_not_allowed_fallback(async || wrong_method())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shared)
}

pub(super) async fn within(deadline: Duration, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(deadline, answer).await {
        Ok(response) => response,
        Err(_) => ApiError::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            format!("the host did not finish this within {} s", deadline.as_secs()),
            Some("look into `ligand logs`, and try again"),
        )
        .into_response(),
    }
}

fn not_found() -> Response {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_such_route",
        "the running host does not know this request",
        Some(SAME_VERSION),
    )
    .into_response()
}

fn wrong_method() -> Response {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        "the running host does not take this request that way",
        Some(SAME_VERSION),
    )
    .into_response()
}
