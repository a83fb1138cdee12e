//! Whether the card in an answer is the one that anybody would get, so that the relay may keep a copy of it for the time
//! while this laptop is away.
//!
//! Decided here and not at the relay: what a caller proves itself with is between it and the agent, and can be in any
//! header. So this knows what is harmless, and takes everything else for a proof. Keeping, and for how long, is the
//! relay's.

use hyper::{
    HeaderMap, Method, Request,
    header::{self, HeaderName},
};

/// Headers that callers send whoever they are. What an answer depends on of these it names in `Vary`, or is in
/// `A2A-Version` and `A2A-Extensions`, by which the relay tells its copies apart. `Forwarded` and its like are not among
/// them: agents make addresses of them, and one caller's choice must not become what others read.
const HARMLESS: [HeaderName; 20] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CACHE_CONTROL,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::DNT,
    header::HOST,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::ORIGIN,
    header::PRAGMA,
    header::USER_AGENT,
    header::VIA,
    HeaderName::from_static("a2a-extensions"),
    HeaderName::from_static("a2a-version"),
    HeaderName::from_static("priority"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-forwarded-for"),
];

/// The only part of a query that says nothing about who asks.
const VERSION_QUERY: &str = "a2a-version=";

/// Whether nothing in a request for a card can be a proof of who asks.
pub(super) fn is_asked_by_anybody<B>(request: &Request<B>) -> bool {
    let is_harmless = |name: &HeaderName| HARMLESS.contains(name) || name.as_str().starts_with("sec-fetch-");
    let says_version_alone = |query: &str| {
        let name = query.get(..VERSION_QUERY.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(VERSION_QUERY)) && !query.contains('&')
    };
    request.method() == Method::GET
        && request.uri().query().is_none_or(says_version_alone)
        && request.headers().keys().all(is_harmless)
}

/// Whether an answer is meant for everybody, and says in a usable way what it depends on.
pub(super) fn is_for_anybody(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, words: &[&str]| {
        let lines = headers.get_all(name).into_iter();
        let texts = lines.filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|line| line.split(','))
            .map(|word| word.split('=').next().unwrap_or_default().trim())
            .any(|word| words.iter().any(|meant| word.eq_ignore_ascii_case(meant)))
    };
    !says(header::CACHE_CONTROL, &["private", "no-store"])
        && !says(header::VARY, &["*", "authorization", "cookie"])
        && !headers.contains_key(header::SET_COOKIE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, uri: &str, header: Option<(&str, &str)>) -> bool {
        let mut request = Request::builder().method(method).uri(uri).header("host", "x");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        is_asked_by_anybody(&request.body(()).unwrap())
    }

    #[test]
    fn a_request_that_could_prove_who_asks_is_not_anybodys() {
        assert!(asked(Method::GET, "/c", None));
        for (name, value) in [
            ("a2a-version", "1.0"),
            ("accept", "*/*"),
            ("sec-fetch-mode", "cors"),
        ] {
            assert!(asked(Method::GET, "/c", Some((name, value))), "{name}");
        }
        for name in [
            "forwarded",
            "x-forwarded-host",
            "authorization",
            "cookie",
            "x-api-key",
            "proxy-authorization",
            "anything",
        ] {
            assert!(!asked(Method::GET, "/c", Some((name, "x"))), "{name}");
        }
        assert!(asked(Method::GET, "/c?A2A-Version=0.3", None));
        for query in ["key=x", "A2A-Version=0.3&key=x", "", "é"] {
            let uri = format!("/c?{}", query.replace('é', "%C3%A9"));
            assert!(!asked(Method::GET, &uri, None), "{query}");
        }
        assert!(!asked(Method::HEAD, "/c", None), "it brings no card");
    }

    #[test]
    fn an_answer_that_is_one_callers_own_is_not_for_anybody() {
        let of = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            is_for_anybody(&headers)
        };
        assert!(of("cache-control", "public, max-age=60") && of("vary", "Accept, A2A-Version"));
        for (name, value) in [
            ("cache-control", "max-age=60, Private"),
            ("cache-control", "private=\"x\""),
            ("cache-control", "no-store"),
            ("vary", "*"),
            ("vary", "Accept, Authorization"),
            ("set-cookie", "a=b"),
        ] {
            assert!(!of(name, value), "{name}: {value}");
        }
    }
}
