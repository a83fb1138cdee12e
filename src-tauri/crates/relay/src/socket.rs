//! A caller's connection below HTTP: plain or within TLS, the same to whoever reads and writes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ligand_tunnel::Carrier;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// How long a caller may take to close a connection that we have closed.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// How long to look for bytes that have come and that nobody has read.
const FIRST_LOOK: Duration = Duration::from_millis(20);
/// After this long without another byte a caller that was sending has sent everything: a slow round trip, and the pause
/// that it makes when it had been told to wait.
const QUIET: Duration = Duration::from_millis(500);
/// How long a caller may go on sending.
const SENDING_WAIT: Duration = Duration::from_secs(20);
/// How much: the longest message that a platform sends, and more.
const SENDING_BYTES: usize = 64 * 1024 * 1024;

/// See the module.
pub(crate) enum Socket {
    Plain(TcpStream),
    /// Boxed: a TLS session is a kilobyte.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Closes without a byte and without a reset: what the caller is still sending, an end of TLS where there is TLS, an
    /// end of TCP, and a moment for the caller to have read that.
    ///
    /// In this order, since a caller whose connection is closed while it writes finds that writing failed, and not that
    /// the answer ended before it began; and since a system that closes a connection with unread bytes resets it.
    pub(crate) async fn farewell(mut self) {
        // Who sends for longer, or is gone, has its own way of noticing.
        drop(tokio::time::timeout(SENDING_WAIT, self.let_it_finish()).await);
        let leaving = async {
            self.shutdown().await?;
            while self.discard().await? > 0 {}
            io::Result::Ok(())
        };
        drop(tokio::time::timeout(CLOSE_WAIT, leaving).await);
    }

    /// Reads away what a caller is sending, until it has sent it.
    async fn let_it_finish(&mut self) {
        let (mut wait, mut left) = (FIRST_LOOK, SENDING_BYTES);
        while let Ok(Ok(length @ 1..)) = tokio::time::timeout(wait, self.discard()).await {
            left = left.saturating_sub(length);
            if left == 0 {
                return;
            }
            wait = QUIET;
        }
    }

    /// Reads some bytes away below TLS, since they need not be deciphered any more; 0 = the caller has closed.
    async fn discard(&mut self) -> io::Result<usize> {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_mut().0,
        };
        // Not an array: every connection would carry its room with it.
        tcp.read(&mut vec![0; 16 * 1024]).await
    }
}

impl Carrier for Socket {
    #[cfg(target_os = "linux")]
    fn keep_unsent(&self, bytes: u32) {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        };
        ligand_tunnel::keep_unsent(tcp, bytes);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, parts),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
