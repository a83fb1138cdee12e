//! Health checks of whoever keeps this process alive: a container engine, Kubernetes.
//!
//! The listener is open to the machine's network, as probes come from outside the container. So it answers three paths and
//! nothing else, none of which says or does anything that matters: `/healthz`, that this process lives, and the two
//! places of an agent's card, the card without its addresses, and only while calls would be answered. It has no way to
//! the control API.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Mutex};

use crate::{
    agent::CARD_PATHS,
    control,
    host::HostHandle,
    profile::for_anybody,
    serving::Served,
    status::{PresenceWord, ProfileStatus},
};

/// Anybody on the network may ask; the agent is asked for its card once in this time, however many do.
const CARD_AGE: Duration = Duration::from_secs(1);

/// Why health checks are not answered.
#[derive(Debug, thiserror::Error)]
#[error("health checks cannot be answered on port {port}: {source}; set PORT to another, or leave it out")]
pub struct ProbeError {
    port: u16,
    source: io::Error,
}

/// Health checks that are being answered. Dropping it ends that without waiting.
#[derive(Debug)]
pub(crate) struct Probe {
    addr: SocketAddr,
    served: Served,
}

impl Probe {
    /// Listens on that port of every address of this machine, on a free one for 0, and answers for this host's profiles.
    pub(crate) async fn start(port: u16, handle: HostHandle) -> Result<Self, ProbeError> {
        let explain = |source| ProbeError { port, source };
        // One socket for IPv6 and IPv4, where the system has both.
        let both = TcpListener::bind(("::", port)).await;
        let listener = match both {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind(("0.0.0.0", port)).await.map_err(explain)?,
        };
        let addr = listener.local_addr().map_err(explain)?;
        tracing::info!(port = addr.port(), "health checks are answered");
        let served = Served::start("health checks", |stop| {
            control::serve(listener, router(handle), stop)
        });
        Ok(Self { addr, served })
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no more questions, and lets answers in flight end within half a second.
    pub(crate) async fn stop(self) {
        self.served.stop().await;
    }
}

/// The card of a moment ago, or why there was none.
type LastCard = Option<(Duration, Result<Value, String>)>;

#[derive(Clone)]
struct Asked {
    handle: HostHandle,
    last: Arc<Mutex<LastCard>>,
}

fn router(handle: HostHandle) -> Router {
    let asked = Asked {
        handle,
        last: Arc::default(),
    };
    let mut router = Router::new().route("/healthz", get(alive).fallback(nothing));
    for path in CARD_PATHS {
        router = router.route(path, get(card).fallback(nothing));
    }
    router.fallback(nothing).with_state(asked)
}

/// The process lives: it is asked on the one thread that does all its work. How the profile is does not matter here, as a
/// restart would not make a platform come back.
async fn alive(State(asked): State<Asked>) -> Response {
    let profile = asked.profile();
    let presence = profile.as_ref().map(|profile| profile.presence.state);
    fresh(Json(json!({ "status": "alive", "presence": presence })).into_response())
}

/// The agent's card, while calls would be answered; else why they would not.
async fn card(State(asked): State<Asked>) -> Response {
    let answer = match asked.card().await {
        Ok(card) => Json(card).into_response(),
        Err(unready) => (StatusCode::SERVICE_UNAVAILABLE, Json(unready)).into_response(),
    };
    fresh(answer)
}

async fn nothing() -> Response {
    let words = "this port answers health checks alone: GET of the agent's card and of /healthz";
    let body = Json(json!({ "error": words, "code": "not_found" }));
    (StatusCode::NOT_FOUND, body).into_response()
}

fn fresh(mut answer: Response) -> Response {
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

impl Asked {
    /// The one profile of a host that answers health checks.
    fn profile(&self) -> Option<ProfileStatus> {
        self.handle.status().borrow().profiles.first().cloned()
    }

    async fn card(&self) -> Result<Value, Value> {
        let Some(profile) = self.profile() else {
            return Err(unready(PresenceWord::Stopped, None));
        };
        if profile.presence.state != PresenceWord::Online {
            return Err(unready(profile.presence.state, profile.presence.reason));
        }
        let card = self.agents_card(&profile.name).await;
        card.map_err(|why| unready(profile.presence.state, Some(why)))
    }

    async fn agents_card(&self, profile: &str) -> Result<Value, String> {
        let mut last = self.last.lock().await;
        let clock = self.handle.clock();
        if let Some((at, card)) = &*last
            && clock.now().saturating_sub(*at) < CARD_AGE
        {
            return card.clone();
        }
        let card = match self.handle.agent(profile).await {
            Ok(Some(agent)) => agent
                .card(None)
                .await
                .map(for_anybody)
                .map_err(|error| error.to_string()),
            Ok(None) => Err("the profile does not run".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        *last = Some((clock.now(), card.clone()));
        card
    }
}

/// What is wrong, for people who look at a probe that fails, and for programs.
fn unready(presence: PresenceWord, reason: Option<String>) -> Value {
    let error = match &reason {
        Some(reason) => format!("{}: {reason}", presence.words()),
        None => presence.words().to_owned(),
    };
    json!({ "error": error, "code": "not_ready", "presence": presence, "reason": reason })
}

#[cfg(test)]
mod tests;
