//! Which proxy applies to an address. The environment is read as reqwest reads it, with the very same matcher.

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::config::is_loopback;

/// The variables in the order in which they are looked for: the first that is set counts.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NO: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// How an address is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is on this machine.
    Here,
    /// Without a proxy, because the config says so.
    Off,
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
pub(crate) struct Proxy {
    /// Where it was found.
    source: &'static str,
    /// Its scheme.
    pub(crate) scheme: String,
    /// Its host.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// Whether it has a user name.
    signs_in: bool,
}

/// The way to an address in an environment.
pub(crate) fn of_the_environment(url: &Url, environment: &impl Fn(&str) -> Option<String>) -> Way {
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

/// The way to an address where the config wants no proxy.
pub(super) fn without(url: &Url) -> Way {
    if is_loopback(url) { Way::Here } else { Way::Off }
}

/// The way to an address where the config names a proxy, in an environment that may except the address.
pub(crate) fn of_the_config(
    url: &Url,
    proxy: &Url,
    signs_in: bool,
    environment: &impl Fn(&str) -> Option<String>,
) -> Way {
    // What holds for a proxy of the environment holds for this one: the same exceptions, in the same words.
    let proxied = |name: &str| match name {
        "ALL_PROXY" => Some(proxy.to_string()),
        name if NO.contains(&name) => environment(name),
        _ => None,
    };
    match of_the_environment(url, &proxied) {
        Way::Through(proxy) => Way::Through(Proxy {
            source: "the config",
            signs_in,
            ..proxy
        }),
        way => way,
    }
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

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            scheme,
            host,
            port,
            signs_in,
        } = self;
        let signs_in = if *signs_in { ", with a user name" } else { "" };
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{signs_in} (from {source})")
        } else {
            write!(f, "{scheme}://{host}:{port}{signs_in} (from {source})")
        }
    }
}
