//! An agent that does exactly what a test tells it, on a raw socket, and remembers every byte that it was
//! sent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How the agent treats one call.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers with this status and body.
    Reply(u16, Vec<u8>),
    /// Answers with these headers, each with its line end, as well.
    ReplyWith(u16, String, Vec<u8>),
    /// Answers and then closes the connection without having said so.
    ReplyAndLeave(Vec<u8>),
    /// Closes without a byte.
    Close,
    /// Resets the connection.
    Reset,
    /// Promises a longer body than it sends.
    HalfBody(u16),
    /// Sends this instead of HTTP.
    Nonsense(&'static str),
    /// Answers once the agent is told to go on.
    Wait(Arc<Notify>, Vec<u8>),
}

/// A call as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Request line and headers, to the letter.
    pub(crate) head: String,
    pub(crate) body: Value,
    /// Which connection it came over, counted from 0.
    pub(crate) connection: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Default)]
struct Script {
    acts: VecDeque<Act>,
    received: Vec<Received>,
    connections: usize,
}

/// The agent.
#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) addr: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Agent {
    /// An agent that answers everything until it is told otherwise.
    pub(crate) async fn start() -> Agent {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let agent = Agent {
            addr: listener.local_addr().unwrap(),
            script: Arc::default(),
        };
        let serving = agent.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut script = serving.script.lock().unwrap();
                    script.connections += 1;
                    script.connections - 1
                };
                tokio::spawn(serving.clone().serve(stream, number));
            }
        });
        agent
    }

    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}/w/secret", self.addr.port())
    }

    /// What it does with the next call that has nothing planned yet.
    pub(crate) fn next(&self, act: Act) {
        self.script.lock().unwrap().acts.push_back(act);
    }

    /// All calls so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.script.lock().unwrap().received.clone()
    }

    async fn serve(self, mut stream: TcpStream, connection: usize) {
        while let Some((head, body)) = read_request(&mut stream).await {
            let act = {
                let mut script = self.script.lock().unwrap();
                script.received.push(Received {
                    head,
                    body,
                    connection,
                });
                script
                    .acts
                    .pop_front()
                    .unwrap_or_else(|| Act::Reply(200, answer("done")))
            };
            let (status, headers, body) = match act {
                Act::Reply(status, body) => (status, String::new(), body),
                Act::ReplyWith(status, headers, body) => (status, headers, body),
                Act::Wait(go, body) => {
                    go.notified().await;
                    (200, String::new(), body)
                }
                Act::ReplyAndLeave(body) => {
                    respond(&mut stream, 200, "", &body, body.len()).await;
                    return;
                }
                Act::Close => return,
                Act::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
                Act::HalfBody(status) => {
                    respond(&mut stream, status, "", b"{\"resu", 100).await;
                    return;
                }
                Act::Nonsense(bytes) => {
                    stream.write_all(bytes.as_bytes()).await.unwrap();
                    return;
                }
            };
            respond(&mut stream, status, &headers, &body, body.len()).await;
        }
    }
}

/// A JSON-RPC answer with one text.
pub(crate) fn answer(text: &str) -> Vec<u8> {
    serde_json::json!({"jsonrpc": "2.0", "id": "call-1", "result": {"kind": "message", "role": "agent",
        "messageId": "m-1", "parts": [{"kind": "text", "text": text}]}})
    .to_string()
    .into_bytes()
}

async fn respond(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8], length: usize) {
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    // The platform may have gone.
    let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
                body.extend_from_slice(&chunk[..read]);
            }
            return Some((head, serde_json::from_slice(&body).unwrap_or_default()));
        }
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}
