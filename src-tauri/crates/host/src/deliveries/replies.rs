//! How an ending reads on the wire, and the small answers that never reach the agent.
//!
//! On the platform door everything that is said is JSON-RPC with HTTP 200, because the platform replaces the body of
//! every other status; 401, 404 and 405 are for callers that are not the platform.

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    header::{ALLOW, CONTENT_LENGTH, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use ligand_tunnel::Hush;
use serde_json::{json, value::RawValue};

use super::{
    delivery::{Answer, Ending},
    intake::BadBody,
    permits::NoPermit,
};
use crate::{
    agent::{
        Body, full, json as json_response, json_text,
        rpc::{self, BUSY},
    },
    doors::NotFound,
};

// Our own errors, beside `rpc::BUSY`.
/// The agent can't be reached; nothing reached it.
const UNREACHABLE: i32 = -32051;
/// The agent answered with an HTTP error.
const REJECTED: i32 = -32052;
/// It reached the agent, and what came of it is not known.
const UNKNOWN: i32 = -32053;
/// The agent's answer was too long.
const OVERSIZED: i32 = -32054;

/// When to ask again where that is a matter of a moment, in seconds.
const SOON: u16 = 5;

/// What a caller is told who sent a delivery under this JSON-RPC id. `queued`: whether the platform keeps it when
/// the call ends without a byte.
pub(super) fn reply(ending: &Ending, id: &str, queued: bool) -> Result<Response<Body>, Hush> {
    match ending {
        Ending::Answered(answer) => Ok(answered(answer, id)),
        Ending::Hushed if queued => Err(Hush),
        Ending::Hushed => Ok(away()),
        other => Ok(json_text(StatusCode::OK, words(other, id))),
    }
}

/// An ending without an answer of the agent's, as a JSON-RPC error.
pub(super) fn words(ending: &Ending, id: &str) -> String {
    let error =
        |code, reason: &str, message: &str| rpc::error(id, code, message, Some(json!({ "reason": reason })));
    match ending {
        Ending::Rejected { status, words } => {
            let words = words
                .as_deref()
                .map(|words| format!(": {words}"))
                .unwrap_or_default();
            error(
                REJECTED,
                "rejected",
                &format!("The agent answered HTTP {}{words}", status.as_u16()),
            )
        }
        Ending::Oversized => error(OVERSIZED, "oversized", "The agent's answer is longer than 64 MB."),
        Ending::Unknown(why) => error(
            UNKNOWN,
            "outcome_unknown",
            &format!(
                "The message reached the agent and its outcome is not known: {why}. It is not sent again."
            ),
        ),
        Ending::Unreachable(why) => error(
            UNREACHABLE,
            "agent_unreachable",
            &format!("The message did not reach the agent: {why}. Send it again later."),
        ),
        Ending::Busy(NoPermit::Full) => error(
            BUSY,
            "busy",
            "The agent is busy and too many messages wait already. Send it again later.",
        ),
        Ending::Busy(NoPermit::Expired) => error(
            BUSY,
            "busy",
            "The agent is busy and did not get to this message in time. Send it again later.",
        ),
        Ending::Misread(misread) => rpc::error(id, misread.code, misread.message, None),
        Ending::BadBody(bad) => {
            let (code, reason, message) = bad_body(*bad);
            error(code, reason, message)
        }
        // Neither is told as an error: one has an answer, of the other nothing is said.
        Ending::Answered(_) | Ending::Hushed => error(BUSY, "away", "The agent is away. Try again later."),
    }
}

fn bad_body(bad: BadBody) -> (i32, &'static str, &'static str) {
    match bad {
        BadBody::TooLarge => (
            rpc::INVALID_REQUEST,
            "too_large",
            "The message is longer than 64 MB.",
        ),
        BadBody::Broken => (rpc::PARSE_ERROR, "broken", "The message broke off on its way."),
        BadBody::Stalled => (rpc::PARSE_ERROR, "stalled", "The message stopped half way."),
        BadBody::NoRoom => (
            BUSY,
            "busy",
            "Too many long messages are under way. Send it again later.",
        ),
    }
}

/// The agent's own words, under the id of whoever asks.
fn answered(answer: &Answer, id: &str) -> Response<Body> {
    let body = if answer.id == id {
        None
    } else {
        readdressed(&answer.body, id)
    };
    let mut response = Response::new(full(body.unwrap_or_else(|| answer.body.clone())));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

/// The same JSON-RPC answer under another id; `None` when it is none.
fn readdressed(body: &[u8], id: &str) -> Option<Bytes> {
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
    let id = RawValue::from_string(id.to_owned()).ok()?;
    fields.insert("id".to_owned(), &id);
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}

/// Nothing is at this path.
pub(super) fn not_found(why: NotFound) -> Response<Body> {
    refused(StatusCode::NOT_FOUND, &why.to_string())
}

/// The platform door takes POST.
pub(super) fn only_post() -> Response<Body> {
    let response = refused(
        StatusCode::METHOD_NOT_ALLOWED,
        "This door takes messages, by POST.",
    );
    with(response, ALLOW, HeaderValue::from_static("POST"))
}

/// The bearer is missing or wrong.
pub(super) fn unauthorized() -> Response<Body> {
    let response = refused(
        StatusCode::UNAUTHORIZED,
        "This door needs the platform's inbound secret as bearer token.",
    );
    with(response, WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// The host takes no calls now.
pub(super) fn away() -> Response<Body> {
    let response = refused(
        StatusCode::SERVICE_UNAVAILABLE,
        "The agent is away. Try again later.",
    );
    with(response, RETRY_AFTER, SOON.into())
}

/// Too many calls through the shared door.
pub(super) fn crowded() -> Response<Body> {
    let response = refused(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many calls are under way. Try again later.",
    );
    with(response, RETRY_AFTER, SOON.into())
}

/// The agent gave no answer that could be passed on.
pub(super) fn bad_gateway(why: &str) -> Response<Body> {
    refused(StatusCode::BAD_GATEWAY, why)
}

fn refused(status: StatusCode, why: &str) -> Response<Body> {
    json_response(status, &json!({ "error": why }))
}

fn with(mut response: Response<Body>, name: HeaderName, value: HeaderValue) -> Response<Body> {
    response.headers_mut().insert(name, value);
    response
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_answer_is_given_under_another_id_and_otherwise_kept() {
        let body = br#"{"jsonrpc":"2.0","result":{"b":1.50,"a":[ 2 ]},"id":1,"extra":null}"#;
        let other: Value = serde_json::from_slice(&readdressed(body, r#""x""#).unwrap()).unwrap();
        assert_eq!(
            other,
            json!({"jsonrpc": "2.0", "result": {"b": 1.5, "a": [2]}, "id": "x", "extra": null})
        );
        assert!(
            String::from_utf8(readdressed(body, "null").unwrap().to_vec())
                .unwrap()
                .contains(r#"{"b":1.50,"a":[ 2 ]}"#)
        );
    }

    #[test]
    fn what_is_no_json_rpc_answer_is_left_as_it_is() {
        for body in ["", "data: {}\n\n", "[1]", "5"] {
            assert!(readdressed(body.as_bytes(), "1").is_none(), "{body}");
        }
    }

    #[test]
    fn a_hushed_delivery_is_closed_without_a_byte_where_the_platform_keeps_it_and_answered_where_not() {
        assert!(reply(&Ending::Hushed, "1", true).is_err());
        assert_eq!(
            reply(&Ending::Hushed, "1", false).unwrap().status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
