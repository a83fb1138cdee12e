//! The routes about peers: takes the request apart, asks the host, puts the answer together.

use std::time::Duration;

use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
};
use uuid::Uuid;

use super::{
    api::{DelegateToPeer, DelegationQuery, PeersQuery, SendToPeer},
    error::ApiError,
    handlers::{Answer, Body, LONGEST_WAIT, Profile, Shared, name},
};
use crate::host::{Delegation, HostError, PeerList, SentToPeer};

pub(super) async fn peers(
    State(shared): State<Shared>,
    profile: Profile,
    query: Result<Query<PeersQuery>, QueryRejection>,
) -> Answer<Json<PeerList>> {
    let Query(PeersQuery { anew }) = query.map_err(ApiError::bad_request)?;
    Ok(Json(shared.handle.peers(&name(profile)?, anew).await?))
}

pub(super) async fn send(
    State(shared): State<Shared>,
    profile: Profile,
    Body(SendToPeer { to, text }): Body<SendToPeer>,
) -> Answer<Json<SentToPeer>> {
    Ok(Json(shared.handle.send_to(&name(profile)?, &to, &text).await?))
}

pub(super) async fn delegate(
    State(shared): State<Shared>,
    profile: Profile,
    Body(DelegateToPeer { to, text, once }): Body<DelegateToPeer>,
) -> Answer<Json<Delegation>> {
    let name = name(profile)?;
    let handed = shared.handle.delegate(&name, &to, &text, once.as_deref());
    Ok(Json(handed.await?))
}

pub(super) async fn delegation(
    State(shared): State<Shared>,
    path: Result<Path<(String, Uuid)>, PathRejection>,
    query: Result<Query<DelegationQuery>, QueryRejection>,
) -> Answer<Json<Delegation>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    let Query(DelegationQuery { seen, wait_s }) = query.map_err(ApiError::bad_request)?;
    let wait = Duration::from_secs(wait_s.into()).min(LONGEST_WAIT);
    let found = shared.handle.delegation(&name, id, seen, wait);
    // A host that ends does not wait.
    let found = tokio::select! {
        biased;
        () = shared.stop.cancelled() => return Err(HostError::Stopping.into()),
        found = found => found?,
    };
    Ok(Json(found))
}
