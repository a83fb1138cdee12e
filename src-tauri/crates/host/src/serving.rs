//! Serving HTTP/1.1 on a listener of this machine, within bounds: how many connections, how long a head may take, how
//! long answers may take at the end. What is answered is the business of the service that is handed in.

use std::{error::Error as StdError, io, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    server::conn::http1,
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
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

/// The longest request head.
const MAX_HEAD: usize = 64 << 10;
/// A pause after a failed accept (out of file handles), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at once. More wait in the system's own bounded queue.
    pub(crate) connections: usize,
    /// How long the head of a request may take, from the end of the one before.
    pub(crate) head: Duration,
    /// How long answers in flight may take once it is stopped.
    pub(crate) last_answers: Duration,
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

/// A listener that is being served. Dropping it ends that without waiting.
#[derive(Debug)]
pub(crate) struct Served {
    /// What it is, in the log.
    name: &'static str,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves in a task of its own, until the token that is handed in is cancelled.
    pub(crate) fn start<F>(name: &'static str, serve: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(stop.clone()));
        Self {
            name,
            stop: stop.drop_guard(),
            task,
        }
    }

    /// Takes no more requests, and waits until answers in flight have had their time.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(listener = self.name, %error, "the task that serves a listener failed");
        }
    }
}

/// Serves what comes in until it is stopped; then lets answers in flight end, as long as they may take.
///
/// A service that fails has its connection closed without a byte.
pub(crate) async fn serve<S, B>(
    mut listener: impl Accept,
    service: S,
    bounds: Bounds,
    stop: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let room = Arc::new(Semaphore::new(bounds.connections));
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
                let connection = serve_connection(stream, service.clone(), bounds.head, stop.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Some((Err(error), _)) => {
                tracing::warn!(%error, "a listener took no connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(bounds.last_answers, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!("connections were cut at the end");
    }
}

async fn serve_connection<S, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S,
    head: Duration,
    stop: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = match stop.run_until_cancelled(connection.as_mut()).await {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
