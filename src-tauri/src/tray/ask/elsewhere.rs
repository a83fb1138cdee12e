//! macOS and Windows: the system's own dialog. One that nobody waits for any more stays until it is answered, which
//! then does nothing.

use ligand_host::host::Question;
use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tokio::sync::oneshot;

use super::NO;

/// Shows it until it is answered.
pub(super) fn show(question: Question) {
    let words = &question.words;
    let yes = words.yes.clone();
    let dialog = AsyncMessageDialog::new()
        .set_level(MessageLevel::Warning)
        .set_title(&words.title)
        .set_description(&words.text)
        .set_buttons(MessageButtons::OkCancelCustom(yes.clone(), NO.to_owned()));
    let shown = dialog.show();
    tauri::async_runtime::spawn(async move {
        let answer = shown.await;
        let is_yes = match answer {
            MessageDialogResult::Ok | MessageDialogResult::Yes => true,
            MessageDialogResult::Custom(pressed) => pressed == yes,
            MessageDialogResult::No | MessageDialogResult::Cancel => false,
        };
        question.answer(is_yes);
    });
}

/// Shows it until it is closed.
pub(super) fn tell(title: &str, text: &str, read: oneshot::Sender<()>) {
    let dialog = AsyncMessageDialog::new()
        .set_level(MessageLevel::Info)
        .set_title(title)
        .set_description(text)
        .set_buttons(MessageButtons::Ok);
    let shown = dialog.show();
    tauri::async_runtime::spawn(async move {
        shown.await;
        // Whoever told it may have gone.
        let _gone = read.send(());
    });
}
