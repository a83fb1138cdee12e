//! What is said of the proxy on the way to platform or relay.

use super::{
    answer::Silence,
    checklist::{Finding, Verdict},
};
use crate::{health::Fault, proxy::Way};

/// How to write one.
const LIKE: &str = "Write it like http://proxy.example:3128, or unset it.";

impl Way {
    /// What is said of it, and of how a request on it was answered.
    pub(super) fn finding<T>(&self, answer: &Result<T, Silence>) -> Finding {
        match self {
            Self::Off => Finding::ok("none: the config says so"),
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
            Self::Through(proxy) if proxy.scheme.starts_with("socks") => Finding::problem(
                format!("{proxy}: a SOCKS proxy, and Ligand speaks to HTTP proxies alone"),
                "Name an HTTP proxy instead, or except this host with NO_PROXY.",
            ),
            Self::Through(proxy) => match answer {
                Err(Silence::ProxyLogin) => Finding::fault(
                    Verdict::Problem,
                    Fault::ProxyRefused,
                    Some(&format!("{proxy} answers with status 407")),
                ),
                _ => Finding::ok(proxy.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::proxy::of_the_environment;

    fn found(url: &str, variables: &[(&str, &str)]) -> Finding {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        of_the_environment(&Url::parse(url).unwrap(), &environment).finding(&Ok(()))
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
    fn a_proxy_that_refuses_us_is_a_problem_and_is_named() {
        let environment =
            |name: &str| (name == "HTTPS_PROXY").then(|| "http://ada:hush@[::1]:3128".to_owned());
        let way = of_the_environment(&Url::parse(PLATFORM).unwrap(), &environment);
        let finding = way.finding::<()>(&Err(Silence::ProxyLogin));
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(finding.found.contains("http://[::1]:3128"), "{finding:?}");
        assert!(
            finding.found.contains("407") && !finding.found.contains("hush"),
            "{finding:?}"
        );
    }

    #[test]
    fn the_configs_proxy_counts_before_the_environments_and_has_its_exceptions() {
        let proxy = Url::parse("http://proxy.example:3128").unwrap();
        let finding = |url: &str, except: &str| {
            let environment = |name: &str| match name {
                "NO_PROXY" => Some(except.to_owned()),
                _ => Some("http://another.example".to_owned()),
            };
            let url = Url::parse(url).unwrap();
            crate::proxy::of_the_config(&url, &proxy, true, &environment).finding(&Ok(()))
        };
        assert_eq!(
            finding(PLATFORM, "elsewhere.example").found,
            "http://proxy.example:3128, with a user name (from the config)"
        );
        assert_eq!(
            finding(PLATFORM, "acme.example").found,
            "none: NO_PROXY excepts this host"
        );
        assert_eq!(
            finding("https://localhost", "").found,
            "none: it is on this machine"
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
