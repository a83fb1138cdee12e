//! From a URL to a connection: name, TCP, TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::Finding;
use super::certificate::Certificates;
use super::talk::Talk;

/// How long a name, a connection or a handshake may take.
const WAIT: Duration = Duration::from_secs(10);
/// Most addresses that are tried.
const ADDRESSES: usize = 8;

/// Any connection.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// What is looked at.
pub(super) struct Target {
    pub(super) is_tls: bool,
    name: String,
    port: u16,
    /// As it is in a `Host` header.
    pub(super) authority: String,
}

impl Target {
    /// Reads the URL.
    pub(super) fn of(url: &Url) -> Result<(Self, Option<Finding>), Finding> {
        const NEXT: &str = "give the relay's public URL, such as https://relay.example";
        let is_tls = match url.scheme() {
            "https" | "wss" => true,
            "http" | "ws" => false,
            other => {
                return Err(Finding::wrong(
                    "address",
                    format!("{other}: is no web address"),
                    NEXT,
                ));
            }
        };
        let (name, is_loopback) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), name == "localhost"),
            Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
            Some(Host::Ipv6(address)) => (address.to_string(), address.is_loopback()),
            None => return Err(Finding::wrong("address", "it names no host", NEXT)),
        };
        let finding = if !matches!(url.path(), "" | "/") || url.query().is_some() {
            Some(Finding::doubtful(
                "address",
                "it has a path, which a relay's address has not",
                "only its origin is looked at",
            ))
        } else if !is_tls && !is_loopback {
            Some(Finding::wrong(
                "address",
                "it is plain HTTP: messages and keys can be read on the way",
                "give the relay a certificate and use https",
            ))
        } else {
            None
        };
        let port = url
            .port_or_known_default()
            .unwrap_or(if is_tls { 443 } else { 80 });
        let host = url.host_str().unwrap_or_default();
        let authority = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok((
            Self {
                is_tls,
                name,
                port,
                authority,
            },
            finding,
        ))
    }
}

/// Looks the name up and connects to each of its addresses; one that answers.
pub(super) async fn reachable(target: &Target, findings: &mut Vec<Finding>) -> Option<SocketAddr> {
    let looked =
        tokio::time::timeout(WAIT, tokio::net::lookup_host((target.name.as_str(), target.port))).await;
    let addresses: Vec<SocketAddr> = match looked {
        Ok(Ok(addresses)) => addresses.take(ADDRESSES).collect(),
        Ok(Err(error)) => {
            findings.push(Finding::wrong(
                "name",
                format!("{}: {error}", target.name),
                "add an A or AAAA record for it, or correct the URL",
            ));
            return None;
        }
        Err(_) => {
            findings.push(Finding::wrong(
                "name",
                format!("{}: no answer within {} s", target.name, WAIT.as_secs()),
                "look at this machine's name servers",
            ));
            return None;
        }
    };
    let list: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    findings.push(Finding::good("name", list.join(", ")));
    let mut first = None;
    let mut dead = Vec::new();
    for address in addresses {
        match tokio::time::timeout(WAIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => first = first.or(Some(address)),
            Ok(Err(error)) => dead.push(format!("{address}: {error}")),
            Err(_) => dead.push(format!("{address}: no answer within {} s", WAIT.as_secs())),
        }
    }
    findings.push(match (first, dead.is_empty()) {
        (Some(_), true) => Finding::good("connection", format!("port {} is open", target.port)),
        (Some(_), false) => Finding::doubtful(
            "connection",
            dead.join("; "),
            "remove the records of addresses that do not answer: some callers try them first \
             (an IPv6 address may only be out of reach from here)",
        ),
        (None, _) => Finding::wrong(
            "connection",
            dead.join("; "),
            "start the relay, and let its port through the firewall",
        ),
    });
    first
}

/// How to connect, again and again.
pub(super) struct Dialled {
    pub(super) target: Target,
    address: SocketAddr,
    tls: Option<(TlsConnector, TlsConnector, ServerName<'static>)>,
    certificates: Arc<Certificates>,
}

impl Dialled {
    pub(super) fn with(
        target: Target,
        address: SocketAddr,
        authorities: &[CertificateDer<'static>],
    ) -> Result<Self, Finding> {
        let setup =
            |error: String| Finding::wrong("tls", error, "nothing can be looked at from this machine");
        let certificates =
            Arc::new(Certificates::new(authorities).map_err(|error| setup(error.to_string()))?);
        let tls = if target.is_tls {
            let name = ServerName::try_from(target.name.clone()).map_err(|error| setup(error.to_string()))?;
            let speaking = |protocols: &[&[u8]]| {
                let builder = ClientConfig::builder_with_provider(certificates.provider.clone());
                let mut config = builder
                    .with_safe_default_protocol_versions()
                    .map_err(|error| setup(error.to_string()))?
                    .dangerous()
                    .with_custom_certificate_verifier(certificates.clone())
                    .with_no_client_auth();
                config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
                Ok::<_, Finding>(TlsConnector::from(Arc::new(config)))
            };
            Some((speaking(&[b"h2", b"http/1.1"])?, speaking(&[b"http/1.1"])?, name))
        } else {
            None
        };
        Ok(Self {
            target,
            address,
            tls,
            certificates,
        })
    }

    /// A connection that speaks HTTP/1.1.
    pub(super) async fn talk(&self) -> Result<Talk, String> {
        let stream = self.tcp().await?;
        let Some((_, connector, name)) = &self.tls else {
            return Ok(Talk::new(Box::new(stream)));
        };
        let connecting = connector.connect(name.clone(), stream);
        match tokio::time::timeout(WAIT, connecting).await {
            Ok(Ok(stream)) => Ok(Talk::new(Box::new(stream))),
            Ok(Err(error)) => Err(format!("no TLS: {error}")),
            Err(_) => Err(format!("no TLS handshake within {} s", WAIT.as_secs())),
        }
    }

    async fn tcp(&self) -> Result<TcpStream, String> {
        let connecting = TcpStream::connect(self.address);
        let connected = tokio::time::timeout(WAIT, connecting).await;
        let stream = connected
            .map_err(|_| format!("no connection within {} s", WAIT.as_secs()))?
            .map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(stream)
    }

    /// Looks at the handshake as a caller makes it that could speak HTTP/2; whether there is TLS at all, where there
    /// must be.
    pub(super) async fn look_at_tls(&self, findings: &mut Vec<Finding>) -> bool {
        let Some((connector, _, name)) = &self.tls else {
            return true;
        };
        let handshake = async {
            let stream = self.tcp().await?;
            let connecting = connector.connect(name.clone(), stream);
            let connected = tokio::time::timeout(WAIT, connecting).await;
            connected
                .map_err(|_| format!("no handshake within {} s", WAIT.as_secs()))?
                .map_err(|error| error.to_string())
        };
        let stream = match handshake.await {
            Ok(stream) => stream,
            Err(error) => {
                findings.push(Finding::wrong(
                    "tls",
                    error,
                    "let the relay speak TLS itself (--tls-cert and --tls-key), or pass TLS through to what does",
                ));
                return false;
            }
        };
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|version| version.as_str());
        findings.push(Finding::good(
            "tls",
            version.unwrap_or("a version without a name"),
        ));
        findings.push(self.certificates.finding());
        findings.push(match session.alpn_protocol() {
            Some(b"h2") => Finding::wrong(
                "alpn",
                "HTTP/2 is offered to callers, which have no way to be closed without a byte there",
                "switch HTTP/2 off in what terminates TLS before the relay, or better pass TCP through",
            ),
            Some(b"http/1.1") => Finding::good("alpn", "http/1.1 only"),
            Some(_) | None => Finding::good("alpn", "no HTTP/2"),
        });
        true
    }
}
