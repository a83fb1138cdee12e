//! The routes about notifications.

use axum::{Json, extract::State};

use super::{
    api::{MuteWorkspace, Muted, PauseNotifications},
    handlers::{Answer, Body, Done, Profile, Shared, done, name},
};
use crate::notify::NotificationSettings;

pub(super) async fn settings(State(shared): State<Shared>) -> Json<NotificationSettings> {
    Json(NotificationSettings::clone(
        &shared.handle.notifications().borrow(),
    ))
}

pub(super) async fn pause(
    State(shared): State<Shared>,
    Body(PauseNotifications { pause }): Body<PauseNotifications>,
) -> Done {
    shared.handle.pause_notifications(pause).await?;
    done()
}

pub(super) async fn mute(
    State(shared): State<Shared>,
    profile: Profile,
    Body(MuteWorkspace { workspace, muted }): Body<MuteWorkspace>,
) -> Answer<Json<Muted>> {
    let name = name(profile)?;
    let (workspace, name) = shared.handle.mute(&name, &workspace, muted).await?;
    Ok(Json(Muted { workspace, name }))
}
