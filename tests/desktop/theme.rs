//! The window is as light or dark as the desktop's portal says.

use ligand_e2e::Scratch;
use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Value;
use zbus::{connection, interface};

const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
const PATH: &str = "/org/freedesktop/portal/desktop";
const DARK: u32 = 1;
const NO_WISH: u32 = 0;

/// The portal's settings, of which there is one.
struct Settings(u32);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    async fn read(&self, namespace: &str, key: &str) -> Value<'static> {
        assert_eq!((namespace, key), (NAMESPACE, KEY));
        // As portals do: a value in a value.
        Value::Value(Box::new(Value::U32(self.0)))
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

#[tokio::test]
async fn the_window_is_dark_on_a_dark_desktop_and_light_again_when_that_is() {
    let scratch = Scratch::with_usual_log();
    let desk = Desk::new(&scratch).await;
    let portal = connection::Builder::address(desk.bus.address())
        .unwrap()
        .serve_at(PATH, Settings(DARK))
        .unwrap()
        .name("org.freedesktop.portal.Desktop")
        .unwrap()
        .build()
        .await
        .unwrap();
    let page = Page::window(&scratch, &desk, &[]).await;
    let is_dark = "matchMedia('(prefers-color-scheme: dark)').matches";
    page.until("it is dark", PAINTED_WITHIN, &format!("return {is_dark}"))
        .await;

    let emitter = SignalEmitter::new(&portal, PATH).unwrap();
    // Nothing that concerns us.
    Settings::setting_changed(&emitter, NAMESPACE, "contrast", Value::U32(DARK))
        .await
        .unwrap();
    Settings::setting_changed(&emitter, NAMESPACE, KEY, Value::U32(NO_WISH))
        .await
        .unwrap();
    page.until("it is light", PAINTED_WITHIN, &format!("return !{is_dark}"))
        .await;
    page.close_window(&scratch).await;
}
