//! What the relay remembers of cards, kept in step with its file.
//!
//! Changes are written in the background: the first at once, and then all that came since, with a pause between two
//! writes that grows with what a write takes. What changes in the last moment before a crash is asked for again.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ligand_tunnel::VerifyingKey;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::card_file;
use crate::clock::{Clock, today};
use crate::directory::Place;
use crate::remembered::Remembered;

/// Shortest pause between two writes.
const PAUSE: Duration = Duration::from_secs(1);
/// Writing takes at most one part in so many of the time.
const SHARE: u32 = 20;
/// Before a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// How long the last write may take when the relay stops.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Memory {
    path: PathBuf,
    platforms: Arc<[String]>,
    remembered: Mutex<Remembered>,
    changed: Notify,
    /// The version that the file has. Locked while it is written, so that no older state is written last.
    written: tokio::sync::Mutex<u64>,
    clock: Clock,
}

impl Memory {
    /// Reads the file. One that can't be used is set aside.
    pub(crate) fn open(path: PathBuf, platforms: Vec<String>, clock: Clock) -> Self {
        let places = card_file::load(&path, &platforms).unwrap_or_else(|why| {
            let aside = card_file::aside(&path);
            let (file, aside_file) = (path.display(), aside.display());
            match fs::rename(&path, &aside) {
                Ok(()) => tracing::error!(
                    %file, %why,
                    "what was remembered of cards can't be used and is now {aside_file}: laptops are looked up anew"
                ),
                Err(error) => tracing::error!(
                    %file, %why, %error,
                    "what was remembered of cards can't be used, nor set aside: laptops are looked up anew"
                ),
            }
            Default::default()
        });
        if !places.is_empty() {
            tracing::info!(workspaces = places.len(), "card keys remembered");
        }
        Self {
            path,
            platforms: platforms.into(),
            remembered: Mutex::new(Remembered::from(places)),
            changed: Notify::new(),
            written: tokio::sync::Mutex::new(0),
            clock,
        }
    }

    /// Whether a laptop may be admitted with that key without asking anybody.
    pub(crate) fn admits(&self, place: Place, key: &VerifyingKey) -> bool {
        self.change(|remembered| {
            let knows = remembered.knows(place, key.as_bytes());
            if knows {
                remembered.used(place, today());
            }
            knows
        })
    }

    /// The keys that the workspace's card has now; none when it has no card any more.
    pub(crate) fn learn(&self, place: Place, keys: &[VerifyingKey]) {
        let keys = keys.iter().map(VerifyingKey::to_bytes).collect();
        self.change(|remembered| remembered.learn(place, keys, self.clock.now(), today()));
    }

    /// How long ago the workspace's card was read; `None` = before the relay's start, or never.
    pub(crate) fn read_ago(&self, place: Place) -> Option<Duration> {
        let read = self.remembered().read(place)?;
        Some(self.clock.now().saturating_sub(read))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut remembered = self.remembered();
        let before = remembered.version();
        let done = change(&mut remembered);
        if remembered.version() != before {
            self.changed.notify_one();
        }
        done
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what changes, until it is told to stop. A write that has begun is finished.
    pub(crate) async fn keep(&self, stop: &CancellationToken) {
        let mut is_broken = false;
        while stop.run_until_cancelled(self.changed.notified()).await.is_some() {
            let began = self.clock.now();
            let pause = match self.write().await {
                Ok(()) => {
                    is_broken = false;
                    (self.clock.now().saturating_sub(began) * SHARE).max(PAUSE)
                }
                Err(error) => {
                    // Once: a full disk is not news every half minute.
                    if !is_broken {
                        self.complain(&error);
                    }
                    is_broken = true;
                    self.changed.notify_one();
                    RETRY
                }
            };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    /// Writes down what has changed last.
    pub(crate) async fn close(&self) {
        match tokio::time::timeout(LAST_WAIT, self.write()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.complain(&error),
            Err(_) => tracing::warn!("what is remembered of cards was not written in time"),
        }
    }

    fn complain(&self, error: &io::Error) {
        let file = self.path.display();
        tracing::error!(%file, %error, "what is remembered of cards can't be written: after a restart laptops are looked up anew");
    }

    async fn write(&self) -> io::Result<()> {
        let mut written = self.written.lock().await;
        let (version, places) = {
            let remembered = self.remembered();
            if remembered.version() == *written {
                return Ok(());
            }
            (remembered.version(), remembered.places().clone())
        };
        let (path, platforms) = (self.path.clone(), self.platforms.clone());
        let writing = tokio::task::spawn_blocking(move || card_file::write(&path, &platforms, &places));
        writing.await.map_err(io::Error::other)??;
        *written = version;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ligand_tunnel::SigningKey;
    use uuid::Uuid;

    use super::*;

    const PLATFORM: &str = "https://org.example";

    fn open(path: &Path) -> Memory {
        Memory::open(path.to_owned(), vec![PLATFORM.into()], Clock::start())
    }

    fn place() -> Place {
        Place {
            platform: 0,
            workspace: Uuid::new_v4(),
        }
    }

    fn key() -> VerifyingKey {
        SigningKey::from_bytes(&rand::random()).verifying_key()
    }

    #[tokio::test]
    async fn what_was_learnt_or_forgotten_is_so_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        let (kept, gone, key) = (place(), place(), key());
        let memory = open(&path);
        memory.learn(kept, &[key]);
        memory.learn(gone, &[key]);
        memory.close().await;
        let memory = open(&path);
        assert!(memory.admits(kept, &key) && memory.admits(gone, &key));
        assert_eq!(memory.read_ago(kept), None, "it was read before the start");
        memory.learn(gone, &[]);
        memory.close().await;
        let memory = open(&path);
        assert!(memory.admits(kept, &key) && !memory.admits(gone, &key));
    }

    #[tokio::test]
    async fn changes_are_on_disk_soon_without_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        let (memory, stop, key) = (open(&path), CancellationToken::new(), key());
        let places: Vec<_> = (0..50).map(|_| place()).collect();
        let learning = async {
            for place in &places {
                memory.learn(*place, &[key]);
                tokio::task::yield_now().await;
            }
            while !places.iter().all(|place| open(&path).admits(*place, &key)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            stop.cancel();
        };
        let both = async { tokio::join!(memory.keep(&stop), learning) };
        tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_can_not_be_used_is_set_aside_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        let mut file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        io::Write::write_all(&mut file, b"nonsense").unwrap();
        file.persist(&path).unwrap();
        let memory = open(&path);
        assert_eq!(fs::read(card_file::aside(&path)).unwrap(), b"nonsense");
        let (place, key) = (place(), key());
        memory.learn(place, &[key]);
        memory.close().await;
        assert!(open(&path).admits(place, &key));
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_does_not_make_it_forget() {
        let folder = tempfile::tempdir().unwrap();
        let memory = open(&folder.path().join("missing").join("cards"));
        let (place, key) = (place(), key());
        memory.learn(place, &[key]);
        memory.close().await;
        assert!(memory.admits(place, &key));
    }
}
