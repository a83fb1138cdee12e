//! Deliveries as a whole: calls through doors, to real agents.

mod again;
mod bodies;
mod bounds;
mod crash;
mod front;
mod platform;
mod shared;
mod shared_card;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{Request, Response, StatusCode};
use ligand_tunnel::{
    Hush,
    door::{DoorUrl, Nonce, RelaySecret, Slot},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Deliveries, Journal, Limits};
use crate::{
    agent::{
        Agent, Body, full,
        test_agent::{TestAgent, text},
    },
    config::DeliveryConfig,
    doors::Doors,
};

const PUBLIC: &str = "https://relay.example";

/// One workspace with both doors, as a link would serve it.
#[derive(Clone)]
struct Bench {
    deliveries: Deliveries,
    doors: Doors,
    paths: Arc<HashMap<Slot, String>>,
}

impl Bench {
    fn new(agent: Agent) -> Self {
        Self::with(agent, |_| {})
    }

    fn with(agent: Agent, change: impl FnOnce(&mut Limits)) -> Self {
        Self::journalled(agent, Uuid::new_v4(), Journal::none(), change)
    }

    fn journalled(agent: Agent, workspace: Uuid, journal: Journal, change: impl FnOnce(&mut Limits)) -> Self {
        let relay = RelaySecret::random();
        let nonces = [Slot::Platform, Slot::Shared].map(|slot| (slot, Nonce::random()));
        let path = |(slot, nonce): &(Slot, Nonce)| {
            (*slot, relay.seal("https://org.example", workspace, *slot, nonce))
        };
        let paths: HashMap<Slot, String> = nonces.iter().map(path).collect();
        let doors = Doors::new(workspace, &nonces, true);
        let url = |(slot, path): (&Slot, &String)| (*slot, DoorUrl::new(format!("{PUBLIC}{path}")));
        doors.learn_urls(&paths.iter().map(url).collect());
        let mut limits = Limits::for_hold(Duration::from_secs(20));
        change(&mut limits);
        // What the agent says is looked at as it is; the one shape has tests of its own.
        let config = DeliveryConfig {
            normalise: false,
            ..DeliveryConfig::default()
        };
        let deliveries = Deliveries::new(workspace, agent, doors.clone(), limits, config, journal);
        deliveries.accept(true);
        Self {
            deliveries,
            doors,
            paths: Arc::new(paths),
        }
    }

    fn path(&self, slot: Slot, rest: &str) -> String {
        format!("{}{rest}", self.paths[&slot])
    }

    /// The public URL of the shared door.
    fn public(&self) -> String {
        format!("{PUBLIC}{}", self.paths[&Slot::Shared])
    }

    /// POSTs to the platform door.
    async fn push(&self, body: impl Into<Bytes>) -> Result<Response<Body>, Hush> {
        self.push_below("", body).await
    }

    async fn push_below(&self, rest: &str, body: impl Into<Bytes>) -> Result<Response<Body>, Hush> {
        let request =
            Request::post(self.path(Slot::Platform, rest)).header("content-type", "application/json");
        self.deliveries.handle(request.body(full(body)).unwrap()).await
    }

    /// POSTs to the platform door, and reads the answer, which must be JSON-RPC with HTTP 200.
    async fn told(&self, body: impl Into<Bytes>) -> Value {
        rpc(self.push(body).await.unwrap()).await
    }

    /// Calls something below the shared door.
    async fn shared(&self, method: &str, rest: &str) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(self.path(Slot::Shared, rest));
        self.deliveries
            .handle(request.body(crate::agent::empty()).unwrap())
            .await
            .unwrap()
    }
}

/// Reads an answer that must be JSON-RPC with HTTP 200.
async fn rpc(response: Response<Body>) -> Value {
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Value = serde_json::from_str(&text(response.into_body()).await).unwrap();
    assert_eq!(answer["jsonrpc"], "2.0");
    answer
}

/// Reads an answer that must be JSON with a sentence under `error`.
async fn refusal(response: Response<Body>) -> (StatusCode, String) {
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/json");
    let answer: Value = serde_json::from_str(&text(response.into_body()).await).unwrap();
    (status, answer["error"].as_str().unwrap().to_owned())
}

/// A message as the platform sends it.
fn message(id: &Value, message_id: &str, words: &str) -> String {
    json!({
        "jsonrpc": "2.0", "id": id, "method": "message/send",
        "params": { "message": { "role": "user", "messageId": message_id, "parts": [{ "kind": "text", "text": words }] } },
    })
    .to_string()
}

/// An answer of an agent, under the id that it was asked under.
fn answer_to(body: &str) -> Response<Body> {
    let call: Value = serde_json::from_str(body).unwrap();
    let answer = json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "parts": [{ "kind": "text", "text": "done" }] } });
    Response::new(full(answer.to_string()))
}

/// An agent that answers every message.
async fn willing() -> TestAgent {
    TestAgent::start(|request| async { answer_to(&text_or_empty(request).await) }).await
}

async fn text_or_empty(request: Request<hyper::body::Incoming>) -> String {
    let body = text(request.into_body()).await;
    if body.is_empty() { "{}".to_owned() } else { body }
}

fn attached(agent: &TestAgent) -> Agent {
    Agent::attach(agent.url.clone())
}
