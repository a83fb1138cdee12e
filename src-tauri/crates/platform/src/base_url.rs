//! The base URL of a platform, in the one form in which it is compared, stored and sent as `Origin`.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// Scheme, host, port and perhaps a path, without a trailing slash, query, fragment or user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    url: Url,
    text: String,
}

/// Why a text is no base URL of a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It is no URL at all.
    #[error("it is not a URL ({0}); it looks like https://acme.example")]
    NotAUrl(url::ParseError),
    /// Another scheme than http and https.
    #[error("it must begin with https:// (or http:// on this machine)")]
    Scheme,
    /// It holds a user, a query or a fragment.
    #[error("it must be the bare address, without a user, query or fragment")]
    NotBare,
}

impl BaseUrl {
    /// The exact value of the `Origin` header that the platform takes from a native client: its own address without
    /// path or trailing slash. Anything else is refused with an empty 403.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// `host` or `host:port`, as it stands in the URL.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => {
                address.is_loopback()
                    || address
                        .to_ipv4_mapped()
                        .is_some_and(|address| address.is_loopback())
            }
            None => false,
        }
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The base with a path (that begins with a slash) behind it.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text.trim()).map_err(BaseUrlError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BaseUrlError::Scheme);
        }
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::NotBare);
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_platform_has_one_text() {
        for text in [
            "https://Acme.example",
            " https://acme.example/ ",
            "https://acme.example:443//",
        ] {
            let base: BaseUrl = text.parse().unwrap();
            assert_eq!(
                (base.to_string(), base.origin()),
                ("https://acme.example".into(), "https://acme.example".into())
            );
        }
    }

    #[test]
    fn the_origin_has_the_port_and_no_path() {
        let base: BaseUrl = "http://127.0.0.1:8080/tenant/".parse().unwrap();
        assert_eq!(base.origin(), "http://127.0.0.1:8080");
        assert_eq!(base.join("/health"), "http://127.0.0.1:8080/tenant/health");
        assert!(!base.is_https());
        assert_eq!(base.host(), "127.0.0.1:8080");
    }

    #[test]
    fn this_machine_is_known_by_each_of_its_names() {
        for (text, here) in [
            ("http://127.0.0.1:8080/tenant", true),
            ("http://localhost:1", true),
            ("http://org.localhost:1", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]:1", true),
            ("http://10.0.0.1", false),
            ("https://localhost.example", false),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().is_loopback(), here, "{text}");
        }
    }

    #[test]
    fn what_is_no_platforms_address_is_refused() {
        for text in [
            "",
            "acme",
            "ftp://acme.example",
            "https://user@acme.example",
            "https://a.example/?x=1",
            "https://a.example/#f",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text}");
        }
    }
}
