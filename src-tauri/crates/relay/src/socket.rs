//! A caller's connection below HTTP: plain or within TLS, the same to whoever reads and writes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// How long a caller may take to close a connection that we have closed.
const FAREWELL_WAIT: Duration = Duration::from_secs(1);
/// Most of what it had already sent that is read away for that.
const FAREWELL_BYTES: usize = 1024 * 1024;

/// See the module.
pub(crate) enum Socket {
    Plain(TcpStream),
    /// Boxed: a TLS session is a kilobyte.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Closes without a byte and without a reset: an end of TLS where there is TLS, an end of TCP, and then a moment for
    /// the caller to have read it. Bytes that come in the meantime are read away, since a system that closes a
    /// connection with unread bytes resets it.
    pub(crate) async fn farewell(mut self) {
        let leaving = async {
            self.shutdown().await?;
            let mut tcp = match self {
                Self::Plain(tcp) => tcp,
                // What it still sends need not be deciphered.
                Self::Tls(tls) => tls.into_inner().0,
            };
            let mut buffer = [0; 4096];
            let mut read = 0;
            while read < FAREWELL_BYTES {
                match tcp.read(&mut buffer).await? {
                    0 => break,
                    length => read += length,
                }
            }
            io::Result::Ok(())
        };
        // A caller that is gone or slow has its own way of noticing.
        drop(tokio::time::timeout(FAREWELL_WAIT, leaving).await);
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
