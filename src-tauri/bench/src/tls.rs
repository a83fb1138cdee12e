//! TLS as it is measured: an authority of our own, one certificate for loopback, and who believes it.
//!
//! Relay and upstream show the same certificate from the same files, with the same library.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ligand_e2e::Scratch;
use ligand_e2e::network::Authority;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// See the module.
pub(crate) struct Tls {
    authority: Authority,
    certificate: PathBuf,
    key: PathBuf,
}

impl Tls {
    /// Made anew, in files of the folder.
    pub(crate) fn new(scratch: &Scratch) -> Self {
        let authority = Authority::new(scratch);
        let [certificate, key] = authority.files(scratch, IpAddr::V4(Ipv4Addr::LOCALHOST));
        Self {
            authority,
            certificate,
            key,
        }
    }

    /// Fresh folders, whose processes believe the authority.
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch::with_usual_log().trusting(self.authority.file())
    }

    /// The flags that have the relay, and our upstream, speak TLS.
    pub(crate) fn flags(&self) -> [&str; 4] {
        let [certificate, key] = [&self.certificate, &self.key].map(|file| file.to_str().unwrap());
        ["--tls-cert", certificate, "--tls-key", key]
    }

    /// The end of whoever calls.
    pub(crate) fn connector(&self) -> TlsConnector {
        self.authority.client()
    }
}

/// The end of whoever is called, with what these files hold.
pub(crate) fn acceptor(certificate: &Path, key: &Path) -> TlsAcceptor {
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates(certificate), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}
