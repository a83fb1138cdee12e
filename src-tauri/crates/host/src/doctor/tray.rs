//! Whether this desktop has a place for tray icons. Without one Ligand works all the same, and shows a window.

/// Looks for it.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) async fn look() -> super::checklist::Finding {
    super::checklist::Finding::ok("every desktop of this system has one")
}

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use status_notifier::look;

/// On Linux and its like the tray is a program that has taken a name on the session bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod status_notifier {
    use std::time::Duration;

    use zbus::{Connection, fdo::DBusProxy};

    use crate::doctor::checklist::Finding;

    /// The name that a desktop's tray takes.
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    /// A bus on the same machine answers at once, or is none.
    const BUS: Duration = Duration::from_secs(2);

    pub(in crate::doctor) async fn look() -> Finding {
        match tokio::time::timeout(BUS, is_owned()).await {
            Ok(Ok(true)) => Finding::ok("this desktop shows tray icons"),
            Ok(Ok(false)) => Finding::warning(
                "this desktop shows no tray icons, so Ligand's window opens instead",
                "On GNOME the extension AppIndicator brings them.",
            ),
            Ok(Err(_)) => Finding::skipped("there is no session bus here, and so no desktop to ask"),
            Err(_) => Finding::skipped("the session bus does not answer"),
        }
    }

    async fn is_owned() -> zbus::Result<bool> {
        let bus = Connection::session().await?;
        let names = DBusProxy::new(&bus).await?;
        Ok(names.name_has_owner(WATCHER.try_into()?).await?)
    }
}
