//! The clipboard of the desktop.
//!
//! On Linux what was copied lives in the program that copied it, until a clipboard manager takes it or something else
//! is copied: so the clipboard is kept once it was used.

use std::sync::{Arc, Mutex, PoisonError};

/// The clipboard, once something was copied. Copies are the same one.
#[derive(Clone, Default)]
pub(super) struct Clipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

impl Clipboard {
    /// Puts a text there.
    pub(super) async fn copy(&self, text: String) {
        let held = Arc::clone(&self.0);
        let copied = tokio::task::spawn_blocking(move || {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            let clipboard = match &mut *held {
                Some(clipboard) => clipboard,
                none => none.insert(arboard::Clipboard::new()?),
            };
            clipboard.set_text(text)
        });
        match copied.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "nothing was copied"),
            Err(error) => tracing::warn!(%error, "nothing was copied"),
        }
    }
}
