//! From a connection that was accepted to one on which HTTP may begin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::acme::{Challenges, Keeper};
use crate::certificate::{CertificateError, Current};
use crate::ingress::{Ingress, Security};
use crate::proxy_header::{self, HeaderError};
use crate::renewed::Files;
use crate::running::StartError;
use crate::socket::Socket;
use crate::tls::Tls;

/// See the module.
pub(crate) struct Entrance {
    /// From where connections begin with a PROXY header.
    proxies: Vec<IpNet>,
    proxy_wait: Duration,
    /// Whether a proxy without a header has been warned of.
    proxy_warned: AtomicBool,
    tls: Option<Tls>,
    current: Arc<Current>,
    source: Option<Source>,
    /// Told when the certificate is to be read again.
    reload: Arc<Notify>,
}

/// Where certificates come from.
enum Source {
    Files(Files),
    Authority(Box<Keeper>),
}

/// A connection on which HTTP may begin.
pub(crate) struct Entered {
    pub(crate) socket: Socket,
    /// Whose it is.
    pub(crate) peer: SocketAddr,
}

impl Entrance {
    /// Reads what is needed. `names` are what callers know the relay as.
    pub(crate) fn open(ingress: &Ingress, names: Vec<String>) -> Result<Self, StartError> {
        let current = Arc::new(Current::default());
        let mut challenges = None;
        let source = match &ingress.security {
            Security::Plain { .. } => None,
            Security::Files { certificate, key } => {
                Some(Source::Files(Files::open(certificate, key, names, &current)?))
            }
            Security::Acme(acme) => {
                let challenges = challenges.insert(Arc::<Challenges>::default()).clone();
                let keeper = Keeper::open(acme, names, current.clone(), challenges)?;
                Some(Source::Authority(Box::new(keeper)))
            }
        };
        let tls = match source {
            None => None,
            Some(_) => Some(Tls::new(current.clone(), challenges, ingress).map_err(CertificateError::Unfit)?),
        };
        Ok(Self {
            proxies: ingress.proxy_protocol_from.clone(),
            proxy_wait: ingress.proxy_header_wait,
            proxy_warned: AtomicBool::new(false),
            tls,
            current,
            source,
            reload: Arc::new(Notify::new()),
        })
    }

    /// Keeps the certificate new, in a task of its own, until the relay stops.
    pub(crate) fn tend(&self, stopping: &CancellationToken) {
        let stopping = stopping.clone();
        match &self.source {
            None => {}
            Some(Source::Files(files)) => {
                let keeping = files
                    .clone()
                    .keep(self.current.clone(), self.reload.clone(), stopping);
                tokio::spawn(keeping);
            }
            Some(Source::Authority(keeper)) => {
                tokio::spawn(keeper.as_ref().clone().keep(stopping));
            }
        }
    }

    /// What to tell when the certificate is to be read again, where it is in files.
    pub(crate) fn reload(&self) -> Option<Arc<Notify>> {
        matches!(self.source, Some(Source::Files(_))).then(|| self.reload.clone())
    }

    /// `None` when it came to nothing; the connection is closed then.
    pub(crate) async fn enter(&self, mut stream: TcpStream, peer: SocketAddr) -> Option<Entered> {
        // Without it small answers wait for the other side's delayed acknowledgement: 40 ms each.
        stream.set_nodelay(true).ok()?;
        // A listener for both families sees IPv4 addresses in the other one's clothes.
        let mut peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        if self.proxies.iter().any(|network| network.contains(&peer.ip())) {
            peer = self.real_peer(&mut stream, peer).await?;
        }
        let socket = match &self.tls {
            None => Socket::Plain(stream),
            Some(tls) => match tls.accept(stream).await {
                Ok(socket) => socket?,
                Err(error) => {
                    tracing::debug!(peer = %peer.ip(), %error, "TLS handshake failed");
                    return None;
                }
            },
        };
        Some(Entered { socket, peer })
    }

    /// Whose connection a proxy passes on.
    async fn real_peer(&self, stream: &mut TcpStream, proxy: SocketAddr) -> Option<SocketAddr> {
        let read = tokio::time::timeout(self.proxy_wait, proxy_header::read(stream)).await;
        match read.unwrap_or(Err(HeaderError::Timeout)) {
            Ok(Some(peer)) => Some(SocketAddr::new(peer.ip().to_canonical(), peer.port())),
            Ok(None) => Some(proxy),
            // Once loudly, for an operator who has forgotten to switch it on; more would only fill the log.
            Err(error) if !self.proxy_warned.swap(true, Ordering::Relaxed) => {
                tracing::warn!(
                    proxy = %proxy.ip(), %error,
                    "a connection from a network that --proxy-protocol-from names was closed"
                );
                None
            }
            Err(error) => {
                tracing::debug!(proxy = %proxy.ip(), %error, "connection closed");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// Whose connection it is found to be that begins with this line, when this network is named.
    async fn peer(network: &str, line: &str) -> Option<String> {
        let ingress = Ingress {
            proxy_protocol_from: vec![network.parse().unwrap()],
            ..Ingress::default()
        };
        let entrance = Entrance::open(&ingress, Vec::new()).unwrap();
        // A listener for both families, where the machine has both.
        let listener = match TcpListener::bind("[::]:0").await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("127.0.0.1:0").await.unwrap(),
        };
        let port = listener.local_addr().unwrap().port();
        let mut caller = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        caller.write_all(line.as_bytes()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let entered = entrance.enter(stream, peer).await?;
        Some(entered.peer.ip().to_string())
    }

    #[tokio::test]
    async fn a_proxys_word_counts_only_where_its_network_is_named() {
        let says = "PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n";
        assert_eq!(peer("127.0.0.0/8", says).await.unwrap(), "192.0.2.7");
        assert_eq!(
            peer("127.0.0.0/8", "PROXY UNKNOWN\r\n").await.unwrap(),
            "127.0.0.1"
        );
        let mapped = "PROXY TCP6 ::ffff:192.0.2.7 ::1 56324 443\r\n";
        assert_eq!(peer("127.0.0.0/8", mapped).await.unwrap(), "192.0.2.7");
        assert_eq!(peer("127.0.0.0/8", "GET / HTTP/1.1\r\n\r\n").await, None);
        assert_eq!(peer("10.0.0.0/8", says).await.unwrap(), "127.0.0.1");
    }
}
