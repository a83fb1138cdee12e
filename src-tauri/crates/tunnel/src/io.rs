//! A yamux stream as hyper reads and writes it.
//!
//! Received bytes are taken as the packets they came in: the general adapters zero-fill the reader's buffer each
//! time. Dropping it resets the stream, which the other side sees as an end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use futures::{AsyncWrite as _, Stream as _};
use hyper::rt::{Read, ReadBufCursor, Write};

/// Counts what was written to a stream, for whoever has to know whether anything was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<AtomicU64>);

impl Written {
    /// Bytes since the stream began.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One stream of a link.
pub(crate) struct StreamIo {
    stream: yamux::Stream,
    /// The packet being read, and how much of it was.
    packet: Option<(yamux::Packet, usize)>,
    written: Written,
}

impl StreamIo {
    pub(crate) fn new(stream: yamux::Stream) -> Self {
        Self {
            stream,
            packet: None,
            written: Written::default(),
        }
    }

    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }
}

impl Read for StreamIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if let Some((packet, taken)) = &mut this.packet {
                let rest = packet.as_ref().get(*taken..).unwrap_or_default();
                if !rest.is_empty() {
                    let length = rest.len().min(buffer.remaining());
                    buffer.put_slice(&rest[..length]);
                    *taken += length;
                    return Poll::Ready(Ok(()));
                }
                this.packet = None;
            }
            match ready!(Pin::new(&mut this.stream).poll_next(cx)) {
                Some(packet) => this.packet = Some((packet?, 0)),
                None => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl Write for StreamIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let length = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.written.0.fetch_add(length as u64, Ordering::Relaxed);
        Poll::Ready(Ok(length))
    }

    /// What was written is with the driver already, which flushes when it has nothing more to do.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
