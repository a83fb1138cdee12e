//! What a link travels on: a TCP or TLS connection, whatever made it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// See the module.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {
    /// Has the system keep about so many bytes of what is to be sent, where it can be told. What is with the system goes
    /// before every short answer; of the rest the tunnel decides what is next, by turns.
    fn keep_unsent(&self, _bytes: u32) {}
}

/// Whatever is below was made by the general library.
impl Carrier for TokioIo<Upgraded> {}

/// Nothing is below but this process.
impl Carrier for DuplexStream {}

/// A connection that was dialled: the library that did it keeps its socket to itself.
pub(crate) struct Dialled {
    pub(crate) io: reqwest::Upgraded,
    /// Another descriptor of its socket, where that could be had.
    #[cfg(target_os = "linux")]
    pub(crate) socket: Option<std::os::fd::OwnedFd>,
}

impl Carrier for Dialled {
    #[cfg(target_os = "linux")]
    fn keep_unsent(&self, bytes: u32) {
        if let Some(socket) = &self.socket {
            crate::unsent::keep_unsent(socket, bytes);
        }
    }
}

impl AsyncRead for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
