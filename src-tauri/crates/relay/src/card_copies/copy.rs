//! One card that is kept, and for which calls it is.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, VARY};
use hyper::{Method, Request};
use ligand_tunnel::card::CARD_PATHS;
use ligand_tunnel::door::{DoorPath, Nonce, Slot};

/// What cards differ by, whether they say so or not.
const VERSIONS: [HeaderName; 2] = [
    HeaderName::from_static("a2a-version"),
    HeaderName::from_static("a2a-extensions"),
];

/// A request for the card at a shared door.
pub(crate) struct CardCall {
    nonce: Nonce,
    /// Whether its answer has a body.
    pub(super) brings: bool,
    query: Option<String>,
    headers: HeaderMap,
}

impl CardCall {
    /// `None` when a call to a door is anything else.
    pub(crate) fn of<B>(door: &DoorPath, below: &str, request: &Request<B>) -> Option<Self> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        (door.slot == Slot::Shared && reads && CARD_PATHS.contains(&below)).then(|| Self {
            nonce: door.nonce.clone(),
            brings: request.method() == Method::GET,
            query: request.uri().query().map(str::to_owned),
            headers: request.headers().clone(),
        })
    }

    /// What it says under this name.
    pub(super) fn said(&self, name: &HeaderName) -> Vec<HeaderValue> {
        self.headers.get_all(name).iter().cloned().collect()
    }
}

/// One card, and for which requests it is.
pub(super) struct CardCopy {
    pub(super) nonce: Nonce,
    query: Option<String>,
    varies: Vec<(HeaderName, Vec<HeaderValue>)>,
    pub(super) head: HeaderMap,
    pub(super) body: Bytes,
    /// When it was last known to be the newest.
    pub(super) at: Duration,
}

impl CardCopy {
    /// Of the answer to this call.
    pub(super) fn new(call: &CardCall, head: HeaderMap, body: Bytes, at: Duration) -> Self {
        let named = head.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
        let named = named.flat_map(|line| line.split(','));
        let named = named.filter_map(|name| name.trim().parse::<HeaderName>().ok());
        // The laptop asks for no coding, whatever its caller takes.
        let named = named.filter(|name| *name != ACCEPT_ENCODING);
        let varies = VERSIONS.into_iter().chain(named).map(|name| {
            let said = call.said(&name);
            (name, said)
        });
        Self {
            nonce: call.nonce.clone(),
            query: call.query.clone(),
            varies: varies.collect(),
            head,
            body,
            at,
        }
    }

    pub(super) fn is_for(&self, call: &CardCall) -> bool {
        self.nonce == call.nonce
            && self.query == call.query
            && self.varies.iter().all(|(name, said)| *said == call.said(name))
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + bytes_of(&self.head)
    }
}

/// The size of a head.
pub(super) fn bytes_of(head: &HeaderMap) -> usize {
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    head.iter().map(line).sum()
}
