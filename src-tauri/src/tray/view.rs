//! The face as the desktop shows it. Only what has changed is changed: a menu that is open stays open, and the icon
//! registers once.

mod items;

use std::path::PathBuf;

use tauri::{
    AppHandle,
    image::Image,
    include_image,
    menu::Menu,
    tray::{TrayIcon, TrayIconBuilder},
};

use self::items::Items;
use super::face::{Action, Face, Mark};

/// The icon's name in the session.
const ID: &str = "ligand";

/// The tray's icon with its menu.
pub(super) struct View {
    tray: TrayIcon,
    mark: Mark,
    title: String,
    menu: Menu<tauri::Wry>,
    items: Items,
}

impl View {
    /// Puts the icon into the tray. Where icons are handed over as files, they go into `folder`.
    pub(super) fn show(app: &AppHandle, face: Face, folder: PathBuf) -> tauri::Result<Self> {
        let menu = Menu::new(app)?;
        let mut items = Items::default();
        items.change(app, &menu, &face.lines)?;
        let tray = TrayIconBuilder::with_id(ID)
            .icon(picture(face.mark))
            // On macOS the system colours it; the shapes alone tell the states apart.
            .icon_as_template(true)
            .tooltip(&face.title)
            .menu(&menu)
            .temp_dir_path(folder)
            .build(app)?;
        Ok(Self {
            tray,
            mark: face.mark,
            title: face.title,
            menu,
            items,
        })
    }

    /// Shows another face.
    pub(super) fn change(&mut self, app: &AppHandle, face: Face) -> tauri::Result<()> {
        if face.mark != self.mark {
            self.tray
                .set_icon_with_as_template(Some(picture(face.mark)), true)?;
            self.mark = face.mark;
        }
        if face.title != self.title {
            self.tray.set_tooltip(Some(&face.title))?;
            self.title = face.title;
        }
        self.items.change(app, &self.menu, &face.lines)
    }

    /// What a click on the line with that id does, as the line reads now.
    pub(super) fn action(&self, id: &str) -> Option<Action> {
        self.items.action(id)
    }
}

fn picture(mark: Mark) -> Image<'static> {
    match mark {
        Mark::Stopped => include_image!("../icons/made/tray-stopped.png"),
        Mark::Online => include_image!("../icons/made/tray-online.png"),
        Mark::Working => include_image!("../icons/made/tray-working.png"),
        Mark::Away => include_image!("../icons/made/tray-away.png"),
        Mark::Connecting => include_image!("../icons/made/tray-connecting.png"),
        Mark::Degraded => include_image!("../icons/made/tray-degraded.png"),
        Mark::Offline => include_image!("../icons/made/tray-offline.png"),
        Mark::NeedsUser => include_image!("../icons/made/tray-attention.png"),
    }
}
