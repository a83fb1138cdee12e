//! Where what every profile knows hangs, for faces and notifications to look at: one document per profile, replaced as a
//! whole. Whoever looks late sees the newest and not every one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::{arrangement::Arrangement, record::Record, thread::Threads, view::Org};

/// Documents by the profile's name.
pub type PerProfile<T> = BTreeMap<String, Arc<T>>;

/// The board. Cheap to clone.
#[derive(Debug)]
pub(crate) struct Board<T>(Arc<watch::Sender<Arc<PerProfile<T>>>>);

/// The pictures of all orgs.
pub(crate) type OrgBoard = Board<Org>;

impl<T> Clone for Board<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Board<T> {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Arc::default())))
    }
}

impl<T> Board<T> {
    /// Follows what is hung up.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<PerProfile<T>>> {
        self.0.subscribe()
    }

    /// The document of one profile.
    pub(crate) fn get(&self, profile: &str) -> Option<Arc<T>> {
        self.0.borrow().get(profile).cloned()
    }

    /// Takes a profile's document down.
    pub(crate) fn remove(&self, profile: &str) {
        self.0
            .send_if_modified(|documents| Arc::make_mut(documents).remove(profile).is_some());
    }

    /// Hangs a document up, in the place of the profile's last one.
    pub(crate) fn put(&self, profile: &str, document: T) {
        self.0.send_modify(|documents| {
            // The documents are shared: only the few pointers to them are copied.
            Arc::make_mut(documents).insert(profile.to_owned(), Arc::new(document));
        });
    }
}

impl<T: Default> Board<T> {
    /// Hangs up what becomes of the profile's last document. Nobody else changes it in between; nobody is told where
    /// `change` makes nothing of it.
    pub(crate) fn change<R>(&self, profile: &str, change: impl FnOnce(&T) -> (Option<T>, R)) -> R {
        let mut result = None;
        self.0.send_if_modified(|documents| {
            let last = documents.get(profile).cloned().unwrap_or_default();
            let (next, told) = change(&last);
            result = Some(told);
            let Some(next) = next else { return false };
            Arc::make_mut(documents).insert(profile.to_owned(), Arc::new(next));
            true
        });
        match result {
            Some(result) => result,
            None => unreachable!("the change is made before the call returns"),
        }
    }
}

/// Everything that is known of the profiles' orgs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Boards {
    /// The pictures.
    pub(crate) orgs: OrgBoard,
    /// What was said.
    pub(crate) threads: Board<Threads>,
    /// How their Canvases are arranged.
    pub(crate) arrangements: Board<Arrangement>,
    /// Held while an arrangement is changed and written, so that the file ends as the last one.
    pub(crate) writing: Arc<tokio::sync::Mutex<()>>,
    records: Arc<Mutex<BTreeMap<String, Record>>>,
}

impl Boards {
    /// Takes down everything of a profile that there is no more.
    pub(crate) fn remove(&self, profile: &str) {
        self.orgs.remove(profile);
        self.threads.remove(profile);
        self.arrangements.remove(profile);
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.remove(profile);
    }

    /// What was seen happening in a profile's org.
    pub(crate) fn record(&self, profile: &str) -> Record {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.entry(profile.to_owned()).or_default().clone()
    }
}
