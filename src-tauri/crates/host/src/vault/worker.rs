//! The thread that talks to the keychain or the file, one call after the other.
//!
//! It ends with the last clone of the vault. One that hangs in a keychain's window ends with the process.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use tokio::sync::oneshot;

use super::open::Store;
use super::{DEADLINE, VaultError, VaultKind};

/// Calls that may wait behind one that hangs: more than a host's profiles ask for at once.
const WAITING: usize = 64;

type Job = Box<dyn FnOnce(&mut Option<Store>) + Send>;

/// The way to the thread.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    jobs: SyncSender<Job>,
}

impl Worker {
    pub(super) fn start() -> Result<Self, VaultError> {
        let (jobs, inbox) = sync_channel(WAITING);
        thread::Builder::new()
            .name("vault".into())
            .spawn(move || work(inbox))?;
        Ok(Self { jobs })
    }

    /// Opens the store; nothing can be asked before.
    pub(super) async fn open(
        &self,
        open: impl FnOnce() -> Result<Store, VaultError> + Send + 'static,
    ) -> Result<VaultKind, VaultError> {
        self.run(move |place, _wanted| {
            let store = open()?;
            let kind = store.kind();
            *place = Some(store);
            Ok(kind)
        })
        .await
    }

    /// Asks the store. If it is locked the user is asked to unlock it, and it is asked again.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl Fn(&Store) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.run(move |place, wanted| {
            let store = place.as_ref().ok_or_else(ended)?;
            match question(store) {
                Err(VaultError::Locked) => {
                    store.ask_to_unlock()?;
                    // The user may have taken minutes: who asked may have told them of a failure and cleaned up.
                    if wanted() {
                        question(store)
                    } else {
                        Err(VaultError::Locked)
                    }
                }
                answer => answer,
            }
        })
        .await
    }

    /// Runs a job on the thread, unless nobody waits for it any more when its turn comes.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Option<Store>, &dyn Fn() -> bool) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |place| {
            if !reply.is_closed() {
                let result = job(place, &|| !reply.is_closed());
                // Whoever asked may have gone meanwhile.
                let _ = reply.send(result);
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            // Something hangs before us, and what hangs is a keychain that waits for its user.
            Err(TrySendError::Full(_)) => return Err(VaultError::Locked),
            Err(TrySendError::Disconnected(_)) => return Err(ended()),
        }
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(VaultError::Locked),
        }
    }
}

fn work(inbox: Receiver<Job>) {
    let mut store = None;
    for job in inbox {
        // A job that panics (a keychain's library might) takes only this vault along, not the process.
        job(&mut store);
    }
}

fn ended() -> VaultError {
    VaultError::Unavailable("its thread has ended. Start Ligand again".into())
}
