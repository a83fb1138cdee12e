//! Hands a notification to the desktop, and hears what is clicked in it. What goes wrong is worth a line in the log
//! and nothing more.
//!
//! Whether something may be shown now (do not disturb, a presentation, a locked screen) is the desktop's to decide:
//! nothing of ours is ever called urgent, which is what passes those rules.

#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod other;

use std::{collections::VecDeque, time::Duration};

#[cfg(all(unix, not(target_os = "macos")))]
use self::freedesktop::Desktop;
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use self::freedesktop::has_desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
use self::other::Desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) use self::other::has_desktop;
use super::words::Words;

/// A desktop takes a notification at once; one that hangs must not keep the next from being told.
const DEADLINE: Duration = Duration::from_secs(5);
/// Notifications of which a click still means something: far more than any desktop shows.
const REMEMBERED: usize = 32;

/// What can be clicked in a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    /// The notification itself: shows what it is about.
    Open,
    /// Starts our agent anew.
    Restart,
}

impl Button {
    /// Its name between us and the desktop. `default` is the protocol's own for the notification itself.
    fn key(self) -> &'static str {
        match self {
            Self::Open => "default",
            Self::Restart => "restart",
        }
    }

    fn of(key: &str) -> Option<Self> {
        [Self::Open, Self::Restart]
            .into_iter()
            .find(|button| button.key() == key)
    }
}

/// A notification.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(all(unix, not(target_os = "macos"))),
    allow(dead_code, reason = "nothing but the words is shown there")
)]
pub(super) struct Message {
    pub(super) words: Words,
    pub(super) buttons: Vec<Button>,
    /// Good news: nobody needs to look up.
    pub(super) quietly: bool,
}

/// A click.
#[derive(Debug)]
pub(super) struct Pressed<T> {
    pub(super) button: Button,
    pub(super) about: T,
}

/// The desktop, and what its notifications are about.
#[derive(Debug)]
pub(super) struct Sender<T> {
    desktop: Desktop,
    shown: VecDeque<(u32, T)>,
}

impl<T> Default for Sender<T> {
    fn default() -> Self {
        Self {
            desktop: Default::default(),
            shown: VecDeque::new(),
        }
    }
}

impl<T: Clone> Sender<T> {
    /// Shows it.
    pub(super) async fn send(&mut self, message: Message, about: T) {
        match tokio::time::timeout(DEADLINE, self.desktop.show(message)).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(id))) => {
                self.shown.retain(|(shown, _)| *shown != id);
                if self.shown.len() >= REMEMBERED {
                    self.shown.pop_front();
                }
                self.shown.push_back((id, about));
            }
            Ok(Err(why)) => tracing::debug!(%why, "a notification was not shown"),
            Err(_) => tracing::debug!("a notification was not taken in time"),
        }
    }

    /// The next click in one of ours. May be dropped and called again.
    pub(super) async fn pressed(&mut self) -> Pressed<T> {
        loop {
            let (id, key) = self.desktop.pressed().await;
            let about = self.shown.iter().find(|(shown, _)| *shown == id);
            if let (Some(button), Some((_, about))) = (Button::of(&key), about) {
                return Pressed {
                    button,
                    about: about.clone(),
                };
            }
        }
    }
}
