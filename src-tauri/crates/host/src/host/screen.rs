//! What a face with a screen does for the host: it asks the person who sits there, and hears what they click.
//!
//! The host makes the words; the face shows them as they are and decides nothing.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

use crate::config::ProfileName;

/// Questions at once: a person answers one after the other.
const AT_ONCE: usize = 1;
/// Clicks that wait for the face: more than a handful at once is no person's doing.
const CLICKS: usize = 16;
/// How long a person may think about a question. Nobody being there is the same as a no.
pub(crate) const THINKS: Duration = Duration::from_secs(120);

/// A question with two answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is about, in one line that ends with a question mark.
    pub title: String,
    /// What it means, in plain text of a few lines. There may be words of strangers in it.
    pub text: String,
    /// The word for doing it.
    pub yes: String,
}

/// A question to the person at this machine.
#[derive(Debug)]
pub struct Question {
    /// What is asked.
    pub words: Words,
    answer: oneshot::Sender<bool>,
}

impl Question {
    /// Answers it. A question that is dropped is answered with no.
    pub fn answer(self, yes: bool) {
        // Whoever asked may have gone away.
        let _gone = self.answer.send(yes);
    }

    /// Returns when nobody waits for the answer any more: its time is over, or whoever asked has gone.
    pub async fn gone(&mut self) {
        self.answer.closed().await;
    }
}

/// What somebody has clicked outside of the face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Click {
    /// Show the Canvas of this profile, and one workspace of it where one was meant.
    Canvas {
        /// The profile.
        profile: ProfileName,
        /// The workspace.
        workspace: Option<Uuid>,
    },
    /// Take Ligand off this user's account. Whoever asked has confirmed it.
    Uninstall,
}

/// The host's end of a face with a screen.
#[derive(Debug, Clone)]
pub struct Screen {
    questions: mpsc::Sender<Question>,
    clicks: mpsc::Sender<Click>,
    room: Arc<Semaphore>,
}

/// The face's end.
#[derive(Debug)]
pub struct ScreenEvents {
    /// What the person is to be asked.
    pub questions: mpsc::Receiver<Question>,
    /// What was clicked.
    pub clicks: mpsc::Receiver<Click>,
}

impl Screen {
    /// Both ends.
    #[must_use]
    pub fn new() -> (Self, ScreenEvents) {
        let (questions, asked) = mpsc::channel(AT_ONCE);
        let (clicks, clicked) = mpsc::channel(CLICKS);
        let events = ScreenEvents {
            questions: asked,
            clicks: clicked,
        };
        let screen = Self {
            questions,
            clicks,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        };
        (screen, events)
    }

    /// Asks; anything but a yes in time is a no. None where a question is open already.
    pub(crate) async fn ask(&self, words: Words) -> Option<bool> {
        let _open = self.room.try_acquire().ok()?;
        let (answer, answered) = oneshot::channel();
        // Full only with one that nobody waits for any more, or gone with the face: nobody is there to say yes.
        self.questions.try_send(Question { words, answer }).ok()?;
        let said = tokio::time::timeout(THINKS, answered).await;
        Some(matches!(said, Ok(Ok(true))))
    }

    /// Passes a click on.
    pub(crate) fn click(&self, click: Click) {
        if let Err(error) = self.clicks.try_send(click) {
            tracing::warn!(%error, "a click was lost");
        }
    }
}
