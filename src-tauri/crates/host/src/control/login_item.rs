//! The routes about the login item: whether the user's login starts the tray.

use axum::{Json, extract::State};

use super::handlers::{Answer, Body, Done, Shared, done};
use crate::{
    host::HostError,
    login_item::{self, LoginItem},
};

pub(super) async fn get() -> Answer<Json<LoginItem>> {
    // As it is now: the desktop has a switch of its own.
    let on = tokio::task::spawn_blocking(login_item::is_on).await;
    Ok(Json(LoginItem {
        on: on.map_err(|_| HostError::Stopping)?,
    }))
}

pub(super) async fn put(State(shared): State<Shared>, Body(LoginItem { on }): Body<LoginItem>) -> Done {
    shared.handle.set_login_item(on).await?;
    done()
}
