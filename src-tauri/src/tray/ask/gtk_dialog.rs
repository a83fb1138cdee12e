//! Linux and its like: GTK, which draws the tray's menu as well.

use gtk::{
    ButtonsType, MessageDialog, MessageType, ResponseType, WindowPosition, glib::MainContext, prelude::*,
};
use ligand_host::host::Question;
use tokio::sync::oneshot;

use super::NO;

/// The title of every dialog that asks.
const ASKS: &str = "Ligand asks";
/// The title of one that tells.
const TELLS: &str = "Ligand says";

/// Shows it until it is answered, or nobody waits any more.
pub(super) fn show(mut question: Question) {
    let words = &question.words;
    let dialog = MessageDialog::builder()
        .title(ASKS)
        .message_type(MessageType::Question)
        .buttons(ButtonsType::None)
        // It has no window of ours to stand before.
        .window_position(WindowPosition::Center)
        // Neither is read as markup.
        .text(&words.title)
        .secondary_text(&words.text)
        .build();
    dialog.add_button(NO, ResponseType::Cancel);
    dialog.add_button(&words.yes, ResponseType::Accept);
    dialog.set_default_response(ResponseType::Cancel);
    dialog.set_keep_above(true);
    MainContext::default().spawn_local(async move {
        let answer = tokio::select! {
            biased;
            () = question.gone() => ResponseType::Cancel,
            answer = dialog.run_future() => answer,
        };
        dialog.close();
        question.answer(answer == ResponseType::Accept);
    });
}

/// Shows it until it is closed.
pub(super) fn tell(title: &str, text: &str, read: oneshot::Sender<()>) {
    let dialog = MessageDialog::builder()
        .title(TELLS)
        .message_type(MessageType::Info)
        .buttons(ButtonsType::Close)
        .window_position(WindowPosition::Center)
        .text(title)
        .secondary_text(text)
        .build();
    dialog.set_keep_above(true);
    MainContext::default().spawn_local(async move {
        dialog.run_future().await;
        dialog.close();
        // Whoever told it may have gone.
        let _gone = read.send(());
    });
}
