//! What may stand before a relay: a terminator of TLS, an HTTP proxy that speaks up, one that is impatient.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What it does besides passing bytes on.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// Terminates TLS with these.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Answers 502 when the relay says nothing.
    pub(crate) speaks_up: bool,
    /// Closes connections that are idle for so long.
    pub(crate) idle: Option<Duration>,
}

/// Stands before a relay until it is dropped.
pub(crate) struct Before {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Before {
    pub(crate) async fn relay(relay: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let manner = manner.clone();
                tokio::spawn(async move {
                    let far = TcpStream::connect(relay).await.unwrap();
                    match &manner.tls {
                        None => pass(near, far, &manner).await,
                        Some(config) => {
                            if let Ok(near) = TlsAcceptor::from(config.clone()).accept(near).await {
                                pass(near, far, &manner).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, task }
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut near: impl AsyncRead + AsyncWrite + Unpin, mut far: TcpStream, manner: &Manner) {
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut waits_for_answer = false;
    let idle = manner.idle.unwrap_or(Duration::from_secs(3600));
    loop {
        tokio::select! {
            read = near.read(&mut up) => match read {
                Ok(length @ 1..) if far.write_all(&up[..length]).await.is_ok() => waits_for_answer = true,
                _ => return,
            },
            read = far.read(&mut down) => match read {
                Ok(length @ 1..) if near.write_all(&down[..length]).await.is_ok() => {
                    drop(near.flush().await);
                    waits_for_answer = false;
                }
                _ => {
                    if waits_for_answer && manner.speaks_up {
                        let answer = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
                        drop(near.write_all(answer).await);
                    }
                    drop(near.shutdown().await);
                    return;
                }
            },
            () = tokio::time::sleep(idle) => return,
        }
    }
}
