//! The platform door: a delivery from its arrival to its answer.

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, Response, Uri,
    body::Body as HttpBody,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderValue},
};
use ligand_tunnel::Hush;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    Deliveries,
    delivery::{Answer, Ending, Event, Failure, State},
    memory::{Claim, Known},
    message::Message,
    replies,
};
use crate::{
    agent::{AgentError, Body, NotWhole, full, json as json_response, rpc::NO_ID, whole},
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
        let ending = self.settle(head.headers, body, &mut noted).await;
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

    /// Brings a delivery to its ending, or waits for the ending of the same one before it.
    async fn settle<B>(&self, headers: HeaderMap, body: B, noted: &mut Noted) -> Ending
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
        match self.0.memory.look_up(message.key) {
            Known::Ended(ending) => ending,
            Known::UnderWay(follow) => follow.ending().await,
            Known::New(claim) => {
                let follow = claim.follow();
                let cut_off = self.cut_off().child_token();
                // Without a key nobody can come back for the answer, so the work ends with its caller.
                let _ends_with_us = (!claim.is_keyed()).then(|| cut_off.clone().drop_guard());
                tokio::spawn(self.clone().work(headers, message, claim, cut_off));
                follow.ending().await
            }
        }
    }

    /// The task of a new delivery: it performs what the state asks for, until the end.
    async fn work(self, headers: HeaderMap, message: Message, claim: Claim, cut_off: CancellationToken) {
        let _open = self.0.open.enter();
        let mut accepting = self.0.accepting.subscribe();
        let mut permit = None;
        let mut state = State::Waiting;
        let ending = loop {
            let event = match state {
                State::Waiting => tokio::select! {
                    biased;
                    () = cut_off.cancelled() => Event::CutOff,
                    _ = accepting.wait_for(|on| !on) => Event::Stopping,
                    permitted = self.0.permits.acquire(self.0.limits.hold) => match permitted {
                        Ok(granted) => {
                            permit = Some(granted);
                            Event::Permitted
                        }
                        Err(why) => Event::NotPermitted(why),
                    },
                },
                State::Working => tokio::select! {
                    biased;
                    () = cut_off.cancelled() => Event::CutOff,
                    event = self.ask(&headers, &message) => event,
                },
                State::Ended(ending) => break ending,
            };
            state = state.step(event);
        };
        // The permit goes back first: who has the answer may send the next message at once.
        drop(permit);
        claim.settle(ending);
    }

    /// Calls the agent and takes its answer whole.
    async fn ask(&self, headers: &HeaderMap, message: &Message) -> Event {
        let began = self.0.clock.now();
        let asked = timeout(self.0.limits.answer, self.answer(headers, message)).await;
        if let Some(message_id) = &message.message_id {
            let agent = self.0.clock.now().saturating_sub(began);
            self.0.timings.note(message_id, |timing| timing.agent = agent);
        }
        match asked {
            Ok(Ok(answer)) => Event::Answered(answer),
            Ok(Err(failure)) => Event::Failed(failure),
            Err(_) => Event::Failed(Failure::TooSlow),
        }
    }

    async fn answer(&self, headers: &HeaderMap, message: &Message) -> Result<Answer, Failure> {
        let interfaces = self.0.agent.interfaces().await;
        let mut request = Request::new(full(message.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            Uri::try_from(&interfaces.endpoint).map_err(|_| Failure::Agent(AgentError::Address))?;
        *request.headers_mut() = for_the_agent(headers);
        let response = self.0.agent.call(request).await.map_err(Failure::Agent)?;
        let (head, body) = response.into_parts();
        let body = whole(body, self.0.limits.body)
            .await
            .map_err(|not_whole| match not_whole {
                NotWhole::TooLong => Failure::Oversized,
                NotWhole::Broken(error) => Failure::Agent(AgentError::Body(error)),
            })?;
        Ok(Answer {
            id: message.id.clone(),
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}

/// What is known of a delivery when it ends.
struct Noted {
    /// The JSON-RPC id to answer under.
    id: String,
    message_id: Option<String>,
    bytes: usize,
}

/// The headers that go to the agent. The platform's secret is for us alone; an answer that is kept must be readable
/// later, so it is not compressed; and the body is whole now, so its length is known anew.
fn for_the_agent(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [AUTHORIZATION, ACCEPT_ENCODING, CONTENT_LENGTH, EXPECT] {
        headers.remove(name);
    }
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    headers
}
