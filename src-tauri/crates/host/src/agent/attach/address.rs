//! Where an attached agent may be: plain HTTP on this machine, and nowhere else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::HeaderValue;
use url::{Host, Url};

use crate::agent::CARD_PATHS;

/// An agent's address.
pub(super) struct Address {
    /// In the order in which they are tried.
    pub(super) sockets: Vec<SocketAddr>,
    /// The `Host` header.
    pub(super) host: HeaderValue,
    /// Its port.
    pub(super) port: u16,
    /// Its path, `/` where the user gave none.
    pub(super) path: String,
}

impl Address {
    /// `None` when the URL is not plain HTTP to this machine. `localhost` is not looked up: it is this machine,
    /// whatever a resolver says.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let ips: Vec<IpAddr> = match url.host()? {
            Host::Domain("localhost") => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            Host::Domain(_) => return None,
            Host::Ipv4(ip) => vec![ip.into()],
            Host::Ipv6(ip) => vec![ip.into()],
        };
        if url.scheme() != "http" || !ips.iter().all(IpAddr::is_loopback) {
            return None;
        }
        let port = url.port_or_known_default()?;
        let name = url.host_str()?;
        let host = url
            .port()
            .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        Some(Self {
            sockets: ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
            host: HeaderValue::try_from(host).ok()?,
            port,
            path: url.path().to_owned(),
        })
    }

    /// Where the card may be: below the agent's own path first, then at the root.
    pub(super) fn card_places(&self) -> Vec<String> {
        let own = self.path.trim_end_matches('/');
        let roots = if own.is_empty() { vec![""] } else { vec![own, ""] };
        roots
            .iter()
            .flat_map(|root| CARD_PATHS.iter().map(move |card| format!("{root}{card}")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Option<Address> {
        Address::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_plain_http_on_this_machine_may_be_called() {
        for url in [
            "http://localhost:1",
            "http://127.0.0.1:1/x",
            "http://127.9.9.9",
            "http://[::1]:1/",
        ] {
            assert!(address(url).is_some(), "{url}");
        }
        for url in [
            "https://localhost",
            "http://example.com",
            "http://10.0.0.1",
            "http://0.0.0.0:1",
            "file:///x",
        ] {
            assert!(address(url).is_none(), "{url}");
        }
    }

    #[test]
    fn the_card_is_looked_for_below_the_agents_path_first() {
        assert_eq!(address("http://localhost:1").unwrap().card_places(), CARD_PATHS);
        let below = address("http://localhost:1/my/agent/").unwrap().card_places();
        assert_eq!(below[0], "/my/agent/.well-known/agent-card.json");
        assert_eq!(below[2], CARD_PATHS[0]);
    }

    #[test]
    fn the_host_header_is_the_agents_own() {
        assert_eq!(address("http://[::1]:8080/x").unwrap().host, "[::1]:8080");
        assert_eq!(address("http://localhost").unwrap().host, "localhost");
    }
}
