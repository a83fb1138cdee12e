//! How callers and laptops come in: plain or by TLS, with whose certificate, and whose word about addresses is taken.
//!
//! Plain HTTP is for this machine only, unless the operator says that it may be for others. Whoever terminates *HTTP*
//! before a relay breaks its promise that the platform queues what it sends to a workspace that is away; whoever
//! terminates TLS or passes it through does not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use rustls::pki_types::DnsName;
use url::{Host, Url};

use crate::acme::Acme;
use crate::host_names;

/// See each field.
#[derive(Clone, Debug)]
pub struct Ingress {
    /// Plain, or by TLS.
    pub security: Security,
    /// How many TLS handshakes may be under way at once, from the caller's first word on. More wait for their turn, within
    /// `tls_handshake_wait`.
    pub tls_handshakes: usize,
    /// How long a TLS handshake may take, waiting for its turn included.
    pub tls_handshake_wait: Duration,
    /// From which networks connections begin with a PROXY header, which says whose they are. From all others none is
    /// looked for.
    pub proxy_protocol_from: Vec<IpNet>,
    /// How long a PROXY header may take.
    pub proxy_header_wait: Duration,
    /// Below which domain shared doors have host names of their own besides; every name below it must lead here, and the
    /// certificate be for them all.
    pub wildcard_domain: Option<String>,
}

/// Plain, or by TLS.
#[derive(Clone, Debug)]
pub enum Security {
    /// Plain HTTP.
    Plain {
        /// Also where other machines can reach it.
        anywhere: bool,
    },
    /// TLS with a certificate and a key in files, which are read again when they change.
    Files {
        /// The certificate and those that lead to its authority, as PEM.
        certificate: PathBuf,
        /// Its private key, as PEM.
        key: PathBuf,
    },
    /// TLS with certificates that an authority is asked for by ACME.
    Acme(Acme),
}

impl Ingress {
    /// Two cores make some thousand handshakes a second; this many are done well within their time.
    pub const DEFAULT_TLS_HANDSHAKES: usize = 512;
    /// 10 s: several lost packets on a bad line.
    pub const DEFAULT_TLS_HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
    /// 5 s: a proxy sends its header at once.
    pub const DEFAULT_PROXY_HEADER_WAIT: Duration = Duration::from_secs(5);

    /// The scheme that the listener itself speaks.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.security {
            Security::Plain { .. } => "http",
            Security::Files { .. } | Security::Acme(_) => "https",
        }
    }

    /// For what a certificate must be.
    pub(crate) fn names(&self, public_url: &Url) -> Vec<String> {
        let below = self.wildcard_domain.as_ref();
        // Any one stands for all of them.
        let below = below.map(|domain| format!("label.{domain}"));
        host_name(public_url).into_iter().chain(below).collect()
    }

    /// Whether this goes together with the rest.
    pub(crate) fn check(&self, listen: SocketAddr, public_url: Option<&Url>) -> Result<(), IngressError> {
        if let Some(domain) = &self.wildcard_domain {
            if !host_names::is_usable(domain) {
                return Err(IngressError::WildcardDomain(domain.clone()));
            }
            if let Security::Acme(_) = self.security {
                return Err(IngressError::WildcardAcme);
            }
        }
        match &self.security {
            Security::Plain { anywhere: false } if !listen.ip().to_canonical().is_loopback() => {
                Err(IngressError::Plain(listen))
            }
            Security::Plain { .. } => Ok(()),
            Security::Files { .. } => https(public_url),
            Security::Acme(acme) => {
                https(public_url)?;
                if acme.directory.scheme() != "https" {
                    return Err(IngressError::AcmeDirectory(acme.directory.clone()));
                }
                for domain in &acme.domains {
                    let whole = domain.contains('.') && !domain.bytes().any(|byte| byte.is_ascii_uppercase());
                    if !whole || DnsName::try_from(domain.as_str()).is_err() {
                        return Err(IngressError::AcmeDomain(domain.clone()));
                    }
                }
                let host = public_url.and_then(host_name);
                if host.as_ref().is_some_and(|host| acme.domains.contains(host)) {
                    Ok(())
                } else {
                    Err(IngressError::AcmeHost)
                }
            }
        }
    }
}

impl Default for Ingress {
    /// Plain, and for this machine only.
    fn default() -> Self {
        Self {
            security: Security::Plain { anywhere: false },
            tls_handshakes: Self::DEFAULT_TLS_HANDSHAKES,
            tls_handshake_wait: Self::DEFAULT_TLS_HANDSHAKE_WAIT,
            proxy_protocol_from: Vec::new(),
            proxy_header_wait: Self::DEFAULT_PROXY_HEADER_WAIT,
            wildcard_domain: None,
        }
    }
}

/// Why callers can't come in like this.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum IngressError {
    #[error(
        "listening on {0} makes the relay reachable from other machines, and plain HTTP would show every door's URL and \
         every message to whoever is between: give --tls-cert and --tls-key; or --acme-domain, to have certificates \
         fetched; or listen on loopback behind something that passes TCP on, or TLS by its name (SNI). What answers HTTP \
         itself before the relay works too, but messages sent while a workspace is away are then refused and not queued. \
         --insecure-http allows plain HTTP here all the same"
    )]
    Plain(SocketAddr),
    #[error(
        "the relay speaks TLS itself, so its public URL must begin with https://: {0}; leave out the certificate where \
         plain HTTP is meant"
    )]
    NotHttps(Url),
    #[error("the authority's directory must be an https:// URL: {0}")]
    AcmeDirectory(Url),
    #[error(
        "{0} is no name for which a certificate can be fetched: give a whole lower-case host name to --acme-domain. A \
         name with a star can't be proved this way: have its certificate made elsewhere, and give it to --tls-cert"
    )]
    AcmeDomain(String),
    #[error("the public URL's host must be one of --acme-domain: nobody would trust the certificate")]
    AcmeHost,
    #[error(
        "host names can't be made below {0}: give a lower-case domain of at most 189 characters, without a star"
    )]
    WildcardDomain(String),
    #[error(
        "a certificate for all names below a domain can't be fetched the way that --acme-domain does it: have it made \
         elsewhere, and give it to --tls-cert"
    )]
    WildcardAcme,
}

fn https(public_url: Option<&Url>) -> Result<(), IngressError> {
    match public_url {
        Some(url) if url.scheme() != "https" => Err(IngressError::NotHttps(url.clone())),
        _ => Ok(()),
    }
}

/// The name or address that callers find in a URL and in a certificate.
fn host_name(url: &Url) -> Option<String> {
    Some(match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingress(security: Security) -> Ingress {
        Ingress {
            security,
            ..Ingress::default()
        }
    }

    fn files() -> Ingress {
        ingress(Security::Files {
            certificate: "cert.pem".into(),
            key: "key.pem".into(),
        })
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_it_is_allowed_for_others() {
        let mut ingress = Ingress::default();
        for listen in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            ingress.check(listen.parse().unwrap(), None).unwrap();
        }
        for listen in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
            let error = ingress.check(listen.parse().unwrap(), None).unwrap_err();
            let text = error.to_string();
            for way in [
                "--tls-cert",
                "--acme-domain",
                "SNI",
                "--insecure-http",
                "not queued",
            ] {
                assert!(text.contains(way), "{way} in {text}");
            }
        }
        ingress.security = Security::Plain { anywhere: true };
        ingress.check("0.0.0.0:1".parse().unwrap(), None).unwrap();
    }

    #[test]
    fn certificates_are_fetched_for_whole_names_of_which_one_is_the_public_urls() {
        let check = |domains: &[&str], directory: &str, public: &str| {
            let acme = Acme {
                domains: domains.iter().map(ToString::to_string).collect(),
                contacts: Vec::new(),
                directory: Url::parse(directory).unwrap(),
                root: None,
                state: "state".into(),
            };
            let public = Url::parse(public).unwrap();
            ingress(Security::Acme(acme)).check("0.0.0.0:443".parse().unwrap(), Some(&public))
        };
        let (directory, public) = (Acme::DEFAULT_DIRECTORY, "https://relay.example");
        check(&["relay.example", "other.example"], directory, public).unwrap();
        assert_eq!(
            check(&["other.example"], directory, public),
            Err(IngressError::AcmeHost)
        );
        for name in [
            "*.relay.example",
            "relay",
            "Relay.example",
            "x y.z",
            "https://relay.example",
            "",
        ] {
            let error = check(&["relay.example", name], directory, public).unwrap_err();
            assert_eq!(error, IngressError::AcmeDomain(name.to_owned()));
        }
        check(&["relay.example"], "http://authority.example", public).unwrap_err();
        check(&["relay.example"], directory, "http://relay.example").unwrap_err();
    }

    #[test]
    fn a_relay_that_speaks_tls_has_an_https_url() {
        let url = |text| Url::parse(text).unwrap();
        let everywhere = "0.0.0.0:443".parse().unwrap();
        files()
            .check(everywhere, Some(&url("https://relay.example")))
            .unwrap();
        files()
            .check(everywhere, Some(&url("http://relay.example")))
            .unwrap_err();
    }
}
