//! Whether this desktop has a place for tray icons. Many GNOME desktops have none, and nobody says so: the icon would
//! just not be there.

/// Whether there is one now, or comes within the time that a desktop takes to start.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use status_notifier::is_there;

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) async fn is_there() -> bool {
    true
}

/// On Linux and its like the tray is a program that has taken a name on the session bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod status_notifier {
    use std::time::Duration;

    use zbus::{Connection, fdo::DBusProxy};

    /// The name that a desktop's tray takes.
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    /// At login the desktop's panel and we start at the same time; a window should not open only because we were
    /// first. Longer than a panel takes (a second or two), shorter than a user waits before clicking again.
    const PANEL_STARTS: Duration = Duration::from_secs(3);

    /// How often it is looked meanwhile.
    const LOOK_EVERY: Duration = Duration::from_millis(100);

    pub(in crate::tray) async fn is_there() -> bool {
        match tokio::time::timeout(PANEL_STARTS, appears()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::info!(%error, "no session bus to ask for a tray");
                false
            }
            Err(_) => false,
        }
    }

    async fn appears() -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let names = DBusProxy::new(&bus).await?;
        loop {
            if names.name_has_owner(WATCHER.try_into()?).await? {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
