//! What the relay itself answers: short JSON, with the text at the top level under `error`, where the platform looks
//! for it, and a code for machines.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use ligand_tunnel::Reply;
use serde_json::json;

use crate::caller::Answering;

/// After how many seconds a caller may find a workspace back that is away.
const AWAY_RETRY_S: u32 = 5;

/// The relay's own answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The relay is there.
    Healthy,
    /// No such path, or a door that this relay has not made.
    NotFound,
    /// The request is not one that a relay passes on.
    BadRequest,
    /// The method does not fit the path.
    MethodNotAllowed,
    /// An upgrade of the connection under a door.
    NoUpgrade,
    /// A link must be a WebSocket with our subprotocol.
    UpgradeRequired,
    /// No link, and the call is not one that is held.
    Away,
    /// No link, because the user has stopped the workspace and wants callers told so.
    Stopped,
    /// All streams of the link are busy.
    Busy,
    /// The link broke under the call.
    Broken,
    /// Too many handshakes.
    Crowded,
    /// The relay is going away.
    Draining,
}

impl Answer {
    fn parts(self) -> (StatusCode, &'static str, &'static str, Option<u32>) {
        match self {
            Self::Healthy => (StatusCode::OK, "ok", "", None),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not_found",
                "There is nothing at this address.",
                None,
            ),
            Self::BadRequest => (
                StatusCode::BAD_REQUEST,
                "bad_request",
                "This request can't be passed on.",
                None,
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address takes GET only.",
                None,
            ),
            Self::NoUpgrade => (
                StatusCode::NOT_IMPLEMENTED,
                "no_upgrade",
                "Connections to a workspace can't be upgraded: use plain HTTP.",
                None,
            ),
            Self::UpgradeRequired => (
                StatusCode::UPGRADE_REQUIRED,
                "upgrade_required",
                "This address takes WebSockets with the subprotocol ligand.v1 only.",
                None,
            ),
            Self::Away => (
                StatusCode::SERVICE_UNAVAILABLE,
                "away",
                "The workspace's computer is not connected now. Try again later.",
                Some(AWAY_RETRY_S),
            ),
            Self::Stopped => (
                StatusCode::SERVICE_UNAVAILABLE,
                "stopped",
                "The workspace was stopped by the person it belongs to. It does not take messages now.",
                None,
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "The workspace has too many calls at once. Try again later.",
                Some(AWAY_RETRY_S),
            ),
            Self::Broken => (
                StatusCode::BAD_GATEWAY,
                "broken",
                "The connection to the workspace's computer broke off before its answer. Whether it acted is not known.",
                None,
            ),
            Self::Crowded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "crowded",
                "Too many computers are connecting at once. Try again later.",
                Some(AWAY_RETRY_S),
            ),
            Self::Draining => (
                StatusCode::SERVICE_UNAVAILABLE,
                "draining",
                "This relay is going away. Try again later.",
                Some(AWAY_RETRY_S),
            ),
        }
    }

    /// As a response.
    pub(crate) fn response(self) -> Response<PublicBody> {
        let (status, code, text, retry_after_s) = self.parts();
        let body = match self {
            Self::Healthy => json!({ "status": code }),
            _ => json!({ "error": text, "code": code }),
        };
        let mut response = Response::new(PublicBody::own(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self == Self::BadRequest {
            // Whatever follows on this connection may be a part of what could not be read.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The body of every response of the public listener.
pub(crate) struct PublicBody {
    from: From,
    /// Tells the caller's connection when the answer is over.
    _answering: Option<Answering>,
}

enum From {
    Relay(Full<Bytes>),
    Laptop(Reply),
}

impl PublicBody {
    fn own(text: String) -> Self {
        Self {
            from: From::Relay(Full::new(text.into())),
            _answering: None,
        }
    }

    /// What the laptop answers, as it comes.
    pub(crate) fn laptop(reply: Reply) -> Self {
        Self {
            from: From::Laptop(reply),
            _answering: None,
        }
    }

    /// No body: for a switch of protocols.
    pub(crate) fn empty() -> Self {
        Self {
            from: From::Relay(Full::default()),
            _answering: None,
        }
    }

    pub(crate) fn answering(mut self, answering: Answering) -> Self {
        self._answering = Some(answering);
        self
    }
}

fn never<T>(error: Infallible) -> T {
    match error {}
}

impl Body for PublicBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.from {
            From::Relay(body) => Pin::new(body).poll_frame(cx).map_err(never),
            From::Laptop(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            From::Relay(body) => body.is_end_stream(),
            From::Laptop(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            From::Relay(body) => body.size_hint(),
            From::Laptop(body) => body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn an_error_is_json_with_its_text_where_the_platform_looks() {
        let response = Answer::Away.response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(response.headers()["content-type"], "application/json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(body["error"].is_string());
        assert_eq!(body["code"], "away");
    }
}
