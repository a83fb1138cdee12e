//! Where every profile's picture of its org hangs. Faces and notifications look at it.

use std::sync::Arc;

use tokio::sync::watch;

use super::view::{Org, Orgs};

/// The board. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrgBoard(Arc<watch::Sender<Arc<Orgs>>>);

impl OrgBoard {
    /// Follows what is hung up.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Orgs>> {
        self.0.subscribe()
    }

    /// The picture of one profile.
    pub(crate) fn get(&self, profile: &str) -> Option<Arc<Org>> {
        self.0.borrow().get(profile).cloned()
    }

    /// Hangs a picture up, in the place of the profile's last one.
    pub(crate) fn put(&self, org: Org) {
        self.0.send_modify(|orgs| {
            // The pictures are shared: only the few pointers to them are copied.
            Arc::make_mut(orgs).insert(org.profile.clone(), Arc::new(org));
        });
    }
}
