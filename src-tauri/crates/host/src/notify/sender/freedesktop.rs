//! Linux and its like: `org.freedesktop.Notifications` on the session bus.
//!
//! Spoken to directly, over one connection: a click is told to the connection that sent the notification, and waiting
//! for it through notify-rust would take a thread for each one that is shown.

use std::{collections::HashMap, env, path::Path};

use futures::StreamExt;
use zbus::{Connection, proxy, zvariant::Value};

use super::{Button, Message};
use crate::notify::words::escaped;

/// Our desktop file's name without its ending, and our icon's: the desktop keeps its own rules for each program under
/// it.
const DESKTOP_ENTRY: &str = "app.moleculesai.ligand";
/// Urgencies of the protocol. The third one would pass a do-not-disturb.
const LOW: u8 = 0;
const NORMAL: u8 = 1;
/// As long as the desktop shows such things.
const DESKTOPS_OWN: i32 = -1;

/// Whether there may be a desktop that shows notifications: there is one only where a session bus is.
pub(in crate::notify) fn has_desktop() -> bool {
    let has_address = env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
    has_address
        || env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
}

#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[allow(clippy::too_many_arguments, reason = "the protocol's own call")]
    fn notify(
        &self,
        app: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expires: i32,
    ) -> zbus::Result<u32>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, key: String) -> zbus::Result<()>;
}

/// The desktop, once something was to be shown.
#[derive(Debug, Default)]
pub(super) struct Desktop(Option<Open>);

#[derive(Debug)]
struct Open {
    proxy: NotificationsProxy<'static>,
    clicks: ActionInvokedStream,
}

impl Desktop {
    /// Shows it; gives the number that the desktop knows it by.
    pub(super) async fn show(&mut self, message: Message) -> Result<Option<u32>, zbus::Error> {
        let shown = match &self.0 {
            Some(open) => notify(&open.proxy, &message).await,
            None => {
                let open = Open::new().await?;
                let shown = notify(&open.proxy, &message).await;
                self.0 = Some(open);
                shown
            }
        };
        // A bus that has gone is looked for anew the next time.
        if matches!(shown, Err(zbus::Error::InputOutput(_))) {
            self.0 = None;
        }
        shown.map(Some)
    }

    /// The next click: the number of the notification, and the name of what was clicked.
    pub(super) async fn pressed(&mut self) -> (u32, String) {
        loop {
            let Some(open) = &mut self.0 else {
                return std::future::pending().await;
            };
            match open.clicks.next().await {
                Some(click) => {
                    if let Ok(click) = click.args() {
                        return (click.id, click.key);
                    }
                }
                None => self.0 = None,
            }
        }
    }
}

impl Open {
    async fn new() -> Result<Self, zbus::Error> {
        let bus = Connection::session().await?;
        let proxy = NotificationsProxy::builder(&bus)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        // Listened for before anything is shown, so that no click is missed.
        let clicks = proxy.receive_action_invoked().await?;
        Ok(Self { proxy, clicks })
    }
}

fn label(button: Button) -> &'static str {
    match button {
        Button::Open => "Open",
        Button::Restart => "Restart agent",
    }
}

async fn notify(proxy: &NotificationsProxy<'_>, message: &Message) -> Result<u32, zbus::Error> {
    let can = proxy.get_capabilities().await?;
    let can = |what: &str| can.iter().any(|one| one == what);
    // Where bodies are markup, ours is none; the few desktops that know none show it as it is.
    let body = match can("body-markup") {
        true => escaped(&message.words.body),
        false => message.words.body.clone(),
    };
    // A desktop that knows no actions may show a dialog in their place.
    let buttons: &[Button] = if can("actions") { &message.buttons } else { &[] };
    let actions: Vec<&str> = buttons
        .iter()
        .flat_map(|button| [button.key(), label(*button)])
        .collect();
    let urgency = if message.quietly { LOW } else { NORMAL };
    let hints = HashMap::from([
        ("desktop-entry", Value::from(DESKTOP_ENTRY)),
        ("urgency", Value::from(urgency)),
        ("category", Value::from("presence")),
    ]);
    proxy
        .notify(
            "Ligand",
            0,
            DESKTOP_ENTRY,
            &message.words.title,
            &body,
            &actions,
            hints,
            DESKTOPS_OWN,
        )
        .await
}
