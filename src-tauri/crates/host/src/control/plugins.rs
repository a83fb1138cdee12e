//! The routes about plugins: takes the request apart, asks the host, puts the answer together.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};

use super::{
    api::{InstallPlugin, NotePluginSetup, PluginList},
    error::ApiError,
    handlers::{Answer, Body, Done, Profile, Shared, done, name, to_the_end},
};
use crate::plugins::{Plugin, PluginName};

/// A profile's and a plugin's name out of the path.
type Named = Result<Path<(String, PluginName)>, PathRejection>;

pub(super) async fn list(State(shared): State<Shared>, profile: Profile) -> Answer<Json<PluginList>> {
    let plugins = shared.handle.plugins(&name(profile)?).await?;
    Ok(Json(PluginList { plugins }))
}

pub(super) async fn install(
    State(shared): State<Shared>,
    profile: Profile,
    Body(InstallPlugin { source }): Body<InstallPlugin>,
) -> Answer<Json<Plugin>> {
    let name = name(profile)?;
    // If whoever asked goes away, it ends, and nothing of it is left.
    Ok(Json(shared.handle.install_plugin(&name, &source).await?))
}

pub(super) async fn remove(State(shared): State<Shared>, path: Named) -> Done {
    let Path((name, plugin)) = path.map_err(ApiError::bad_request)?;
    to_the_end(async move { shared.handle.remove_plugin(&name, plugin).await }).await?;
    done()
}

pub(super) async fn setup(
    State(shared): State<Shared>,
    path: Named,
    Body(NotePluginSetup { setup }): Body<NotePluginSetup>,
) -> Done {
    let Path((name, plugin)) = path.map_err(ApiError::bad_request)?;
    to_the_end(async move { shared.handle.note_plugin_setup(&name, plugin, setup).await }).await?;
    done()
}
