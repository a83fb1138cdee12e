//! One window at a time, and the few words that other processes of ours have for it.
//!
//! The window's process listens on a socket that only the user's own processes can open; a word is one line and has no
//! answer. It works the same with and without a session bus.

use std::{io, path::PathBuf, time::Duration};

use ligand_host::{
    places::Places,
    socket::{self, Listener},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::page::Page;

/// A local socket answers at once, or nobody is there.
const DEADLINE: Duration = Duration::from_secs(2);
/// A window's process that is just starting has the place already and listens a moment later.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A pause after a failed accept (out of file handles), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Longer lines are nobody's of ours: a page's words with two values of a link, each character of them escaped.
const LONGEST: u64 = 8 << 10;

/// What the window can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// Come to the front as you are.
    Raise,
    /// Come to the front and show this.
    Show(Page),
    /// Ligand ends.
    Close,
}

impl Word {
    fn line(&self) -> String {
        match self {
            Self::Raise => "raise".to_owned(),
            Self::Show(page) => format!("show {}", page.words()),
            Self::Close => "close".to_owned(),
        }
    }

    fn of(line: &str) -> Option<Self> {
        match line {
            "raise" => Some(Self::Raise),
            "close" => Some(Self::Close),
            line => Some(Self::Show(line.strip_prefix("show ")?.parse().ok()?)),
        }
    }
}

/// Whose the window's place is.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Ours, while this is held.
    Ours(Seat),
    /// Another process has the window, and has been told to raise it.
    Theirs,
}

/// The place of the one window.
#[derive(Debug)]
pub(crate) struct Seat(Listener);

fn path(places: &Places) -> PathBuf {
    places.runtime.join("window.sock")
}

/// Takes the place, or tells the window that has it what was wanted of a new one.
pub(crate) async fn claim(places: &Places, wanted: &Word) -> io::Result<Claim> {
    let claimed = async {
        loop {
            if let Some(listener) = Listener::claim(&path(places))? {
                return Ok(Claim::Ours(Seat(listener)));
            }
            if tell(places, wanted).await {
                return Ok(Claim::Theirs);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(DEADLINE, claimed).await.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the open one does not answer",
        ))
    })
}

/// Tells the window something; whether there is one.
pub(crate) async fn tell(places: &Places, word: &Word) -> bool {
    let path = path(places);
    let told = async {
        let mut stream = socket::connect(&path).await?;
        stream.write_all(word.line().as_bytes()).await?;
        stream.shutdown().await
    };
    matches!(tokio::time::timeout(DEADLINE, told).await, Ok(Ok(())))
}

impl Seat {
    /// The next word.
    pub(crate) async fn next(&mut self) -> Word {
        loop {
            let stream = match self.0.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the window's socket took no connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let mut line = String::new();
            let read = async { stream.take(LONGEST).read_to_string(&mut line).await };
            let is_read = matches!(tokio::time::timeout(DEADLINE, read).await, Ok(Ok(_)));
            if let Some(word) = Word::of(&line).filter(|_| is_read) {
                return word;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> (tempfile::TempDir, Places) {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        (root, places)
    }

    #[tokio::test]
    async fn the_second_window_tells_the_first_what_was_wanted_and_has_no_place() {
        let (_root, places) = places();
        let Claim::Ours(mut first) = claim(&places, &Word::Raise).await.unwrap() else {
            panic!("nobody else is there");
        };
        let (word, second) = tokio::join!(first.next(), claim(&places, &Word::Show(Page::Logs)));
        assert_eq!(word, Word::Show(Page::Logs));
        assert!(matches!(second.unwrap(), Claim::Theirs));
    }

    #[tokio::test]
    async fn the_place_is_free_again_when_the_window_has_gone() {
        let (_root, places) = places();
        let first = claim(&places, &Word::Raise).await.unwrap();
        drop(first);
        assert!(!tell(&places, &Word::Raise).await);
        assert!(matches!(
            claim(&places, &Word::Raise).await.unwrap(),
            Claim::Ours(_)
        ));
    }

    #[tokio::test]
    async fn a_caller_that_says_nothing_or_nonsense_is_passed_by() {
        let (_root, places) = places();
        let Claim::Ours(mut seat) = claim(&places, &Word::Raise).await.unwrap() else {
            panic!("nobody else is there");
        };
        let others = async {
            drop(socket::connect(&path(&places)).await.unwrap());
            let mut odd = socket::connect(&path(&places)).await.unwrap();
            odd.write_all(b"show javascript:1").await.unwrap();
            drop(odd);
            tell(&places, &Word::Close).await
        };
        let (word, told) = tokio::join!(seat.next(), others);
        assert!(told);
        assert_eq!(word, Word::Close);
    }
}
