//! HTTP/1.1 by hand, as far as a check needs it: what matters here is exactly which bytes come, and whether any do.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connect::Io;

/// Longest answer that is read.
const MOST_BYTES: usize = 64 * 1024;

/// A connection.
pub(super) struct Talk {
    stream: Box<dyn Io>,
    buffer: BytesMut,
}

/// The head of an answer.
pub(super) struct Head {
    pub(super) version: String,
    pub(super) status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let (version, rest) = lines.next()?.split_once(' ')?;
        let status = rest.get(..3)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Some(Self {
            version: version.to_owned(),
            status,
            headers: headers.collect(),
        })
    }
}

/// How a wait for an answer ended.
pub(super) enum Heard {
    Answer(Head, String),
    /// The connection ended before a byte.
    Nothing,
    /// It ended in the middle, or was none.
    Garbled(String),
    TimedOut,
}

impl Heard {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Answer(head, _) => format!("it was answered {}", head.status),
            Self::Nothing => "the connection was closed".into(),
            Self::Garbled(why) => why.clone(),
            Self::TimedOut => "nothing came in time".into(),
        }
    }
}

impl Talk {
    pub(super) fn new(stream: Box<dyn Io>) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// Sends a request and reads its answer, within a time for both.
    pub(super) async fn ask(&mut self, request: &str, within: Duration) -> Heard {
        let asking = async {
            if let Err(error) = self.stream.write_all(request.as_bytes()).await {
                return Heard::Garbled(error.to_string());
            }
            if let Err(error) = self.stream.flush().await {
                return Heard::Garbled(error.to_string());
            }
            self.hear().await
        };
        tokio::time::timeout(within, asking)
            .await
            .unwrap_or(Heard::TimedOut)
    }

    async fn hear(&mut self) -> Heard {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            match self.more().await {
                Ok(true) => {}
                // A relay's end of TLS without its last word is an end all the same.
                Ok(false) | Err(_) if self.buffer.is_empty() => return Heard::Nothing,
                Ok(false) => return Heard::Garbled("the connection ended within a head".into()),
                Err(error) => return Heard::Garbled(error),
            }
        };
        let text = self.buffer.split_to(end + 4);
        let Some(head) = Head::read(&String::from_utf8_lossy(&text)) else {
            return Heard::Garbled("what came is not HTTP/1".into());
        };
        let length = head
            .header("content-length")
            .and_then(|length| length.parse().ok());
        let length: usize = length.unwrap_or(0).min(MOST_BYTES);
        while self.buffer.len() < length {
            match self.more().await {
                Ok(true) => {}
                Ok(false) => return Heard::Garbled("the connection ended within a body".into()),
                Err(error) => return Heard::Garbled(error),
            }
        }
        let body = self.buffer.split_to(length);
        Heard::Answer(head, String::from_utf8_lossy(&body).into_owned())
    }

    async fn more(&mut self) -> Result<bool, String> {
        if self.buffer.len() >= 2 * MOST_BYTES {
            return Err("the answer does not end".into());
        }
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(length) => Ok(length > 0),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The connection, and what has been read of what follows.
    pub(super) fn into_parts(self) -> (Box<dyn Io>, Vec<u8>) {
        (self.stream, self.buffer.to_vec())
    }
}
