//! The agent's card as it reads from the shared door: its addresses, its tag, and whether the caller has it already.

use std::fmt::Write as _;

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName,
        HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
        LAST_MODIFIED, RANGE,
    },
};
use ligand_tunnel::{
    card::{MAY_BE_KEPT, has_tag},
    door::DoorUrl,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::{Deliveries, keepable};
use crate::agent::{AgentError, Body, CARD_DEADLINE, CARD_LIMIT, Rewrite, empty, full, rewrite, whole};

/// What a caller says of the bytes that it has or wants. They are not the agent's, so the agent must not hear it.
const OF_THE_CALLERS_BYTES: [HeaderName; 6] = [
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    RANGE,
];

/// What the agent says of the bytes of its card, and what is not true of other bytes.
pub(super) const OF_OTHER_BYTES: [HeaderName; 8] = [
    ACCEPT_RANGES,
    CONTENT_LENGTH,
    ETAG,
    LAST_MODIFIED,
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("content-md5"),
];

impl Deliveries {
    /// The card that the agent has at `path`, with the door's address in the place of every address on this machine.
    /// `is_main`: whether it is the one that everybody reads first.
    pub(super) async fn card(
        &self,
        mut request: Request<Body>,
        path: &str,
        door: &DoorUrl,
        is_main: bool,
    ) -> Result<Response<Body>, AgentError> {
        let for_anybody = is_main && keepable::is_asked_by_anybody(&request);
        // Also for HEAD: the length of what it asks about is known when the card was read.
        *request.method_mut() = Method::GET;
        let headers = request.headers_mut();
        let had: Vec<HeaderValue> = headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        for name in OF_THE_CALLERS_BYTES {
            headers.remove(name);
        }
        // The card is read here, so it must be readable. Without the header any coding would do.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let reading = async {
            let mut response = self.pass_on(request, path, door).await?;
            // Not the agent's to say.
            response.headers_mut().remove(MAY_BE_KEPT);
            if for_anybody {
                response
                    .headers_mut()
                    .insert(MAY_BE_KEPT, HeaderValue::from_static("0"));
            }
            if response.status() != StatusCode::OK || response.headers().contains_key(CONTENT_ENCODING) {
                return Ok(response);
            }
            let (head, body) = response.into_parts();
            let bytes = whole(body, CARD_LIMIT).await?;
            let mut card: Value = serde_json::from_slice(&bytes).map_err(|_| AgentError::CardNotJson)?;
            if is_main {
                self.0.agent.learn(&card);
            }
            let (bytes, mut headers) = seen_from_outside(&mut card, bytes, head.headers, door);
            if for_anybody && keepable::is_for_anybody(&headers) {
                headers.insert(MAY_BE_KEPT, HeaderValue::from_static("1"));
            }
            Ok(unless_had(&had, bytes, headers))
        };
        timeout(CARD_DEADLINE, reading)
            .await
            .unwrap_or(Err(AgentError::CardTimeout(CARD_DEADLINE)))
    }
}

/// The card as it reads from the door. One that needs no change keeps every byte and header.
fn seen_from_outside(
    card: &mut Value,
    bytes: Bytes,
    mut headers: HeaderMap,
    door: &DoorUrl,
) -> (Bytes, HeaderMap) {
    match rewrite(card, door.expose()) {
        // That a signed card names an address of this machine is for the health table to say.
        Rewrite::AsIs | Rewrite::SignedAndLocal => return (bytes, headers),
        Rewrite::Changed => {}
    }
    for name in OF_OTHER_BYTES {
        headers.remove(name);
    }
    let bytes = Bytes::from(card.to_string());
    if let Ok(tag) = HeaderValue::try_from(tag(&bytes)) {
        headers.insert(ETAG, tag);
    }
    (bytes, headers)
}

/// A strong tag: the same bytes have the same one.
fn tag(bytes: &[u8]) -> String {
    let mut tag = String::from("\"");
    for byte in Sha256::digest(bytes).iter().take(16) {
        // Writing to a string can't fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// The card, or, for a caller who has it already, only that this is so.
fn unless_had(had: &[HeaderValue], bytes: Bytes, mut headers: HeaderMap) -> Response<Body> {
    let is_had = headers.get(ETAG).is_some_and(|tag| has_tag(had, tag));
    let (status, body) = if is_had {
        for name in [CONTENT_LENGTH, CONTENT_TYPE] {
            headers.remove(name);
        }
        (StatusCode::NOT_MODIFIED, empty())
    } else {
        (StatusCode::OK, full(bytes))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_have_the_same_tag_and_others_another() {
        assert_eq!(tag(b"card"), tag(b"card"));
        assert_ne!(tag(b"card"), tag(b"Card"));
        assert_eq!(tag(b"card").len(), 34);
    }
}
