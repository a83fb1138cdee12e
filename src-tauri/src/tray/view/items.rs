//! The lines of a menu, changed in place: a text is set, and a line that came or went is put in or taken out where it
//! stands.

use std::sync::atomic::{AtomicU64, Ordering};

use tauri::{
    AppHandle, Wry,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
};

use crate::tray::face::{Action, Line};

/// Numbers the lines of all menus: a line keeps its number for as long as it stands.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What lines stand in.
pub(super) trait Holder {
    fn put(&self, item: &dyn IsMenuItem<Wry>, at: usize) -> tauri::Result<()>;
    /// By its place: rules have nothing else to be told apart by.
    fn take(&self, at: usize) -> tauri::Result<()>;
}

impl Holder for Menu<Wry> {
    fn put(&self, item: &dyn IsMenuItem<Wry>, at: usize) -> tauri::Result<()> {
        self.insert(item, at)
    }

    fn take(&self, at: usize) -> tauri::Result<()> {
        self.remove_at(at).map(drop)
    }
}

impl Holder for Submenu<Wry> {
    fn put(&self, item: &dyn IsMenuItem<Wry>, at: usize) -> tauri::Result<()> {
        self.insert(item, at)
    }

    fn take(&self, at: usize) -> tauri::Result<()> {
        self.remove_at(at).map(drop)
    }
}

/// The lines of one menu.
#[derive(Default)]
pub(super) struct Items(Vec<Item>);

/// A line as it stands.
struct Item {
    line: Line,
    shown: Shown,
}

enum Shown {
    Plain(MenuItem<Wry>),
    Check(CheckMenuItem<Wry>),
    More(Submenu<Wry>, Items),
    Rule(PredefinedMenuItem<Wry>),
}

impl Items {
    /// Makes them read so.
    pub(super) fn change(
        &mut self,
        app: &AppHandle,
        holder: &impl Holder,
        lines: &[Line],
    ) -> tauri::Result<()> {
        let same = |(item, line): &(&Item, &Line)| item.can_read(line);
        let start = self.0.iter().zip(lines).take_while(same).count();
        let rest = self.0.len().min(lines.len()) - start;
        let (old, new) = (self.0.iter().rev(), lines.iter().rev());
        let end = old.zip(new).take(rest).take_while(same).count();
        while self.0.len() > start + end {
            holder.take(start)?;
            self.0.remove(start);
        }
        for (at, line) in lines.iter().enumerate().take(lines.len() - end).skip(start) {
            let item = Item::new(app, line)?;
            holder.put(item.shown.item(), at)?;
            self.0.insert(at, item);
        }
        for (item, line) in self.0.iter_mut().zip(lines) {
            item.read(app, line)?;
        }
        Ok(())
    }

    /// What a click on the line with that number does.
    pub(super) fn action(&self, id: &str) -> Option<Action> {
        self.0.iter().find_map(|item| item.action(id))
    }
}

impl Item {
    fn new(app: &AppHandle, line: &Line) -> tauri::Result<Self> {
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let shown = match line {
            Line::Words(text) => {
                Shown::Plain(MenuItem::with_id(app, id, literally(text), false, None::<&str>)?)
            }
            Line::Click(text, _) => {
                Shown::Plain(MenuItem::with_id(app, id, literally(text), true, None::<&str>)?)
            }
            Line::Check(text, on, _) => Shown::Check(CheckMenuItem::with_id(
                app,
                id,
                literally(text),
                true,
                *on,
                None::<&str>,
            )?),
            Line::More(text, lines) => {
                let submenu = Submenu::with_id(app, id, literally(text), true)?;
                let mut items = Items::default();
                items.change(app, &submenu, lines)?;
                Shown::More(submenu, items)
            }
            Line::Rule => Shown::Rule(PredefinedMenuItem::separator(app)?),
        };
        Ok(Self {
            line: line.clone(),
            shown,
        })
    }

    /// Whether this very line can be made to read so.
    fn can_read(&self, line: &Line) -> bool {
        match (&self.line, line) {
            // Not every desktop follows such a text when it changes.
            (Line::More(old, _), Line::More(new, _)) => old == new,
            (old, new) => std::mem::discriminant(old) == std::mem::discriminant(new),
        }
    }

    fn read(&mut self, app: &AppHandle, line: &Line) -> tauri::Result<()> {
        if self.line == *line {
            return Ok(());
        }
        match (&mut self.shown, &self.line, line) {
            (
                Shown::Plain(item),
                Line::Words(old) | Line::Click(old, _),
                Line::Words(new) | Line::Click(new, _),
            ) if old != new => item.set_text(literally(new))?,
            (Shown::Check(item), Line::Check(old, was_on, _), Line::Check(new, on, _)) => {
                if old != new {
                    item.set_text(literally(new))?;
                }
                if was_on != on {
                    item.set_checked(*on)?;
                }
            }
            (Shown::More(submenu, items), _, Line::More(_, lines)) => items.change(app, submenu, lines)?,
            _ => {}
        }
        self.line = line.clone();
        Ok(())
    }

    fn action(&self, id: &str) -> Option<Action> {
        match (&self.shown, &self.line) {
            (Shown::Plain(item), Line::Click(_, action)) if item.id().as_ref() == id => Some(action.clone()),
            (Shown::Check(item), Line::Check(_, on, action)) if item.id().as_ref() == id => {
                // The desktop has turned its mark already; it stands for what is, and changes when that does.
                if let Err(error) = item.set_checked(*on) {
                    tracing::warn!(%error, "a mark in the tray's menu may be wrong");
                }
                Some(action.clone())
            }
            (Shown::More(_, items), _) => items.action(id),
            _ => None,
        }
    }
}

impl Shown {
    fn item(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Plain(item) => item,
            Self::Check(item) => item,
            Self::More(item, _) => item,
            Self::Rule(item) => item,
        }
    }
}

/// Menus read an ampersand as "the next letter is the key".
fn literally(text: &str) -> String {
    text.replace('&', "&&")
}
