//! The way out of this machine: direct, or through a proxy. Everything that leaves it goes the way that is said here,
//! and a proxy's credentials are never told.

mod way;

use url::Url;

pub(crate) use way::Way;
#[cfg(test)]
pub(crate) use way::of_the_environment;

/// The proxies of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies;

impl Proxies {
    /// The way to an address.
    pub(crate) fn way(&self, url: &Url) -> Way {
        way::of_the_environment(url, &|name: &str| std::env::var(name).ok())
    }

    /// The proxy on the way to an address, in words.
    pub(crate) fn name(&self, url: &Url) -> Option<String> {
        match self.way(url) {
            Way::Through(proxy) => Some(proxy.to_string()),
            Way::Here | Way::Direct { .. } => None,
        }
    }
}
