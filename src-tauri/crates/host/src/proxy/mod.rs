//! The way out of this machine: direct, or through a proxy. Everything that leaves it goes the way that is said here,
//! and a proxy's credentials are never told.
//!
//! The config's proxy counts before that of the environment, and `NO_PROXY` holds for both. Credentials come from the
//! environment alone: in the address of its own proxy, or in [`LOGIN`] for the config's.

mod way;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{NoProxy, header::HeaderValue};
use url::Url;

pub(crate) use way::Way;
#[cfg(test)]
pub(crate) use way::{of_the_config, of_the_environment};

use crate::config::{Config, ProxyConfig};

/// User name and password for the config's proxy, with a colon between.
const LOGIN: &str = "LIGAND_PROXY_LOGIN";

/// The proxies of this process.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Proxies {
    config: ProxyConfig,
    /// What the config's proxy is shown. Marked as sensitive, so that nothing prints it.
    login: Option<HeaderValue>,
}

impl Proxies {
    /// What this config and the environment say.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            config: config.proxy.clone(),
            login: std::env::var(LOGIN).ok().as_deref().and_then(basic),
        }
    }

    /// What goes in the place of the environment's proxies, where the config says so.
    pub(crate) fn configured(&self) -> Option<reqwest::Proxy> {
        let target = match &self.config {
            ProxyConfig::Environment => return None,
            ProxyConfig::Direct => None,
            ProxyConfig::Through { url } => Some(url.clone()),
        };
        let proxy = reqwest::Proxy::custom(move |_| target.clone()).no_proxy(NoProxy::from_env());
        Some(match &self.login {
            Some(login) => proxy.custom_http_auth(login.clone()),
            None => proxy,
        })
    }

    /// The way to an address.
    pub(crate) fn way(&self, url: &Url) -> Way {
        let environment = |name: &str| std::env::var(name).ok();
        match &self.config {
            ProxyConfig::Environment => way::of_the_environment(url, &environment),
            ProxyConfig::Direct => way::without(url),
            ProxyConfig::Through { url: proxy } => {
                way::of_the_config(url, proxy, self.login.is_some(), &environment)
            }
        }
    }

    /// The proxy on the way to an address, in words.
    pub(crate) fn name(&self, url: &Url) -> Option<String> {
        match self.way(url) {
            Way::Through(proxy) => Some(proxy.to_string()),
            Way::Here | Way::Off | Way::Direct { .. } => None,
        }
    }
}

/// Whether there is a login for the config's proxy.
pub(crate) fn has_login() -> bool {
    std::env::var(LOGIN).ok().as_deref().and_then(basic).is_some()
}

/// A login as it is sent; none where it is not one.
fn basic(login: &str) -> Option<HeaderValue> {
    login.contains(':').then_some(())?;
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(login))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_a_name_and_a_password_and_is_not_printed() {
        let proxies = Proxies {
            config: ProxyConfig::Through {
                url: Url::parse("http://proxy.example").unwrap(),
            },
            login: basic("ada:hush"),
        };
        let said = format!("{proxies:?} {:?}", proxies.configured());
        assert!(
            !said.contains("hush") && !said.contains(&STANDARD.encode("ada:hush")),
            "{said}"
        );
        assert_eq!(proxies.login.unwrap(), "Basic YWRhOmh1c2g=");
        assert_eq!(basic("ada"), None);
    }
}
