//! The face as the desktop shows it. Only what has changed is changed: a menu that is open stays open.

use std::path::PathBuf;

use tauri::{
    AppHandle,
    image::Image,
    include_image,
    menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use super::face::{Action, Face, Line, Mark};

/// The icon's name in the session.
const ID: &str = "ligand";

/// The tray's icon with its menu.
pub(super) struct View {
    tray: TrayIcon,
    face: Face,
    /// One for each line that is no rule, in order.
    items: Vec<MenuItem<tauri::Wry>>,
}

impl View {
    /// Puts the icon into the tray. Where icons are handed over as files, they go into `folder`.
    pub(super) fn show(app: &AppHandle, face: Face, folder: PathBuf) -> tauri::Result<Self> {
        let (menu, items) = menu(app, &face.lines)?;
        let tray = TrayIconBuilder::with_id(ID)
            .icon(picture(face.mark))
            // On macOS the system colours it; the shapes alone tell the states apart.
            .icon_as_template(true)
            .tooltip(&face.title)
            .menu(&menu)
            .temp_dir_path(folder)
            .build(app)?;
        Ok(Self { tray, face, items })
    }

    /// Shows another face.
    pub(super) fn change(&mut self, app: &AppHandle, face: Face) -> tauri::Result<()> {
        if face.mark != self.face.mark {
            self.tray
                .set_icon_with_as_template(Some(picture(face.mark)), true)?;
        }
        if face.title != self.face.title {
            self.tray.set_tooltip(Some(&face.title))?;
        }
        if !has_same_shape(&face.lines, &self.face.lines) {
            let (menu, items) = menu(app, &face.lines)?;
            self.tray.set_menu(Some(menu))?;
            self.items = items;
        } else {
            let texts = texts(&self.face.lines).zip(texts(&face.lines));
            for (item, (old, new)) in self.items.iter().zip(texts) {
                if old != new {
                    item.set_text(literally(new))?;
                }
            }
        }
        self.face = face;
        Ok(())
    }

    /// What a click on the line with that id does, as the line reads now.
    pub(super) fn action(&self, id: &str) -> Option<Action> {
        match self.face.lines.get(id.parse::<usize>().ok()?)? {
            Line::Click(_, action) => Some(action.clone()),
            Line::Words(_) | Line::Rule => None,
        }
    }
}

fn menu(app: &AppHandle, lines: &[Line]) -> tauri::Result<(Menu<tauri::Wry>, Vec<MenuItem<tauri::Wry>>)> {
    let menu = Menu::new(app)?;
    let mut items = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let (text, is_click) = match line {
            Line::Words(text) => (text, false),
            Line::Click(text, _) => (text, true),
            Line::Rule => {
                menu.append(&PredefinedMenuItem::separator(app)?)?;
                continue;
            }
        };
        let item = MenuItem::with_id(app, index.to_string(), literally(text), is_click, None::<&str>)?;
        menu.append(&item as &dyn IsMenuItem<tauri::Wry>)?;
        items.push(item);
    }
    Ok((menu, items))
}

/// Menus read an ampersand as "the next letter is the key".
fn literally(text: &str) -> String {
    text.replace('&', "&&")
}

fn texts(lines: &[Line]) -> impl Iterator<Item = &str> {
    lines.iter().filter_map(|line| match line {
        Line::Words(text) | Line::Click(text, _) => Some(text.as_str()),
        Line::Rule => None,
    })
}

/// Whether the same menu can show both, with other texts.
fn has_same_shape(one: &[Line], other: &[Line]) -> bool {
    let kinds = |lines: &[Line]| lines.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    kinds(one) == kinds(other)
}

fn picture(mark: Mark) -> Image<'static> {
    match mark {
        Mark::Stopped => include_image!("../icons/made/tray-stopped.png"),
        Mark::Online => include_image!("../icons/made/tray-online.png"),
        Mark::Away => include_image!("../icons/made/tray-away.png"),
        Mark::Connecting => include_image!("../icons/made/tray-connecting.png"),
        Mark::Attention => include_image!("../icons/made/tray-attention.png"),
    }
}
