//! TLS for the public listener: rustls, version 1.2 or later, `http/1.1` and nothing else.
//!
//! A handshake that comes to nothing ends its own connection and is nobody else's trouble. Early data is never taken: it
//! can be replayed, and a message to a workspace must not be.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{self, Ticketer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;

use crate::acme::Challenges;
use crate::certificate::Current;
use crate::ingress::Ingress;
use crate::socket::Socket;

/// The only protocol within TLS. With HTTP/2 a relay could not close without a byte.
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// Why a handshake came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("not done in time")]
    Timeout,
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// See the module.
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    /// What an authority may ask for, where certificates come from one.
    challenges: Option<Arc<Challenges>>,
    places: Semaphore,
    wait: Duration,
}

impl Tls {
    pub(crate) fn new(
        current: Arc<Current>,
        challenges: Option<Arc<Challenges>>,
        ingress: &Ingress,
    ) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(current);
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        // Laptops come back often, and without it each would cost a whole handshake.
        config.ticketer = Ticketer::new()?;
        Ok(Self {
            config: Arc::new(config),
            challenges,
            places: Semaphore::new(ingress.tls_handshakes),
            wait: ingress.tls_handshake_wait,
        })
    }

    /// Makes the handshake. `None` = it was an authority's question, and has been answered.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<Option<Socket>, HandshakeError> {
        tokio::time::timeout(self.wait, self.shake(stream))
            .await
            .map_err(|_| HandshakeError::Timeout)?
    }

    async fn shake(&self, stream: TcpStream) -> Result<Option<Socket>, HandshakeError> {
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
        // Only now: who connects and says nothing costs nothing, and must not keep others from their turn.
        let Ok(_place) = self.places.acquire().await else {
            return Err(HandshakeError::Timeout);
        };
        let challenges = self.challenges.as_ref();
        if let Some(answer) = challenges.and_then(|challenges| challenges.answer(&hello.client_hello())) {
            let mut stream = hello.into_stream(answer).await?;
            // All was said in the handshake.
            stream.shutdown().await?;
            return Ok(None);
        }
        let stream = hello.into_stream(self.config.clone()).await?;
        Ok(Some(Socket::Tls(Box::new(stream))))
    }
}
