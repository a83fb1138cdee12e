//! What clicks in the menu lead to: the window is opened here, everything else is the host's to do.

use std::sync::{Mutex, PoisonError};

use ligand_host::places::Places;
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;

use super::{canvas, face::Action, hosting::Wish, view::View};
use crate::page::Page;

/// Where clicks go.
pub(super) struct Clicks {
    pub(super) wish: mpsc::Sender<Wish>,
    pub(super) places: Places,
}

impl Clicks {
    /// Somebody has clicked on that line.
    pub(super) fn click(&self, app: &AppHandle, line: &str) {
        let view = app.state::<Mutex<View>>();
        let action = view.lock().unwrap_or_else(PoisonError::into_inner).action(line);
        let wish = match action {
            None => return,
            Some(Action::Open(page)) => {
                open(self.places.clone(), page);
                return;
            }
            Some(Action::Start(name)) => name.parse().map(Wish::Start),
            Some(Action::Stop(name)) => name.parse().map(Wish::Stop),
            Some(Action::RestartAgent(name)) => name.parse().map(Wish::RestartAgent),
            Some(Action::CopyUrl(name)) => name.parse().map(Wish::CopyUrl),
            Some(Action::CopyDiagnostics) => Ok(Wish::CopyDiagnostics),
            Some(Action::Pause(pause)) => Ok(Wish::Pause(pause)),
            Some(Action::AtLogin(on)) => Ok(Wish::AtLogin(on)),
            Some(Action::TryAgain) => Ok(Wish::TryAgain),
            Some(Action::Quit) => Ok(Wish::Quit),
        };
        match wish.map(|wish| self.wish.try_send(wish)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a click was lost"),
            Err(error) => tracing::error!(%error, "a profile with a name that is none"),
        }
    }
}

/// Opens the window, in its own time.
pub(super) fn open(places: Places, page: Option<Page>) {
    tauri::async_runtime::spawn(async move {
        if let Err(error) = canvas::open(&places, page.as_ref()).await {
            tracing::error!(%error, "the window did not open");
        }
    });
}
