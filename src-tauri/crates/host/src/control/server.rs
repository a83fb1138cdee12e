//! The control API's server: takes connections from the control socket, or from another listener of this machine,
//! and serves a router on them, within bounds.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::routes::{Scopes, router};
use crate::{
    host::HostHandle,
    lock::HostLock,
    places::Places,
    socket::{Listener, ServerStream},
};

/// Connections at once: a window holds a few, a command one. More is a fault of somebody.
const MAX_CONNECTIONS: usize = 64;
/// A caller that has connected says what it wants at once.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// The longest request head.
const MAX_HEAD: usize = 64 << 10;
/// How long answers in flight may take once the host has stopped its profiles: a part of the 2 s in which an idle host
/// must be gone, since a client that was stopped with Ctrl-Z never reads its own.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// A pause after a failed accept (out of file handles), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the control socket could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the control socket {} cannot be opened: {source}; check the rights of its folder, or set LIGAND_RUNTIME_DIR to another", path.display())]
pub struct BindError {
    path: PathBuf,
    source: io::Error,
}

/// A control socket that is being served.
#[derive(Debug)]
pub struct Control {
    /// Ends the task when dropped.
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Control {
    /// Opens the control socket and serves it. The lock is the proof that a socket file that is still there belongs
    /// to nobody.
    ///
    /// # Errors
    /// When the socket cannot be bound.
    pub fn start(places: &Places, _lock: &HostLock, handle: HostHandle) -> Result<Self, BindError> {
        let path = places.socket();
        let listener = Listener::bind(&path).map_err(|source| BindError { path, source })?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(
            listener,
            router(handle, Scopes::All, stop.clone()),
            stop.clone(),
        ));
        Ok(Self {
            stop: stop.drop_guard(),
            task,
        })
    }

    /// Takes no more requests, lets answers in flight end within half a second, and removes the socket.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the control socket's task failed");
        }
    }
}

/// Where connections come from.
pub(crate) trait Accept: Send {
    /// One of them.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = Self::accept(self).await?;
        // Events are short and wanted at once. Only speed is lost when this fails.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

impl Accept for Listener {
    type Stream = ServerStream;

    async fn accept(&mut self) -> io::Result<ServerStream> {
        Self::accept(self).await
    }
}

/// Serves what comes in until it is stopped; then lets answers in flight end within half a second.
pub(crate) async fn serve(mut listener: impl Accept, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let next = async {
            // Waiting for room first: what is not accepted stays in the system's own bounded queue.
            let permit = Arc::clone(&room).acquire_owned().await.ok()?;
            Some((listener.accept().await, permit))
        };
        match stop.run_until_cancelled(next).await.flatten() {
            None => break,
            Some((Ok(stream), permit)) => {
                let connection = serve_connection(stream, router.clone(), stop.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Some((Err(error), _)) => {
                tracing::warn!(%error, "a listener of the control API took no connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(LAST_ANSWERS, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!("control connections were cut at the end");
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = match stop.run_until_cancelled(connection.as_mut()).await {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a control connection broke");
    }
}
