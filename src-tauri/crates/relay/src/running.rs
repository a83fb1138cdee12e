//! A relay from its start to its stop: the listener, its connections, and what they all share.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use ligand_platform::Platform;
use ligand_tunnel::door::{DoorPath, DoorUrl, Nonce, RelaySecret, Slot};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::admission::Admission;
use crate::caller::{CallerIo, Membership, Watched};
use crate::card_file;
use crate::cards::Cards;
use crate::clock::Clock;
use crate::directory::{Directory, Place};
use crate::keys::{KeysError, RelayKeys};
use crate::limit::Limit;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::ops;
use crate::options::{Options, PublicUrlError, public_url};
use crate::routes;
use crate::seats::{Most, Seats};
use crate::secret::{self, SecretError};
use crate::turns::Turns;

/// How long the last connections may take to be cut after that.
const CUT_WAIT: Duration = Duration::from_secs(1);
/// How long to wait when the operating system has no file for a connection.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Room of a connection's buffers above the largest head.
const SPARE_BYTES: usize = 16 * 1024;
/// Most header lines in a head.
const MAX_HEADERS: usize = 200;

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The public URL is missing or is none.
    #[error("{0}")]
    PublicUrl(String),
    /// Nobody may connect.
    #[error("no platform is named, so nobody could connect: give --platform URL")]
    NoPlatform,
    /// A platform's client could not be made.
    #[error("the platform can't be used: {0}")]
    Platform(#[source] ligand_platform::Error),
    /// There is no secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The relay keys can't be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {error}; name another address with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        error: std::io::Error,
    },
    /// The address for metrics can't be listened on.
    #[error("can't listen on {address}: {error}; name another address with --metrics-listen")]
    MetricsListen {
        /// Which address.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        error: std::io::Error,
    },
}

impl StartError {
    /// Whether the command line is at fault, and not the machine.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::PublicUrl(_) | Self::NoPlatform)
    }
}

impl From<PublicUrlError> for StartError {
    fn from(error: PublicUrlError) -> Self {
        Self::PublicUrl(error.to_string())
    }
}

/// What all parts of a relay share.
pub(crate) struct Relay {
    public_origin: String,
    /// The relay's own spelling of each platform's address, in which doors are sealed.
    platforms: Vec<String>,
    secret: RelaySecret,
    pub(crate) admission: Admission,
    pub(crate) directory: Directory,
    pub(crate) recheck_every: Duration,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    /// Dials under way, admitted or not.
    pub(crate) dials: Arc<Seats>,
    pub(crate) links: Arc<Seats>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) clock: Clock,
    /// Cancelled when the relay is told to stop: nothing new is taken.
    pub(crate) draining: CancellationToken,
    /// Cancelled when it has waited long enough: everything is cut.
    cut: CancellationToken,
    /// Cancelled when it no longer exists.
    pub(crate) ended: CancellationToken,
    /// How long calls in flight may take when it stops.
    pub(crate) drain: Duration,
    /// All connections and links.
    pub(crate) tasks: TaskTracker,
    listeners: TaskTracker,
    pub(crate) watched: Arc<Watched>,
}

impl Relay {
    /// Index of the platform for which this relay made a door, if it made it.
    pub(crate) fn platform_of(&self, door: &DoorPath) -> Option<usize> {
        self.platforms
            .iter()
            .position(|platform| self.secret.verify(platform, door))
    }

    /// The public URL of a door.
    pub(crate) fn door_url(&self, place: Place, slot: Slot, nonce: &Nonce) -> Option<DoorUrl> {
        let platform = self.platforms.get(place.platform)?;
        let path = self.secret.seal(platform, place.workspace, slot, nonce);
        Some(DoorUrl::new(format!("{}{path}", self.public_origin)))
    }
}

/// A relay that runs. Dropping it cuts everything at once; see [`Running::stop`].
pub struct Running {
    relay: Arc<Relay>,
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    public_url: Url,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells how it does, if anywhere.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The origin under which laptops and callers reach it.
    #[must_use]
    pub fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// Takes no new links, says goodbye to every laptop, and lets calls in flight finish, for as long as the operator
    /// allows. Calls that are held, and new ones to a platform door, end at once and in silence.
    pub async fn stop(self) {
        self.relay.draining.cancel();
        self.relay.watched.hurry();
        self.relay.tasks.close();
        let drained = tokio::time::timeout(self.relay.drain, self.relay.tasks.wait()).await;
        tracing::info!(in_time = drained.is_ok(), "drained");
        self.relay.cut.cancel();
        self.relay.ended.cancel();
        self.relay.listeners.close();
        // What can't even be cut in time ends with the process.
        let cut = async { tokio::join!(self.relay.tasks.wait(), self.relay.listeners.wait()) };
        drop(tokio::time::timeout(CUT_WAIT, cut).await);
        self.relay.admission.memory().close().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.relay.draining.cancel();
        self.relay.cut.cancel();
        self.relay.ended.cancel();
    }
}

/// Starts a relay.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let Options {
        listen,
        public_url: given,
        platforms,
        secret_file,
        card_keys,
        relay_keys,
        default_hold,
        lookups_per_min,
        recheck_every,
        metrics_listen,
        drain,
        limits,
    } = options;
    // Before anything is created: a port 0 changes nothing about what is wrong with the URL.
    public_url(given.as_ref(), listen)?;
    if platforms.is_empty() {
        return Err(StartError::NoPlatform);
    }
    let mut clients = Vec::with_capacity(platforms.len());
    for platform in &platforms {
        let client = Platform::new(platform.base.clone(), platform.org_id.clone());
        clients.push(client.map_err(StartError::Platform)?);
    }
    if let Some(path) = &relay_keys {
        RelayKeys::load(path)?;
    }
    let secret = secret::load_or_create(&secret_file)?;
    let listen_error = |error| StartError::Listen {
        address: listen,
        error,
    };
    let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let public_url = public_url(given.as_ref(), address)?;
    let ops = match metrics_listen {
        Some(address) => Some(ops::bind(address).await?),
        None => None,
    };
    let public_origin = public_url.origin().ascii_serialization();
    let clock = Clock::start();
    let metrics = Arc::new(Metrics::default());
    let names: Vec<String> = platforms
        .iter()
        .map(|platform| platform.base.to_string())
        .collect();
    let card_keys = card_keys.unwrap_or_else(|| card_file::beside(&secret_file));
    let memory = Memory::open(card_keys, names.clone(), clock);
    let relay = Arc::new(Relay {
        platforms: names,
        admission: Admission::new(
            public_origin.clone(),
            platforms,
            Cards::new(clients, memory, lookups_per_min, clock),
            relay_keys,
        ),
        public_origin,
        secret,
        directory: Directory::new(default_hold, &limits),
        recheck_every,
        dials: Seats::new(Most {
            in_all: (limits.dials, Limit::Dials),
            per_address: (limits.dials_per_address, Limit::DialsPerAddress),
            count_loopback: limits.count_loopback,
        }),
        links: Seats::new(Most {
            in_all: (limits.links, Limit::Links),
            per_address: (limits.links_per_address, Limit::LinksPerAddress),
            count_loopback: limits.count_loopback,
        }),
        turns: Turns::new(limits.calls),
        clock,
        draining: CancellationToken::new(),
        cut: CancellationToken::new(),
        ended: CancellationToken::new(),
        drain,
        tasks: TaskTracker::new(),
        listeners: TaskTracker::new(),
        watched: Watched::new(&limits, metrics.clone()),
        limits,
        metrics,
    });
    tokio::spawn(watch(relay.clone()));
    tokio::spawn(remember(relay.clone()));
    // Not among the tasks that end by themselves: whoever calls while the relay drains is to be heard and closed.
    relay.listeners.spawn(accept(relay.clone(), listener));
    let metrics = ops.map(|(listener, address)| {
        relay.listeners.spawn(ops::serve(relay.clone(), listener));
        address
    });
    Ok(Running {
        relay,
        address,
        metrics,
        public_url,
    })
}

async fn watch(relay: Arc<Relay>) {
    tokio::select! {
        biased;
        () = relay.cut.cancelled() => {}
        () = relay.watched.watch() => {}
    }
}

async fn remember(relay: Arc<Relay>) {
    relay.admission.memory().keep(&relay.draining).await;
}

async fn accept(relay: Arc<Relay>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(relay.limits.connections));
    loop {
        let accepted = tokio::select! {
            biased;
            () = relay.cut.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = tokio::select! {
                    biased;
                    () = relay.cut.cancelled() => return,
                    place = place(&relay, &places) => place,
                };
                let member = relay.watched.add();
                relay
                    .tasks
                    .spawn(serve(relay.clone(), stream, peer.ip(), member, place));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                // As a rule there is no file for it.
                relay.watched.make_room();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A place for one more connection. Where all are taken, those make room that are not in a call.
async fn place(relay: &Relay, places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if places.available_permits() == 0 {
        relay.metrics.over(Limit::Connections);
    }
    loop {
        let taken = places.clone().try_acquire_owned();
        if let Ok(place) = taken {
            return place;
        }
        relay.watched.make_room();
        let freed = tokio::time::timeout(ACCEPT_PAUSE, places.clone().acquire_owned()).await;
        if let Ok(Ok(place)) = freed {
            return place;
        }
    }
}

async fn serve(
    relay: Arc<Relay>,
    stream: TcpStream,
    peer: IpAddr,
    member: Membership,
    _place: OwnedSemaphorePermit,
) {
    // Without it small answers wait for the other side's delayed acknowledgement: 40 ms each.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let watch = &member.watch;
    let service = service_fn(|request| {
        let answering = watch.call();
        let relay = &relay;
        async move {
            routes::answer(relay, peer, &watch.intake, request)
                .await
                .map(|answer| answer.map(|body| body.answering(answering)))
        }
    });
    // Not a graceful shutdown, which closes what has not begun to speak: it is to be heard and answered, once.
    let mut is_draining = relay.draining.is_cancelled();
    let connection = http1::Builder::new()
        .keep_alive(!is_draining)
        // A timer per request costs a system call per request: `Watched` looks at all connections instead.
        .header_read_timeout(None)
        .max_header_size(relay.limits.head_bytes())
        .max_buf_size(relay.limits.head_bytes() + SPARE_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(CallerIo::new(stream, watch.clone()), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut draining = pin!(relay.draining.cancelled());
    loop {
        tokio::select! {
            biased;
            ended = &mut connection => {
                if let Err(error) = ended {
                    if error.is_parse_too_large() {
                        relay.metrics.over(Limit::HeadBytes);
                    }
                    tracing::trace!(%error, "caller's connection ended");
                }
                return;
            }
            () = watch.cut() => return,
            () = relay.cut.cancelled() => return,
            () = &mut draining, if !is_draining => {
                is_draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
