//! A stream as messages are read from it and written to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use futures::{AsyncWrite as _, Stream as _};

use super::{Content, Malformed};

/// Largest head, of a call or an answer. Calls' heads are bounded to 64 KB at the relay's public end; here is some room
/// for what is added on the way.
pub(crate) const MAX_HEAD_BYTES: usize = 80 * 1024;

/// Why no message can be read any more.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The stream ended within a message.
    #[error("the stream ended")]
    Ended,
    /// What came is not HTTP as it is spoken here.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// The other side takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// See the module.
pub(crate) struct Wire {
    stream: yamux::Stream,
    /// What has arrived and was not used.
    received: Bytes,
    /// How much of it is known not to hold the end of a head.
    seen: usize,
}

impl Wire {
    pub(crate) fn new(stream: yamux::Stream) -> Self {
        Self {
            stream,
            received: Bytes::new(),
            seen: 0,
        }
    }

    /// Whether the other side is still there, as far as is known, and has said nothing.
    pub(crate) fn is_quiet(&mut self) -> bool {
        // Nobody is woken: whoever asks again looks again.
        let mut cx = Context::from_waker(Waker::noop());
        self.poll_silence(&mut cx).is_pending()
    }

    /// Ready when the other side says something, or has left.
    pub(crate) fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.received.is_empty() {
            self.poll_receive(cx).map(drop)
        } else {
            Poll::Ready(())
        }
    }

    /// The next head, whole. `None` when the other side has closed before it.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, WireError>> {
        loop {
            let end = end_of_head(&self.received, self.seen);
            self.seen = self.received.len();
            if end.unwrap_or(self.seen) > MAX_HEAD_BYTES {
                return Poll::Ready(Err(Malformed("the head is too long").into()));
            }
            if let Some(length) = end {
                self.seen = 0;
                return Poll::Ready(Ok(Some(self.received.split_to(length))));
            }
            match ready!(self.poll_receive(cx)) {
                Some(Ok(())) => {}
                None if self.received.is_empty() => return Poll::Ready(Ok(None)),
                Some(Err(_)) | None => return Poll::Ready(Err(WireError::Ended)),
            }
        }
    }

    /// The next piece of a body in what is here already. `None`: it has ended, or more has to arrive.
    pub(crate) fn take(&mut self, content: &mut Content) -> Result<Option<Bytes>, Malformed> {
        content.take(&mut self.received)
    }

    /// The next piece of a body. `None` at its end.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        content: &mut Content,
    ) -> Poll<Result<Option<Bytes>, WireError>> {
        loop {
            if let Some(piece) = self.take(content)? {
                return Poll::Ready(Ok(Some(piece)));
            }
            if content.is_done() {
                return Poll::Ready(Ok(None));
            }
            match ready!(self.poll_receive(cx)) {
                Some(Ok(())) => {}
                None if matches!(content, Content::UntilEnd) => {
                    *content = Content::NONE;
                    return Poll::Ready(Ok(None));
                }
                Some(Err(_)) | None => return Poll::Ready(Err(WireError::Ended)),
            }
        }
    }

    /// Writes all of these bytes, which are taken off as they go.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut Bytes,
    ) -> Poll<Result<(), Refused>> {
        while !bytes.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, bytes)) {
                Ok(written @ 1..) => bytes.advance(written),
                Ok(0) | Err(_) => return Poll::Ready(Err(Refused)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more will be written.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.stream).poll_close(cx).map(drop)
    }

    /// Takes one more packet. `None` when the other side has closed.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<()>>> {
        let packet = match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(packet)) => Bytes::from_owner(packet),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        };
        self.received = if self.received.is_empty() {
            packet
        } else {
            // A head that did not fit into one packet.
            let mut whole = BytesMut::from(std::mem::take(&mut self.received));
            whole.extend_from_slice(&packet);
            whole.freeze()
        };
        Poll::Ready(Some(Ok(())))
    }
}

/// The length of the head that this begins with, if all of it is there; `seen` bytes were looked at before.
fn end_of_head(received: &[u8], seen: usize) -> Option<usize> {
    // The end may have begun in what was there before.
    let from = seen.saturating_sub(3).min(received.len());
    let end = received[from..]
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")?;
    Some(from + end + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_however_it_arrives() {
        let head = b"HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\n";
        for here in 0..head.len() {
            for seen in 0..=here {
                let end = end_of_head(&head[..here], seen.min(24));
                assert_eq!(end, (here >= 25).then_some(25), "{here} {seen}");
            }
        }
    }
}
