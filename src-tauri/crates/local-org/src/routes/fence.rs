//! What every request passes first: is it really meant for us, does it come from a page that may ask, and the
//! headers that every answer carries.
//!
//! The check of `Host` is the local org's own. It listens on loopback without TLS, so a page in the user's
//! browser whose name was made to point here must not be answered. The rule for `Origin` is the platform's.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::refusal::Refusal;

/// Origins of other hosts that may ask; the platform's default.
const ALLOWED_ORIGINS: [&str; 2] = ["http://localhost:3000", "http://localhost:3001"];

/// Headers of every answer.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=31536000; includeSubDomains",
    ),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    ),
    (header::CONTENT_SECURITY_POLICY, "default-src 'self'"),
];

/// The fence of an org.
pub(crate) struct Fence {
    /// Values of `Host` that mean us.
    hosts: Vec<String>,
    /// Listening on all addresses: every address with our port means us too. Names do not.
    any_address: Option<u16>,
}

impl Fence {
    /// The fence of an org that listens here.
    pub(crate) fn new(listen: SocketAddr) -> Fence {
        let port = listen.port();
        let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
            .into_iter()
            .map(|host| format!("{host}:{port}"))
            .chain([listen.to_string()])
            .collect();
        if port == 80 {
            // Clients leave the default port out.
            hosts.extend([
                "localhost".into(),
                "127.0.0.1".into(),
                "[::1]".into(),
                listen.ip().to_string(),
            ]);
        }
        Fence {
            hosts,
            any_address: listen.ip().is_unspecified().then_some(port),
        }
    }

    fn means_us(&self, host: &str) -> bool {
        let by_address = || {
            let port = self.any_address?;
            let address = host.strip_suffix(&format!(":{port}"))?;
            address
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .ok()
        };
        self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)) || by_address().is_some()
    }
}

/// Lets a request through, or answers it.
pub(crate) async fn check(State(fence): State<Arc<Fence>>, request: Request, next: Next) -> Response {
    let mut response = answer(&fence, request, next).await;
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Where a request comes from.
enum Source {
    /// Not from a page, or from one of ours.
    Here,
    /// From a page of an allowed other origin.
    Elsewhere(HeaderValue),
    /// From a page of any other origin.
    Stranger,
    /// Not meant for us.
    OtherHost,
}

fn source(fence: &Fence, headers: &HeaderMap) -> Source {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !fence.means_us(host) {
        return Source::OtherHost;
    }
    let Some(given) = headers.get(header::ORIGIN) else {
        return Source::Here;
    };
    match given.to_str() {
        Ok(origin) if origin == format!("http://{host}") || origin == format!("https://{host}") => {
            Source::Here
        }
        Ok(origin) if ALLOWED_ORIGINS.contains(&origin) => Source::Elsewhere(given.clone()),
        _ => Source::Stranger,
    }
}

async fn answer(fence: &Fence, request: Request, next: Next) -> Response {
    let origin = match source(fence, request.headers()) {
        Source::Here => return next.run(request).await,
        Source::Elsewhere(origin) => origin,
        Source::Stranger => return StatusCode::FORBIDDEN.into_response(),
        Source::OtherHost => {
            let refusal = Refusal::new(StatusCode::MISDIRECTED_REQUEST, "this host is not served here");
            return refusal.into_response();
        }
    };
    let mut response = if *request.method() == Method::OPTIONS {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        preflight(response.headers_mut());
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    response
}

fn preflight(headers: &mut HeaderMap) {
    for (name, value) in [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET,POST,PUT,PATCH,DELETE,OPTIONS",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Origin,Content-Type,X-Workspace-Id,Authorization",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_and_the_listen_address_with_its_port_are_us() {
        let fence = Fence::new("127.0.0.1:4000".parse().unwrap());
        for host in ["127.0.0.1:4000", "localhost:4000", "LOCALHOST:4000", "[::1]:4000"] {
            assert!(fence.means_us(host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "localhost:4001",
            "evil.example:4000",
            "10.0.0.1:4000",
        ] {
            assert!(!fence.means_us(host), "{host}");
        }
    }

    #[test]
    fn an_org_on_all_addresses_answers_to_addresses_but_not_to_names() {
        let fence = Fence::new("0.0.0.0:4000".parse().unwrap());
        assert!(fence.means_us("192.168.1.5:4000"));
        assert!(!fence.means_us("evil.example:4000"));
    }
}
