//! A relay from its start to its stop, and what its connections share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use ligand_platform::Platform;
use ligand_tunnel::door::{DoorPath, DoorUrl, Nonce, RelaySecret, Slot};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::acme::AcmeError;
use crate::admission::Admission;
use crate::asking::Asking;
use crate::caller::Watched;
use crate::card_copies::CardCopies;
use crate::card_file;
use crate::certificate::CertificateError;
use crate::clock::{Clock, Dates};
use crate::connections;
use crate::directory::{Directory, Place};
use crate::entrance::Entrance;
use crate::host_names::{HostNames, Named};
use crate::ingress::IngressError;
use crate::keys::{KeysError, RelayKeys};
use crate::limit::Limit;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::ops;
use crate::options::{Options, PublicUrlError, public_url};
use crate::seats::{Most, Seats};
use crate::secret::{self, SecretError};
use crate::turns::Turns;

/// How long the last connections may take to be cut after that.
const CUT_WAIT: Duration = Duration::from_secs(1);

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
    /// Callers can't come in like this.
    #[error("{0}")]
    Ingress(String),
    /// There is no certificate.
    #[error("TLS can't be set up: {0}")]
    Certificate(#[from] CertificateError),
    /// Certificates can't be had from an authority.
    #[error("certificates can't be fetched: {0}")]
    Acme(#[from] AcmeError),
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
        matches!(self, Self::PublicUrl(_) | Self::NoPlatform | Self::Ingress(_))
    }
}

impl From<PublicUrlError> for StartError {
    fn from(error: PublicUrlError) -> Self {
        Self::PublicUrl(error.to_string())
    }
}

impl From<IngressError> for StartError {
    fn from(error: IngressError) -> Self {
        Self::Ingress(error.to_string())
    }
}

/// What all parts of a relay share.
pub(crate) struct Relay {
    public_origin: String,
    /// The relay's own spelling of each platform's address, in which doors are sealed.
    platforms: Vec<String>,
    secret: RelaySecret,
    pub(crate) entrance: Entrance,
    host_names: Option<HostNames>,
    pub(crate) admission: Admission,
    pub(crate) directory: Directory,
    pub(crate) card_copies: Arc<CardCopies>,
    pub(crate) recheck_every: Duration,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    /// Dials under way, admitted or not.
    pub(crate) dials: Arc<Seats>,
    pub(crate) links: Arc<Seats>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) clock: Clock,
    pub(crate) dates: Dates,
    /// Cancelled when the relay is told to stop: nothing new is taken.
    pub(crate) draining: CancellationToken,
    /// Cancelled when it has waited long enough: everything is cut.
    pub(crate) cut: CancellationToken,
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

    /// The host names of doors, where there are such.
    pub(crate) fn host_names(&self) -> Option<&HostNames> {
        self.host_names.as_ref()
    }

    /// The URL of a shared door at a host name of its own, where there are such.
    pub(crate) fn host_url(&self, place: Place, slot: Slot, nonce: &Nonce) -> Option<DoorUrl> {
        let names = self.host_names.as_ref().filter(|_| slot == Slot::Shared)?;
        let platform = self.platforms.get(place.platform)?;
        Some(names.url(&self.secret, platform, place.workspace, nonce))
    }

    /// Turns a call at a door's host name into the one by path that it means.
    pub(crate) fn by_path<B>(
        &self,
        named: Named<'_>,
        request: &mut Request<B>,
    ) -> Option<(usize, DoorPath, String)> {
        named.by_path(&self.secret, &self.platforms, request)
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

    /// What has the TLS certificate read again at once, where it is in files.
    #[must_use]
    pub fn certificate_reload(&self) -> Option<CertificateReload> {
        self.relay.entrance.reload().map(CertificateReload)
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

/// See [`Running::certificate_reload`].
pub struct CertificateReload(Arc<Notify>);

impl CertificateReload {
    /// Has it read again.
    pub fn now(&self) {
        self.0.notify_one();
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
        ingress,
    } = options;
    // Before anything is created: a port 0 changes nothing about what is wrong with the URL.
    let public_url_at = |address| public_url(given.as_ref(), address, ingress.scheme());
    let names = ingress.names(&public_url_at(listen)?);
    ingress.check(listen, given.as_ref())?;
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
    let entrance = Entrance::open(&ingress, names)?;
    let secret = secret::load_or_create(&secret_file)?;
    let listen_error = |error| StartError::Listen {
        address: listen,
        error,
    };
    let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
    #[cfg(target_os = "linux")]
    ligand_tunnel::unpace(&listener, listen.ip());
    let address = listener.local_addr().map_err(listen_error)?;
    let public_url = public_url_at(address)?;
    let host_names = ingress.wildcard_domain.as_ref();
    let host_names = host_names.and_then(|domain| HostNames::new(domain, &public_url));
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
        entrance,
        host_names,
        admission: Admission::new(
            public_origin.clone(),
            platforms,
            Asking::new(clients, lookups_per_min, clock),
            memory,
            relay_keys,
        ),
        public_origin,
        secret,
        directory: Directory::new(default_hold, &limits),
        card_copies: CardCopies::new(clock),
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
        dates: Dates::default(),
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
    relay.entrance.tend(&relay.draining);
    tokio::spawn(watch(relay.clone()));
    tokio::spawn(remember(relay.clone()));
    // Not among the tasks that end by themselves: whoever calls while the relay drains is to be heard and closed.
    relay
        .listeners
        .spawn(connections::accept(relay.clone(), listener));
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
