//! Name and connection: whether the name of platform or relay is known here, and whether their port, or that of the
//! proxy before them, takes a connection. Nothing is said over the connection; that is `answer`'s.

use std::{io, net::SocketAddr};

use tokio::net::{TcpStream, lookup_host};
use url::{Host, Url};

use super::{
    NETWORK_DEADLINE,
    checklist::{Finding, Verdict},
};
use crate::{health::Fault, proxy::Way};

/// The place that connections to an address go to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    host: String,
    port: u16,
    /// Whose fault it is when it cannot be reached.
    fault: Fault,
    is_proxy: bool,
}

/// What looking a place up and connecting to it came to.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) name: Finding,
    pub(super) connection: Finding,
}

impl Place {
    /// The place for a URL: its own, or its proxy's.
    pub(super) fn of(url: &Url, way: &Way, fault: Fault) -> Self {
        if let Way::Through(proxy) = way {
            return Self {
                host: proxy.host.clone(),
                port: proxy.port,
                fault,
                is_proxy: true,
            };
        }
        let host = match url.host() {
            // In a URL it stands in brackets, which a resolver does not know.
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => url.host_str().unwrap_or_default().to_owned(),
        };
        Self {
            host,
            port: url.port_or_known_default().unwrap_or(443),
            fault,
            is_proxy: false,
        }
    }

    /// Looks the name up and connects.
    pub(super) async fn reach(self) -> Reached {
        let found = within(lookup_host((self.host.as_str(), self.port))).await;
        let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_else(|_| Vec::new());
        let name = self.name(&addresses);
        let connected = within(TcpStream::connect(addresses.as_slice())).await;
        Reached {
            name,
            connection: self.connection(connected.err()),
        }
    }

    fn name(&self, addresses: &[SocketAddr]) -> Finding {
        let (host, of_proxy) = (&self.host, if self.is_proxy { "the proxy " } else { "" });
        if host.parse::<std::net::IpAddr>().is_ok() {
            return Finding::ok(format!("{of_proxy}{host} is an address, and needs no look-up"));
        }
        match addresses {
            [] => Finding::problem(
                format!("no address was found for {of_proxy}{host}"),
                "Check that the name is right, and this computer's network, VPN and DNS.",
            ),
            [one] => Finding::ok(format!("{of_proxy}{host} is {}", one.ip())),
            [first, rest @ ..] => Finding::ok(format!(
                "{of_proxy}{host} is {} and {} more",
                first.ip(),
                rest.len()
            )),
        }
    }

    fn connection(&self, failed: Option<io::Error>) -> Finding {
        let port = if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let port = if self.is_proxy {
            format!("the proxy {port}")
        } else {
            port
        };
        match failed {
            None => Finding::ok(format!("{port} takes connections")),
            Some(error) => Finding::fault(Verdict::Problem, self.fault, Some(&format!("{port}: {error}"))),
        }
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(NETWORK_DEADLINE, work)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn reach(url: &str) -> Reached {
        let url = Url::parse(url).unwrap();
        Place::of(&url, &Way::Here, Fault::PlatformUnreachable)
            .reach()
            .await
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_a_problem() {
        let reached = reach("https://no-such-host.invalid").await;
        assert_eq!(reached.name.verdict, Verdict::Problem, "{reached:?}");
        assert!(reached.name.found.contains("no-such-host.invalid"));
        assert_eq!(reached.connection.verdict, Verdict::Problem);
    }

    #[tokio::test]
    async fn a_port_that_listens_takes_a_connection_and_a_closed_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            let reached = reach(&format!("http://{host}:{port}")).await;
            assert_eq!(reached.name.verdict, Verdict::Ok, "{reached:?}");
            assert_eq!(
                reached.connection.found,
                format!("{host}:{port} takes connections")
            );
        }
        drop(listener);
        let reached = reach(&format!("http://127.0.0.1:{port}")).await;
        assert_eq!(reached.connection.verdict, Verdict::Problem);
        assert!(
            reached
                .connection
                .found
                .starts_with(Fault::PlatformUnreachable.title()),
            "{reached:?}"
        );
        assert_eq!(
            reached.connection.next.as_deref(),
            Some(Fault::PlatformUnreachable.next())
        );
    }

    #[test]
    fn behind_a_proxy_it_is_the_proxy_that_must_be_reached() {
        let environment = |name: &str| (name == "HTTPS_PROXY").then(|| "http://[::1]:3128".to_owned());
        let url = Url::parse("https://acme.example").unwrap();
        let way = crate::proxy::of_the_environment(&url, &environment);
        let place = Place::of(&url, &way, Fault::RelayUnreachable);
        assert_eq!(
            place.connection(None).found,
            "the proxy [::1]:3128 takes connections"
        );
        assert!(place.name(&[]).found.contains("the proxy ::1 is an address"));
    }
}
