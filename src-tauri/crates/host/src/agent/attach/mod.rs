//! An agent that somebody else runs on this machine: a reverse proxy to it that streams both ways.
//!
//! A call waits at most 5 s for a connection and then as long as the agent wants: a silent stream is no fault. A
//! request is sent again, on a fresh connection, only when not a byte of it had gone out.

mod address;
mod gathered;
mod pool;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri, Version,
    body::Body as _,
    header::{CONNECTION, HOST, HeaderName},
};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use self::{
    address::Address,
    gathered::Gathered,
    pool::{Connection, Pool, Sent},
    wire::Wire,
};
use super::{AgentError, Body, CARD_DEADLINE, CARD_LIMIT, Interfaces, empty, whole};

/// A longer body, or one of unknown length, gets a fresh connection: it cannot be sent twice, and would be lost to
/// an agent that closes an idle connection just then.
const REPLAYABLE: u64 = 64 * 1024;

/// What is between two neighbours and never passed on, besides what `Connection` names.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) struct Attach {
    /// `None` when the configured address is not one that may be called.
    address: Option<Address>,
    pool: Arc<Pool>,
    /// What the card said, once it was read or found to be missing.
    interfaces: Mutex<Option<Arc<Interfaces>>>,
}

/// A call without an answer.
pub(super) struct NotCalled {
    pub(super) error: AgentError,
    /// The call itself, where there was no connection for it.
    pub(super) request: Option<Request<Body>>,
}

impl From<AgentError> for NotCalled {
    fn from(error: AgentError) -> Self {
        Self { error, request: None }
    }
}

impl Attach {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            address: Address::of(url),
            pool: Arc::default(),
            interfaces: Mutex::new(None),
        }
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, AgentError> {
        self.try_call(request).await.map_err(|failed| failed.error)
    }

    /// The same, and gives the call back where there was no connection for it.
    pub(super) async fn try_call(&self, mut request: Request<Body>) -> Result<Response<Body>, NotCalled> {
        let address = self.address.as_ref().ok_or(AgentError::Address)?;
        prepare(&mut request, address);
        let response = self.send(address, request).await?;
        let (mut parts, body) = response.into_parts();
        strip_hop_by_hop(&mut parts.headers);
        parts.version = Version::HTTP_11;
        Ok(Response::from_parts(parts, body))
    }

    async fn send(&self, address: &Address, request: Request<Body>) -> Result<Response<Body>, NotCalled> {
        let (parts, body) = request.into_parts();
        let body = Gathered::of(body, REPLAYABLE).await.map_err(AgentError::Body)?;
        let mut request = Request::from_parts(parts, body);
        let replayable = request
            .body()
            .size_hint()
            .exact()
            .is_some_and(|size| size <= REPLAYABLE);
        while replayable && let Some(idle) = self.pool.take() {
            match idle.send(request, &self.pool).await? {
                Sent::Answered(response) => return Ok(response),
                Sent::NotBegun(again) => request = *again,
            }
        }
        // Boxed, as it is rare: most calls find an idle connection.
        let wire = match Box::pin(Wire::connect(&address.sockets)).await {
            Ok(wire) => wire,
            Err(error) => {
                return Err(NotCalled {
                    error,
                    request: Some(request.map(BodyExt::boxed)),
                });
            }
        };
        match Connection::new(wire).send(request, &self.pool).await? {
            Sent::Answered(response) => Ok(response),
            Sent::NotBegun(_) => Err(AgentError::Closed.into()),
        }
    }

    /// Asks for the card at its places, and remembers what it names.
    pub(super) async fn fetch_card(&self) -> Result<Value, AgentError> {
        let address = self.address.as_ref().ok_or(AgentError::Address)?;
        let asking = async {
            let mut missing = None;
            for place in address.card_places() {
                match self.card_at(&place).await {
                    Ok(card) => {
                        self.remember(Interfaces::of(&card, address.port, &address.path, &place));
                        return Ok(card);
                    }
                    // The first place is where the card should be, so its answer is the one to tell.
                    Err(error @ AgentError::CardStatus(_)) => missing = missing.or(Some(error)),
                    Err(error) => return Err(error),
                }
            }
            self.remember(Interfaces::without_card(&address.path));
            Err(missing.unwrap_or(AgentError::CardNotJson))
        };
        timeout(CARD_DEADLINE, asking)
            .await
            .unwrap_or(Err(AgentError::CardTimeout(CARD_DEADLINE)))
    }

    async fn card_at(&self, place: &str) -> Result<Value, AgentError> {
        let mut request = Request::new(empty());
        *request.uri_mut() = Uri::try_from(place).map_err(|_| AgentError::Address)?;
        let response = self.call(request).await?;
        if response.status() != StatusCode::OK {
            return Err(AgentError::CardStatus(response.status().as_u16()));
        }
        let bytes = whole(response.into_body(), CARD_LIMIT).await?;
        let card: Value = serde_json::from_slice(&bytes).map_err(|_| AgentError::CardNotJson)?;
        if card.is_object() {
            Ok(card)
        } else {
            Err(AgentError::CardNotJson)
        }
    }

    pub(super) async fn interfaces(&self) -> Arc<Interfaces> {
        if let Some(known) = self.known() {
            return known;
        }
        // Whatever fails here fails again in the call itself, which tells it.
        // Boxed: otherwise every call would keep a place for what is done once.
        let _ = Box::pin(self.fetch_card()).await;
        self.known().unwrap_or_else(|| {
            let path = self.address.as_ref().map_or("/", |address| &address.path);
            Arc::new(Interfaces::without_card(path))
        })
    }

    pub(super) fn learn(&self, card: &Value) {
        if let (Some(address), Some(known)) = (&self.address, self.known()) {
            self.remember(Interfaces::of(card, address.port, &address.path, &known.card));
        }
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.known().is_some_and(|known| known.is_sealed)
    }

    fn known(&self) -> Option<Arc<Interfaces>> {
        self.interfaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, interfaces: Interfaces) {
        *self.interfaces.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(interfaces));
    }
}

/// Makes the request one to this agent: its path alone, its host, and nothing that was meant for a neighbour.
fn prepare(request: &mut Request<Body>, address: &Address) {
    let target = std::mem::take(request.uri_mut()).into_parts().path_and_query;
    *request.uri_mut() = target.map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.version_mut() = Version::HTTP_11;
    strip_hop_by_hop(request.headers_mut());
    request.headers_mut().insert(HOST, address.host.clone());
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // As a rule there is nothing of the kind, and one look at each name is less than nine look-ups.
    if !headers.keys().any(|name| HOP_BY_HOP.contains(&name.as_str())) {
        return;
    }
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
