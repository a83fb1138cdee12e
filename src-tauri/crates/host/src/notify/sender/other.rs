//! macOS and Windows, through notify-rust. What is clicked is not heard there yet: the notification is only shown.

use notify_rust::Notification;

use super::Message;

/// Whether there is a desktop that shows notifications.
pub(in crate::notify) fn has_desktop() -> bool {
    true
}

/// The desktop.
#[derive(Debug, Default)]
pub(super) struct Desktop;

impl Desktop {
    /// Shows it.
    pub(super) async fn show(&mut self, message: Message) -> Result<Option<u32>, String> {
        let shown = tokio::task::spawn_blocking(move || {
            let mut notification = Notification::new();
            notification
                .appname("Ligand")
                .summary(&message.words.title)
                .body(&message.words.body);
            notification.show().map(drop)
        });
        match shown.await {
            Ok(Ok(())) => Ok(None),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Nothing is ever heard of a click.
    pub(super) async fn pressed(&mut self) -> (u32, String) {
        std::future::pending().await
    }
}
