//! The chunked coding (RFC 9112, section 7.1), put together and taken apart.
//!
//! States: *size* → *data* → *end of data* → *size* … → *trailers* → *done*. Extensions and trailers are read over: a
//! trailer is for the neighbour alone, unless it was asked for, and the relay asks for none.

use std::io::Write as _;

use bytes::{Buf as _, Bytes};

use super::Malformed;

/// Longest line between chunks. Extensions are rare and short.
const LINE_BYTES: usize = 1024;
/// All trailers together.
const TRAILER_BYTES: usize = 16 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    trailers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size,
    Data(u64),
    DataEnd,
    Trailers,
    Done,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self {
            at: At::Size,
            line: Vec::new(),
            trailers: 0,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at == At::Done
    }

    /// The next piece of the body in what is there. `None`: it has ended, or more has to arrive.
    pub(super) fn take(&mut self, received: &mut Bytes) -> Result<Option<Bytes>, Malformed> {
        while !received.is_empty() {
            if let At::Data(left) = self.at {
                let here = usize::try_from(left).map_or(received.len(), |left| left.min(received.len()));
                let left = left - here as u64;
                self.at = if left == 0 { At::DataEnd } else { At::Data(left) };
                return Ok(Some(received.split_to(here)));
            }
            if self.is_done() || !self.gather_line(received)? {
                return Ok(None);
            }
            let line = std::mem::take(&mut self.line);
            self.at = self.after(&line)?;
        }
        Ok(None)
    }

    /// Gathers a line without its end; false when its end has not arrived.
    fn gather_line(&mut self, received: &mut Bytes) -> Result<bool, Malformed> {
        let end = received.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(received.len(), |end| end + 1);
        if self.line.len() + length > LINE_BYTES {
            return Err(Malformed("a line between chunks is too long"));
        }
        self.line.extend_from_slice(&received[..length]);
        received.advance(length);
        if end.is_none() {
            return Ok(false);
        }
        if !self.line.ends_with(b"\r\n") {
            return Err(Malformed("a line between chunks does not end as it must"));
        }
        self.line.truncate(self.line.len() - 2);
        Ok(true)
    }

    fn after(&mut self, line: &[u8]) -> Result<At, Malformed> {
        match self.at {
            At::Size => match chunk_size(line) {
                Some(0) => Ok(At::Trailers),
                Some(size) => Ok(At::Data(size)),
                None => Err(Malformed("a chunk's size can't be read")),
            },
            At::DataEnd if line.is_empty() => Ok(At::Size),
            At::DataEnd => Err(Malformed("a chunk is longer than it says")),
            At::Trailers if line.is_empty() => Ok(At::Done),
            At::Trailers => {
                self.trailers += line.len();
                if self.trailers > TRAILER_BYTES {
                    return Err(Malformed("the trailers are too long"));
                }
                Ok(At::Trailers)
            }
            at @ (At::Data(_) | At::Done) => Ok(at),
        }
    }
}

/// The last chunk.
pub(crate) const END_OF_BODY: &[u8] = b"0\r\n\r\n";

/// Writes a piece of a body as a chunk. An empty piece is no chunk: it would be the last one.
pub(crate) fn put_chunk(out: &mut Vec<u8>, piece: &[u8]) {
    if !piece.is_empty() {
        // Writing to memory does not fail.
        let _written = write!(out, "{:x}\r\n", piece.len());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
}

/// The number that a chunk's first line begins with, in bytes; `None` when there is none. What may follow it is
/// nobody's business here.
#[must_use]
pub fn chunk_size(line: &[u8]) -> Option<u64> {
    let end = line.iter().position(|byte| matches!(byte, b';' | b' ' | b'\t'));
    let digits = &line[..end.unwrap_or(line.len())];
    // Not left to the parser, which takes a sign. More digits than these would be a line that was not kept whole.
    if digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the body apart as it arrives in pieces of `step` bytes; says the body and what is left after it.
    fn taken(text: &[u8], step: usize) -> Result<(Vec<u8>, bool), Malformed> {
        let mut chunks = Chunks::new();
        let mut body = Vec::new();
        for piece in text.chunks(step) {
            let mut received = Bytes::copy_from_slice(piece);
            while let Some(data) = chunks.take(&mut received)? {
                body.extend_from_slice(&data);
            }
        }
        Ok((body, chunks.is_done()))
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut() {
        // The third chunk has a line's end in it.
        let text = b"5\r\nhello\r\n1;x=\"y\"\r\n \r\nB \r\nworld\r\nfour\r\n0\r\nTrailer: 1\r\n\r\n";
        for step in 1..text.len() {
            let (body, done) = taken(text, step).unwrap();
            assert_eq!(body, b"hello world\r\nfour", "{step}");
            assert!(done);
        }
    }

    #[test]
    fn a_body_that_is_not_complete_is_not_done() {
        for text in [
            "",
            "5",
            "5\r\n",
            "5\r\nhel",
            "5\r\nhello\r\n",
            "0\r\n",
            "0\r\nA: b\r\n",
        ] {
            assert!(!taken(text.as_bytes(), 1).unwrap().1, "{text:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\nA\r\n",
            "g\r\n",
            "5\nhello\r\n",
            "5\r\nhello\n0\r\n",
            "5\r\nhello!\r\n",
            "11111111111111111\r\n",
        ] {
            assert!(taken(text.as_bytes(), 1).is_err(), "{text:?}");
        }
        let long = format!("1;{}\r\n", "x".repeat(LINE_BYTES));
        assert!(taken(long.as_bytes(), 7).is_err());
        let trailers = format!("0\r\n{}", "a: b\r\n".repeat(TRAILER_BYTES));
        assert!(taken(trailers.as_bytes(), 1000).is_err());
    }

    #[test]
    fn an_empty_piece_does_not_end_a_body() {
        let mut out = Vec::new();
        put_chunk(&mut out, b"");
        assert_eq!(out, b"");
        put_chunk(&mut out, &[b'x'; 26]);
        assert_eq!(out, [&b"1a\r\n"[..], &[b'x'; 26], b"\r\n"].concat());
    }
}
