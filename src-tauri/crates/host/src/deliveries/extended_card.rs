//! The agent's card for those who have proved who they are, where it is asked for over JSON-RPC: its addresses are as
//! useless to a caller elsewhere as those of the card that everybody reads, and are put right in the same way.
//!
//! Over HTTP+JSON the same card has a path of its own, and is a matter of `shared_card`.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Body as _,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
};
use ligand_tunnel::door::DoorUrl;
use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{Deliveries, shared_card::OF_OTHER_BYTES};
use crate::agent::{AgentError, Body, CARD_DEADLINE, CARD_LIMIT, Rewrite, full, rewrite, whole};

/// What asks for it, in 0.3 and in 1.0.
const METHODS: [&str; 2] = ["agent/getAuthenticatedExtendedCard", "GetExtendedAgentCard"];

/// What both have in their names, and how JSON may spell it otherwise. A call without either is not read further: that would
/// be a twentieth of the laptop's work on it.
const SIGNS: [&[u8]; 2] = [b"Card", b"\\u"];

/// Asking for a card takes about 100 bytes. Longer calls, and those that do not say how long they are, are passed on
/// unread.
const LONGEST_ASKING: u64 = 4 * 1024;

impl Deliveries {
    /// Passes a call on to an endpoint of the agent; the card in the answer to one that asks for it reads as from the
    /// door.
    pub(super) async fn pass_on_or_card(
        &self,
        request: Request<Body>,
        path: &str,
        door: &DoorUrl,
    ) -> Result<Response<Body>, AgentError> {
        if !could_ask(&request) {
            return self.pass_on(request, path, door).await;
        }
        let (mut head, body) = request.into_parts();
        let body = timeout(CARD_DEADLINE, whole(body, CARD_LIMIT))
            .await
            .map_err(|_| AgentError::Body("it did not come in time".into()))??;
        let asks = asks(&body);
        if asks {
            // The card is read here, so it must be readable.
            head.headers
                .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let response = self
            .pass_on(Request::from_parts(head, full(body)), path, door)
            .await?;
        if !asks || !has_result(&response) {
            return Ok(response);
        }
        let (mut head, body) = response.into_parts();
        let bytes = timeout(CARD_DEADLINE, whole(body, CARD_LIMIT))
            .await
            .map_err(|_| AgentError::CardTimeout(CARD_DEADLINE))??;
        let bytes = match seen_from_outside(&bytes, door) {
            Some(changed) => {
                for name in OF_OTHER_BYTES {
                    head.headers.remove(name);
                }
                changed
            }
            None => bytes,
        };
        Ok(Response::from_parts(head, full(bytes)))
    }
}

fn could_ask(request: &Request<Body>) -> bool {
    let length = request.body().size_hint().exact();
    request.method() == Method::POST
        && length.is_some_and(|length| length <= LONGEST_ASKING)
        && !request.headers().contains_key(CONTENT_ENCODING)
}

fn asks(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Call<'a> {
        #[serde(borrow)]
        method: Cow<'a, str>,
    }
    SIGNS.iter().any(|sign| memmem::find(body, sign).is_some())
        && serde_json::from_slice::<Call<'_>>(body).is_ok_and(|call| METHODS.contains(&call.method.as_ref()))
}

/// Whether there is a card to be read in an answer, and not an error or a stream of events.
fn has_result(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_none_or(|kind| kind.to_ascii_lowercase().contains("json"));
    response.status() == StatusCode::OK && is_json && !headers.contains_key(CONTENT_ENCODING)
}

/// The answer with the card as it reads from the door; `None` where nothing changes.
fn seen_from_outside(answer: &[u8], door: &DoorUrl) -> Option<Bytes> {
    let mut answer: Value = serde_json::from_slice(answer).ok()?;
    match rewrite(answer.get_mut("result")?, door.expose()) {
        Rewrite::Changed => Some(answer.to_string().into()),
        Rewrite::AsIs | Rewrite::SignedAndLocal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_the_card_is_understood_however_that_is_spelt_and_nobody_else() {
        for asking in [
            r#"{"method":"agent/getAuthenticatedExtendedCard"}"#,
            r#"{ "id": 1, "method" : "GetExtendedAgentCard" }"#,
            r#"{"method":"GetExtendedAgent\u0043ard"}"#,
            r#"{"\u006dethod":"GetExtendedAgentCar\u0064"}"#,
        ] {
            assert!(asks(asking.as_bytes()), "{asking}");
        }
        for other in [
            r#"{"method":"message/send","params":{"text":"GetExtendedAgentCard"}}"#,
            r#"{"method":"message/send"}"#,
            r#"{"method":"GetExtendedAgentCard""#,
            "",
        ] {
            assert!(!asks(other.as_bytes()), "{other}");
        }
    }
}
