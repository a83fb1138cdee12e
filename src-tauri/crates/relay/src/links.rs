//! `/v1/link`: from the upgrade to the end of a link.
//!
//! One task does all of it, and lives as long as the link. What it does at the beginning, at the end or every few minutes
//! is boxed: otherwise each of thousands of idle links would keep room for asking a platform. So is what it hands on,
//! of which each function would keep a place.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use ligand_tunnel::hello::{
    DoorGrant, DoorRequest, Goodbye, GoodbyeReason, Refusal, RefusalCode, SUBPROTOCOL,
};
use ligand_tunnel::{AcceptError, Handshake, OpenedLink, RelayEvent, RelayLink};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::admission::With;
use crate::answers::Answer;
use crate::come_back;
use crate::connections::AnyIo;
use crate::directory::{Dialled, Place, Stale, Superseded};
use crate::limit::Limit;
use crate::public_body::PublicBody;
use crate::rechecks::Rechecks;
use crate::running::Relay;
use crate::seats::Seat;

/// How long the switch of protocols may take.
const UPGRADE_WAIT: Duration = Duration::from_secs(10);
/// How long calls may go on over a link that has been superseded.
const SUPERSEDED_GRACE: Duration = Duration::from_secs(10);
/// A link that was admitted with a token proves itself anew after so many of the times after which the right of others is
/// looked at: a revoked token is good for an hour at most.
const TOKEN_GOOD_FOR: u32 = 6;
/// How long calls may go on over the link before: their laptop is there, and agents think for minutes.
const PROVE_AGAIN_GRACE: Duration = Duration::from_secs(10 * 60);

/// When a laptop may try again that found no place, in seconds.
const FULL_RETRY_S: u32 = 60;

/// Takes the upgrade and goes on in a task of its own.
pub(crate) fn accept<B>(relay: &Arc<Relay>, peer: IpAddr, mut request: Request<B>) -> Response<PublicBody> {
    if request.method() != Method::GET {
        return Answer::MethodNotAllowed.response();
    }
    let Some(key) = websocket_key(request.headers()) else {
        return Answer::UpgradeRequired.response();
    };
    if relay.draining.is_cancelled() {
        return Answer::Draining.response();
    }
    let dial = match relay.dials.take(peer) {
        Ok(seat) => Dialling { peer, _seat: seat },
        Err(limit) => {
            relay.metrics.over(limit);
            let answer = if limit == Limit::Dials {
                Answer::Crowded
            } else {
                Answer::CrowdedAddress
            };
            return answer.response();
        }
    };
    let mut response = Response::new(PublicBody::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    relay
        .tasks
        .spawn(link(relay.clone(), hyper::upgrade::on(&mut request), dial));
    response
}

/// A dial under way.
struct Dialling {
    peer: IpAddr,
    _seat: Seat,
}

/// What to answer to the key of a proper upgrade to our protocol.
fn websocket_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name: &HeaderName, token: &str| {
        let values = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let proper = has(&CONNECTION, "upgrade")
        && has(&UPGRADE, "websocket")
        && has(&SEC_WEBSOCKET_VERSION, "13")
        && has(&SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| proper)?;
    derive_accept_key(key.as_bytes()).parse().ok()
}

/// A link that may be, and what is needed of its beginning as long as it lasts.
struct Admitted {
    opened: OpenedLink,
    place: Place,
    with: With,
    dialled: Dialled,
    doors: Vec<DoorRequest>,
    hold_s: u32,
    _seat: Seat,
}

async fn link(relay: Arc<Relay>, upgrade: OnUpgrade, dial: Dialling) {
    if let Some(admitted) = Box::pin(arrive(&relay, upgrade, dial)).await {
        welcome(&relay, admitted).await;
    }
}

/// From the upgrade to the decision.
async fn arrive(relay: &Relay, upgrade: OnUpgrade, dial: Dialling) -> Option<Box<Admitted>> {
    let upgraded = tokio::time::timeout(UPGRADE_WAIT, upgrade).await.ok()?.ok()?;
    let shaken = tokio::select! {
        biased;
        () = relay.draining.cancelled() => return None,
        shaken = begin(upgraded) => shaken,
    };
    let handshake = match shaken {
        Ok(handshake) => handshake,
        Err(error) => {
            tracing::debug!(%error, "handshake failed");
            return None;
        }
    };
    let claim = handshake.claim.clone();
    let dialled = Dialled {
        instance: claim.instance,
        generation: claim.generation,
    };
    match decide(relay, &handshake, dialled, dial.peer).await {
        Ok((place, with, seat)) => Some(Box::new(Admitted {
            opened: handshake.open(relay.limits.streams_per_link),
            place,
            with,
            dialled,
            doors: claim.doors,
            hold_s: claim.hold_s,
            _seat: seat,
        })),
        Err(refusal) => {
            relay.metrics.link_refused();
            tracing::info!(workspace = %claim.workspace, code = refusal.code.as_str(), "link refused");
            handshake.refuse(refusal).await;
            None
        }
    }
}

async fn begin(upgraded: Upgraded) -> Result<Handshake, AcceptError> {
    match upgraded.downcast::<AnyIo>() {
        // The socket alone: what watches callers does not watch links.
        Ok(parts) if parts.read_buf.is_empty() => {
            let socket = parts.io.into_inner().into_inner().into_socket();
            Handshake::begin(socket).await
        }
        // A laptop waits for the challenge before it says anything.
        Ok(_) => Err(AcceptError::Broken(None)),
        Err(upgraded) => Handshake::begin(TokioIo::new(upgraded)).await,
    }
}

async fn welcome(relay: &Arc<Relay>, admitted: Box<Admitted>) {
    let place = admitted.place;
    let workspace = place.workspace;
    let link = admitted.opened.link.clone();
    match relay
        .directory
        .install(place, link.clone(), admitted.dialled, admitted.hold_s)
    {
        Ok(superseded) => {
            tracing::info!(%workspace, took_over = superseded.is_some(), "link up");
            relay.metrics.link_welcomed(superseded.is_some());
            if let Some(superseded) = superseded {
                if superseded.closed_older {
                    relay.metrics.over(Limit::LinksPerWorkspace);
                }
                relay.tasks.spawn(supersede(superseded));
            }
            note_doors(relay, place, &link, &admitted.doors);
            attend(relay, admitted).await;
            let away = relay.directory.ended(place, &link);
            tracing::info!(%workspace, away, "link ended");
        }
        Err(Stale) => {
            // Overtaken by a later dial of its own, between the decision and now.
            drop(admitted.opened.welcome(Vec::new()));
            Box::pin(link.retire(superseded_by(true), Duration::ZERO)).await;
        }
    }
}

async fn decide(
    relay: &Relay,
    handshake: &Handshake,
    dialled: Dialled,
    peer: IpAddr,
) -> Result<(Place, With, Seat), Refusal> {
    let draining = || {
        Refusal::new(RefusalCode::Draining, "This relay is going away.")
            .retry_after(come_back::in_s(relay.links.count(), relay.drain))
    };
    if relay.draining.is_cancelled() {
        return Err(draining());
    }
    let (place, with) = relay.admission.admit(&handshake.claim, &handshake.shown).await?;
    if relay.draining.is_cancelled() {
        return Err(draining());
    }
    if relay.directory.check(place, dialled) == Err(Stale) {
        return Err(Refusal::new(
            RefusalCode::Stale,
            "The same host has connected again since this dial began.",
        ));
    }
    // A half-open link must not keep its workspace unreachable, however full it is here.
    let seat = if relay.directory.has_link(place) {
        relay.links.take_over(peer)
    } else {
        relay.links.take(peer)
    };
    match seat {
        Ok(seat) => Ok((place, with, seat)),
        Err(limit) => {
            relay.metrics.over(limit);
            let why = if limit == Limit::LinksPerAddress {
                "Too many computers are connected from your address: ask the relay's operator to allow more \
                 (--max-links-per-address)."
            } else {
                "This relay has as many links as its operator allows (--max-links)."
            };
            Err(Refusal::new(RefusalCode::Busy, why).retry_after(FULL_RETRY_S))
        }
    }
}

/// Listens to a link until it ends, and ends it when its right has gone or the relay goes.
async fn attend(relay: &Relay, admitted: Box<Admitted>) {
    let Admitted {
        opened,
        place,
        ref with,
        ref doors,
        ..
    } = *admitted;
    let link = opened.link.clone();
    let mut events = opened.welcome(grants(relay, place, doors));
    let mut rechecks = Rechecks::new(relay.recheck_every);
    let look_after = |wait| async move {
        tokio::time::sleep(wait).await;
        Box::pin(relay.admission.standing(place, with)).await
    };
    let known_for = relay.admission.known_for(place, with);
    let mut look = pin!(look_after(rechecks.first(known_for)));
    let mut proven = pin!(async {
        match with {
            With::Token => tokio::time::sleep(relay.recheck_every * TOKEN_GOOD_FOR).await,
            With::CardKey(_) | With::RelayKey(_) => std::future::pending().await,
        }
    });
    loop {
        tokio::select! {
            biased;
            event = events.next() => match event {
                None => return,
                Some(RelayEvent::Leaving { hold_s, refuse }) => {
                    relay.directory.leaving(place, &link, hold_s, refuse);
                }
                Some(RelayEvent::Doors(doors)) => {
                    note_doors(relay, place, &link, &doors);
                    link.grant(grants(relay, place, &doors));
                }
            },
            () = relay.draining.cancelled() => {
                // From now on its calls find nobody: those to the platform door close, for the platform to queue.
                relay.directory.ended(place, &link);
                let goodbye = Goodbye {
                    reason: GoodbyeReason::Draining,
                    retry_after_s: Some(come_back::in_s(relay.links.count(), relay.drain)),
                    same_instance: None,
                };
                Box::pin(link.retire(goodbye, relay.drain)).await;
                // Until the goodbye is on its way: the process ends after this.
                while events.next().await.is_some() {}
                return;
            }
            () = &mut proven => {
                // Its calls wait for the next link, which comes at once.
                relay.directory.ended(place, &link);
                let goodbye =
                    Goodbye { reason: GoodbyeReason::ProveAgain, retry_after_s: None, same_instance: None };
                return Box::pin(link.retire(goodbye, PROVE_AGAIN_GRACE)).await;
            }
            standing = &mut look => match rechecks.after(standing) {
                Some(wait) => look.set(look_after(wait)),
                None => {
                    tracing::info!(workspace = %place.workspace, "the workspace or its key has gone");
                    relay.card_copies.forget(place);
                    let goodbye =
                        Goodbye { reason: GoodbyeReason::Revoked, retry_after_s: None, same_instance: None };
                    return Box::pin(link.retire(goodbye, Duration::ZERO)).await;
                }
            },
        }
    }
}

/// Ends what is kept of doors that a laptop does not want open. A link that has lost its workspace has no word in it.
fn note_doors(relay: &Relay, place: Place, link: &RelayLink, doors: &[DoorRequest]) {
    if relay.directory.is_current(place, link) {
        relay.card_copies.doors(place, doors);
    }
}

fn grants(relay: &Relay, place: Place, wanted: &[DoorRequest]) -> Vec<DoorGrant> {
    let grant = |door: &DoorRequest| {
        Some(DoorGrant {
            slot: door.slot,
            url: relay.door_url(place, door.slot, &door.nonce)?,
            host_url: relay.host_url(place, door.slot, &door.nonce),
        })
    };
    wanted.iter().filter_map(grant).collect()
}

/// Lets the calls of a link that has lost its workspace finish.
async fn supersede(superseded: Superseded) {
    superseded
        .link
        .retire(superseded_by(superseded.same_instance), SUPERSEDED_GRACE)
        .await;
}

fn superseded_by(same_instance: bool) -> Goodbye {
    Goodbye {
        reason: GoodbyeReason::Superseded,
        retry_after_s: None,
        same_instance: Some(same_instance),
    }
}
