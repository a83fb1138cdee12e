//! A TCP proxy that counts: what a process has sent and received through it, without the heads of TCP and IP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use ligand_e2e::proc::owns_socket;

/// A listening proxy; where it leads is said once that is known.
pub(crate) struct Counting {
    listener: TcpListener,
    count: Count,
}

/// No process has this id: whose connections count has not been said yet.
const NOBODY: u32 = 0;

/// What has been counted. Only connections of one process count; others pass.
#[derive(Clone, Default)]
pub(crate) struct Count {
    pid: Arc<AtomicU32>,
    bytes: Arc<AtomicU64>,
}

impl Count {
    /// Whose connections count from now on.
    pub(crate) fn only(&self, pid: u32) {
        self.pid.store(pid, Ordering::Relaxed);
    }

    /// Bytes so far, both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Counting {
    /// Listens there and adds to `count`.
    pub(crate) async fn listen(address: (&str, u16), count: &Count) -> Self {
        Self {
            listener: TcpListener::bind(address).await.unwrap(),
            count: count.clone(),
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Passes everything on from now on.
    pub(crate) fn lead_to(self, address: SocketAddr) {
        tokio::spawn(async move {
            while let Ok((near, _)) = self.listener.accept().await {
                tokio::spawn(pass(near, address, self.count.clone()));
            }
        });
    }
}

async fn pass(near: TcpStream, address: SocketAddr, count: Count) {
    let (Ok(peer), Ok(far)) = (near.peer_addr(), TcpStream::connect(address).await) else {
        return;
    };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::join!(
        copy(near_in, far_out, peer, &count),
        copy(far_in, near_out, peer, &count)
    );
}

async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    peer: SocketAddr,
    count: &Count,
) {
    let mut buffer = vec![0; 16 * 1024];
    // Looked up at the first byte after the process is known: the caller has its socket by then, and keeps it.
    let mut counts = None;
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let pid = count.pid.load(Ordering::Relaxed);
        if pid != NOBODY && *counts.get_or_insert_with(|| owns_socket(pid, peer)) {
            count.bytes.fetch_add(read as u64, Ordering::Relaxed);
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _gone = to.shutdown().await;
}
