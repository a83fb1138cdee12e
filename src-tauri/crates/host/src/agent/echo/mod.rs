//! The built-in agent that says what it is told, to try the whole way with. It runs in the host and on no port.
//!
//! It speaks A2A 0.3 and 1.0 over JSON-RPC: its card, sending, and streaming. It keeps no tasks.

mod speech;

use std::sync::Arc;

use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};

use self::speech::Answer;
use super::{Body, CARD_PATHS, Interfaces, full, json as json_response, json_text, whole};

/// The same as a delivery may have.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Stands in the card for the address that this agent does not have; a door puts its own there.
const NOWHERE: &str = "http://localhost";

pub(super) struct Echo {
    name: String,
    interfaces: Arc<Interfaces>,
}

impl Echo {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            interfaces: Arc::new(Interfaces::without_card("/")),
        }
    }

    pub(super) fn interfaces(&self) -> Arc<Interfaces> {
        self.interfaces.clone()
    }

    pub(super) fn card(&self) -> Value {
        json!({
            "name": self.name,
            "description": "Says what it is told. Built into Ligand, to try the way to your laptop with.",
            "version": env!("CARGO_PKG_VERSION"),
            "protocolVersion": "0.3.0",
            "url": NOWHERE,
            "preferredTransport": "JSONRPC",
            "supportedInterfaces": [
                { "url": NOWHERE, "protocolBinding": "JSONRPC", "protocolVersion": "1.0" },
                { "url": NOWHERE, "protocolBinding": "JSONRPC", "protocolVersion": "0.3" },
            ],
            "capabilities": { "streaming": true, "pushNotifications": false },
            "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [{
                "id": "echo",
                "name": "Echo",
                "description": "Answers with the text that it was sent.",
                "tags": ["echo", "test"],
            }],
        })
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if CARD_PATHS.contains(&path) && reads {
            return json_response(StatusCode::OK, &self.card());
        }
        if path != "/" {
            return refused(StatusCode::NOT_FOUND, "The echo agent has nothing at this path.");
        }
        if parts.method != Method::POST {
            let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, "The echo agent takes POST.");
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match whole(body, BODY_LIMIT).await {
            Ok(body) => spoken(&parts.headers, &body),
            Err(_) => refused(
                StatusCode::BAD_REQUEST,
                "The body broke off, or is larger than 64 MB.",
            ),
        }
    }
}

fn spoken(headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    match speech::answer(headers.get("a2a-version").map(HeaderValue::as_bytes), body) {
        Answer::Whole(text) => json_text(StatusCode::OK, text),
        Answer::Stream(event) => {
            let mut response = Response::new(full(format!("data: {event}\n\n")));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
    }
}

fn refused(status: StatusCode, why: &str) -> Response<Body> {
    json_response(status, &json!({ "error": why }))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::agent::empty;

    async fn called(method: &str, path: &str, body: &str) -> (StatusCode, HeaderMap, String) {
        let body = if body.is_empty() {
            empty()
        } else {
            full(body.to_owned())
        };
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        let (parts, body) = Echo::new("Echo").call(request).await.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (parts.status, parts.headers, text)
    }

    #[tokio::test]
    async fn the_card_is_at_both_of_its_places_and_names_both_versions() {
        for path in CARD_PATHS {
            let (status, _, text) = called("GET", path, "").await;
            assert_eq!(status, StatusCode::OK);
            let card: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(card["protocolVersion"], "0.3.0");
            assert_eq!(card["supportedInterfaces"][0]["protocolVersion"], "1.0");
        }
    }

    #[tokio::test]
    async fn a_call_is_answered_under_http_200() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"parts":[{"text":"hi"}]}}}"#;
        let (status, headers, text) = called("POST", "/", call).await;
        assert_eq!(
            (status, &headers[CONTENT_TYPE]),
            (StatusCode::OK, &HeaderValue::from_static("application/json"))
        );
        assert!(text.contains(r#""text":"hi""#), "{text}");
        let (status, ..) = called("POST", "/", "<html>").await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_stream_is_one_event_of_the_whole_answer() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"message/stream","params":{"message":{"parts":[{"text":"a\nb"}]}}}"#;
        let (_, headers, text) = called("POST", "/", call).await;
        assert_eq!(headers[CONTENT_TYPE], "text/event-stream");
        let event = text
            .strip_prefix("data: ")
            .and_then(|text| text.strip_suffix("\n\n"))
            .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(event).unwrap()["result"]["parts"][0]["text"],
            "a\nb"
        );
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused_in_json() {
        assert_eq!(called("GET", "/other", "").await.0, StatusCode::NOT_FOUND);
        let (status, headers, _) = called("GET", "/", "").await;
        assert_eq!(
            (status, &headers[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("POST"))
        );
    }
}
