//! The shared door: calls of other A2A callers, passed on as they are, and the agent's card as it reads from outside.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, Uri,
    body::Body as HttpBody,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_LENGTH, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        IF_RANGE, LAST_MODIFIED, RANGE,
    },
    http::uri::PathAndQuery,
};
use ligand_tunnel::door::{DoorUrl, Slot};
use serde_json::Value;
use tokio::time::timeout;

use super::{Deliveries, count::keeping, replies};
use crate::{
    agent::{AgentError, Body, BoxError, CARD_DEADLINE, CARD_LIMIT, Rewrite, full, rewrite, whole},
    doors::{NotFound, Pass, at_shared_door},
};

/// A caller that asks for a card gets the whole of it, readable, because it is read here first.
const NOT_FOR_CARDS: [HeaderName; 5] = [ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE];

/// What the agent says of the bytes of its card, and what is not true of other bytes.
const OF_OTHER_BYTES: [HeaderName; 8] = [
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
    pub(super) async fn at_shared_door<B>(&self, request: Request<B>, rest: &str) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BoxError>,
    {
        if !self.0.doors.is_shared() {
            return replies::not_found(NotFound::Closed);
        }
        if !self.is_accepting() {
            return replies::away();
        }
        let Ok(place) = self.0.shared_calls.clone().try_acquire_owned() else {
            return replies::crowded();
        };
        let request = request.map(|body| body.map_err(Into::into).boxed());
        let interfaces = self.0.agent.interfaces().await;
        let response = match at_shared_door(rest, &interfaces) {
            Err(why) => return replies::not_found(why),
            Ok(Pass::Card(path)) if matches!(*request.method(), Method::GET | Method::HEAD) => {
                self.card(request, &path).await
            }
            Ok(Pass::Card(path) | Pass::On(path)) => self.pass_on(request, &path).await,
        };
        match response {
            Ok(response) => keeping(response, place),
            Err(error) => replies::bad_gateway(&error.to_string()),
        }
    }

    /// Passes a call on to a path of the agent, with its query byte for byte.
    async fn pass_on(&self, mut request: Request<Body>, path: &str) -> Result<Response<Body>, AgentError> {
        let target = match request.uri().query() {
            Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
            None => PathAndQuery::try_from(path),
        };
        *request.uri_mut() = Uri::from(target.map_err(|_| AgentError::Address)?);
        self.0.agent.call(request).await
    }

    /// The agent's card, with the door's address in the place of every address on this machine.
    async fn card(&self, mut request: Request<Body>, path: &str) -> Result<Response<Body>, AgentError> {
        let Some(door) = self.0.doors.url(Slot::Shared) else {
            return Ok(replies::away());
        };
        // Also for HEAD: the length of what it asks about is known when the card was read.
        *request.method_mut() = Method::GET;
        for name in NOT_FOR_CARDS {
            request.headers_mut().remove(name);
        }
        let reading = async {
            let response = self.pass_on(request, path).await?;
            if response.status() != StatusCode::OK {
                return Ok(response);
            }
            let (head, body) = response.into_parts();
            let bytes = whole(body, CARD_LIMIT).await?;
            let (bytes, headers) = self.seen_from_outside(bytes, head.headers, &door)?;
            let mut response = Response::new(full(bytes));
            *response.headers_mut() = headers;
            Ok(response)
        };
        timeout(CARD_DEADLINE, reading)
            .await
            .unwrap_or(Err(AgentError::CardTimeout(CARD_DEADLINE)))
    }

    /// The card as it reads from the door. One that needs no change keeps every byte and header.
    fn seen_from_outside(
        &self,
        bytes: Bytes,
        mut headers: HeaderMap,
        door: &DoorUrl,
    ) -> Result<(Bytes, HeaderMap), AgentError> {
        let mut card: Value = serde_json::from_slice(&bytes).map_err(|_| AgentError::CardNotJson)?;
        self.0.agent.learn(&card);
        match rewrite(&mut card, door.expose()) {
            Rewrite::AsIs => return Ok((bytes, headers)),
            Rewrite::SignedAndLocal => {
                tracing::warn!(
                    "the agent's card is signed and names an address that only this machine can reach"
                );
                return Ok((bytes, headers));
            }
            Rewrite::Changed => {}
        }
        for name in OF_OTHER_BYTES {
            headers.remove(name);
        }
        Ok((Bytes::from(card.to_string()), headers))
    }
}
