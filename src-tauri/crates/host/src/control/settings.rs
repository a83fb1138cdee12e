//! The routes about settings: takes the request apart, asks the host, puts the answer together. A change answers with
//! the settings as they are then.

use axum::{Json, extract::State};

use super::{
    api::KeepOrgKey,
    handlers::{Answer, Body, Done, Profile, Shared, done, name, to_the_end},
};
use crate::{
    config::{AgentConfig, ProxyConfig},
    settings::{ChangeExposure, ChangeGeneral, ChangeUpdateUrl, RenameProfile, Settings, TraceList},
};

pub(super) async fn settings(State(shared): State<Shared>) -> Answer<Json<Settings>> {
    Ok(Json(shared.handle.settings().await?))
}

pub(super) async fn general(
    State(shared): State<Shared>,
    Body(change): Body<ChangeGeneral>,
) -> Answer<Json<Settings>> {
    let handle = shared.handle.clone();
    to_the_end(async move { handle.change_general(change).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn update_url(
    State(shared): State<Shared>,
    Body(change): Body<ChangeUpdateUrl>,
) -> Answer<Json<Settings>> {
    let handle = shared.handle.clone();
    to_the_end(async move { handle.change_update_url(change).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn proxy(
    State(shared): State<Shared>,
    Body(proxy): Body<ProxyConfig>,
) -> Answer<Json<Settings>> {
    let handle = shared.handle.clone();
    to_the_end(async move { handle.change_proxy(proxy).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn agent(
    State(shared): State<Shared>,
    profile: Profile,
    Body(agent): Body<AgentConfig>,
) -> Answer<Json<Settings>> {
    let (handle, name) = (shared.handle.clone(), name(profile)?);
    to_the_end(async move { handle.change_agent(&name, agent).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn exposure(
    State(shared): State<Shared>,
    profile: Profile,
    Body(change): Body<ChangeExposure>,
) -> Answer<Json<Settings>> {
    let (handle, name) = (shared.handle.clone(), name(profile)?);
    to_the_end(async move { handle.change_exposure(&name, change).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn keep_org_key(
    State(shared): State<Shared>,
    profile: Profile,
    Body(KeepOrgKey { org_key }): Body<KeepOrgKey>,
) -> Done {
    let (handle, name) = (shared.handle.clone(), name(profile)?);
    to_the_end(async move { handle.keep_org_key(&name, org_key).await }).await?;
    done()
}

pub(super) async fn forget_org_key(State(shared): State<Shared>, profile: Profile) -> Done {
    let (handle, name) = (shared.handle.clone(), name(profile)?);
    to_the_end(async move { handle.forget_org_key(&name).await }).await?;
    done()
}

pub(super) async fn rename(
    State(shared): State<Shared>,
    profile: Profile,
    Body(RenameProfile { name: new }): Body<RenameProfile>,
) -> Answer<Json<Settings>> {
    let (handle, name) = (shared.handle.clone(), name(profile)?);
    to_the_end(async move { handle.rename_profile(&name, new).await }).await?;
    settings(State(shared)).await
}

pub(super) async fn reload(State(shared): State<Shared>) -> Done {
    to_the_end(async move { shared.handle.reload().await }).await?;
    done()
}

pub(super) async fn everything(State(shared): State<Shared>) -> Answer<Json<TraceList>> {
    Ok(Json(shared.handle.everything().await?))
}

pub(super) async fn uninstall(State(shared): State<Shared>) -> Done {
    shared.handle.uninstall()?;
    done()
}

pub(super) async fn traces(State(shared): State<Shared>, profile: Profile) -> Answer<Json<TraceList>> {
    Ok(Json(shared.handle.traces(&name(profile)?).await?))
}

pub(super) async fn forget(State(shared): State<Shared>, profile: Profile) -> Answer<Json<TraceList>> {
    let name = name(profile)?;
    let forgotten = to_the_end(async move { shared.handle.forget_profile(&name).await }).await?;
    Ok(Json(forgotten))
}
