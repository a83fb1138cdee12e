//! Flags of `ligand-relay serve` about how callers come in.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ligand_relay::{Acme, Ingress, IpNet, Security};
use url::Url;

#[derive(Args)]
pub(crate) struct IngressFlags {
    /// Speak TLS with this certificate and those that lead to its authority, as PEM. It is read again when it changes,
    /// and on SIGHUP.
    #[arg(
        long,
        value_name = "FILE",
        env = "LIGAND_RELAY_TLS_CERT",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, as PEM.
    #[arg(
        long,
        value_name = "FILE",
        env = "LIGAND_RELAY_TLS_KEY",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// Speak TLS with a certificate for these host names, fetched from an authority by ACME and renewed in time. The
    /// authority connects to port 443 of each of them, so this relay must be reached there. To use it is to agree to
    /// the authority's terms of service.
    #[arg(
        long, value_name = "NAME", env = "LIGAND_RELAY_ACME_DOMAIN", value_delimiter = ',',
        requires = "acme_state", conflicts_with_all = ["tls_cert", "insecure_http"]
    )]
    acme_domain: Vec<String>,
    /// A mail address for the authority, to which it may write when something is wrong. Given when the account is made.
    #[arg(
        long,
        value_name = "MAIL",
        env = "LIGAND_RELAY_ACME_CONTACT",
        value_delimiter = ','
    )]
    acme_contact: Vec<String>,
    /// The authority's directory. Let's Encrypt's, when left out.
    #[arg(long, value_name = "URL", env = "LIGAND_RELAY_ACME_DIR_URL", default_value = Acme::DEFAULT_DIRECTORY)]
    acme_dir_url: Url,
    /// Who signs the authority's own certificate, as PEM, where that is nobody whom this machine trusts.
    #[arg(long, value_name = "FILE", env = "LIGAND_RELAY_ACME_ROOT")]
    acme_root: Option<PathBuf>,
    /// A folder of the relay's own in which the account and the certificate are kept; made when missing. Two relays never
    /// share one.
    #[arg(long, value_name = "FOLDER", env = "LIGAND_RELAY_ACME_STATE")]
    acme_state: Option<PathBuf>,
    /// How many TLS handshakes may be under way at once. More wait for their turn.
    #[arg(
        long, value_name = "N", env = "LIGAND_RELAY_TLS_HANDSHAKES",
        default_value_t = Ingress::DEFAULT_TLS_HANDSHAKES as u32, value_parser = clap::value_parser!(u32).range(1..)
    )]
    tls_handshakes: u32,
    /// How many seconds a TLS handshake may take, waiting for its turn included.
    #[arg(
        long, value_name = "SECONDS", env = "LIGAND_RELAY_TLS_HANDSHAKE_S",
        default_value_t = Ingress::DEFAULT_TLS_HANDSHAKE_WAIT.as_secs(), value_parser = clap::value_parser!(u64).range(1..=300)
    )]
    tls_handshake_s: u64,
    /// Speak plain HTTP where other machines can reach it. Everybody between can read every message then, and every
    /// door's URL.
    #[arg(long, env = "LIGAND_RELAY_INSECURE_HTTP", conflicts_with = "tls_cert")]
    insecure_http: bool,
    /// Networks of TCP proxies, such as `10.0.0.0/8`: connections from there must begin with a PROXY header (version 1
    /// or 2), and the address in it counts as the caller's. From everywhere else no such header is taken.
    #[arg(
        long,
        value_name = "CIDR",
        env = "LIGAND_RELAY_PROXY_PROTOCOL_FROM",
        value_delimiter = ','
    )]
    proxy_protocol_from: Vec<IpNet>,
    /// How many seconds a PROXY header may take.
    #[arg(
        long, value_name = "SECONDS", env = "LIGAND_RELAY_PROXY_HEADER_S",
        default_value_t = Ingress::DEFAULT_PROXY_HEADER_WAIT.as_secs(), value_parser = clap::value_parser!(u64).range(1..=300)
    )]
    proxy_header_s: u64,
    /// Give shared doors host names of their own besides, `<63 characters>.DOMAIN`, for callers that look for an agent
    /// card at a host's root. All names below the domain must lead here, and the certificate be for `*.DOMAIN`. Whoever
    /// resolves such a name or sees TLS begin learns it, which a path does not show.
    #[arg(long, value_name = "DOMAIN", env = "LIGAND_RELAY_WILDCARD_DOMAIN")]
    wildcard_domain: Option<String>,
}

impl IngressFlags {
    pub(crate) fn ingress(self) -> Ingress {
        let security = match (self.tls_cert, self.tls_key, self.acme_state) {
            (Some(certificate), Some(key), _) => Security::Files { certificate, key },
            (_, _, Some(state)) if !self.acme_domain.is_empty() => Security::Acme(Acme {
                domains: self.acme_domain,
                contacts: self.acme_contact.into_iter().map(contact).collect(),
                directory: self.acme_dir_url,
                root: self.acme_root,
                state,
            }),
            _ => Security::Plain {
                anywhere: self.insecure_http,
            },
        };
        Ingress {
            security,
            tls_handshakes: self.tls_handshakes as usize,
            tls_handshake_wait: Duration::from_secs(self.tls_handshake_s),
            proxy_protocol_from: self.proxy_protocol_from,
            proxy_header_wait: Duration::from_secs(self.proxy_header_s),
            wildcard_domain: self.wildcard_domain,
        }
    }
}

/// As authorities want it: a URL.
fn contact(mail: String) -> String {
    if mail.starts_with("mailto:") {
        mail
    } else {
        format!("mailto:{mail}")
    }
}
