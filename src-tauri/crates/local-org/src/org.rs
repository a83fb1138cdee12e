//! The org that all routes and tasks share.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::a2a::Dispatcher;
use crate::agent_url::UrlRules;
use crate::clock::Clock;
use crate::era::Era;
use crate::hub::Hub;
use crate::store::Store;

/// A running org.
pub(crate) struct Org {
    pub(crate) era: Era,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) hub: Arc<Hub>,
    pub(crate) agents: Dispatcher,
    pub(crate) rules: UrlRules,
    /// The folder of plugins, one folder each, where there is one.
    pub(crate) plugins: Option<PathBuf>,
    /// Where the Canvas is, once it is served to browsers.
    pub(crate) canvas: OnceLock<String>,
    /// Cancelled when the org stops.
    pub(crate) stop: CancellationToken,
    /// Everything that was spawned.
    pub(crate) tasks: TaskTracker,
}

impl Org {
    /// Starts something that outlives the request that caused it, and ends with the org.
    pub(crate) fn spawn<T: Send + 'static>(
        self: &Arc<Org>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<T>> {
        let stop = self.stop.clone();
        self.tasks
            .spawn(async move { stop.run_until_cancelled(work).await })
    }
}
