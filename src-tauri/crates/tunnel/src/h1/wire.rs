//! A pipe as messages are read from it and written to it: a stream of a link, or a connection of its own.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use futures::Stream as _;

use super::bunch::MOST_SLICES;
use super::{Content, Malformed};

/// Largest head, of a call or an answer. Calls' heads are bounded to 64 KB at the relay's public end; here is some room
/// for what is added on the way.
pub(crate) const MAX_HEAD_BYTES: usize = 80 * 1024;
/// The most room that is kept for the next message: enough for a usual one with its body.
const KEPT_ROOM_BYTES: usize = 4 * 1024;

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

/// What carries messages.
pub trait Pipe {
    /// The next bytes. `None` when the other side has closed.
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>;

    /// Takes some of these bytes, and says how many.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Whether several pieces cost less when they are written together.
    fn is_write_vectored(&self) -> bool {
        false
    }

    /// The same for several pieces, where [`Self::is_write_vectored`].
    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write(cx, pieces.first().map_or(&[], |piece| piece))
    }

    /// Sends what it has taken and keeps. What is below most pipes keeps nothing.
    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more will be written.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Pipe for yamux::Stream {
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let packet = ready!(Pin::new(self).poll_next(cx));
        Poll::Ready(packet.map(|packet| packet.map(Bytes::from_owner)))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        futures::AsyncWrite::poll_write(Pin::new(self), cx, bytes)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures::AsyncWrite::poll_close(Pin::new(self), cx)
    }
}

/// See the module.
pub(crate) struct Wire<P = yamux::Stream> {
    pipe: P,
    /// What has arrived and was not used.
    received: Bytes,
    /// How much of it is known not to hold the end of a head.
    seen: usize,
    /// Where the last message was put together. Room for each one anew, longer than a kilobyte as a rule, would go the
    /// allocator's long way.
    room: Vec<u8>,
}

impl<P: Pipe> Wire<P> {
    pub(crate) fn new(pipe: P) -> Self {
        Self {
            pipe,
            received: Bytes::new(),
            seen: 0,
            room: Vec::new(),
        }
    }

    /// Room to put a message together in, to be given back when it has been written.
    pub(crate) fn take_room(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.room)
    }

    /// Keeps room for the next message, unless that is more than a usual one needs.
    pub(crate) fn keep_room(&mut self, mut room: Vec<u8>) {
        if room.capacity() <= KEPT_ROOM_BYTES {
            room.clear();
            self.room = room;
        }
    }

    /// What carries it.
    pub(crate) fn pipe(&self) -> &P {
        &self.pipe
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

    /// Ready when the other side has left. What it says before that is kept for later, and while some is kept nothing
    /// more is read.
    pub(crate) fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.received.is_empty() && !ready!(self.poll_anything(cx)) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Ready when something is here that was not used; false when the other side has left instead.
    pub(crate) fn poll_anything(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while self.received.is_empty() {
            if !matches!(ready!(self.poll_receive(cx)), Some(Ok(()))) {
                return Poll::Ready(false);
            }
        }
        Poll::Ready(true)
    }

    /// What is here and was not used.
    pub(crate) fn received(&mut self) -> &mut Bytes {
        &mut self.received
    }

    /// The pipe, and what has arrived on it and was not used.
    pub(crate) fn into_parts(self) -> (P, Bytes) {
        (self.pipe, self.received)
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

    /// Writes all of these bytes, which are taken off as they go, and has them sent.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut impl Buf,
    ) -> Poll<Result<(), Refused>> {
        while bytes.has_remaining() {
            match ready!(self.poll_write_some(cx, bytes)) {
                Ok(written @ 1..) => bytes.advance(written),
                Ok(0) | Err(_) => return Poll::Ready(Err(Refused)),
            }
        }
        self.pipe.poll_flush(cx).map_err(|_| Refused)
    }

    fn poll_write_some(&mut self, cx: &mut Context<'_>, bytes: &impl Buf) -> Poll<io::Result<usize>> {
        if self.pipe.is_write_vectored() {
            let mut slices = [IoSlice::new(&[]); MOST_SLICES];
            // One piece needs no list.
            if let many @ 2.. = bytes.chunks_vectored(&mut slices) {
                return self.pipe.poll_write_vectored(cx, &slices[..many]);
            }
        }
        self.pipe.poll_write(cx, bytes.chunk())
    }

    /// Says that nothing more will be written.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.pipe.poll_close(cx).map(drop)
    }

    /// Takes one more packet. `None` when the other side has closed.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<()>>> {
        let packet = match ready!(self.pipe.poll_packet(cx)) {
            Some(Ok(packet)) => packet,
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
pub(crate) fn end_of_head(received: &[u8], seen: usize) -> Option<usize> {
    // The end may have begun in what was there before.
    let from = seen.saturating_sub(3).min(received.len());
    let mut returns = memchr::memchr_iter(b'\r', &received[from..]).map(|at| from + at);
    let end = returns.find(|at| received[*at..].starts_with(b"\r\n\r\n"))?;
    Some(end + 4)
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
