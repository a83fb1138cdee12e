//! What of a head is passed on: everything that is not about one connection only.

use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Method, Request, Version};

/// Headers that end with the connection they came on (RFC 9110, 7.6.1), besides those that `Connection` names.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Removes what is about this connection only.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // As a rule there is nothing of the kind, and one look at each name is less than eight look-ups.
    if !headers.keys().any(|name| HOP_BY_HOP.contains(&name.as_str())) {
        return;
    }
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            // A caller can't make us forget what frames or routes the message.
            .filter(|name| *name != header::CONTENT_LENGTH && *name != header::HOST)
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Whether the request wants the connection to become something else.
pub(crate) fn wants_upgrade<B>(request: &Request<B>) -> bool {
    request.method() == Method::CONNECT || request.headers().contains_key(header::UPGRADE)
}

/// Whether the caller waits for our word before it sends its body.
pub(crate) fn expects_continue<B>(request: &Request<B>) -> bool {
    request.headers().contains_key(header::EXPECT)
}

/// Whether the request has the form in which it can be passed on: a path, one host, no coding but `chunked`.
pub(crate) fn is_passable<B>(request: &Request<B>) -> bool {
    let (mut hosts, mut lengths, mut codings) = (0, 0, 0);
    for (name, value) in request.headers() {
        if name == header::HOST {
            hosts += 1;
        } else if name == header::CONTENT_LENGTH {
            lengths += 1;
        } else if name == header::TRANSFER_ENCODING {
            codings += 1;
            if !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                return false;
            }
        }
    }
    request.uri().scheme().is_none()
        && request.uri().authority().is_none()
        && (hosts == 1 || (hosts == 0 && request.version() == Version::HTTP_10))
        && lengths <= 1
        && codings <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri("/w/x?q").header("host", "relay.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn what_is_about_the_connection_is_removed_and_nothing_else() {
        let (mut parts, ()) = request(&[
            ("connection", "close, X-Mine, content-length"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-mine", "1"),
            ("x-other", "2"),
            ("a2a-version", ""),
            ("content-length", "3"),
            ("authorization", "Bearer x"),
            ("expect", "100-continue"),
        ])
        .into_parts();
        strip_hop_by_hop(&mut parts.headers);
        let mut left: Vec<&str> = parts.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [
                "a2a-version",
                "authorization",
                "content-length",
                "expect",
                "host",
                "x-other"
            ]
        );
        assert_eq!(parts.headers["a2a-version"], "");
    }

    #[test]
    fn a_request_that_could_be_read_in_two_ways_is_not_passed_on() {
        assert!(is_passable(&request(&[])));
        assert!(is_passable(&request(&[("transfer-encoding", "chunked")])));
        assert!(!is_passable(&request(&[("host", "other.example")])));
        assert!(!is_passable(&request(&[("transfer-encoding", "gzip, chunked")])));
        assert!(!is_passable(&request(&[
            ("transfer-encoding", "chunked"),
            ("transfer-encoding", "chunked")
        ])));
        assert!(!is_passable(&request(&[
            ("content-length", "1"),
            ("content-length", "1")
        ])));
        let absolute = Request::builder()
            .uri("http://relay.example/w/x")
            .header("host", "relay.example");
        assert!(!is_passable(&absolute.body(()).unwrap()));
        assert!(!is_passable(&Request::builder().uri("/w/x").body(()).unwrap()));
    }
}
