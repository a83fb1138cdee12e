//! Light or dark, as the user wants it of the whole desktop: the page follows the system's webview, and that follows the
//! system by itself, but for Linux. There the desktop portal knows, and this tells GTK what it says.
//!
//! Where there is no portal, GTK's own settings stay as they are.

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use self::portal::Theme;

/// The system's webview follows by itself.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) struct Theme;

#[cfg(not(all(unix, not(target_os = "macos"))))]
impl Theme {
    /// Nobody has to be asked.
    pub(super) fn ask(_runtime: &tokio::runtime::Runtime) -> Self {
        Self
    }

    /// Nothing has to be done.
    pub(super) fn take(self, _runtime: &tokio::runtime::Runtime) {}
}

#[cfg(all(unix, not(target_os = "macos")))]
mod portal {
    use std::{pin::Pin, time::Duration};

    use gtk::{glib::MainContext, prelude::GtkSettingsExt};
    use tokio::{runtime::Runtime, sync::watch};
    use zbus::{
        Connection,
        export::futures_core::Stream,
        proxy,
        zvariant::{OwnedValue, Value},
    };

    /// The setting that desktops share.
    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";
    /// Its value for a dark desktop. The others are light, and no wish, which is light too.
    const DARK: u32 = 1;

    /// How long the first picture waits for a portal that is slow to start. It answers within a few milliseconds, and
    /// what it says later is followed all the same.
    const ANSWERS_WITHIN: Duration = Duration::from_millis(200);

    #[proxy(
        interface = "org.freedesktop.portal.Settings",
        default_service = "org.freedesktop.portal.Desktop",
        default_path = "/org/freedesktop/portal/desktop",
        gen_blocking = false
    )]
    trait Settings {
        fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

        #[zbus(signal)]
        fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>) -> zbus::Result<()>;
    }

    /// What the desktop wants, as far as it has said.
    pub(in crate::window) struct Theme(watch::Receiver<Option<bool>>);

    impl Theme {
        /// Asks the desktop, and hears of changes from now on.
        pub(in crate::window) fn ask(runtime: &Runtime) -> Self {
            let (tell, told) = watch::channel(None);
            runtime.spawn(async move {
                if let Err(error) = follow(&tell).await {
                    tracing::debug!(%error, "the desktop does not say whether it is dark");
                }
            });
            Self(told)
        }

        /// Tells GTK, now and whenever it changes.
        pub(in crate::window) fn take(self, runtime: &Runtime) {
            let Self(mut told) = self;
            let answer = async { tokio::time::timeout(ANSWERS_WITHIN, told.changed()).await };
            if let Ok(Ok(())) = runtime.block_on(answer) {
                set(*told.borrow_and_update());
            }
            runtime.spawn(async move {
                while told.changed().await.is_ok() {
                    let is_dark = *told.borrow_and_update();
                    MainContext::default().invoke(move || set(is_dark));
                }
            });
        }
    }

    fn set(is_dark: Option<bool>) {
        if let (Some(is_dark), Some(settings)) = (is_dark, gtk::Settings::default()) {
            settings.set_gtk_application_prefer_dark_theme(is_dark);
        }
    }

    /// Tells what the portal says, until the session ends.
    async fn follow(tell: &watch::Sender<Option<bool>>) -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let settings = SettingsProxy::new(&bus).await?;
        // Heard from before it is asked, so that no change falls in between.
        let mut changes = settings
            .receive_setting_changed_with_args(&[(0, NAMESPACE), (1, KEY)])
            .await?;
        tell.send_replace(is_dark(&*settings.read(NAMESPACE, KEY).await?));
        while let Some(change) = next(&mut changes).await {
            tell.send_replace(is_dark(change.args()?.value()));
        }
        Ok(())
    }

    async fn next<S: Stream + Unpin>(changes: &mut S) -> Option<S::Item> {
        std::future::poll_fn(|context| Pin::new(&mut *changes).poll_next(context)).await
    }

    /// What the value says. Some portals wrap it twice.
    fn is_dark(value: &Value<'_>) -> Option<bool> {
        match value {
            Value::U32(wish) => Some(*wish == DARK),
            Value::Value(inner) => is_dark(inner),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_desktop_is_dark_when_it_says_so_and_else_light() {
            for (says, dark) in [(1, true), (2, false), (0, false), (7, false)] {
                assert_eq!(is_dark(&Value::U32(says)), Some(dark), "{says}");
            }
            let twice = Value::Value(Box::new(Value::Value(Box::new(Value::U32(1)))));
            assert_eq!(is_dark(&twice), Some(true));
            assert_eq!(is_dark(&Value::from("dark")), None);
        }
    }
}
