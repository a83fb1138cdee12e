//! A relay from its start to its stop: the listener, its connections, and what they all share.

use std::error::Error as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use ligand_platform::Platform;
use ligand_tunnel::door::{DoorPath, DoorUrl, Nonce, RelaySecret, Slot};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::acme::AcmeError;
use crate::admission::Admission;
use crate::call::Silence;
use crate::caller::{CallerIo, Membership, Watched};
use crate::card_file;
use crate::cards::Cards;
use crate::certificate::CertificateError;
use crate::clock::Clock;
use crate::directory::{Directory, Place};
use crate::entrance::{Entered, Entrance};
use crate::framing::Doubt;
use crate::host_names::{HostNames, Named};
use crate::ingress::IngressError;
use crate::keys::{KeysError, RelayKeys};
use crate::links::HANDSHAKES;
use crate::memory::Memory;
use crate::options::{Options, PublicUrlError, public_url};
use crate::routes;
use crate::secret::{self, SecretError};

/// How long calls in flight may take when the relay stops.
pub(crate) const DRAIN_WAIT: Duration = Duration::from_secs(10);
/// How long the last connections may take to be cut after that.
const CUT_WAIT: Duration = Duration::from_secs(1);
/// Most connections at the same time, links included. The operating system's limit of open files may be lower; then
/// more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 32_768;
/// How long to wait when the operating system has no file for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Largest head of a call: common defaults of 16 KB refuse what real callers send.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Room of a connection's buffers, a little above the largest head.
const BUFFER_BYTES: usize = MAX_HEAD_BYTES + 16 * 1024;
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
    entrance: Entrance,
    host_names: Option<HostNames>,
    pub(crate) admission: Admission,
    pub(crate) directory: Directory,
    pub(crate) recheck_every: Duration,
    pub(crate) handshakes: Arc<Semaphore>,
    pub(crate) clock: Clock,
    /// Cancelled when the relay is told to stop: nothing new is taken.
    pub(crate) draining: CancellationToken,
    /// Cancelled when it has waited long enough: everything is cut.
    cut: CancellationToken,
    /// All connections and links.
    pub(crate) tasks: TaskTracker,
    watched: Arc<Watched>,
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
    pub(crate) fn by_path(
        &self,
        named: Named<'_>,
        request: &mut Request<Incoming>,
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
    public_url: Url,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
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

    /// Takes nothing new, says goodbye to every laptop, and lets calls in flight finish, for at most 10 s. Calls that
    /// are held end at once and in silence.
    pub async fn stop(self) {
        self.relay.draining.cancel();
        self.relay.tasks.close();
        if tokio::time::timeout(DRAIN_WAIT, self.relay.tasks.wait())
            .await
            .is_err()
        {
            self.relay.cut.cancel();
            // What can't even be cut in time ends with the process.
            drop(tokio::time::timeout(CUT_WAIT, self.relay.tasks.wait()).await);
        }
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
    let address = listener.local_addr().map_err(listen_error)?;
    let public_url = public_url_at(address)?;
    let host_names = ingress.wildcard_domain.as_ref();
    let host_names = host_names.and_then(|domain| HostNames::new(domain, &public_url));
    let public_origin = public_url.origin().ascii_serialization();
    let clock = Clock::start();
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
            Cards::new(clients, memory, lookups_per_min, clock),
            relay_keys,
        ),
        public_origin,
        secret,
        directory: Directory::new(default_hold),
        recheck_every,
        handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
        clock,
        draining: CancellationToken::new(),
        cut: CancellationToken::new(),
        tasks: TaskTracker::new(),
        watched: Watched::new(),
    });
    relay.entrance.tend(&relay.draining);
    tokio::spawn(watch(relay.clone()));
    tokio::spawn(remember(relay.clone()));
    relay.tasks.spawn(accept(relay.clone(), listener));
    Ok(Running {
        relay,
        address,
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
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            biased;
            () = relay.draining.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let member = relay.watched.add();
                relay
                    .tasks
                    .spawn(serve(relay.clone(), stream, peer, member, place));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(
    relay: Arc<Relay>,
    stream: TcpStream,
    peer: SocketAddr,
    member: Membership,
    _place: OwnedSemaphorePermit,
) {
    let entered = tokio::select! {
        biased;
        () = relay.draining.cancelled() => return,
        entered = relay.entrance.enter(stream, peer) => entered,
    };
    let Some(Entered { socket, peer }) = entered else {
        return;
    };
    let watch = &member.watch;
    let doubt = Doubt::default();
    let service = service_fn(|request| {
        let answering = watch.call();
        let (relay, doubt) = (&relay, &doubt);
        async move {
            routes::answer_without(doubt, relay, request)
                .await
                .map(|answer| answer.map(|body| body.answering(answering)))
        }
    });
    let mut connection = http1::Builder::new()
        // A timer per request costs a system call per request: `Watched` looks at all connections instead.
        .header_read_timeout(None)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(CallerIo::new(socket, watch.clone(), doubt.clone()), service)
        .with_upgrades();
    let mut draining = pin!(relay.draining.cancelled());
    let mut is_draining = false;
    loop {
        tokio::select! {
            biased;
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::trace!(peer = %peer.ip(), %error, "caller's connection ended");
                    if error.source().is_some_and(|cause| cause.is::<Silence>()) {
                        break;
                    }
                }
                return;
            }
            () = watch.cut() => return,
            () = relay.cut.cancelled() => return,
            () = &mut draining, if !is_draining => {
                is_draining = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    if let Some(parts) = connection.into_parts() {
        tokio::select! {
            biased;
            () = relay.cut.cancelled() => {}
            () = parts.io.into_socket().farewell() => {}
        }
    }
}
