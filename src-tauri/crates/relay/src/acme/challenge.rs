//! What an authority is shown when it looks whether a name is ours: a certificate of our own making with the proof in it,
//! for a handshake with a protocol that nobody else speaks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::ClientHello;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::OrderError;
use crate::certificate::CertificateError;

/// The protocol of such a handshake (RFC 8737).
const PROTOCOL: &[u8] = b"acme-tls/1";

/// The names of which an authority may ask now.
#[derive(Default)]
pub(crate) struct Challenges(Mutex<HashMap<String, Arc<ServerConfig>>>);

impl Challenges {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<ServerConfig>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the proof for a name until what is returned is dropped.
    pub(super) fn show(self: &Arc<Self>, domain: &str, digest: &[u8; 32]) -> Result<Showing, OrderError> {
        let config = Arc::new(config(domain, digest)?);
        self.all().insert(domain.to_owned(), config);
        Ok(Showing {
            of: self.clone(),
            domain: domain.to_owned(),
        })
    }

    /// With what to answer a handshake that is an authority's question; `None` = it is none, or about no such name.
    pub(crate) fn answer(&self, hello: &ClientHello<'_>) -> Option<Arc<ServerConfig>> {
        if !asks(hello) {
            return None;
        }
        self.all().get(hello.server_name()?).cloned()
    }
}

/// Whether somebody asks as an authority does.
fn asks(hello: &ClientHello<'_>) -> bool {
    hello
        .alpn()
        .is_some_and(|mut protocols| protocols.next() == Some(PROTOCOL) && protocols.next().is_none())
}

/// A name's proof that is shown.
pub(super) struct Showing {
    of: Arc<Challenges>,
    domain: String,
}

impl Drop for Showing {
    fn drop(&mut self) {
        self.of.all().remove(&self.domain);
    }
}

fn config(domain: &str, digest: &[u8; 32]) -> Result<ServerConfig, OrderError> {
    let mut params = CertificateParams::new([domain.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.der().clone();
    let provider = aws_lc_rs::default_provider();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let unfit = |error| OrderError::from(CertificateError::Unfit(error));
    let key = provider
        .key_provider
        .load_private_key(key.into())
        .map_err(unfit)?;
    // Unchecked: the proof is an extension that nobody but an authority may understand, and rustls does not.
    let pair = CertifiedKey::new(vec![certificate], key);
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unfit)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsConnector;

    use super::*;
    use crate::certificate::Current;
    use crate::ingress::Ingress;
    use crate::tls::Tls;

    /// Believes everything, as an authority that looks for its proof does, and keeps what it was shown.
    #[derive(Debug)]
    struct Curious(mpsc::Sender<Vec<u8>>);

    impl ServerCertVerifier for Curious {
        fn verify_server_cert(
            &self,
            shown: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            self.0.send(shown.to_vec()).unwrap();
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256]
        }
    }

    /// What somebody is shown who asks for this name by these protocols.
    async fn ask(challenges: &Arc<Challenges>, name: &'static str, protocols: &[&[u8]]) -> Option<Vec<u8>> {
        let current = Arc::new(Current::default());
        let tls = Tls::new(current, Some(challenges.clone()), &Ingress::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let (shown, seen) = mpsc::channel();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Curious(shown)))
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let connector = TlsConnector::from(Arc::new(config));
        let asking = async {
            let mut stream = connector
                .connect(ServerName::try_from(name).unwrap(), socket)
                .await?;
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(PROTOCOL));
            // The answer's end is orderly.
            stream.read_to_end(&mut Vec::new()).await
        };
        let (answered, asked) = tokio::join!(tls.accept(accepted), asking);
        let is_answer = matches!(answered, Ok(None));
        assert_eq!(is_answer, asked.is_ok());
        is_answer.then(|| seen.try_recv().unwrap())
    }

    #[tokio::test]
    async fn an_authority_is_shown_the_proof_for_as_long_as_it_is_wanted() {
        let challenges = Arc::<Challenges>::default();
        let digest = [0xa5; 32];
        let showing = challenges.show("relay.example", &digest).unwrap();
        let shown = ask(&challenges, "relay.example", &[PROTOCOL]).await.unwrap();
        // 1.3.6.1.5.5.7.1.31, critical, an octet string within an octet string.
        let proof = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x1f\x01\x01\xff\x04\x22\x04\x20";
        let proof = [&proof[..], &digest].concat();
        assert!(shown.windows(proof.len()).any(|part| part == proof));

        assert!(ask(&challenges, "other.example", &[PROTOCOL]).await.is_none());
        assert!(
            ask(&challenges, "relay.example", &[PROTOCOL, b"http/1.1"])
                .await
                .is_none()
        );
        assert!(ask(&challenges, "relay.example", &[]).await.is_none());
        drop(showing);
        assert!(ask(&challenges, "relay.example", &[PROTOCOL]).await.is_none());
    }
}
