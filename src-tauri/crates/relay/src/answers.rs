//! What the relay itself answers: short JSON, with the text at the top level under `error`, where the platform looks
//! for it, and a code for machines.

use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::json;

use crate::limit::Limit;
use crate::public_body::PublicBody;

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
    /// Too many dials under way.
    Crowded,
    /// Too many dials under way from one address.
    CrowdedAddress,
    /// A head is too long.
    HeadTooLong,
    /// A head does not come to an end.
    HeadTooSlow,
    /// The call's body is too long.
    BodyTooLong,
    /// The call's body comes too slowly.
    BodyTooSlow,
    /// The workspace has too many calls per second; in how many seconds another try makes sense.
    TooOften(u32),
    /// The relay has too many calls at once.
    Overloaded,
    /// The relay is going away.
    Draining,
}

impl Answer {
    /// The limit that was met, if it was one.
    pub(crate) fn limit(self) -> Option<Limit> {
        match self {
            Self::Busy => Some(Limit::StreamsPerLink),
            Self::Crowded => Some(Limit::Dials),
            Self::CrowdedAddress => Some(Limit::DialsPerAddress),
            Self::HeadTooLong => Some(Limit::HeadBytes),
            Self::HeadTooSlow => Some(Limit::SlowHead),
            Self::BodyTooLong => Some(Limit::BodyBytes),
            Self::BodyTooSlow => Some(Limit::SlowBody),
            Self::TooOften(_) => Some(Limit::CallsPerSecond),
            Self::Overloaded => Some(Limit::Calls),
            _ => None,
        }
    }

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
            Self::CrowdedAddress => (
                StatusCode::TOO_MANY_REQUESTS,
                "crowded",
                "Too many computers are connecting from your address at once. Try again later.",
                Some(AWAY_RETRY_S),
            ),
            Self::HeadTooLong => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head_too_long",
                "The headers of this request are longer than this relay allows, or too many.",
                None,
            ),
            Self::HeadTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "head_too_slow",
                "The headers of this request did not arrive in time.",
                None,
            ),
            Self::BodyTooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_long",
                "This message is longer than this relay allows.",
                None,
            ),
            Self::BodyTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                "The message did not arrive in time.",
                None,
            ),
            Self::TooOften(seconds) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_often",
                "The workspace is called too often. Try again later.",
                Some(seconds),
            ),
            Self::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "This relay has too many calls at once. Try again later.",
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
        let body = match (self, self.limit()) {
            (Self::Healthy, _) => json!({ "status": code }),
            (_, None) => json!({ "error": text, "code": code }),
            (_, Some(limit)) => json!({ "error": text, "code": code, "limit": limit.name() }),
        };
        let mut response = Response::new(PublicBody::whole(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if matches!(self, Self::BadRequest | Self::HeadTooLong | Self::HeadTooSlow) {
            // Whatever follows on this connection may be a part of what could not be read.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
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
