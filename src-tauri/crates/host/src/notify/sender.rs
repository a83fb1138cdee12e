//! Hands a notification to the desktop. What goes wrong is worth a line in the log and nothing more.

use std::time::Duration;

use notify_rust::Notification;

use super::words::Words;

/// A desktop takes a notification at once; one that hangs must not keep the next from being told.
const DEADLINE: Duration = Duration::from_secs(5);

/// Whether there may be a desktop that shows notifications: there is one only where a session bus is.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn has_desktop() -> bool {
    use std::{env, path::Path};
    let has_address = env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
    has_address
        || env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
}

/// Whether there is a desktop that shows notifications.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn has_desktop() -> bool {
    true
}

/// Shows it.
pub(super) async fn send(words: Words) {
    match tokio::time::timeout(DEADLINE, show(words)).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::debug!(%why, "a notification was not shown"),
        Err(_) => tracing::debug!("a notification was not taken in time"),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn show(words: Words) -> Result<(), String> {
    // The body is markup there; the few desktops that know none show a `&amp;` as it is.
    let body = super::words::escaped(&words.body);
    let shown = notification(&words.title, &body).show_async().await;
    shown.map(drop).map_err(|error| error.to_string())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn show(words: Words) -> Result<(), String> {
    let shown =
        tokio::task::spawn_blocking(move || notification(&words.title, &words.body).show().map(drop)).await;
    shown
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

fn notification(title: &str, body: &str) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Ligand").summary(title).body(body);
    notification
}
