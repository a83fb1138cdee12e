//! The pages: files that the build script has put into this program, found by their exact path and nothing else.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

/// A file, by its path below the root.
struct Page {
    path: &'static str,
    bytes: &'static [u8],
}

// `PAGES: &[Page]`, written by the build script.
include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The first page.
const INDEX: &str = "/index.html";

/// What each kind of file is to a browser. Another kind is bytes: pages have no use for it.
const TYPES: [(&str, &str); 8] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
];

/// Answers with the file of that path.
pub(super) async fn page(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = match request.uri().path() {
        "/" => INDEX,
        path => path,
    };
    let Some(page) = PAGES.iter().find(|page| page.path == path) else {
        return (StatusCode::NOT_FOUND, "There is no such page.\n").into_response();
    };
    let mut response = Response::new(Body::from(page.bytes));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(type_of(path)));
    response
}

fn type_of(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .map_or("application/octet-stream", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_first_page() {
        assert!(
            PAGES
                .iter()
                .any(|page| page.path == INDEX && !page.bytes.is_empty())
        );
    }

    #[test]
    fn a_browser_is_told_what_a_file_is() {
        assert_eq!(type_of("/assets/index-1a2b.js"), "text/javascript; charset=utf-8");
        assert_eq!(type_of("/LICENSE"), "application/octet-stream");
    }
}
