//! The shared door: calls of other A2A callers, passed on as they are.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    Method, Request, Response, Uri,
    body::Body as HttpBody,
    header::{HeaderValue, LOCATION},
    http::uri::PathAndQuery,
};
use ligand_tunnel::door::{DoorUrl, Slot};

use tokio::sync::OwnedSemaphorePermit;

use super::{Deliveries, replies};
use crate::{
    agent::{AgentError, Body, BoxError, Interfaces, from_outside},
    doors::{NotFound, Pass, at_shared_door},
};

impl Deliveries {
    /// The answer to a call, and its place among the calls under way, which it has until its last byte.
    pub(super) async fn at_shared_door<B>(
        &self,
        request: Request<B>,
        rest: &str,
    ) -> (Response<Body>, Option<OwnedSemaphorePermit>)
    where
        B: HttpBody<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BoxError>,
    {
        if !self.0.doors.is_shared() {
            return (replies::not_found(NotFound::Closed), None);
        }
        if !self.is_accepting() {
            return (replies::away(), None);
        }
        match self.0.shared_calls.clone().try_acquire_owned() {
            Ok(place) => (self.passed_on(request, rest).await, Some(place)),
            Err(_) => (replies::crowded(), None),
        }
    }

    async fn passed_on<B>(&self, request: Request<B>, rest: &str) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BoxError>,
    {
        let request = request.map(|body| body.map_err(Into::into).boxed());
        // The relay has said it before it sent a first call.
        let Some(door) = self.0.doors.url(Slot::Shared) else {
            return replies::away();
        };
        let interfaces = self.interfaces().await;
        let response = match at_shared_door(rest, &interfaces) {
            Err(why) => return replies::not_found(why),
            Ok(Pass::Card(path)) if matches!(*request.method(), Method::GET | Method::HEAD) => {
                // Boxed, as it is rare: every call would keep a place for it.
                Box::pin(self.card(request, path, &door, path == interfaces.card)).await
            }
            Ok(Pass::Card(path) | Pass::On(path)) => self.pass_on_or_card(request, path, &door).await,
        };
        response.unwrap_or_else(|error| replies::bad_gateway(&error.to_string()))
    }

    /// Where the agent takes calls, also if its card names our own door.
    pub(super) async fn interfaces(&self) -> Arc<Interfaces> {
        let known = self.0.agent.interfaces().await;
        match self.0.doors.url(Slot::Shared) {
            Some(door) if known.are_elsewhere() => Arc::new(known.behind(door.expose())),
            _ => known,
        }
    }

    /// Passes a call on to a path of the agent, with its query byte for byte.
    pub(super) async fn pass_on(
        &self,
        mut request: Request<Body>,
        path: &str,
        door: &DoorUrl,
    ) -> Result<Response<Body>, AgentError> {
        let target = match request.uri().query() {
            Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
            None => PathAndQuery::try_from(path),
        };
        *request.uri_mut() = Uri::from(target.map_err(|_| AgentError::Address)?);
        let mut response = self.0.agent.call(request).await?;
        lead_outside(&mut response, door);
        Ok(response)
    }
}

/// A redirect to another path of the agent leads to that path behind the door: the agent's own address is of no use to
/// a caller elsewhere.
fn lead_outside(response: &mut Response<Body>, door: &DoorUrl) {
    let Some(location) = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
    else {
        return;
    };
    let is_path = location.starts_with('/') && !location.starts_with("//");
    let outside = if is_path {
        Some(format!("{}{location}", door.expose()))
    } else {
        from_outside(location, door.expose())
    };
    if let Some(value) = outside.and_then(|outside| HeaderValue::try_from(outside).ok()) {
        response.headers_mut().insert(LOCATION, value);
    }
}
