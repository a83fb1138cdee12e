//! The network between laptop and relay.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A TCP proxy that can stop moving the bytes of its connections without closing them. New ones are not affected.
pub(crate) struct FreezingProxy {
    pub(crate) address: SocketAddr,
    /// Connections with lower numbers are frozen.
    frozen_below: watch::Sender<usize>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl FreezingProxy {
    pub(crate) async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let frozen_below = watch::Sender::new(0);
        let accepted = Arc::new(AtomicUsize::new(0));
        let (seen, count) = (frozen_below.clone(), accepted.clone());
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst);
                let far = TcpStream::connect(target).await.unwrap();
                near.set_nodelay(true).unwrap();
                far.set_nodelay(true).unwrap();
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(pump(near_read, far_write, number, seen.subscribe()));
                tokio::spawn(pump(far_read, near_write, number, seen.subscribe()));
            }
        });
        Self {
            address,
            frozen_below,
            accepted,
            task,
        }
    }

    pub(crate) fn freeze(&self) {
        self.frozen_below
            .send_replace(self.accepted.load(Ordering::SeqCst));
    }
}

impl Drop for FreezingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    number: usize,
    mut frozen_below: watch::Receiver<usize>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if frozen_below.wait_for(|below| number >= *below).await.is_err() {
            break;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
}
