//! Reads as much as there is with one system call, for a reader that asks for little at a time.
//!
//! The WebSocket crate keeps its read buffer for as long as the connection lives, on each of thousands of idle links. So
//! it is given a small one, and here is the room that makes reading fast, which is there only until what was read has been
//! taken. What is not here: anything about writing.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

/// How much is read at once: a record of TLS or a short message of the tunnel, and a long message when the last read had no room
/// for more.
const AHEAD_BYTES: usize = 16 * 1024;
const FAR_AHEAD_BYTES: usize = 4 * AHEAD_BYTES;

/// See the module.
pub(crate) struct ReadAhead<T> {
    io: T,
    /// What was read and has not been asked for yet.
    ahead: Bytes,
    /// Whether the last read found much.
    is_full: bool,
}

impl<T> ReadAhead<T> {
    pub(crate) fn new(io: T) -> Self {
        Self {
            io,
            ahead: Bytes::new(),
            is_full: false,
        }
    }

    /// What is read from.
    pub(crate) fn carrier(&self) -> &T {
        &self.io
    }
}

impl<T: AsyncRead + Unpin> ReadAhead<T> {
    /// Into room on the stack: what comes is taken at once, as a rule. Never part of its caller, whose stack would have that
    /// room.
    #[inline(never)]
    fn poll_ahead(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut room = [MaybeUninit::uninit(); AHEAD_BYTES];
        let mut read = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
        self.is_full = read.remaining() == 0;
        let (asked, more) = read
            .filled()
            .split_at(read.filled().len().min(buffer.remaining()));
        buffer.put_slice(asked);
        // Nothing is allocated for what is asked for at once.
        self.ahead = Bytes::copy_from_slice(more);
        Poll::Ready(Ok(()))
    }

    /// Into room that is kept until everything was taken: what comes is long, and not copied once more.
    fn poll_far_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = BytesMut::with_capacity(FAR_AHEAD_BYTES);
        let length = ready!(poll_read_buf(Pin::new(&mut self.io), cx, &mut room))?;
        self.is_full = length >= AHEAD_BYTES;
        self.ahead = room.freeze();
        Poll::Ready(Ok(()))
    }

    fn take(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead[..length]);
        self.ahead.advance(length);
        if self.ahead.is_empty() {
            // Its memory goes now, and not with the next packet.
            self.ahead = Bytes::new();
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for ReadAhead<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ahead.is_empty() && !this.is_full {
            return this.poll_ahead(cx, buffer);
        }
        if this.ahead.is_empty() {
            ready!(this.poll_far_ahead(cx))?;
        }
        this.take(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for ReadAhead<T> {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn everything_arrives_in_order_however_little_is_asked_for() {
        let (mut near, far) = tokio::io::duplex(64 * 1024);
        let mut far = ReadAhead::new(far);
        let sent: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[1]).collect();
        let expected = sent.clone();
        let sending = tokio::spawn(async move { near.write_all(&sent).await });
        let mut received = Vec::new();
        for size in [1, 7, 1000, 40_000].into_iter().cycle() {
            let mut part = vec![0; size];
            let length = far.read(&mut part).await.unwrap();
            if length == 0 {
                break;
            }
            received.extend_from_slice(&part[..length]);
        }
        sending.await.unwrap().unwrap();
        assert_eq!(received, expected);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_what_was_taken() {
        let (mut near, far) = tokio::io::duplex(1024);
        let mut far = ReadAhead::new(far);
        near.write_all(b"four").await.unwrap();
        let mut byte = [0];
        far.read_exact(&mut byte).await.unwrap();
        assert_eq!(&far.ahead[..], b"our");
        let mut rest = [0; 3];
        far.read_exact(&mut rest).await.unwrap();
        assert!(rest == *b"our" && far.ahead.is_empty());
    }
}
