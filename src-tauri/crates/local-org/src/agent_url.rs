//! Which URLs an agent may have.
//!
//! Looked at twice: when the agent registers, and again whenever it is called, because a name can move.
//! Loopback is allowed at the second look only where the org was started for agents on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use url::{Host, Url};

/// How long the lookup of a name may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// A block of addresses: its network, the length of its prefix, and why no agent is there.
type Block = (IpAddr, u8, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6(first: u16, second: u16, last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, last))
}

/// Addresses at which an agent can't register.
const BLOCKED: &[Block] = &[
    (
        v4(169, 254, 0, 0),
        16,
        "link-local address (cloud metadata endpoint)",
    ),
    (v4(127, 0, 0, 0), 8, "loopback address"),
    (v6(0xfe80, 0, 0), 10, "IPv6 link-local address"),
    (v6(0, 0, 1), 128, "IPv6 loopback address"),
    (v4(192, 0, 2, 0), 24, "TEST-NET-1 documentation range"),
    (v4(198, 51, 100, 0), 24, "TEST-NET-2 documentation range"),
    (v4(203, 0, 113, 0), 24, "TEST-NET-3 documentation range"),
    (v4(100, 64, 0, 0), 10, "carrier-grade NAT address"),
    (v4(224, 0, 0, 0), 4, "IPv4 multicast address"),
    (v6(0xfc00, 0, 0), 7, "IPv6 ULA address"),
    (v6(0x2001, 0xdb8, 0), 32, "IPv6 documentation address"),
    (v4(10, 0, 0, 0), 8, "RFC-1918 private address"),
    (v4(172, 16, 0, 0), 12, "RFC-1918 private address"),
    (v4(192, 168, 0, 0), 16, "RFC-1918 private address"),
];

fn contains((network, prefix, _): &Block, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let shift = 32 - u32::from(*prefix);
            network.to_bits().checked_shr(shift) == ip.to_bits().checked_shr(shift)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let shift = 128 - u32::from(*prefix);
            network.to_bits().checked_shr(shift) == ip.to_bits().checked_shr(shift)
        }
        _ => false,
    }
}

/// The rules of one org.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UrlRules {
    /// Agents on this machine's loopback are welcome.
    pub(crate) allow_loopback: bool,
}

impl UrlRules {
    fn blocked(self, ip: IpAddr) -> Option<&'static str> {
        let ip = ip.to_canonical();
        if self.allow_loopback && ip.is_loopback() {
            return None;
        }
        BLOCKED
            .iter()
            .find(|block| contains(block, ip))
            .map(|(_, _, why)| *why)
    }

    /// Whether an address may be dialled.
    pub(crate) fn may_dial(self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        !ip.is_unspecified() && !ip.is_multicast() && self.blocked(ip).is_none()
    }

    /// Checks a URL that an agent registers; the error is meant for the agent.
    pub(crate) async fn check_registered(self, text: &str) -> Result<(), String> {
        let url = Url::parse(text).map_err(|error| format!("url is not valid: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "url scheme must be http or https, got {:?}",
                url.scheme()
            ));
        }
        let refuse = |why| format!("url targets a blocked address: {why}");
        match url.host() {
            Some(Host::Ipv4(ip)) => self.blocked(ip.into()).map_or(Ok(()), |why| Err(refuse(why))),
            Some(Host::Ipv6(ip)) => self.blocked(ip.into()).map_or(Ok(()), |why| Err(refuse(why))),
            // By name it is let in unseen, everywhere.
            Some(Host::Domain("localhost")) => Ok(()),
            Some(Host::Domain(name)) => {
                let addresses = look_up(name)
                    .await
                    .map_err(|error| format!("hostname {name:?} cannot be resolved (DNS error): {error}"))?;
                match addresses.into_iter().find_map(|ip| self.blocked(ip)) {
                    None => Ok(()),
                    Some(why) => Err(format!(
                        "hostname {name:?} resolves to forbidden address: {}",
                        refuse(why)
                    )),
                }
            }
            None => Err("url has no host".into()),
        }
    }

    /// Whether a stored URL may be called now.
    pub(crate) async fn check_dialled(self, url: &Url) -> bool {
        if !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => self.may_dial(ip.into()),
            Some(Host::Ipv6(ip)) => self.may_dial(ip.into()),
            Some(Host::Domain(name)) => match look_up(name).await {
                Ok(addresses) => !addresses.is_empty() && addresses.into_iter().all(|ip| self.may_dial(ip)),
                Err(_) => false,
            },
            None => false,
        }
    }
}

/// The addresses of a name.
pub(crate) async fn look_up(name: &str) -> std::io::Result<Vec<IpAddr>> {
    let found = tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((name, 0)));
    let found = found.await.map_err(|_| std::io::ErrorKind::TimedOut)??;
    Ok(found.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: UrlRules = UrlRules {
        allow_loopback: false,
    };
    const LOCAL: UrlRules = UrlRules { allow_loopback: true };

    #[tokio::test]
    async fn addresses_where_no_agent_can_be_are_refused_by_name_of_their_block() {
        for (url, why) in [
            ("http://169.254.169.254/x", "link-local"),
            ("http://127.0.0.1:8080/x", "loopback"),
            ("http://[::1]/x", "loopback"),
            ("http://[::ffff:10.0.0.1]/", "RFC-1918"),
            ("http://10.1.2.3/", "RFC-1918"),
            ("http://172.31.0.1/", "RFC-1918"),
            ("http://192.168.1.1/", "RFC-1918"),
            ("http://100.64.0.1/", "carrier-grade"),
            ("http://[fd00::1]/", "ULA"),
            ("http://[2001:db8::1]/", "documentation"),
            ("http://198.51.100.7/", "TEST-NET-2"),
            ("http://225.1.1.1/", "multicast"),
        ] {
            let error = STRICT.check_registered(url).await.unwrap_err();
            assert!(error.contains(why), "{url}: {error}");
        }
    }

    #[tokio::test]
    async fn only_http_urls_with_a_host_are_accepted() {
        for url in [
            "remote://no-inbound",
            "file:///etc/passwd",
            "not a url",
            "http:///",
        ] {
            assert!(STRICT.check_registered(url).await.is_err(), "{url}");
        }
        for url in [
            "https://93.184.216.34/a?b#c",
            "http://user:pw@93.184.216.34:81/",
            "http://172.32.0.1/",
        ] {
            assert_eq!(STRICT.check_registered(url).await, Ok(()), "{url}");
        }
    }

    #[tokio::test]
    async fn localhost_registers_anywhere_but_is_dialled_only_where_local_agents_are_allowed() {
        let url = "http://localhost:9/x";
        assert_eq!(STRICT.check_registered(url).await, Ok(()));
        let url = Url::parse(url).unwrap();
        assert!(!STRICT.check_dialled(&url).await);
        assert!(LOCAL.check_dialled(&url).await);
        assert!(LOCAL.check_registered("http://127.0.0.1:9/").await.is_ok());
        assert!(
            LOCAL.check_registered("http://10.0.0.1/").await.is_err(),
            "loopback and nothing else"
        );
        assert!(
            !LOCAL
                .check_dialled(&Url::parse("http://0.0.0.0:9/").unwrap())
                .await
        );
    }
}
