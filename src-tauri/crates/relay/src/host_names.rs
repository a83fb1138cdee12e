//! Host names of doors: `<label>.DOMAIN`, where the operator has a wildcard name and a certificate for it.
//!
//! Below such a name the whole path belongs to the door, so that callers who look for an agent card at a host's root find
//! it. Each call is turned into the one by path that it means, before anything else looks at it.

use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Uri};
use ligand_tunnel::door::{DoorPath, DoorUrl, Nonce, RelaySecret};
use ligand_tunnel::host_label::HostLabel;
use rustls::pki_types::DnsName;
use url::Url;
use uuid::Uuid;

/// Longest domain that leaves room for a label: a name has at most 253 characters.
const MAX_DOMAIN: usize = 253 - 1 - HostLabel::CHARS;

/// Whether host names can be made below this domain.
pub(crate) fn is_usable(domain: &str) -> bool {
    domain.len() <= MAX_DOMAIN
        && domain.contains('.')
        && !domain.bytes().any(|byte| byte.is_ascii_uppercase())
        && DnsName::try_from(domain).is_ok()
}

/// See the module.
pub(crate) struct HostNames {
    /// With the dot before it.
    ending: String,
    scheme: String,
    /// With the colon before it; empty where the scheme says it.
    port: String,
    /// What the `Host` of a call by path is.
    public_host: HeaderValue,
}

/// A call at a host name of a door.
pub(crate) struct Named<'a> {
    names: &'a HostNames,
    /// `None` = it has the form of a label, and can't be one.
    label: Option<HostLabel>,
}

impl HostNames {
    /// `None` when the public URL can't be written into a header, which no URL is like.
    pub(crate) fn new(domain: &str, public_url: &Url) -> Option<Self> {
        let port = public_url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let host = public_url.host_str()?;
        Some(Self {
            ending: format!(".{domain}"),
            scheme: public_url.scheme().to_owned(),
            public_host: HeaderValue::try_from(format!("{host}{port}")).ok()?,
            port,
        })
    }

    /// The URL of a shared door at a host name of its own.
    pub(crate) fn url(
        &self,
        secret: &RelaySecret,
        platform: &str,
        workspace: Uuid,
        nonce: &Nonce,
    ) -> DoorUrl {
        let label = secret.host_label(platform, workspace, nonce);
        DoorUrl::new(format!("{}://{label}{}{}/", self.scheme, self.ending, self.port))
    }

    /// Whether a call is at such a host name. Names that are too short or too long for it are not, so that the public
    /// URL's own may be below the same domain.
    pub(crate) fn named<B>(&self, request: &Request<B>) -> Option<Named<'_>> {
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        let name = name.strip_suffix('.').unwrap_or(name);
        let (label, ending) = name.split_at_checked(HostLabel::CHARS)?;
        if !ending.eq_ignore_ascii_case(&self.ending) || label.contains('.') {
            return None;
        }
        Some(Named {
            names: self,
            label: HostLabel::parse(label),
        })
    }
}

impl Named<'_> {
    /// Turns the call into the one by path that it means: for which of the platforms, which door, and what below it.
    /// `None` = there is no such door.
    pub(crate) fn by_path<B>(
        self,
        secret: &RelaySecret,
        platforms: &[String],
        request: &mut Request<B>,
    ) -> Option<(usize, DoorPath, String)> {
        let label = self.label?;
        let (platform, (door, path)) = platforms
            .iter()
            .enumerate()
            .find_map(|(index, platform)| Some((index, secret.door_of(platform, &label)?)))?;
        // The root is the door itself.
        let below = match request.uri().path() {
            "/" => String::new(),
            below => below.to_owned(),
        };
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        *request.uri_mut() = format!("{path}{below}{query}").parse::<Uri>().ok()?;
        request.headers_mut().insert(HOST, self.names.public_host.clone());
        Some((platform, door, below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_leaves_room_for_a_label() {
        assert!(is_usable("doors.relay.example"));
        let long = format!("{}.example", "a.".repeat(90).trim_end_matches('.'));
        assert_eq!(long.len(), 187);
        assert!(is_usable(&long));
        for domain in [
            "",
            "example",
            "*.relay.example",
            "Relay.example",
            "relay.example:1",
            &format!("aa.{long}"),
        ] {
            assert!(!is_usable(domain), "{domain}");
        }
    }

    #[test]
    fn a_host_name_has_the_public_urls_scheme_and_port() {
        let secret = RelaySecret::random();
        let url = |public: &str| {
            let names = HostNames::new("doors.example", &Url::parse(public).unwrap()).unwrap();
            let url = names.url(&secret, "https://org.example", Uuid::nil(), &Nonce::random());
            let url = Url::parse(url.expose()).unwrap();
            assert!(url.host_str().unwrap().ends_with(".doors.example"));
            (url.scheme().to_owned(), url.port())
        };
        assert_eq!(url("https://relay.example"), ("https".into(), None));
        assert_eq!(url("http://127.0.0.1:8080"), ("http".into(), Some(8080)));
    }
}
