//! Looks at a caller's bytes before hyper does, for what hyper passes over: a request with two lengths. And for a head that
//! is too long, which hyper answers before anybody can say a word about it.
//!
//! hyper takes `Transfer-Encoding` and forgets `Content-Length` where a request has both, which is one of the two
//! readings that the protocol allows. Whatever stands before us may have taken the other, and then the rest of the body
//! is somebody else's next request. So such a connection is marked here, and its calls are refused. This never decides
//! where a body ends: it follows what hyper does, and where it can't, the connection is marked too.
//!
//! States: *head* → *body* or *chunk size* → *chunk* → *chunk's end* → … → *trailers* → *head*; *lost* from any of them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use ligand_tunnel::chunk_size;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much of a line is kept: the longest that matters is a length.
const KEPT: usize = 64;
/// How a connection of HTTP/2 begins.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0";

/// Most header lines in a head.
pub(crate) const MAX_HEADERS: usize = 200;

/// What is wrong with a connection's bytes. It stays so.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Arc<Wrong>);

#[derive(Default)]
struct Wrong {
    readable_twice: AtomicBool,
    head_too_long: AtomicBool,
}

impl Doubt {
    /// Whether they can be read in two ways, or in none.
    pub(crate) fn is_there(&self) -> bool {
        self.0.readable_twice.load(Ordering::Relaxed)
    }

    /// Whether a head is too long, so that the connection ends with an error of reading.
    pub(crate) fn is_of_length(&self) -> bool {
        self.0.head_too_long.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy)]
enum At {
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Lost,
}

/// Follows the requests of one connection.
struct Framing {
    at: At,
    /// The beginning of the line under way.
    line: Vec<u8>,
    /// The last byte before what is read next.
    last: u8,
    /// Lines of the head so far, the first one with them, and its bytes.
    lines: usize,
    bytes: usize,
    max_bytes: usize,
    length: Option<u64>,
    is_coded: bool,
    doubt: Doubt,
}

impl Framing {
    /// Heads are to have so many bytes at most.
    fn new(doubt: Doubt, max_bytes: usize) -> Self {
        Self {
            at: At::Head,
            line: Vec::new(),
            last: 0,
            lines: 0,
            bytes: 0,
            max_bytes,
            length: None,
            is_coded: false,
            doubt,
        }
    }

    fn feed(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            let taken = match self.at {
                At::Lost => return,
                At::Body(left) | At::Chunk(left) => self.skip(left, bytes.len()),
                At::Head | At::ChunkSize | At::ChunkEnd | At::Trailers => self.take_line(bytes),
            };
            bytes = &mut bytes[taken..];
        }
    }

    fn skip(&mut self, left: u64, here: usize) -> usize {
        let taken = usize::try_from(left).map_or(here, |left| left.min(here));
        let left = left - taken as u64;
        self.at = match (self.at, left) {
            (At::Chunk(_), 0) => At::ChunkEnd,
            (At::Chunk(_), left) => At::Chunk(left),
            (_, 0) => At::Head,
            (_, left) => At::Body(left),
        };
        taken
    }

    /// Takes what is here of a line, and the whole of it once it has ended.
    fn take_line(&mut self, bytes: &mut [u8]) -> usize {
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let room = KEPT.saturating_sub(self.line.len()).min(taken);
        let before = self.line.len();
        self.line.extend_from_slice(&bytes[..room]);
        if matches!(self.at, At::Head) {
            self.bytes += taken;
            if self.bytes > self.max_bytes || self.lines > MAX_HEADERS + 1 {
                self.doubt.0.head_too_long.store(true, Ordering::Relaxed);
            }
        }
        let is_first = matches!(self.at, At::Head) && self.lines == 0;
        if is_first && before < HTTP_2.len() && self.line.starts_with(HTTP_2) {
            // hyper closes on this without a word. Of another version it says that it can't be read.
            bytes[HTTP_2.len() - 1 - before] = b'9';
        }
        let before_last = if taken > 1 { bytes[taken - 2] } else { self.last };
        self.last = bytes[taken - 1];
        if end.is_some() {
            let mut line = std::mem::take(&mut self.line);
            self.see(line.trim_ascii_end(), before_last == b'\r');
            line.clear();
            self.line = line;
        }
        taken
    }

    /// Sees the beginning of a line that has ended, with a carriage return or without.
    fn see(&mut self, line: &[u8], with_return: bool) {
        self.at = match self.at {
            // Between chunks hyper wants both characters.
            At::ChunkSize | At::ChunkEnd | At::Trailers if !with_return => At::Lost,
            At::Head if line.is_empty() => self.end_of_head(),
            At::Head => {
                self.lines += 1;
                if self.lines == 1 || self.see_header(line) {
                    At::Head
                } else {
                    At::Lost
                }
            }
            At::ChunkSize => match chunk_size(line) {
                Some(0) => At::Trailers,
                Some(size) => At::Chunk(size),
                None => At::Lost,
            },
            At::ChunkEnd if line.is_empty() => At::ChunkSize,
            At::ChunkEnd => At::Lost,
            At::Trailers if line.is_empty() => At::Head,
            at => at,
        };
        if matches!(self.at, At::Lost) {
            self.doubt.0.readable_twice.store(true, Ordering::Relaxed);
        }
    }

    /// False where a length can't be read; hyper refuses most of those too.
    fn see_header(&mut self, line: &[u8]) -> bool {
        if !matches!(line.first(), Some(b'c' | b'C' | b't' | b'T')) {
            return true;
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            return true;
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_coded = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.length = std::str::from_utf8(value)
                .ok()
                .and_then(|value| value.parse().ok());
            return self.length.is_some();
        }
        true
    }

    fn end_of_head(&mut self) -> At {
        // Empty lines before a request are passed over.
        (self.lines, self.bytes) = (0, 0);
        match (self.length.take(), std::mem::take(&mut self.is_coded)) {
            (Some(_), true) => At::Lost,
            (None, true) => At::ChunkSize,
            (None | Some(0), false) => At::Head,
            (Some(length), false) => At::Body(length),
        }
    }
}

/// A caller's connection, looked at while it is read.
pub(crate) struct Looked<S> {
    stream: S,
    /// What was read of it before.
    begun: Bytes,
    framing: Framing,
}

impl<S> Looked<S> {
    /// It goes on after `begun`, between two requests. Heads are to have so many bytes at most.
    pub(crate) fn new(stream: S, begun: Bytes, doubt: Doubt, max_head: usize) -> Self {
        Self {
            stream,
            begun,
            framing: Framing::new(doubt, max_head),
        }
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Looked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.framing.doubt.is_of_length() {
            return Poll::Ready(Err(io::Error::other("a head is too long")));
        }
        let before = buffer.filled().len();
        if self.begun.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        } else {
            let length = self.begun.len().min(buffer.remaining());
            buffer.put_slice(&self.begun.split_to(length));
        }
        self.framing.feed(&mut buffer.filled_mut()[before..]);
        if self.framing.doubt.is_of_length() {
            // Not the whole, which could be a whole head; and not nothing, since hyper takes an error before the first
            // byte of a head for the end of a connection, and closes it before a word can be said.
            buffer.set_filled(before + 1);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Looked<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}

#[cfg(test)]
mod tests;
