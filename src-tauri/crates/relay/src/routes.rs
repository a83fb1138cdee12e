//! Where a request goes. What is not a door, a link or a health check is nothing.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use ligand_tunnel::Intake;
use ligand_tunnel::door::DoorPath;
use ligand_tunnel::hello::LINK_PATH;

use crate::answers::{Answer, PublicBody};
use crate::call::{self, Silence};
use crate::directory::Place;
use crate::links;
use crate::running::Relay;

/// What is posted here is closed without a byte, so that an operator can find out whether that reaches callers.
pub(crate) const SILENCE_PATH: &str = "/v1/silence";

/// Answers one request of the public listener.
pub(crate) async fn answer(
    relay: &Arc<Relay>,
    peer: IpAddr,
    intake: &Arc<Intake>,
    request: Request<Incoming>,
) -> Result<Response<PublicBody>, Silence> {
    let path = request.uri().path();
    if let Some((door, below)) = DoorPath::parse(path) {
        // Without a table and without waiting: whoever tries paths learns nothing, and costs nothing.
        let Some(platform) = relay.platform_of(&door) else {
            relay.metrics.unknown_path();
            return Ok(Answer::NotFound.response());
        };
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
