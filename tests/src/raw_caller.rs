//! A caller that speaks HTTP by hand, so that what it sends is what it means.

use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Far above what an answer takes.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// One connection to what serves a base URL.
#[derive(Debug)]
pub struct RawCaller {
    stream: TcpStream,
    prefix: String,
    host: String,
    unread: Vec<u8>,
}

/// An answer, without what two neighbours agree on between them and without the time.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The three digits.
    pub status: String,
    /// Name and value, sorted.
    pub headers: Vec<(String, String)>,
    /// The length that it names.
    pub length: Option<usize>,
    /// The body without its chunks.
    pub body: String,
}

impl RawCaller {
    /// Connects to the server of `base`, below whose path everything is asked.
    pub async fn connect(base: &str) -> Self {
        let url: Url = base.parse().unwrap();
        let host = format!(
            "{}:{}",
            url.host_str().unwrap(),
            url.port_or_known_default().unwrap()
        );
        let stream = TcpStream::connect(&host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let prefix = url.path().trim_end_matches('/').to_owned();
        Self {
            stream,
            prefix,
            host,
            unread: Vec::new(),
        }
    }

    /// Sends a head: the method, what follows the base's path, and lines of headers, each with its end.
    pub async fn head(&mut self, method: &str, target: &str, headers: &str) {
        let Self { prefix, host, .. } = &self;
        let head = format!("{method} {prefix}{target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        self.write(head.as_bytes()).await;
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Reads the next answer. `to_head`: whether it is one to HEAD, which has no body.
    pub async fn answer(&mut self, to_head: bool) -> Answer {
        let head = self.until(b"\r\n\r\n").await;
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
        let parted = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let mut headers: Vec<(String, String)> = lines.map(parted).collect();
        headers.sort();
        let of = |wanted: &str| {
            headers
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        let length = of("content-length").map(|length| length.parse().unwrap());
        let is_chunked = of("transfer-encoding").is_some();
        let has_none = to_head || status == "304" || status == "204" || status.starts_with('1');
        let body = match length {
            _ if has_none => Vec::new(),
            _ if is_chunked => self.chunks().await,
            Some(length) => self.exactly(length).await,
            None => panic!("an answer without an end: {head}"),
        };
        headers.retain(|(name, _)| {
            !["date", "connection", "transfer-encoding", "content-length"].contains(&name.as_str())
        });
        Answer {
            status,
            headers,
            length,
            body: String::from_utf8(body).unwrap(),
        }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = self.until(b"\r\n").await;
            let size = usize::from_str_radix(size.trim().split(';').next().unwrap(), 16).unwrap();
            body.extend(self.exactly(size).await);
            self.until(b"\r\n").await;
            if size == 0 {
                return body;
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            self.more().await;
        }
        self.unread.drain(..length).collect()
    }

    async fn until(&mut self, end: &[u8]) -> String {
        loop {
            let found = self.unread.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return String::from_utf8(self.unread.drain(..at + end.len()).collect()).unwrap();
            }
            self.more().await;
        }
    }

    async fn more(&mut self) {
        let read = timeout(ANSWER_WITHIN, self.stream.read_buf(&mut self.unread)).await;
        assert!(
            read.unwrap().unwrap() > 0,
            "ended after {:?}",
            String::from_utf8_lossy(&self.unread)
        );
    }
}
