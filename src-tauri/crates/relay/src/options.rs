//! What an operator decides about a relay.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ligand_platform::BaseUrl;
use url::Url;

use crate::ingress::Ingress;
use crate::limits::Limits;

/// A platform whose workspaces this relay serves.
#[derive(Clone, Debug)]
pub struct AllowedPlatform {
    /// Its base URL.
    pub base: BaseUrl,
    /// The org's id, where the platform wants to be told.
    pub org_id: Option<String>,
    /// Whether laptops may prove themselves with their workspaces' tokens.
    pub takes_tokens: bool,
}

/// See each field. Nothing else can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 picks one.
    pub listen: SocketAddr,
    /// The origin under which laptops and callers reach this relay. May be left out when listening on loopback.
    pub public_url: Option<Url>,
    /// Whose workspaces to serve.
    pub platforms: Vec<AllowedPlatform>,
    /// The secret that all doors are made with; created when missing.
    pub secret_file: PathBuf,
    /// Which keys the agent cards had that were read, so that a relay that starts anew need not ask again; beside the
    /// secret when left out.
    pub card_keys: Option<PathBuf>,
    /// Keys of the operator's own, for platforms that hide their cards.
    pub relay_keys: Option<PathBuf>,
    /// How long to hold a call for a workspace that has never said how long.
    pub default_hold: Duration,
    /// How often in a minute the platforms may be asked about workspaces, all together.
    pub lookups_per_min: u32,
    /// How often the right of a laptop that is connected is looked at again, as far as `lookups_per_min` allows.
    pub recheck_every: Duration,
    /// Where to tell the operator's tools how it does, if anywhere. Not for strangers.
    pub metrics_listen: Option<SocketAddr>,
    /// How long calls in flight may take when the relay stops.
    pub drain: Duration,
    /// How much it takes.
    pub limits: Limits,
    /// How callers come in.
    pub ingress: Ingress,
}

impl Options {
    /// A relay on this address whose doors are made with that secret, and the defaults of everything else. Platforms
    /// must still be named.
    #[must_use]
    pub fn new(listen: SocketAddr, secret_file: PathBuf) -> Self {
        Self {
            listen,
            public_url: None,
            platforms: Vec::new(),
            secret_file,
            card_keys: None,
            relay_keys: None,
            default_hold: Self::DEFAULT_HOLD,
            lookups_per_min: Self::DEFAULT_LOOKUPS_PER_MIN,
            recheck_every: Self::DEFAULT_RECHECK_EVERY,
            metrics_listen: None,
            drain: Self::DEFAULT_DRAIN,
            limits: Limits::DEFAULT,
            ingress: Ingress::default(),
        }
    }

    /// 20 s: long enough for a reconnect and for a relay's restart, short enough for people who wait for an answer.
    pub const DEFAULT_HOLD: Duration = Duration::from_secs(20);
    /// 30 s: what the platform's bridge waits at the longest, and less than what service managers give.
    pub const DEFAULT_DRAIN: Duration = Duration::from_secs(30);
    /// A third of what a platform allows by default.
    pub const DEFAULT_LOOKUPS_PER_MIN: u32 = 200;
    /// Ten minutes: with the default rate all of 2,000 laptops get their turn.
    pub const DEFAULT_RECHECK_EVERY: Duration = Duration::from_secs(600);
}

/// Why a public URL can't be one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum PublicUrlError {
    #[error(
        "listening on {0} makes the relay reachable from other machines, and laptops must be told under which address: \
         give --public-url https://…"
    )]
    Missing(SocketAddr),
    #[error("the public URL must be an origin such as https://relay.example, without a path: {0}")]
    NotAnOrigin(Url),
}

/// The public URL that was given, or the listener's own address when that is loopback. `scheme` is what the listener
/// speaks.
pub(crate) fn public_url(
    given: Option<&Url>,
    listen: SocketAddr,
    scheme: &str,
) -> Result<Url, PublicUrlError> {
    match given {
        Some(url) => {
            let is_origin = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none();
            if is_origin {
                Ok(url.clone())
            } else {
                Err(PublicUrlError::NotAnOrigin(url.clone()))
            }
        }
        None if listen.ip().is_loopback() => {
            Url::parse(&format!("{scheme}://{listen}/")).map_err(|_| PublicUrlError::Missing(listen))
        }
        None => Err(PublicUrlError::Missing(listen)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn on_loopback_the_listener_is_the_public_url() {
        let url = public_url(None, listening("127.0.0.1:8080"), "http").unwrap();
        assert_eq!(url.origin().ascii_serialization(), "http://127.0.0.1:8080");
    }

    #[test]
    fn anywhere_else_a_public_url_is_asked_for() {
        let error = public_url(None, listening("0.0.0.0:443"), "https").unwrap_err();
        assert!(error.to_string().contains("--public-url"), "{error}");
        let given = Url::parse("https://relay.example").unwrap();
        assert_eq!(
            public_url(Some(&given), listening("0.0.0.0:443"), "https").unwrap(),
            given
        );
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for url in [
            "https://relay.example/x",
            "https://relay.example/?q",
            "ftp://relay.example",
            "https://u@relay.example",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(
                public_url(Some(&url), listening("127.0.0.1:1"), "http").is_err(),
                "{url}"
            );
        }
    }
}
