//! The events of one workspace for whoever may enter it, as server-sent events: `GET /workspaces/:id/events/stream`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

use super::asked::Segment;
use super::{Reply, inside, workspace_not_found};
use crate::auth::Bearer;
use crate::hub::View;
use crate::org::Org;
use crate::refusal::Refusal;

/// What the stream begins with, so that its reader knows that it is there.
const GREETING: &[u8] = b": ping\n\n";

/// The stream. It ends with its reader, or with the org.
pub(crate) async fn events(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    let bearer = Bearer::of(&headers);
    let id = org
        .store
        .run(move |tx| {
            let id = inside(tx, &bearer, &id)?;
            tx.workspace(id)?.ok_or_else(workspace_not_found)?;
            Ok(id)
        })
        .await?;
    let seat = org.hub.join(View::Stream(id));
    let seat = seat.ok_or_else(|| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many viewers"))?;
    let events = stream::unfold(seat, |mut seat| async move {
        let frame = seat.events.recv().await?;
        Some((Bytes::from(format!("data: {frame}\n\n")), seat))
    });
    let stop = org.stop.clone();
    let whole = stream::iter([Bytes::from_static(GREETING)])
        .chain(events)
        .take_until(async move { stop.cancelled().await })
        .map(Ok::<_, Infallible>);
    let head = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let response: Response = (head, Body::from_stream(whole)).into_response();
    Ok(response)
}
