//! The platform door: a delivery that is pushed, from its arrival to its answer; and the headers that go on.

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, Response,
    body::Body as HttpBody,
    header::{
        ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, HeaderValue,
        PROXY_AUTHORIZATION,
    },
};
use ligand_tunnel::Hush;
use serde_json::json;

use super::{CLOSE_HEADER, Deliveries, delivery::Ending, message::Message, replies, work::Arrival};
use crate::{
    agent::{Body, json as json_response, rpc::NO_ID},
    doors::{Deliver, at_platform_door},
};

impl Deliveries {
    pub(super) async fn at_platform_door<B>(
        &self,
        request: Request<B>,
        rest: &str,
    ) -> Result<Response<Body>, Hush>
    where
        B: HttpBody<Data = Bytes>,
    {
        let began = self.0.clock.now();
        let queued = match at_platform_door(rest) {
            Ok(Deliver { queued }) => queued,
            Err(why) => return Ok(replies::not_found(why)),
        };
        let (head, body) = request.into_parts();
        if queued && self.is_probe(&head.headers) {
            if head.headers.contains_key(CLOSE_HEADER) {
                return Err(Hush);
            }
            return Ok(json_response(hyper::StatusCode::OK, &json!({ "ligand": "here" })));
        }
        if !self.is_accepting() {
            return replies::reply(&Ending::Hushed, NO_ID, queued);
        }
        if !self.0.doors.admits(&head.headers) {
            return Ok(replies::unauthorized());
        }
        if head.method != Method::POST {
            return Ok(replies::only_post());
        }
        let mut noted = Noted {
            id: NO_ID.to_owned(),
            message_id: None,
            bytes: 0,
        };
        let door = if queued { "platform" } else { "platform/a2a" };
        let ending = self.push(door, head.headers, body, &mut noted).await;
        let host = self.0.clock.now().saturating_sub(began);
        if let Some(message_id) = &noted.message_id {
            self.0.timings.note(message_id, |timing| timing.host = host);
        }
        tracing::debug!(
            bytes = noted.bytes,
            ms = host.as_millis(),
            outcome = ending.word(),
            "delivery ended"
        );
        replies::reply(&ending, &noted.id, queued)
    }

    /// Brings a delivery that is pushed to its ending.
    async fn push<B>(&self, door: &'static str, headers: HeaderMap, body: B, noted: &mut Noted) -> Ending
    where
        B: HttpBody<Data = Bytes>,
    {
        let limits = &self.0.limits;
        let taken = match self.0.room.take(body, limits.body, limits.hold).await {
            Ok(taken) => taken,
            Err(bad) => return Ending::BadBody(bad),
        };
        noted.bytes = taken.bytes.len();
        let message = match Message::read(taken) {
            Ok(message) => message,
            Err(misread) => {
                noted.id.clone_from(&misread.id);
                return Ending::Misread(misread);
            }
        };
        noted.id.clone_from(&message.id);
        noted.message_id.clone_from(&message.message_id);
        let arrival = Arrival {
            door,
            headers: for_the_agent(&headers),
            message,
            owed: None,
        };
        self.settle(arrival).await.ending
    }
}

/// What is known of a delivery when it ends.
struct Noted {
    /// The JSON-RPC id to answer under.
    id: String,
    message_id: Option<String>,
    bytes: usize,
}

/// The headers that go to the agent and into the journal. The platform's secret is for us alone; an answer that is kept must be readable
/// later, so it is not compressed; and the body is whole now, so its length is known anew.
fn for_the_agent(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [
        AUTHORIZATION,
        PROXY_AUTHORIZATION,
        COOKIE,
        ACCEPT_ENCODING,
        CONTENT_LENGTH,
        EXPECT,
    ] {
        headers.remove(name);
    }
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    headers
}
