//! Header lines, read and written.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};

use super::Malformed;

/// Most header lines in a head.
pub(super) const MAX_HEADERS: usize = 256;

/// Room for what is added on the way, so that the map does not grow for it.
const MORE_HEADERS: usize = 2;

/// What was parsed of a head. Values stay where they are.
pub(super) fn read(head: &Bytes, lines: &[httparse::Header<'_>]) -> Result<HeaderMap, Malformed> {
    let mut headers = HeaderMap::with_capacity(lines.len() + MORE_HEADERS);
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(head.slice_ref(line.value));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(Malformed("a header can't be read"));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// What the parser made of a head that should be whole.
pub(super) fn parsed(head: &Bytes, parsed: httparse::Result<usize>) -> Result<(), Malformed> {
    match parsed {
        Ok(httparse::Status::Complete(length)) if length == head.len() => Ok(()),
        Ok(_) => Err(Malformed("the head ends where it should not")),
        Err(httparse::Error::TooManyHeaders) => Err(Malformed("the head has too many lines")),
        Err(_) => Err(Malformed("the head can't be read")),
    }
}

/// Whether the other side uses the stream for nothing after this message.
pub(super) fn closes(headers: &HeaderMap) -> bool {
    let named = headers.get_all(CONNECTION).iter();
    named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case("close"))
}

/// Writes all headers but those that say where the body ends, which is the writer's own to say. They were checked when
/// they were made: nothing in them can end a line.
pub(super) fn put_all(head: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            put(head, name.as_str(), value.as_bytes());
        }
    }
}

/// Says that the body has so many bytes.
pub(super) fn put_length(head: &mut Vec<u8>, length: u64) {
    put(head, CONTENT_LENGTH.as_str(), Digits::of(length).as_bytes());
}

/// Says that the body comes in chunks.
pub(super) fn put_chunked(head: &mut Vec<u8>) {
    put(head, TRANSFER_ENCODING.as_str(), b"chunked");
}

pub(super) fn put(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        head.extend_from_slice(part);
    }
}

/// A number in decimal digits. What formats any number at all would be a hundredth of the work on a call.
struct Digits {
    room: [u8; 20],
    from: usize,
}

impl Digits {
    fn of(mut number: u64) -> Self {
        let mut digits = Self {
            room: [b'0'; 20],
            from: 19,
        };
        loop {
            // A remainder of ten is a digit.
            digits.room[digits.from] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return digits;
            }
            digits.from -= 1;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.room[self.from..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_anybody_writes_it() {
        for number in [0, 7, 10, 99, 1024, 100_000_000, u64::MAX - 1, u64::MAX] {
            assert_eq!(Digits::of(number).as_bytes(), number.to_string().as_bytes());
        }
    }
}
