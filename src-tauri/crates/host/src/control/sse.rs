//! Server-sent events as a value: bytes in, events out. No I/O, no clock.
//!
//! Only what the control API sends is understood: `event:`, `data:` (several lines are joined) and comments.

/// The longest event that is taken. A status document of a hundred profiles has some 100 KB; an org of 10,000
/// workspaces, each with texts at their bounds, stays below this.
const MAX_EVENT: usize = 64 << 20;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its name, `message` when none was given.
    pub(super) name: String,
    /// Its text.
    pub(super) data: String,
}

/// The event was longer than anybody would send.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {MAX_EVENT} bytes")]
pub(super) struct TooLong;

/// Reads events from bytes that come in any pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// How far `bytes` was searched for a line's end.
    searched: usize,
    name: Option<String>,
    data: Option<String>,
}

impl Reader {
    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        if self.bytes.len() + self.data.as_ref().map_or(0, String::len) + piece.len() > MAX_EVENT {
            return Err(TooLong);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// The next whole event, if it has come.
    pub(super) fn next(&mut self) -> Option<Event> {
        while let Some(line) = self.line() {
            if let Some(event) = self.take_line(&line) {
                return Some(event);
            }
        }
        None
    }

    fn line(&mut self) -> Option<String> {
        let Some(at) = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let line: Vec<u8> = self.bytes.drain(..=self.searched + at).collect();
        self.searched = 0;
        let line = String::from_utf8_lossy(&line);
        Some(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// An empty line ends an event; one without data is none (a comment kept the connection alive).
    fn take_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = self.name.take().unwrap_or_else(|| "message".to_owned());
            return self.data.take().map(|data| Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = Some(value.to_owned()),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Option<Event> {
        Some(Event {
            name: name.to_owned(),
            data: data.to_owned(),
        })
    }

    #[test]
    fn an_event_is_read_from_any_pieces() {
        let text = "event: status\ndata: {\"a\":1}\n\n";
        for at in 0..text.len() {
            let mut reader = Reader::default();
            reader.push(&text.as_bytes()[..at]).unwrap();
            assert_eq!(reader.next(), None, "cut at {at}");
            reader.push(&text.as_bytes()[at..]).unwrap();
            assert_eq!(reader.next(), event("status", "{\"a\":1}"), "cut at {at}");
            assert_eq!(reader.next(), None);
        }
    }

    #[test]
    fn comments_are_no_events_and_lines_of_data_are_joined() {
        let mut reader = Reader::default();
        reader
            .push(b": still here\n\ndata: one\r\ndata:two\r\n\r\ndata\n\n")
            .unwrap();
        assert_eq!(reader.next(), event("message", "one\ntwo"));
        assert_eq!(reader.next(), event("message", ""));
        assert_eq!(reader.next(), None);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = Reader::default();
        let piece = vec![b'x'; MAX_EVENT / 2];
        reader.push(&piece).unwrap();
        reader.push(&piece).unwrap();
        assert_eq!(reader.push(b"x"), Err(TooLong));
    }

    #[test]
    fn data_in_many_lines_without_end_is_refused() {
        let mut reader = Reader::default();
        let line = [b"data: ".as_slice(), &vec![b'x'; MAX_EVENT / 4], b"\n"].concat();
        let refused = (0..5).find_map(|_| {
            let refused = reader.push(&line).err();
            assert_eq!(reader.next(), None);
            refused
        });
        assert_eq!(refused, Some(TooLong));
    }
}
