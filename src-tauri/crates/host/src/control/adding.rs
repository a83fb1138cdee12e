//! The routes for adding a workspace: what could answer for it, making a new one, and the local org's. Connecting to one
//! that exists is `POST /v1/profiles`.

use axum::{Json, extract::State};
use ligand_platform::NewWorkspace;
use serde::Deserialize;
use url::Url;

use super::{
    api::{Added, AgentList},
    handlers::{Answer, Body, Shared, to_the_end},
};
use crate::{
    config::{AgentConfig, ExposureConfig, ProfileName},
    host::HostError,
    setup::{BaseUrl, NewWorkspaceProfile, SetupError, Token},
};

/// A workspace that is to be made in the org, and the profile for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWorkspace {
    /// The profile's name on this laptop.
    name: ProfileName,
    /// The platform's address.
    platform: String,
    /// The org's key.
    org_key: Token,
    /// Keep the key in the vault, to show the whole org with it.
    #[serde(default)]
    keep_org_key: bool,
    /// What the org shall see.
    workspace: Seen,
    /// The org's id, where the platform asks for it.
    #[serde(default)]
    org_id: Option<String>,
    /// The relay that calls come through.
    #[serde(default)]
    relay: Option<Url>,
    /// How calls reach the host, where no relay is named.
    #[serde(default)]
    exposure: Option<ExposureConfig>,
    /// What answers.
    agent: AgentConfig,
}

/// What the org sees of a workspace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    name: String,
    #[serde(default)]
    role: Option<String>,
}

pub(super) async fn agents(State(shared): State<Shared>) -> Answer<Json<AgentList>> {
    let agents = shared.handle.agents().await?;
    Ok(Json(AgentList { agents }))
}

pub(super) async fn local_org(State(shared): State<Shared>) -> Answer<Json<Added>> {
    let handle = shared.handle.clone();
    let profile = to_the_end(async move { handle.bring_local_org().await }).await?;
    Ok(Json(Added { profile }))
}

pub(super) async fn create_workspace(
    State(shared): State<Shared>,
    Body(wanted): Body<CreateWorkspace>,
) -> Answer<Json<Added>> {
    let platform: BaseUrl = wanted
        .platform
        .parse()
        .map_err(|error| HostError::Setup(SetupError::Address(error)))?;
    let new = NewWorkspaceProfile {
        platform,
        org_key: wanted.org_key,
        keep_org_key: wanted.keep_org_key,
        workspace: NewWorkspace {
            name: wanted.workspace.name,
            role: wanted.workspace.role,
            parent_id: None,
        },
        name: wanted.name,
        org_id: wanted.org_id,
        relay: wanted.relay,
        exposure: wanted.exposure,
        // A page cannot know which relay deserves that.
        trust_relay_with_token: false,
        agent: wanted.agent,
    };
    let profile = to_the_end(async move { shared.handle.create_workspace(new).await }).await?;
    Ok(Json(Added { profile }))
}
