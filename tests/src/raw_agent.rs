//! An agent that speaks HTTP by hand: it says byte for byte what it was asked, and answers in every shape that the
//! protocol has.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// The agent. It stops when it is dropped.
#[derive(Debug)]
pub struct RawAgent {
    url: String,
    go_on: Arc<Notify>,
    server: JoinHandle<()>,
}

/// A request as it came: the head's lines without the ends, and the body without its chunks.
struct Asked {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl RawAgent {
    /// Starts one on a free port. Its card has these fields besides the addresses.
    pub async fn start(more: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let go_on = Arc::new(Notify::new());
        let mut card = json!({ "name": "Raw", "url": format!("{url}/rpc"), "preferredTransport": "JSONRPC",
            "additionalInterfaces": [{ "url": format!("{url}/x"), "transport": "HTTP+JSON" }] });
        card.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let waiting = Arc::clone(&go_on);
        let server = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (card, go_on) = (card.to_string(), Arc::clone(&waiting));
                // Its caller may leave at any time.
                open.spawn(async move { drop(serve(stream, &card, &go_on).await) });
            }
        });
        Self { url, go_on, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets a stream that has fallen silent go on.
    pub fn go_on(&self) {
        self.go_on.notify_one();
    }
}

impl Drop for RawAgent {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(stream: TcpStream, card: &str, go_on: &Notify) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(asked) = ask(&mut stream).await? {
        let path = asked.target.split('?').next().unwrap_or_default();
        let tag = asked.headers.iter().find(|(name, _)| name == "if-none-match");
        let answer = match path {
            "/.well-known/agent-card.json" => sized("200 OK", "", card),
            "/x/tagged" if tag.is_some_and(|(_, tag)| tag == "W/\"v1\"") => {
                "HTTP/1.1 304 Not Modified\r\netag: W/\"v1\"\r\nvary: accept\r\n\r\n".to_owned()
            }
            "/x/tagged" => sized(
                "200 OK",
                "etag: W/\"v1\"\r\nvary: accept\r\ncache-control: private\r\n",
                "tagged",
            ),
            "/x/chunked" => {
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n\
                             1\r\na\r\n2;e=1\r\nbb\r\n3\r\nccc\r\n0\r\n\r\n"
                    .to_owned()
            }
            "/x/nothing" => "HTTP/1.1 204 No Content\r\nx-own: 1\r\n\r\n".to_owned(),
            "/x/odd" => sized("418 Odd", "x-own: a\r\nx-own: b\r\nx-empty:\r\n", "odd"),
            "/x/silent" => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                let first = format!("{head}9\r\ndata: 1\n\n\r\n");
                stream.write_all(first.as_bytes()).await?;
                go_on.notified().await;
                "9\r\ndata: 2\n\n\r\n0\r\n\r\n".to_owned()
            }
            _ => sized(
                "200 OK",
                "content-type: application/json\r\n",
                &said(&asked).to_string(),
            ),
        };
        let end = if asked.method == "HEAD" {
            answer.find("\r\n\r\n").map_or(answer.len(), |end| end + 4)
        } else {
            answer.len()
        };
        stream.write_all(&answer.as_bytes()[..end]).await?;
    }
    Ok(())
}

fn sized(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What it was asked. The headers that two neighbours agree on between them are left out.
fn said(asked: &Asked) -> Value {
    let own = |name: &str| !["connection", "transfer-encoding", "content-length"].contains(&name);
    let mut headers: Vec<_> = asked.headers.iter().filter(|(name, _)| own(name)).collect();
    headers.sort();
    let sum = asked.body.iter().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    json!({ "method": asked.method, "target": asked.target, "headers": headers, "length": asked.body.len(), "sum": sum })
}

async fn ask(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Asked>> {
    let first = line(stream).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let of = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    if of("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let mut body = Vec::new();
    if of("transfer-encoding").is_some() {
        loop {
            let size = usize::from_str_radix(line(stream).await?.trim(), 16).unwrap();
            let before = body.len();
            body.resize(before + size, 0);
            stream.read_exact(&mut body[before..]).await?;
            line(stream).await?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = of("content-length") {
        body.resize(length.parse().unwrap(), 0);
        stream.read_exact(&mut body).await?;
    }
    Ok(Some(Asked {
        method,
        target,
        headers,
        body,
    }))
}

/// A line without its end; empty at the end of the connection.
async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
