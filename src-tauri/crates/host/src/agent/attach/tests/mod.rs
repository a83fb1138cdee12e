//! The proxy against real servers on loopback.

mod card;
mod connections;
mod passing;

use bytes::Bytes;
use hyper::{Request, Response};

use super::Attach;
use crate::agent::{Body, full, test_agent::TestAgent};

fn attach(agent: &TestAgent) -> Attach {
    Attach::new(&agent.url)
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(crate::agent::empty()).unwrap()
}

fn post(body: impl Into<Bytes>) -> Request<Body> {
    Request::post("/").body(full(body)).unwrap()
}

fn ok(body: impl Into<Bytes>) -> Response<Body> {
    Response::new(full(body))
}
