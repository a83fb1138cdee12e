//! A question of the host's, or a last word of ours, in a dialog of the desktop's own kind. No page can make one, write in
//! it or press its buttons.

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod elsewhere;
#[cfg(all(unix, not(target_os = "macos")))]
mod gtk_dialog;

use ligand_host::host::Question;
use tauri::AppHandle;
use tokio::sync::oneshot;

#[cfg(not(all(unix, not(target_os = "macos"))))]
use self::elsewhere as dialog;
#[cfg(all(unix, not(target_os = "macos")))]
use self::gtk_dialog as dialog;

/// The word for not doing it, which a careless Enter or Escape means too.
const NO: &str = "Cancel";

/// Asks it, on the main thread, and passes the answer on. A question that cannot be shown is answered with no.
pub(super) fn ask(app: &AppHandle, question: Question) {
    if let Err(error) = app.run_on_main_thread(move || dialog::show(question)) {
        tracing::warn!(%error, "a question was not asked");
    }
}

/// Says something, and returns when it has been read. What cannot be shown stands in the log.
pub(super) async fn tell(app: &AppHandle, title: &'static str, text: String) {
    let (read, is_read) = oneshot::channel();
    match app.run_on_main_thread(move || dialog::tell(title, &text, read)) {
        // Dropped unread where the dialog could not be made: then there is nothing to wait for either.
        Ok(()) => drop(is_read.await),
        Err(error) => tracing::warn!(%error, title, "something was not said"),
    }
}
