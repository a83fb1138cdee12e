//! The certificates that a relay shows: whether callers will trust them, and for how long.
//!
//! For how long is asked of the verifier itself: would it trust them on that day? So the whole chain counts, and nothing
//! here reads certificates.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::Finding;

/// What the longest public certificates are good for, and more.
const LOOK_AHEAD_DAYS: u64 = 400;
/// Whoever renews by machine has done it by then.
const SOON_DAYS: u64 = 14;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone)]
enum Verdict {
    Trusted { days: u64 },
    Not(Error),
}

/// Notes what it thinks of certificates and goes on with all of them: no secret is sent, and what comes after TLS is
/// worth looking at too.
#[derive(Debug)]
pub(super) struct Certificates {
    inner: rustls_platform_verifier::Verifier,
    pub(super) provider: Arc<CryptoProvider>,
    verdict: Mutex<Option<Verdict>>,
}

impl Certificates {
    pub(super) fn new(authorities: &[CertificateDer<'static>]) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let inner = rustls_platform_verifier::Verifier::new_with_extra_roots(
            authorities.iter().cloned(),
            provider.clone(),
        )?;
        Ok(Self {
            inner,
            provider,
            verdict: Mutex::default(),
        })
    }

    pub(super) fn finding(&self) -> Finding {
        const WHAT: &str = "certificate";
        let verdict = self
            .verdict
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match verdict {
            Some(Verdict::Trusted { days }) if days >= LOOK_AHEAD_DAYS => {
                Finding::good(WHAT, format!("trusted, for over {LOOK_AHEAD_DAYS} days"))
            }
            Some(Verdict::Trusted { days }) if days > SOON_DAYS => {
                Finding::good(WHAT, format!("trusted, for {days} days"))
            }
            Some(Verdict::Trusted { days }) => Finding::doubtful(
                WHAT,
                format!("trusted, for {days} days only"),
                "renew it, and see why that has not happened by itself",
            ),
            Some(Verdict::Not(error)) => {
                let next = advice(&error);
                Finding::wrong(WHAT, error.to_string(), next)
            }
            None => Finding::wrong(WHAT, "none was shown", "see what answers at this address"),
        }
    }
}

fn advice(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "renew it, and start the relay again if it does not read its certificate anew"
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "send the intermediate certificates with it, or have it issued by an authority that callers trust \
             (--ca names one of your own)"
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "have one issued for the name in the relay's public URL",
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "look at the clocks of this machine and of the one that issued it",
        _ => "have one issued that callers trust",
    }
}

impl ServerCertVerifier for Certificates {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let on_day = |day: u64| {
            let then = Duration::from_secs(now.as_secs())
                .saturating_add(DAY.saturating_mul(u32::try_from(day).unwrap_or(u32::MAX)));
            let then = UnixTime::since_unix_epoch(then);
            self.inner
                .verify_server_cert(end_entity, intermediates, server_name, ocsp, then)
        };
        let verdict = match on_day(0) {
            Err(error) => Verdict::Not(error),
            Ok(_) => {
                let (mut good, mut bad) = (0, LOOK_AHEAD_DAYS + 1);
                while bad - good > 1 {
                    let day = good.midpoint(bad);
                    if on_day(day).is_ok() {
                        good = day;
                    } else {
                        bad = day;
                    }
                }
                Verdict::Trusted { days: good }
            }
        };
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
