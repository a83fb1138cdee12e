//! What is asked about notifications.

use hyper::Method;

use super::{ANSWER_DEADLINE, Answer, Client};
use crate::{
    config::ProfileName,
    control::{MuteWorkspace, Muted, PauseNotifications},
    notify::{NotificationSettings, Pause},
};

impl Client {
    /// What the user wants to be told.
    ///
    /// # Errors
    /// As for every request.
    pub async fn notifications(&self) -> Answer<NotificationSettings> {
        self.get("/v1/notifications").await
    }

    /// Tells nothing for a while, or everything again.
    ///
    /// # Errors
    /// As for every request.
    pub async fn pause_notifications(&self, pause: Pause) -> Answer<()> {
        self.done(
            Method::PUT,
            "/v1/notifications/pause",
            &PauseNotifications { pause },
        )
        .await
    }

    /// Tells nothing of a workspace any more, by its name or id, or again.
    ///
    /// # Errors
    /// As for every request.
    pub async fn mute(&self, profile: &ProfileName, workspace: String, muted: bool) -> Answer<Muted> {
        let path = format!("/v1/profiles/{profile}/mute");
        let wish = MuteWorkspace { workspace, muted };
        self.json(Method::PUT, &path, Some(&wish), ANSWER_DEADLINE).await
    }
}
