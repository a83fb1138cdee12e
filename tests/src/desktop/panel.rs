//! The tray of a desktop, played by the test: the watcher that icons register with, and the eye and hand of the user
//! who reads an icon's menu and clicks in it.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::message::Header;
use zbus::zvariant::{Dict, OwnedValue, Structure, Value};
use zbus::{Connection, connection, interface, proxy};

use crate::bus::SessionBus;
use crate::until::{now, until};

/// Text and picture of an icon follow the status within this.
pub const FOLLOWS_WITHIN: Duration = Duration::from_secs(1);

/// How long an icon may take to register.
const REGISTERS_WITHIN: Duration = Duration::from_secs(15);

/// A tray on a session bus.
#[derive(Debug)]
pub struct Panel {
    bus: Connection,
    items: Arc<Mutex<Vec<Item>>>,
}

/// An icon that has registered.
#[derive(Debug, Clone)]
struct Item {
    /// Its connection to the bus.
    name: String,
    path: String,
    at: Instant,
}

struct Watcher {
    items: Arc<Mutex<Vec<Item>>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Either a path on the sender's own connection, or the name of a connection.
        let (name, path) = if service.starts_with('/') {
            (sender, service)
        } else {
            (service, "/StatusNotifierItem".to_owned())
        };
        let at = now();
        self.items.lock().unwrap().push(Item { name, path, at });
    }

    async fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    async fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    async fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    async fn registered_status_notifier_items(&self) -> Vec<String> {
        let items = self.items.lock().unwrap();
        items
            .iter()
            .map(|item| format!("{}{}", item.name, item.path))
            .collect()
    }
}

#[proxy(interface = "org.kde.StatusNotifierItem")]
trait StatusNotifierItem {
    #[zbus(property(emits_changed_signal = "false"))]
    fn icon_name(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn menu(&self) -> zbus::Result<zbus::zvariant::OwnedObjectPath>;
}

/// A node of a menu: its id, its properties, and its children as values.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[proxy(interface = "com.canonical.dbusmenu")]
trait DbusMenu {
    fn about_to_show(&self, id: i32) -> zbus::Result<bool>;
    fn get_layout(&self, parent: i32, depth: i32, properties: &[&str]) -> zbus::Result<(u32, Node)>;
    fn event(&self, id: i32, event: &str, data: &Value<'_>, timestamp: u32) -> zbus::Result<()>;
}

/// One line of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    id: i32,
    /// What it says; nothing for a rule.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// Whether it has its mark.
    pub checked: bool,
    /// The lines behind it.
    pub under: Vec<Self>,
}

impl Line {
    /// The line that says that, here or behind it.
    fn find(&self, label: &str) -> Option<&Self> {
        let mut under = self.under.iter();
        match self.label == label {
            true => Some(self),
            false => under.find_map(|line| line.find(label)),
        }
    }
}

/// An icon in the tray.
#[derive(Debug)]
pub struct Icon<'a> {
    item: StatusNotifierItemProxy<'a>,
    menu: DbusMenuProxy<'a>,
}

impl Panel {
    /// Puts a tray on the bus.
    pub async fn start(bus: &SessionBus) -> Self {
        let items = Arc::default();
        let watcher = Watcher {
            items: Arc::clone(&items),
        };
        let bus = connection::Builder::address(bus.address())
            .unwrap()
            .serve_at("/StatusNotifierWatcher", watcher)
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, items }
    }

    /// When the last icon registered, if one has.
    #[must_use]
    pub fn registered(&self) -> Option<Instant> {
        self.items.lock().unwrap().last().map(|item| item.at)
    }

    /// How often an icon has registered.
    #[must_use]
    pub fn registrations(&self) -> usize {
        self.items.lock().unwrap().len()
    }

    /// The icon that registers.
    pub async fn icon(&self) -> Icon<'_> {
        let Item { name, path, .. } = until("an icon registers", REGISTERS_WITHIN, async || {
            self.items.lock().unwrap().last().cloned()
        })
        .await;
        let item = StatusNotifierItemProxy::builder(&self.bus)
            .destination(name.clone())
            .unwrap()
            .path(path)
            .unwrap()
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
            .unwrap();
        let menu = item.menu().await.unwrap();
        let menu = DbusMenuProxy::builder(&self.bus)
            .destination(name)
            .unwrap()
            .path(menu)
            .unwrap()
            .build()
            .await
            .unwrap();
        // It is exported a moment after the icon.
        until("the icon has its menu", REGISTERS_WITHIN, async || {
            menu.about_to_show(0).await.ok()
        })
        .await;
        Icon { item, menu }
    }
}

impl Icon<'_> {
    /// The menu's lines, rules included.
    pub async fn lines(&self) -> Vec<Line> {
        self.menu.about_to_show(0).await.unwrap();
        let (_, (_, _, children)) = self.menu.get_layout(0, -1, &[]).await.unwrap();
        children.iter().map(line).collect()
    }

    /// What the menu says, from top to bottom, without its rules.
    pub async fn words(&self) -> Vec<String> {
        let lines = self.lines().await.into_iter();
        lines
            .map(|line| line.label)
            .filter(|label| !label.is_empty())
            .collect()
    }

    /// Waits until the menu has a line that begins so.
    pub async fn says(&self, label: &str, within: Duration) {
        until(&format!("the menu says {label:?}"), within, async || {
            self.words()
                .await
                .iter()
                .any(|words| words.starts_with(label))
                .then_some(())
        })
        .await;
    }

    /// The line that says that, wherever it stands.
    pub async fn line(&self, label: &str) -> Line {
        let lines = self.lines().await;
        let line = lines.iter().find_map(|line| line.find(label));
        line.unwrap_or_else(|| panic!("no {label:?} in {lines:?}"))
            .clone()
    }

    /// Where its menu is, and the file with its picture: both stay while nothing changes.
    pub async fn places(&self) -> (String, String) {
        let (menu, picture) = tokio::join!(self.item.menu(), self.item.icon_name());
        (menu.unwrap().to_string(), picture.unwrap())
    }

    /// Clicks on the line that says that.
    pub async fn click(&self, label: &str) {
        let line = self.line(label).await;
        self.click_on(&line).await;
    }

    /// Clicks on the line that says that behind another one.
    pub async fn click_behind(&self, behind: &str, label: &str) {
        let behind = self.line(behind).await;
        let line = behind.under.iter().find_map(|line| line.find(label));
        self.click_on(line.unwrap_or_else(|| panic!("no {label:?} in {behind:?}")))
            .await;
    }

    async fn click_on(&self, line: &Line) {
        assert!(line.enabled, "{} cannot be clicked", line.label);
        self.menu
            .event(line.id, "clicked", &Value::from(""), 0)
            .await
            .unwrap();
    }

    /// The picture that is shown.
    pub async fn picture(&self) -> Vec<u8> {
        // Between two reads another picture may have taken its place.
        until("the icon's picture can be read", REGISTERS_WITHIN, async || {
            fs::read(self.item.icon_name().await.unwrap()).ok()
        })
        .await
    }
}

/// A child of a menu, which travels as a value that holds its id, its properties and its own children.
fn line(child: &OwnedValue) -> Line {
    let node: &Structure<'_> = child.downcast_ref().unwrap();
    let [id, properties, under] = node.fields() else {
        panic!("no node of a menu: {node:?}");
    };
    let properties: Dict<'_, '_> = properties.downcast_ref().unwrap();
    let label: Option<String> = properties.get(&"label").unwrap();
    let enabled: Option<bool> = properties.get(&"enabled").unwrap();
    let checked: Option<i32> = properties.get(&"toggle-state").unwrap();
    let under: Vec<OwnedValue> = under.try_clone().unwrap().try_into().unwrap();
    Line {
        id: id.downcast_ref().unwrap(),
        // An underline marks the key of the next letter; a real one is doubled.
        label: label.unwrap_or_default().replace("__", "_"),
        enabled: enabled.unwrap_or(true),
        checked: checked == Some(1),
        under: under.iter().map(line).collect(),
    }
}
