//! Watching events: `GET /ws`.
//!
//! One text frame per event, nothing else: no greeting, no replay, no pings of ours. Pings of the viewer are
//! answered, what it sends otherwise is thrown away.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use futures::{SinkExt, StreamExt};

use super::Reply;
use crate::auth::{Bearer, Credential, Gate};
use crate::hub::{Seat, View};
use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;

/// The largest frame that is taken from a viewer, in bytes. Nothing is expected but pings.
const MAX_FRAME: usize = 64 << 10;
/// How long a viewer's connection may take no byte before it is closed. Its events are dropped long before.
const STALLED: Duration = Duration::from_secs(60);

/// `GET /ws`
pub(crate) async fn watch(
    State(org): State<Arc<Org>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Reply {
    let bearer = Bearer::of(&headers);
    let several = headers.get_all(header::AUTHORIZATION).iter().count() > 1;
    let own = headers
        .get("x-workspace-id")
        .and_then(|value| value.to_str().ok());
    let own = own.filter(|own| !own.is_empty()).map(str::to_owned);
    if several && org.era.has_inbound_secrets() {
        return Err(Refusal::unauthorized("invalid WebSocket credential"));
    }
    let view = org
        .store
        .run(move |tx| {
            let credential = tx.identify(&bearer)?;
            let Some(own) = own else {
                tx.pass(Gate::OrgFeed, &credential, None)?;
                return Ok(View::Org);
            };
            let own = Id::parse(&own);
            tx.pass(Gate::WorkspaceFeed, &credential, own)?;
            Ok(match (credential, own) {
                // Whoever may see everything does.
                (Credential::Org(_) | Credential::Admin, _) if tx.realm.era.has_inbound_secrets() => {
                    View::Org
                }
                (_, Some(own)) => View::Of(own),
                // Nobody of the org may talk to a workspace that can't exist.
                (_, None) => View::Of(Id::new()),
            })
        })
        .await?;
    let upgrade = upgrade.map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))?;
    let seat = org.hub.join(view);
    let seat = seat.ok_or_else(|| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many viewers"))?;
    let upgrade = upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .write_buffer_size(0);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let (stop, tasks) = (org.stop.clone(), org.tasks.clone());
        tasks
            .track_future(stop.run_until_cancelled(serve(socket, seat)))
            .await;
    }))
}

async fn serve(socket: WebSocket, mut seat: Seat) {
    let (mut sink, mut stream) = socket.split();
    loop {
        // Nothing is read either while it is, so no ping is answered.
        if seat.silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        tokio::select! {
            biased;
            changed = seat.silent.changed() => if changed.is_err() {
                return;
            },
            frame = seat.events.recv() => {
                let Some(frame) = frame else { return };
                let sent = tokio::time::timeout(STALLED, sink.send(Message::Text(frame))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
            received = stream.next() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}
