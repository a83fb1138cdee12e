//! A certificate authority of the test's own, and callers that trust it and nobody else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::soon;

/// Says to a test that runs again which authority its process trusts.
#[cfg(target_os = "linux")]
const FOLDER: &str = "LIGAND_TEST_AUTHORITY";

/// An authority, in a folder.
pub(crate) struct Authority {
    folder: PathBuf,
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn create(folder: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = parameters().self_signed(&key).unwrap().pem();
        write(&folder.join("authority.pem"), &certificate);
        write(&folder.join("authority.key"), &key.serialize_pem());
        Self::load(folder)
    }

    fn load(folder: &Path) -> Self {
        let certificate = std::fs::read_to_string(folder.join("authority.pem")).unwrap();
        let key = std::fs::read_to_string(folder.join("authority.key")).unwrap();
        let issuer = Issuer::new(parameters(), KeyPair::from_pem(&key).unwrap());
        Self {
            folder: folder.to_owned(),
            certificate,
            issuer,
        }
    }

    /// The authority that this process trusts. A process can't begin to trust one, so the first time the test with this
    /// name is run once more, in a process that does; then there is nothing left to do.
    #[cfg(target_os = "linux")]
    pub(crate) async fn trusted(test: &str) -> Option<Self> {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return Some(Self::load(Path::new(&folder)));
        }
        let folder = tempfile::tempdir().unwrap();
        let authority = Self::create(folder.path());
        let again = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .env("SSL_CERT_FILE", authority.root_file())
            .env_remove("SSL_CERT_DIR")
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = soon(again).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        None
    }

    pub(crate) fn root_file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// Issues a certificate for these names and puts it where a relay finds it.
    pub(crate) fn issue(&self, names: &[&str]) -> Pair {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let pair = Pair {
            certificate: self.folder.join("relay.pem"),
            key: self.folder.join("relay.key"),
        };
        write(&pair.certificate, &certificate.pem());
        write(&pair.key, &key.serialize_pem());
        pair
    }

    /// TLS for whatever stands before a relay, with a certificate for that name, from one year to another, that offers
    /// these protocols.
    pub(crate) fn terminator(&self, name: &str, years: (i32, i32), protocols: &[&[u8]]) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer).unwrap().into();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }

    fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        roots.add(root).unwrap();
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    /// Connects as a caller that offers these protocols.
    pub(crate) async fn connect(
        &self,
        at: std::net::SocketAddr,
        name: &str,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(at).await?;
        self.secure(socket, name, protocols).await
    }

    /// Makes the handshake on a connection that is there.
    pub(crate) async fn secure(
        &self,
        socket: TcpStream,
        name: &str,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = self.config();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        soon(TlsConnector::from(Arc::new(config)).connect(name, socket)).await
    }

    /// The first words of a handshake.
    pub(crate) fn hello(&self, name: &str) -> Vec<u8> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut words = Vec::new();
        let mut caller = ClientConnection::new(Arc::new(self.config()), name).unwrap();
        caller.write_tls(&mut words).unwrap();
        words
    }

    /// An HTTP client.
    pub(crate) fn client(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([root])
            .build()
            .unwrap()
    }
}

/// What the authority's own certificate says.
fn parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters
}

/// A certificate and its key.
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Writes a file that only its owner reads, in one step.
pub(crate) fn write(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.persist(path).unwrap();
}
