//! Who gets in: requests that are meant for us, from our own page, and for the API with this start's token.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::control::ApiError;

/// What a browser must keep to with everything that we serve: only files of ours, nothing inline, in nobody's frame,
/// kept in no cache, and with our address told to nobody.
const RULES: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// The names by which a browser may call this listener.
#[derive(Debug, Clone)]
pub(super) struct Door(Arc<[String]>);

impl Door {
    /// The door of a listener at that address.
    pub(super) fn at(addr: SocketAddr) -> Self {
        let port = addr.port();
        let own = addr.ip().to_string();
        let own = if addr.is_ipv6() { format!("[{own}]") } else { own };
        let hosts = [own.as_str(), "localhost", "127.0.0.1", "[::1]"];
        let mut names: Vec<String> = hosts.iter().map(|host| format!("{host}:{port}")).collect();
        if port == 80 {
            // Then browsers leave it out.
            names.extend(hosts.iter().map(|host| (*host).to_owned()));
        }
        Self(names.into())
    }

    /// Why the request does not get in.
    fn refuses(&self, uri: &Uri, headers: &HeaderMap) -> Option<ApiError> {
        let host = only(headers, &header::HOST).map(str::to_ascii_lowercase);
        let host = host.filter(|host| self.0.contains(host));
        let Some(host) = host else {
            return Some(refusal(
                StatusCode::MISDIRECTED_REQUEST,
                "foreign_host",
                "this request was meant for another address",
            ));
        };
        let named = uri.authority().map(|authority| authority.as_str());
        if named.is_some_and(|named| !named.eq_ignore_ascii_case(&host)) {
            return Some(refusal(
                StatusCode::MISDIRECTED_REQUEST,
                "foreign_host",
                "this request was meant for another address",
            ));
        }
        let is_own = |origin: &str| origin.strip_prefix("http://") == Some(&host);
        let comes_from_us = !headers.contains_key(header::ORIGIN)
            || only(headers, &header::ORIGIN).is_some_and(|origin| is_own(&origin.to_ascii_lowercase()));
        (!comes_from_us).then(|| {
            refusal(
                StatusCode::FORBIDDEN,
                "foreign_origin",
                "this request comes from another page",
            )
        })
    }
}

/// Lets a request in or not, and sets the rules for whatever is answered.
pub(super) async fn let_in(State(door): State<Door>, request: Request, next: Next) -> Response {
    let mut response = match door.refuses(request.uri(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in RULES {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// This start's token.
#[derive(Clone)]
pub(super) struct Token(Arc<Zeroizing<String>>);

impl Token {
    pub(super) fn new(token: Zeroizing<String>) -> Self {
        Self(Arc::new(token))
    }

    /// Whether the request shows it. How long that takes tells nothing of it.
    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let shown = only(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        shown.is_some_and(|shown| bool::from(shown.as_bytes().ct_eq(self.0.as_bytes())))
    }
}

/// Passes on what shows the token.
pub(super) async fn need_token(State(token): State<Token>, request: Request, next: Next) -> Response {
    if token.is_shown(request.headers()) {
        return next.run(request).await;
    }
    let next = "open the address that `ligand up --web` printed at its last start";
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "this page does not show the host's token, or shows that of an earlier start",
        Some(next),
    )
    .into_response()
}

fn refusal(status: StatusCode, code: &str, message: &str) -> ApiError {
    ApiError::new(
        status,
        code,
        message,
        Some("open the address that `ligand up --web` printed"),
    )
}

/// The header's value, if there is exactly one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(door: &Door, uri: &str, headers: &[(HeaderName, &'static str)]) -> Option<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        door.refuses(&uri.parse().unwrap(), &map).map(|error| error.code)
    }

    #[test]
    fn only_requests_meant_for_this_listener_get_in() {
        let door = Door::at(([127, 0, 0, 1], 4000).into());
        let by = |host| refused(&door, "/", &[(header::HOST, host)]);
        for host in ["127.0.0.1:4000", "localhost:4000", "LocalHost:4000", "[::1]:4000"] {
            assert_eq!(by(host), None, "{host}");
        }
        for host in [
            "127.0.0.1",
            "localhost:4001",
            "evil.example:4000",
            "localhost.evil.example:4000",
            "127.0.0.1:4000.evil.example",
            "",
        ] {
            assert_eq!(by(host).as_deref(), Some("foreign_host"), "{host}");
        }
        assert_eq!(refused(&door, "/", &[]).as_deref(), Some("foreign_host"));
        let twice = [(header::HOST, "localhost:4000"), (header::HOST, "localhost:4000")];
        assert_eq!(refused(&door, "/", &twice).as_deref(), Some("foreign_host"));
        let elsewhere = refused(&door, "http://evil.example/", &[(header::HOST, "localhost:4000")]);
        assert_eq!(elsewhere.as_deref(), Some("foreign_host"));
    }

    #[test]
    fn only_our_own_page_may_ask() {
        let door = Door::at(([127, 0, 0, 1], 4000).into());
        let from = |origin| {
            refused(
                &door,
                "/v1/status",
                &[(header::HOST, "localhost:4000"), (header::ORIGIN, origin)],
            )
        };
        assert_eq!(from("http://localhost:4000"), None);
        for origin in [
            "http://127.0.0.1:4000",
            "https://localhost:4000",
            "http://localhost:4001",
            "http://localhost:4000.evil.example",
            "http://evil.example",
            "null",
            "",
        ] {
            assert_eq!(from(origin).as_deref(), Some("foreign_origin"), "{origin}");
        }
    }

    #[test]
    fn the_usual_port_need_not_be_named() {
        let door = Door::at(([127, 0, 0, 1], 80).into());
        assert_eq!(refused(&door, "/", &[(header::HOST, "localhost")]), None);
    }

    #[test]
    fn the_token_is_shown_once_and_whole() {
        let token = Token::new(Zeroizing::new("q3-token".to_owned()));
        let shown = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            token.is_shown(&headers)
        };
        assert!(shown(&["Bearer q3-token"]));
        assert!(!shown(&[]));
        for wrong in [
            "q3-token",
            "bearer q3-token",
            "Bearer q3-toke",
            "Bearer q3-tokens",
            "Bearer ",
        ] {
            assert!(!shown(&[wrong]), "{wrong}");
        }
        assert!(!shown(&["Bearer q3-token", "Bearer q3-token"]));
    }
}
