//! Where a request goes. What is not a door, a link, a health check or a look at silence is nothing.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use ligand_tunnel::door::DoorPath;
use ligand_tunnel::hello::LINK_PATH;
use ligand_tunnel::{CallerBody, Intake};

use crate::answers::Answer;
use crate::call::{self, Silence};
use crate::directory::Place;
use crate::framing::Doubt;
use crate::headers;
use crate::known_door::KnownDoor;
use crate::links;
use crate::public_body::PublicBody;
use crate::running::Relay;

/// What is posted here is closed without a byte, so that an operator can find out whether that reaches callers.
pub(crate) const SILENCE_PATH: &str = "/v1/silence";

/// Answers one request of the public listener, if its bytes can be read in one way only.
pub(crate) async fn answer_without(
    doubt: &Doubt,
    relay: &Arc<Relay>,
    peer: IpAddr,
    known: &KnownDoor,
    intake: &Arc<Intake>,
    request: Request<Incoming>,
) -> Result<Response<PublicBody>, Silence> {
    if doubt.is_there() {
        return Ok(Answer::BadRequest.response());
    }
    match answer(relay, peer, known, intake, request.map(CallerBody::Any)).await {
        // The body broke off because it could not be read further.
        Err(Silence) if doubt.is_there() => Ok(Answer::BadRequest.response()),
        Ok(answer) if doubt.is_there() && answer.status() == StatusCode::BAD_GATEWAY => {
            Ok(Answer::BadRequest.response())
        }
        answered => answered,
    }
}

/// Answers one request.
pub(crate) async fn answer(
    relay: &Arc<Relay>,
    peer: IpAddr,
    known: &KnownDoor,
    intake: &Arc<Intake>,
    mut request: Request<CallerBody>,
) -> Result<Response<PublicBody>, Silence> {
    if let Some(named) = relay.host_names().and_then(|names| names.named(&request)) {
        // In the form in which it came: what is put into its place would pass for well formed.
        if !headers::is_passable(&request) {
            return Ok(Answer::BadRequest.response());
        }
        let Some((platform, door, below)) = relay.by_path(named, &mut request) else {
            relay.metrics.unknown_path();
            return Ok(Answer::NotFound.response());
        };
        let place = Place {
            platform,
            workspace: door.workspace,
        };
        return call::call(relay, place, &door, &below, request, intake).await;
    }
    let path = request.uri().path();
    let found = known.find(path).or_else(|| {
        let (door, below) = DoorPath::parse(path)?;
        // Without a table and without waiting: whoever tries paths learns nothing, and costs nothing.
        let platform = relay.platform_of(&door)?;
        known.learn(path, below, platform, &door);
        Some((platform, door, below))
    });
    if let Some((platform, door, below)) = found {
        let place = Place {
            platform,
            workspace: door.workspace,
        };
        let below = below.to_owned();
        return call::call(relay, place, &door, &below, request, intake).await;
    }
    Ok(match path {
        LINK_PATH => links::accept(relay, peer, request),
        SILENCE_PATH if *request.method() == Method::POST => return Err(Silence),
        "/healthz" if matches!(*request.method(), Method::GET | Method::HEAD) => Answer::Healthy.response(),
        "/healthz" => Answer::MethodNotAllowed.response(),
        _ => {
            relay.metrics.unknown_path();
            Answer::NotFound.response()
        }
    })
}
