//! Starting and stopping a local org.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::a2a::Dispatcher;
use crate::agent_url::UrlRules;
use crate::hub::Hub;
use crate::org::Org;
use crate::routes::{self, Fence, Guards, Limit};
use crate::secret::Secret;
use crate::store::{OpenError, Store};
use crate::{Clock, Era, sweep};

/// How long requests in flight may take to end when the org stops.
const GRACE: Duration = Duration::from_millis(500);

/// The window of the request limit.
const MINUTE: Duration = Duration::from_secs(60);

/// How to start a local org.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Meant for loopback.
    pub listen: SocketAddr,
    /// The SQLite file; made, with a small org in it, when it is missing.
    pub data: PathBuf,
    /// Which generation of the platform to be.
    pub era: Era,
    /// Whether agents on this machine's loopback may be called. A switch of its own: the platform's
    /// development mode, which has the same effect, also opens every door.
    pub allow_loopback_agents: bool,
    /// The admin token. `None`: one is made once and kept in the data file.
    pub admin_token: Option<String>,
    /// Requests that an address may make in a minute.
    pub requests_per_minute: u32,
    /// The org's id, which callers must then name, as on a hosted platform.
    pub org_id: Option<String>,
    /// Whether there are switches for faults and for the clock, for tests.
    pub faults: bool,
    /// A folder with one folder per plugin that agents may download; none without it.
    pub plugins: Option<PathBuf>,
}

impl Options {
    /// Requests that an address may make in a minute; the platform's number.
    pub const REQUESTS_PER_MINUTE: u32 = 600;

    /// An org like the platform's, without anything that only development needs.
    pub fn new(listen: SocketAddr, data: PathBuf, era: Era) -> Options {
        Options {
            listen,
            data,
            era,
            allow_loopback_agents: false,
            admin_token: None,
            requests_per_minute: Options::REQUESTS_PER_MINUTE,
            org_id: None,
            faults: false,
            plugins: None,
        }
    }
}

/// Why a local org did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("can't listen on {addr}: {source}; give another address with --listen")]
    Listen {
        /// What was asked for.
        addr: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The data file can't be used.
    #[error(transparent)]
    Data(#[from] OpenError),
    /// The client for agents can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Client(#[from] reqwest::Error),
    /// The runtime is ending.
    #[error("the local org was stopped while it started")]
    Interrupted,
}

/// A local org that is up. Dropping it stops it without waiting.
pub struct Running {
    addr: SocketAddr,
    admin_token: Secret,
    org: Arc<Org>,
    server: JoinHandle<()>,
    _stop: DropGuard,
}

/// Starts a local org on the real clock.
pub async fn start(options: Options) -> Result<Running, StartError> {
    start_at(options, Clock::new()).await
}

/// Starts a local org on a clock that the caller can move.
pub async fn start_at(options: Options, clock: Clock) -> Result<Running, StartError> {
    let listen = options.listen;
    let explain = |source| StartError::Listen { addr: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(explain)?;
    let addr = listener.local_addr().map_err(explain)?;
    let hub = Arc::new(Hub::default());
    let (store, admin_token) = tokio::task::spawn_blocking({
        let (hub, clock) = (Arc::clone(&hub), clock.clone());
        let admin = options.admin_token.map(Secret::new);
        move || Store::open(&options.data, options.era, clock, hub, admin)
    })
    .await
    .map_err(|_| StartError::Interrupted)??;
    let rules = UrlRules {
        allow_loopback: options.allow_loopback_agents,
    };
    let org = Arc::new(Org {
        era: options.era,
        clock,
        store,
        hub,
        agents: Dispatcher::new(options.era, rules)?,
        rules,
        plugins: options.plugins,
        canvas: OnceLock::new(),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    drop(org.spawn(sweep::run(Arc::clone(&org))));
    let guards = Guards {
        fence: Fence::new(addr),
        limit: Limit::new(options.requests_per_minute, MINUTE, org.clock.clone()),
        org_id: options.org_id.map(Arc::from),
        faults: options.faults.then(Arc::default),
    };
    let router = routes::router(Arc::clone(&org), guards).into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        // Only speed is lost when this fails.
        let _ = stream.set_nodelay(true);
    });
    let stopped = org.stop.clone();
    let server = tokio::spawn(async move {
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(stopped.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the local org can't be reached any more");
        }
    });
    let stop = org.stop.clone().drop_guard();
    Ok(Running {
        addr,
        admin_token,
        org,
        server,
        _stop: stop,
    })
}

impl Running {
    /// The address that is listened on, with the real port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The platform's base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The admin token: full rights over this org.
    pub fn admin_token(&self) -> &str {
        self.admin_token.expose()
    }

    /// Has the first page link to the Canvas at this address, which anybody may see. The first one counts.
    pub fn link_canvas(&self, url: &str) {
        self.org.canvas.get_or_init(|| url.to_owned());
    }

    /// Stops everything and closes the data file. Calls to agents that are in flight are given up; queued
    /// messages are delivered after the next start.
    pub async fn stop(mut self) {
        self.org.stop.cancel();
        self.org.tasks.close();
        self.org.tasks.wait().await;
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
        self.org.store.close().await;
    }
}
