//! From a connection that was accepted to one on which HTTP may begin.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::certificate::{CertificateError, Current};
use crate::ingress::{Ingress, Security};
use crate::renewed::Files;
use crate::socket::Socket;
use crate::tls::Tls;

/// See the module.
pub(crate) struct Entrance {
    tls: Option<Tls>,
    current: Arc<Current>,
    files: Option<Files>,
    /// Told when the certificate is to be read again.
    reload: Arc<Notify>,
}

/// A connection on which HTTP may begin.
pub(crate) struct Entered {
    pub(crate) socket: Socket,
    /// Whose it is.
    pub(crate) peer: SocketAddr,
}

impl Entrance {
    /// Reads what is needed. `public_name` is what callers know the relay as.
    pub(crate) fn open(ingress: &Ingress, public_name: Option<String>) -> Result<Self, CertificateError> {
        let current = Arc::new(Current::default());
        let files = match &ingress.security {
            Security::Plain { .. } => None,
            Security::Files { certificate, key } => {
                Some(Files::open(certificate, key, public_name, &current)?)
            }
        };
        let tls = match ingress.security {
            Security::Plain { .. } => None,
            Security::Files { .. } => {
                Some(Tls::new(current.clone(), ingress).map_err(CertificateError::Unfit)?)
            }
        };
        Ok(Self {
            tls,
            current,
            files,
            reload: Arc::new(Notify::new()),
        })
    }

    /// Keeps the certificate new, in a task of its own, until the relay stops.
    pub(crate) fn tend(&self, stopping: &CancellationToken) {
        if let Some(files) = self.files.clone() {
            let keeping = files.keep(self.current.clone(), self.reload.clone(), stopping.clone());
            tokio::spawn(keeping);
        }
    }

    /// What to tell when the certificate is to be read again, where it is in files.
    pub(crate) fn reload(&self) -> Option<Arc<Notify>> {
        self.files.as_ref().map(|_| self.reload.clone())
    }

    /// `None` when it came to nothing; the connection is closed then.
    pub(crate) async fn enter(&self, stream: TcpStream, peer: SocketAddr) -> Option<Entered> {
        // Without it small answers wait for the other side's delayed acknowledgement: 40 ms each.
        stream.set_nodelay(true).ok()?;
        let socket = match &self.tls {
            None => Socket::Plain(stream),
            Some(tls) => match tls.accept(stream).await {
                Ok(socket) => socket,
                Err(error) => {
                    tracing::debug!(peer = %peer.ip(), %error, "TLS handshake failed");
                    return None;
                }
            },
        };
        Some(Entered { socket, peer })
    }
}
