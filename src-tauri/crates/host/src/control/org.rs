//! The routes about the org: takes the request apart, asks the host, puts the answer together.

use std::sync::Arc;

use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
};
use uuid::Uuid;

use super::{
    api::{HistoryQuery, Say},
    error::ApiError,
    handlers::{Answer, Body, Profile, Shared, name, to_the_end},
};
use crate::org::{
    Arrangement, Message, Org, OrgCalls, OrgHistory, Rearrange, Thread, Wanted, WorkspaceDetail,
};

/// A profile's name and a workspace's id out of the path.
type OfProfile = Result<Path<(String, Uuid)>, PathRejection>;

/// Changes that one answer may have.
const MAX_CHANGES: usize = 10_000;

pub(super) async fn org(State(shared): State<Shared>, profile: Profile) -> Answer<Json<Arc<Org>>> {
    Ok(Json(shared.handle.org(&name(profile)?)?))
}

pub(super) async fn history(
    State(shared): State<Shared>,
    profile: Profile,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Answer<Json<OrgHistory>> {
    let Query(query) = query.map_err(ApiError::bad_request)?;
    let wanted = Wanted {
        after: query.after,
        workspace: query.workspace,
        limit: query.limit.min(MAX_CHANGES),
    };
    Ok(Json(shared.handle.org_history(&name(profile)?, wanted)?))
}

pub(super) async fn calls(State(shared): State<Shared>, profile: Profile) -> Answer<Json<OrgCalls>> {
    Ok(Json(shared.handle.org_calls(&name(profile)?)?))
}

pub(super) async fn workspace(
    State(shared): State<Shared>,
    path: OfProfile,
) -> Answer<Json<WorkspaceDetail>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    Ok(Json(shared.handle.workspace_detail(&name, id).await?))
}

pub(super) async fn thread(State(shared): State<Shared>, path: OfProfile) -> Answer<Json<Thread>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    Ok(Json(shared.handle.thread(&name, id)?))
}

pub(super) async fn say(
    State(shared): State<Shared>,
    path: OfProfile,
    Body(Say { text }): Body<Say>,
) -> Answer<Json<Arc<Message>>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    let said = to_the_end(async move { shared.handle.say(&name, id, &text).await });
    Ok(Json(said.await?))
}

pub(super) async fn arrangement(
    State(shared): State<Shared>,
    profile: Profile,
) -> Answer<Json<Arc<Arrangement>>> {
    Ok(Json(shared.handle.arrangement(&name(profile)?).await?))
}

pub(super) async fn rearrange(
    State(shared): State<Shared>,
    profile: Profile,
    Body(change): Body<Rearrange>,
) -> Answer<Json<Arc<Arrangement>>> {
    let name = name(profile)?;
    let changed = to_the_end(async move { shared.handle.rearrange(&name, change).await });
    Ok(Json(changed.await?))
}
