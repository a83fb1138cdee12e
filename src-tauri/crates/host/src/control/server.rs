//! The control API's server: takes connections from the control socket, or from another listener of this machine,
//! and serves a router on them, within bounds.

use std::{io, path::PathBuf, time::Duration};

use axum::Router;
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;

use super::routes::{Scopes, router};
use crate::{
    host::HostHandle,
    lock::HostLock,
    places::Places,
    serving::{self, Accept, Bounds, Served},
    socket::{Listener, ServerStream},
};

const BOUNDS: Bounds = Bounds {
    // A window holds a few, a command one. More is a fault of somebody.
    connections: 64,
    // A caller that has connected says what it wants at once.
    head: Duration::from_secs(10),
    // A part of the 2 s in which an idle host must be gone, since a client that was stopped with Ctrl-Z never reads its
    // own.
    last_answers: Duration::from_millis(500),
};

/// Why the control socket could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the control socket {} cannot be opened: {source}; check the rights of its folder, or set LIGAND_RUNTIME_DIR to another", path.display())]
pub struct BindError {
    path: PathBuf,
    source: io::Error,
}

/// A control socket that is being served.
#[derive(Debug)]
pub struct Control(Served);

impl Control {
    /// Opens the control socket and serves it. The lock is the proof that a socket file that is still there belongs
    /// to nobody.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn start(places: &Places, _lock: &HostLock, handle: HostHandle) -> Result<Self, BindError> {
        let path = places.socket();
        let listener = Listener::bind(&path).map_err(|source| BindError { path, source })?;
        Ok(Self(Served::start("control socket", |stop| {
            serve(listener, router(handle, Scopes::All, stop.clone()), stop)
        })))
    }

    /// Takes no more requests, lets answers in flight end within half a second, and removes the socket.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

impl Accept for Listener {
    type Stream = ServerStream;

    async fn accept(&mut self) -> io::Result<ServerStream> {
        Self::accept(self).await
    }
}

/// Serves what comes in until it is stopped; then lets answers in flight end within half a second.
pub(crate) async fn serve(listener: impl Accept, router: Router, stop: CancellationToken) {
    serving::serve(listener, TowerToHyperService::new(router), BOUNDS, stop).await;
}
