//! What a value must be, whether it comes from the file, from the command line or from the window.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::ProxyConfig;

/// Seconds that a call may be held: a platform of the older generation gives up a call after 5 minutes of silence,
/// and the agent needs time to answer as well.
const HOLD_S_LIMIT: u32 = 240;

/// Characters of an org id; it becomes a header's value.
const ORG_ID_LIMIT: usize = 256;

/// A value that cannot be used: why, and what would do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}. {next}")]
pub struct BadValue {
    /// What is wrong and why.
    pub what: String,
    /// What to do.
    pub next: String,
}

impl BadValue {
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: next.into(),
        }
    }
}

/// The name under which a container knows the machine that it runs on.
const CONTAINERS_HOST: &str = "host.docker.internal";

/// A platform's base URL; gives it without a slash at its end.
pub(super) fn platform(text: &str) -> Result<String, BadValue> {
    platform_seen_from(text, false)
}

/// The same; a process in a container may speak unencrypted to the machine that it runs on, as one outside may to its own.
pub(crate) fn platform_seen_from(text: &str, container: bool) -> Result<String, BadValue> {
    let next = "Give the platform's address, such as https://acme.example";
    let url = plain("platform", text, next)?;
    if !container || url.host_str() != Some(CONTAINERS_HOST) {
        encrypted("platform", &url, next)?;
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A relay's public address.
pub(crate) fn relay(text: &str) -> Result<Url, BadValue> {
    let next = "Give the relay's address, such as https://relay.example";
    let url = plain("relay", text, next)?;
    encrypted("relay", &url, next)?;
    Ok(url)
}

/// The public address that leads to the host's own listener. The doors have paths of their own below it.
pub(super) fn public(text: &str) -> Result<Url, BadValue> {
    let next = "Give the address that leads here, such as https://laptop.example";
    let url = plain("url", text, next)?;
    encrypted("url", &url, next)?;
    if url.path() != "/" {
        return Err(BadValue::new(
            format!("url \"{url}\" has a path, and the doors have paths of their own"),
            next,
        ));
    }
    Ok(url)
}

/// Where the host's own listener is.
pub(super) fn listen(text: &str) -> Result<SocketAddr, BadValue> {
    let next = "Give an address of this laptop with a port, such as 127.0.0.1:8474";
    let addr: SocketAddr = text
        .parse()
        .map_err(|_| BadValue::new(format!("listen \"{text}\" is not an address with a port"), next))?;
    // Whoever passes calls on runs here; nobody else is to reach it past them.
    if !addr.ip().to_canonical().is_loopback() {
        return Err(BadValue::new(
            format!("listen \"{addr}\" can be reached from other machines"),
            next,
        ));
    }
    if addr.port() == 0 {
        return Err(BadValue::new(
            "listen has port 0, and what passes calls on must know the port",
            next,
        ));
    }
    Ok(addr)
}

/// The relay that is trusted with the workspace's token: the one that calls come through, and never another.
pub(super) fn token_to(text: &str, used: Option<&Url>) -> Result<Url, BadValue> {
    let next = "Name the same relay in both if you trust it with the token, or leave token_to out";
    let url = plain("token_to", text, next)?;
    encrypted("token_to", &url, next)?;
    if used.is_some_and(|used| used.origin() == url.origin()) {
        return Ok(url);
    }
    Err(BadValue::new(
        "token_to names another relay than relay does, and the token is for the one alone that you trust with it",
        next,
    ))
}

/// The proxy to platform and relay, or that there is to be none.
pub(super) fn proxy(text: &str) -> Result<ProxyConfig, BadValue> {
    if matches!(text, "direct" | "none") {
        return Ok(ProxyConfig::Direct);
    }
    let next = "Give an HTTP proxy's address, such as http://proxy.example:3128, or \"direct\" for none";
    let has_login = Url::parse(text).is_ok_and(|url| !url.username().is_empty() || url.password().is_some());
    let next = if has_login {
        "Leave them out, and give them in LIGAND_PROXY_LOGIN=user:password where Ligand starts"
    } else {
        next
    };
    let url = plain("proxy", text, next)?;
    if url.path() != "/" {
        return Err(BadValue::new("proxy has a path, and a proxy has none", next));
    }
    Ok(ProxyConfig::Through { url })
}

/// Where newer versions are looked up.
pub(super) fn update_url(text: &str) -> Result<Url, BadValue> {
    let next = "Give the https address of a page that names the newest version in JSON, or leave it out";
    let url = plain("update_url", text, next)?;
    encrypted("update_url", &url, next)?;
    Ok(url)
}

/// The address of an agent on this laptop.
pub(crate) fn agent(text: &str) -> Result<Url, BadValue> {
    let next = "Give an address on this laptop, such as http://127.0.0.1:9000";
    let url = plain("url", text, next)?;
    if is_loopback(&url) {
        Ok(url)
    } else {
        // What the org sends must not be passed on to other machines by a mistyped address.
        Err(BadValue::new(
            format!("url \"{url}\" is not on this laptop, and an agent must be"),
            next,
        ))
    }
}

/// The value of `X-Molecule-Org-Id`.
pub(crate) fn org_id(text: &str) -> Result<(), BadValue> {
    if !text.is_empty() && text.len() <= ORG_ID_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(BadValue::new(
        "org_id must be 1 to 256 visible ASCII characters, because it is sent as a header",
        "Copy it from the org's settings, or leave it out",
    ))
}

/// Seconds that a call is held.
pub(super) fn hold_s(seconds: i64) -> Result<u32, BadValue> {
    match u32::try_from(seconds) {
        Ok(seconds) if seconds <= HOLD_S_LIMIT => Ok(seconds),
        _ => Err(BadValue::new(
            format!(
                "hold_s is {seconds}, and platforms give up calls that are held longer than a few minutes"
            ),
            format!("Use 0 to {HOLD_S_LIMIT} seconds; 20 is usual"),
        )),
    }
}

/// An http(s) address without credentials, query and fragment, none of which has a meaning here.
fn plain(key: &str, text: &str, next: &str) -> Result<Url, BadValue> {
    let url = Url::parse(text)
        .map_err(|error| BadValue::new(format!("{key} is not an address ({error})"), next))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(BadValue::new(
            format!("{key} must begin with https:// or http://"),
            next,
        ));
    }
    // The address is not shown: what is too much in it may be a password.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadValue::new(
            format!("{key} has a user name or password in it, and secrets do not belong here"),
            next,
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadValue::new(
            format!("{key} has a ? or # part, which would be lost"),
            next,
        ));
    }
    Ok(url)
}

/// Tokens and messages go over it: unencrypted only within this machine.
fn encrypted(key: &str, url: &Url, next: &str) -> Result<(), BadValue> {
    if url.scheme() == "https" || is_loopback(url) {
        return Ok(());
    }
    Err(BadValue::new(
        format!("{key} \"{url}\" is not encrypted, and http is for this machine alone"),
        next,
    ))
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).to_canonical().is_loopback(),
        // RFC 6761: a name that is or ends in localhost is this machine.
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_https_or_on_this_machine_and_loses_its_last_slash() {
        assert_eq!(platform("https://acme.example/").unwrap(), "https://acme.example");
        assert_eq!(
            platform("https://acme.example/base/").unwrap(),
            "https://acme.example/base"
        );
        for local in [
            "http://127.0.0.1:8080",
            "http://127.8.0.1",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(platform(local).unwrap(), local);
        }
        for bad in [
            "http://acme.example",
            "http://localhost.example",
            "ftp://127.0.0.1",
            "acme.example",
            "",
            "https://",
        ] {
            assert!(platform(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_container_may_speak_unencrypted_to_its_own_machine_and_to_no_other() {
        let there = "http://host.docker.internal:8080";
        assert_eq!(platform_seen_from(&format!("{there}/"), true).unwrap(), there);
        assert!(platform_seen_from(there, false).is_err());
        for other in ["http://platform:8080", "http://x.host.docker.internal"] {
            assert!(platform_seen_from(other, true).is_err(), "{other}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = platform("https://ann:hush@acme.example").unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
        assert!(
            relay("https://relay.example/?key=hush")
                .unwrap_err()
                .to_string()
                .find("hush")
                .is_none()
        );
    }

    #[test]
    fn only_the_relay_that_is_used_can_be_trusted_with_the_token() {
        let used = Url::parse("https://relay.example").unwrap();
        for same in [
            "https://relay.example",
            "https://relay.example/",
            "https://relay.example:443",
        ] {
            assert!(token_to(same, Some(&used)).is_ok(), "{same}");
        }
        for other in [
            "https://other.example",
            "https://relay.example:444",
            "http://relay.example",
            "x",
        ] {
            assert!(token_to(other, Some(&used)).is_err(), "{other}");
        }
        assert!(token_to("https://relay.example", None).is_err());
    }

    #[test]
    fn a_proxy_is_an_http_address_without_a_login_or_none_at_all() {
        for none in ["direct", "none"] {
            assert_eq!(proxy(none).unwrap(), ProxyConfig::Direct);
        }
        for good in [
            "http://proxy.example:3128",
            "https://10.0.0.1",
            "http://[fd00::1]:3128/",
        ] {
            assert_eq!(
                proxy(good).unwrap(),
                ProxyConfig::Through {
                    url: Url::parse(good).unwrap()
                }
            );
        }
        for bad in [
            "socks5://proxy.example",
            "proxy.example:3128",
            "http://proxy.example/path",
            "",
        ] {
            assert!(proxy(bad).unwrap_err().next.contains("direct"), "{bad}");
        }
        let error = proxy("http://ada:hush@proxy.example:3128")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("LIGAND_PROXY_LOGIN") && !error.contains("hush"),
            "{error}"
        );
    }

    #[test]
    fn an_agent_is_on_this_laptop_whatever_its_scheme() {
        for good in [
            "http://127.0.0.1:9000",
            "https://localhost:9000/a2a",
            "http://[::ffff:127.0.0.1]:1/",
        ] {
            agent(good).unwrap();
        }
        for bad in [
            "http://192.168.1.2:9000",
            "https://agent.example",
            "http://0.0.0.0:1",
            "http://10.0.0.1",
        ] {
            let error = agent(bad).unwrap_err();
            assert!(error.next.contains("127.0.0.1"), "{error}");
        }
    }

    #[test]
    fn a_public_address_is_an_origin_and_its_listener_on_loopback() {
        for good in [
            "https://laptop.example",
            "https://laptop.example:8443/",
            "http://127.0.0.1:1",
        ] {
            public(good).unwrap();
        }
        for bad in [
            "http://laptop.example",
            "https://laptop.example/x",
            "https://x/?a",
            "laptop.example",
        ] {
            assert!(public(bad).is_err(), "{bad}");
        }
        for good in ["127.0.0.1:8474", "[::1]:1"] {
            listen(good).unwrap();
        }
        for bad in [
            "0.0.0.0:8474",
            "192.168.1.2:1",
            "127.0.0.1:0",
            "8474",
            "localhost:1",
            "",
        ] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hold_is_bounded() {
        assert_eq!(hold_s(0).unwrap(), 0);
        assert_eq!(hold_s(240).unwrap(), 240);
        assert!(hold_s(241).is_err() && hold_s(-1).is_err() && hold_s(i64::MAX).is_err());
    }
}
