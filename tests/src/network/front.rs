//! TLS before org and relay, as an operator puts it there, and the authority that the tests' processes trust.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::scratch::Scratch;

/// Who signs the certificates of one test.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// A new one, with its certificate in a file of the folder.
    #[must_use]
    pub fn new(scratch: &Scratch) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = scratch.path("authority.pem");
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// The file with its certificate.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A certificate for that address, and its key.
    fn certified(&self, address: IpAddr) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([address.to_string()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// The files of a server at that address, in the folder: its certificate and the key.
    #[must_use]
    pub fn files(&self, scratch: &Scratch, address: IpAddr) -> [PathBuf; 2] {
        let (certificate, key) = self.certified(address);
        [
            ("certificate.pem", certificate.pem()),
            ("key.pem", key.serialize_pem()),
        ]
        .map(|(name, pem)| {
            let file = scratch.path(name);
            std::fs::write(&file, pem).unwrap();
            file
        })
    }

    /// How a client meets what this authority has signed.
    #[must_use]
    pub fn client(&self) -> TlsConnector {
        let mut trusted = RootCertStore::empty();
        trusted.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    /// What a server at that address shows.
    #[must_use]
    pub fn server(&self, address: IpAddr) -> TlsAcceptor {
        let (certificate, key) = self.certified(address);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Ends TLS at one address and passes the bytes on. It stops when it is dropped.
#[derive(Debug)]
pub struct Front {
    url: String,
    server: JoinHandle<()>,
}

impl Front {
    /// Stands at `at` before what listens at `behind`.
    pub async fn start(authority: &Authority, at: SocketAddr, behind: SocketAddr) -> Self {
        let acceptor = authority.server(at.ip());
        let listener = TcpListener::bind(at).await.unwrap();
        let url = format!("https://{at}");
        let server = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                // A caller who leaves, or of whom nothing comes any more, is nobody's fault here.
                tokio::spawn(pass(acceptor.clone(), near, behind));
            }
        });
        Self { url, server }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(acceptor: TlsAcceptor, near: TcpStream, behind: SocketAddr) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    let mut near = acceptor.accept(near).await?;
    let mut far = TcpStream::connect(behind).await?;
    far.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
