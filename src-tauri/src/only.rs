//! One window at a time, and the few words that other processes of ours have for it.
//!
//! The window's process listens on a socket that only the user's own processes can open; a word is one byte and has no
//! answer. It works the same with and without a session bus.

use std::{io, path::PathBuf, time::Duration};

use ligand_host::{
    places::Places,
    socket::{self, Listener},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A local socket answers at once, or nobody is there.
const DEADLINE: Duration = Duration::from_secs(2);
/// A window's process that is just starting has the place already and listens a moment later.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A pause after a failed accept (out of file handles), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the window can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Come to the front.
    Raise,
    /// Ligand ends.
    Close,
}

impl Word {
    fn byte(self) -> u8 {
        match self {
            Self::Raise => b'r',
            Self::Close => b'c',
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Raise, Self::Close]
            .into_iter()
            .find(|word| word.byte() == byte)
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

/// Takes the place, or raises the window that has it.
pub(crate) async fn claim(places: &Places) -> io::Result<Claim> {
    let claimed = async {
        loop {
            if let Some(listener) = Listener::claim(&path(places))? {
                return Ok(Claim::Ours(Seat(listener)));
            }
            if tell(places, Word::Raise).await {
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
pub(crate) async fn tell(places: &Places, word: Word) -> bool {
    let path = path(places);
    let told = async {
        let mut stream = socket::connect(&path).await?;
        stream.write_all(&[word.byte()]).await?;
        stream.shutdown().await
    };
    matches!(tokio::time::timeout(DEADLINE, told).await, Ok(Ok(())))
}

impl Seat {
    /// The next word.
    pub(crate) async fn next(&mut self) -> Word {
        loop {
            let mut stream = match self.0.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the window's socket took no connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let byte = tokio::time::timeout(DEADLINE, stream.read_u8()).await;
            if let Some(word) = byte.ok().and_then(Result::ok).and_then(Word::of) {
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
    async fn the_second_window_raises_the_first_and_has_no_place() {
        let (_root, places) = places();
        let Claim::Ours(mut first) = claim(&places).await.unwrap() else {
            panic!("nobody else is there");
        };
        let (word, second) = tokio::join!(first.next(), claim(&places));
        assert_eq!(word, Word::Raise);
        assert!(matches!(second.unwrap(), Claim::Theirs));
    }

    #[tokio::test]
    async fn the_place_is_free_again_when_the_window_has_gone() {
        let (_root, places) = places();
        let first = claim(&places).await.unwrap();
        drop(first);
        assert!(!tell(&places, Word::Raise).await);
        assert!(matches!(claim(&places).await.unwrap(), Claim::Ours(_)));
    }

    #[tokio::test]
    async fn a_caller_that_says_nothing_or_nonsense_is_passed_by() {
        let (_root, places) = places();
        let Claim::Ours(mut seat) = claim(&places).await.unwrap() else {
            panic!("nobody else is there");
        };
        let others = async {
            drop(socket::connect(&path(&places)).await.unwrap());
            let mut odd = socket::connect(&path(&places)).await.unwrap();
            odd.write_all(b"?").await.unwrap();
            tell(&places, Word::Close).await
        };
        let (word, told) = tokio::join!(seat.next(), others);
        assert!(told);
        assert_eq!(word, Word::Close);
    }
}
