//! A certificate with its key: read, checked, and the one that is in use now.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::clock;
use crate::validity::Validity;

/// Longest file that is read: a dozen certificates and more.
const MAX_BYTES: u64 = 256 * 1024;

/// Why a pair can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read.
    #[error("{} could not be read: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// A file is too long to be what it should be.
    #[error("{} is too long to be a certificate or a key", .0.display())]
    TooLong(PathBuf),
    /// There is no certificate.
    #[error("there is no PEM certificate in {0}")]
    NoCertificate(String),
    /// There is no key.
    #[error("there is no PEM private key in {0}")]
    NoKey(String),
    /// The two do not belong together, or are of no known kind.
    #[error("the certificate and the key can't be used together: {0}")]
    Unfit(#[source] rustls::Error),
}

/// Where a pair comes from, for messages.
pub(crate) struct Names<'a> {
    pub(crate) certificate: &'a str,
    pub(crate) key: &'a str,
}

/// Reads a pair from PEM.
pub(crate) fn parse(
    certificate: &[u8],
    key: &[u8],
    from: &Names<'_>,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, CertificateError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| CertificateError::NoCertificate(from.certificate.to_owned()))?;
    let key = PrivateKeyDer::from_pem_slice(key)
        // Not the parser's own words: they could quote the key.
        .map_err(|_| CertificateError::NoKey(from.key.to_owned()))?;
    let pair = CertifiedKey::from_der(chain, key, provider).map_err(CertificateError::Unfit)?;
    Ok(Arc::new(pair))
}

/// Reads a pair from its files.
pub(crate) fn load(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, CertificateError> {
    warn_if_open(key);
    parse(
        &read(certificate)?,
        &read(key)?,
        &Names {
            certificate: &certificate.display().to_string(),
            key: &key.display().to_string(),
        },
        provider,
    )
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    let io = |error| CertificateError::Io {
        path: path.to_owned(),
        error,
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let file = fs::File::open(path).map_err(io)?;
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if read as u64 > MAX_BYTES {
        return Err(CertificateError::TooLong(path.to_owned()));
    }
    Ok(bytes)
}

/// Only a warning: what renews certificates often has a group of its own for who may read them.
#[cfg(unix)]
fn warn_if_open(key: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(key).map(|metadata| metadata.permissions().mode() & 0o777);
    if let Ok(mode @ 1..) = mode
        && mode & 0o077 != 0
    {
        tracing::warn!(
            key = %key.display(), mode = %format_args!("{mode:03o}"),
            "others than its owner can use the TLS key's file: run `chmod 600` on it"
        );
    }
}

/// Elsewhere a file has the permissions of its folder.
#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

/// Until when a pair's certificate is valid, if that can be read.
pub(crate) fn validity(pair: &CertifiedKey) -> Option<Validity> {
    Validity::of(pair.end_entity_cert().ok()?)
}

/// Whether a pair's certificate is for this name or address.
pub(crate) fn is_for(pair: &CertifiedKey, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name.to_owned()) else {
        return false;
    };
    pair.end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .is_ok_and(|certificate| verify_server_name(&certificate, &name).is_ok())
}

/// Says what an operator wants to know about a pair that comes into use.
pub(crate) fn describe(pair: &CertifiedKey, names: &[String]) {
    let valid = validity(pair);
    let until = valid.as_ref().map(Validity::until_text);
    tracing::info!(until, "TLS certificate in use");
    if valid.is_some_and(|valid| !valid.holds_at(clock::unix_s())) {
        tracing::warn!("the TLS certificate has run out or is not valid yet: nobody will trust it");
    }
    for name in names.iter().filter(|name| !is_for(pair, name)) {
        tracing::warn!(
            name,
            "the TLS certificate is not for this name: nobody will trust it there"
        );
    }
}

/// The pair in use now. Handshakes that are under way keep the one that they began with.
#[derive(Debug, Default)]
pub(crate) struct Current(RwLock<Option<Arc<CertifiedKey>>>);

impl Current {
    pub(crate) fn put(&self, pair: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(pair);
    }

    pub(crate) fn get(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get()
    }
}
