//! Whether this desktop has a place for tray icons. Many GNOME desktops have none, and nobody says so: the icon would
//! just not be there.

/// Returns when there has been none for so long that somebody should be told.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use status_notifier::is_missing;

/// Every desktop of this system has one.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) async fn is_missing() {
    std::future::pending().await
}

/// On Linux and its like the tray is a program that has taken a name on the session bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod status_notifier {
    use std::time::Duration;

    use zbus::{
        Connection,
        export::futures_core::Stream,
        fdo::{DBusProxy, NameOwnerChanged},
    };

    /// The name that a desktop's tray takes.
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    /// At login the desktop's panel and we start at the same time; a window should not open only because we were
    /// first. Longer than a panel takes (a second or two), shorter than a user waits before clicking again.
    const PANEL_STARTS: Duration = Duration::from_secs(3);

    /// A panel that crashed or is replaced is back within this.
    const PANEL_RETURNS: Duration = Duration::from_secs(15);

    pub(in crate::tray) async fn is_missing() {
        if let Err(error) = follow().await {
            tracing::info!(%error, "no session bus to ask for a tray");
            tokio::time::sleep(PANEL_STARTS).await;
        }
    }

    /// Follows the name until nobody has had it for too long.
    async fn follow() -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let names = DBusProxy::new(&bus).await?;
        // Heard from before it is asked, so that no change falls in between.
        let mut changes = names
            .receive_name_owner_changed_with_args(&[(0, WATCHER)])
            .await?;
        let mut is_there = names.name_has_owner(WATCHER.try_into()?).await?;
        let mut patience = PANEL_STARTS;
        loop {
            if is_there {
                patience = PANEL_RETURNS;
            }
            let change = next(&mut changes);
            let change = match is_there {
                true => change.await,
                false => match tokio::time::timeout(patience, change).await {
                    Ok(change) => change,
                    Err(_) => return Ok(()),
                },
            };
            match change {
                Some(change) => is_there = change.args()?.new_owner.is_some(),
                // The bus has gone, and the session with it.
                None => std::future::pending().await,
            }
        }
    }

    async fn next(changes: &mut (impl Stream<Item = NameOwnerChanged> + Unpin)) -> Option<NameOwnerChanged> {
        std::future::poll_fn(|context| std::pin::Pin::new(&mut *changes).poll_next(context)).await
    }
}
