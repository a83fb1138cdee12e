//! Which proxy of the environment applies to an address. It is read as reqwest reads it, with the very same matcher,
//! and nothing of a proxy's credentials is ever told.

use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use super::checklist::Finding;
use crate::config::is_loopback;

/// The variables in the order in which they are looked for: the first that is set counts.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NO: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// How to write one.
const LIKE: &str = "Write it like http://proxy.example:3128, or unset it.";

/// How an address is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// It is on this machine.
    Here,
    /// Without a proxy.
    Direct {
        /// The variable with this host in it, where there would be a proxy otherwise.
        excepted_by: Option<&'static str>,
        /// A variable that is set and of no use.
        useless: Option<&'static str>,
    },
    /// Through a proxy.
    Through(Proxy),
}

/// A proxy, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Where it was found.
    source: &'static str,
    /// Its scheme.
    scheme: String,
    /// Its host.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// Whether it has a user name.
    signs_in: bool,
}

/// The way to an address in an environment.
pub(super) fn way(url: &Url, environment: &impl Fn(&str) -> Option<String>) -> Way {
    if is_loopback(url) {
        return Way::Here;
    }
    let set = |names: [&'static str; 2]| {
        let found = names
            .into_iter()
            .find_map(|name| Some((name, environment(name)?)));
        found.filter(|(_, value)| !value.is_empty())
    };
    let own = set(if url.scheme() == "https" { HTTPS } else { HTTP });
    let Ok(target) = url.as_str().parse::<Uri>() else {
        return Way::Direct {
            excepted_by: None,
            useless: None,
        };
    };
    let mut useless = None;
    for (source, value) in own.into_iter().chain(set(ALL)) {
        let Some(proxy) = Matcher::builder().all(value.as_str()).build().intercept(&target) else {
            useless = useless.or(Some(source));
            continue;
        };
        let excepted_by = set(NO).and_then(|(name, hosts)| {
            let rest = Matcher::builder().all(value.as_str()).no(hosts).build();
            rest.intercept(&target).is_none().then_some(name)
        });
        return match (excepted_by, Proxy::of(source, &proxy)) {
            (None, Some(proxy)) => Way::Through(proxy),
            (excepted_by, _) => Way::Direct { excepted_by, useless },
        };
    }
    of_the_system(&target).map_or(
        Way::Direct {
            excepted_by: None,
            useless,
        },
        Way::Through,
    )
}

/// What the operating system's own settings say, which count where the environment has nothing.
fn of_the_system(target: &Uri) -> Option<Proxy> {
    if !cfg!(any(target_os = "macos", windows)) {
        return None;
    }
    Proxy::of(
        "the system's settings",
        &Matcher::from_system().intercept(target)?,
    )
}

impl Proxy {
    fn of(source: &'static str, proxy: &Intercept) -> Option<Self> {
        let uri = proxy.uri();
        let scheme = uri.scheme_str()?;
        let usual = match scheme {
            "https" => 443,
            "http" => 80,
            _ => 1080,
        };
        Some(Self {
            source,
            scheme: scheme.to_owned(),
            host: uri.host()?.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(usual),
            signs_in: proxy.basic_auth().is_some() || proxy.raw_auth().is_some(),
        })
    }
}

impl Way {
    /// What is said of it.
    pub(super) fn finding(&self) -> Finding {
        match self {
            Self::Here => Finding::ok("none: it is on this machine"),
            Self::Direct {
                useless: Some(name), ..
            } => Finding::warning(
                format!("none: {name} is set, and is not the address of a proxy"),
                LIKE,
            ),
            Self::Direct {
                excepted_by: Some(name),
                ..
            } => Finding::ok(format!("none: {name} excepts this host")),
            Self::Direct { .. } => Finding::ok("none"),
            Self::Through(proxy) => {
                let signs_in = if proxy.signs_in { ", with a user name" } else { "" };
                let Proxy {
                    source,
                    scheme,
                    host,
                    port,
                    ..
                } = proxy;
                let found = format!("{scheme}://{host}:{port}{signs_in} (from {source})");
                if scheme.starts_with("socks") {
                    Finding::problem(
                        format!("{found}: a SOCKS proxy, and Ligand speaks to HTTP proxies alone"),
                        "Name an HTTP proxy instead, or except this host with NO_PROXY.",
                    )
                } else {
                    Finding::ok(found)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::checklist::Verdict;

    fn found(url: &str, variables: &[(&str, &str)]) -> Finding {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        way(&Url::parse(url).unwrap(), &environment).finding()
    }

    const PLATFORM: &str = "https://acme.example";

    #[test]
    fn the_variable_that_counts_is_named_and_credentials_never_are() {
        for (variables, source) in [
            (
                &[("HTTPS_PROXY", "http://ada:hush@proxy.example:3128")][..],
                "HTTPS_PROXY",
            ),
            (&[("https_proxy", "ada:hush@proxy.example:3128")], "https_proxy"),
            (
                &[
                    ("ALL_PROXY", "http://ada:hush@proxy.example:3128"),
                    ("HTTP_PROXY", "http://other"),
                ],
                "ALL_PROXY",
            ),
            (
                &[
                    ("HTTPS_PROXY", ""),
                    ("https_proxy", "http://other"),
                    ("all_proxy", "ada:hush@proxy.example:3128"),
                ],
                "all_proxy",
            ),
        ] {
            let finding = found(PLATFORM, variables);
            let said = format!("http://proxy.example:3128, with a user name (from {source})");
            assert_eq!((finding.verdict, finding.found), (Verdict::Ok, said));
        }
        assert_eq!(
            found("http://10.0.0.1", &[("HTTP_PROXY", "proxy.example")]).found,
            "http://proxy.example:80 (from HTTP_PROXY)"
        );
    }

    #[test]
    fn no_proxy_applies_to_an_excepted_host_to_this_machine_and_where_none_is_set() {
        let proxy = ("HTTPS_PROXY", "http://proxy.example");
        for except in ["acme.example", ".example", "*", "a.test, acme.example"] {
            assert_eq!(
                found(PLATFORM, &[proxy, ("no_proxy", except)]).found,
                "none: no_proxy excepts this host"
            );
        }
        assert_eq!(
            found("https://localhost:1", &[proxy]).found,
            "none: it is on this machine"
        );
        assert_eq!(
            found(PLATFORM, &[("HTTP_PROXY", "http://proxy.example")]).found,
            "none"
        );
        assert!(
            found(PLATFORM, &[proxy, ("NO_PROXY", "other.example")])
                .found
                .contains("from HTTPS_PROXY")
        );
    }

    #[test]
    fn a_variable_of_no_use_is_told_without_its_value() {
        for value in ["ftp://hush", "http://", "http://a b:hush@c"] {
            let finding = found(PLATFORM, &[("HTTPS_PROXY", value)]);
            assert_eq!(finding.verdict, Verdict::Warning, "{value}");
            assert!(
                finding.found.contains("HTTPS_PROXY") && !finding.found.contains("hush"),
                "{finding:?}"
            );
        }
        assert_eq!(
            found(PLATFORM, &[("ALL_PROXY", "socks5://ada:hush@proxy.example")]).verdict,
            Verdict::Problem
        );
    }
}
