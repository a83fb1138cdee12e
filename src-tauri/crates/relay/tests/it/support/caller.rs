//! Callers that speak HTTP or raw bytes.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::{Relay, soon};

/// An HTTP client that goes through nobody's proxy.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A caller that writes bytes and reads bytes.
pub(crate) struct RawCaller(pub(crate) TcpStream);

impl RawCaller {
    pub(crate) async fn connect(relay: &Relay) -> Self {
        Self(TcpStream::connect(relay.addr()).await.unwrap())
    }

    /// One whose own buffer is soon full when it does not read.
    pub(crate) async fn with_little_room(relay: &Relay) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 * 1024).unwrap();
        Self(socket.connect(relay.addr()).await.unwrap())
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Everything that comes until the connection ends, in whatever way.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        match soon(self.0.read_to_end(&mut all)).await {
            Ok(_) => all,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => all,
            Err(error) => panic!("{error}"),
        }
    }

    /// Reads until this text has come; what came.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains(text) {
            let length = soon(self.0.read_buf(&mut all)).await.unwrap();
            assert!(
                length > 0,
                "ended before {text:?}: {:?}",
                String::from_utf8_lossy(&all)
            );
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// The path of a door's URL.
pub(crate) fn path(url: &str) -> String {
    Url::parse(url).unwrap().path().to_owned()
}

/// A POST as raw bytes.
pub(crate) fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: relay.example\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
