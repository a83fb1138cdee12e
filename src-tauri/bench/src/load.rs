//! The load generator: HTTP/1.1 connections of its own, kept alive, one exchange at a time on each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use ligand_e2e::now;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// The size of an echoed message.
const MESSAGE_BYTES: usize = 1024;
/// How much of an upload is written at once.
const CHUNK: usize = 64 * 1024;
/// What a measurement that hangs may take.
const DEADLINE: Duration = Duration::from_secs(60);

type Body = BoxBody<Bytes, std::convert::Infallible>;

/// Where a candidate listens, and what stands before the upstream's paths there.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    /// Empty, or a door's path without a slash at its end.
    base: String,
    /// Where messages are echoed; at a platform door, which has but one address, the answer is another message.
    echo: &'static str,
    /// For connections by TLS.
    tls: Option<TlsConnector>,
}

impl Target {
    /// What stands at that URL, a door's or an origin, with an address for its host. It is called by TLS with `tls`.
    pub(crate) fn below(url: &str, echo: &'static str, tls: Option<TlsConnector>) -> Self {
        let (_, rest) = url.split_once("://").unwrap();
        let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self {
            address: address.parse().unwrap(),
            base: path.to_owned(),
            echo,
            tls,
        }
    }
}

/// Between two calls that have nothing to do with each other.
const CALM: Duration = Duration::from_millis(5);
/// Where the upstream echoes.
pub(crate) const ECHO: &str = "/echo";

/// What an echo measurement gives.
pub(crate) struct Echo {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// The median time of one call in microseconds.
    pub(crate) p50_us: f64,
}

/// Echoes messages on `connections` connections at once for `duration`.
pub(crate) async fn echo(target: &Target, connections: usize, duration: Duration) -> Echo {
    let began = now();
    let mut callers = JoinSet::new();
    for caller in 0..connections {
        callers.spawn(echo_on_one(target.clone(), caller, began, duration));
    }
    let mut times: Vec<f64> = callers.join_all().await.concat();
    let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let p50_us = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
    Echo { per_second, p50_us }
}

async fn echo_on_one(target: Target, caller: usize, began: Instant, duration: Duration) -> Vec<f64> {
    let mut connection = Connection::open(&target).await;
    let mut times = Vec::new();
    while began.elapsed() < duration {
        let message = message(caller, times.len());
        let sent = now();
        let answer = connection.echo(message.clone()).await;
        times.push(sent.elapsed().as_secs_f64() * 1e6);
        assert!(
            answer == message || target.echo != ECHO,
            "an answer that is not the echo"
        );
    }
    times
}

/// Echoes `times` messages on one connection, each some milliseconds after the answer to the one before, when everybody
/// sleeps, and gives the median time in microseconds.
pub(crate) async fn calm_echo(target: &Target, times: usize) -> f64 {
    let mut connection = Connection::open(target).await;
    let mut taken = Vec::new();
    for number in 0..times {
        tokio::time::sleep(CALM).await;
        let message = message(0, number);
        let sent = now();
        connection.echo(message).await;
        taken.push(sent.elapsed().as_secs_f64() * 1e6);
    }
    crate::figures::median(&taken)
}

/// Reads `bytes` and gives the megabytes per second.
pub(crate) async fn down(target: &Target, bytes: usize) -> f64 {
    let mut connection = Connection::open(target).await;
    let began = now();
    let mut body = connection
        .send(get(&format!("/down?bytes={bytes}")))
        .await
        .into_body();
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        read += frame.unwrap().data_ref().map_or(0, Bytes::len);
    }
    assert_eq!(read, bytes);
    megabytes_per_second(bytes, began)
}

/// Writes `bytes` and gives the megabytes per second.
pub(crate) async fn up(target: &Target, bytes: usize) -> f64 {
    let mut connection = Connection::open(target).await;
    let chunk = Bytes::from_static(&[0; CHUNK]);
    let chunks = stream::unfold(bytes, move |left| {
        let chunk = chunk.slice(..left.min(CHUNK));
        async move { (left > 0).then(|| (Ok(Frame::data(chunk.clone())), left - chunk.len())) }
    });
    let mut request = post(
        "/up",
        "application/octet-stream",
        BodyExt::boxed(StreamBody::new(chunks)),
    );
    request.headers_mut().insert(CONTENT_LENGTH, bytes.into());
    let began = now();
    let answer = connection
        .send(request)
        .await
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes();
    assert_eq!(answer, bytes.to_string().as_bytes());
    megabytes_per_second(bytes, began)
}

/// The connection on which a stream of events is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Asking {
    /// One that has carried a call: making it is not what is measured, nor the end of the stream before.
    Kept,
    /// One that was just opened, right after the stream before was left: both ends make connections, and clear up.
    New,
}

/// Asks for a stream of events `times` times, each on a connection of its own, and gives the median time in microseconds
/// until the first event.
pub(crate) async fn first_event(target: &Target, asking: Asking, times: usize) -> f64 {
    let mut taken = Vec::new();
    for number in 0..times {
        let mut connection = Connection::open(target).await;
        if let Asking::Kept = asking {
            connection.echo(message(0, number)).await;
        }
        let sent = now();
        let mut body = connection.send(get("/sse")).await.into_body();
        body.frame().await.unwrap().unwrap();
        taken.push(sent.elapsed().as_secs_f64() * 1e6);
    }
    crate::figures::median(&taken)
}

fn megabytes_per_second(bytes: usize, began: Instant) -> f64 {
    bytes as f64 / 1e6 / began.elapsed().as_secs_f64()
}

/// A message as an A2A caller sends it, of exactly [`MESSAGE_BYTES`], with an id that no other message has.
fn message(caller: usize, number: usize) -> Bytes {
    let run = std::process::id();
    let head = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":\"{caller}-{number}\",\"method\":\"message/send\",\"params\":{{\"message\":{{\
         \"role\":\"user\",\"messageId\":\"{run}-{caller}-{number}-{}\",\"parts\":[{{\"kind\":\"text\",\"text\":\"",
        unique()
    );
    let tail = "\"}]}}}";
    let padding = MESSAGE_BYTES - head.len() - tail.len();
    format!("{head}{}{tail}", "x".repeat(padding)).into()
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed()
}

fn get(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(whole(Bytes::new())).unwrap()
}

fn post(path: &str, kind: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(CONTENT_TYPE, kind)
        .body(body)
        .unwrap()
}

/// HTTP on a connection that is there.
async fn speak(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> SendRequest<Body> {
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .unwrap();
    tokio::spawn(async move {
        let _closed = connection.await;
    });
    sender
}

/// One kept connection.
struct Connection {
    sender: SendRequest<Body>,
    target: Target,
}

impl Connection {
    async fn open(target: &Target) -> Self {
        let socket = TcpStream::connect(target.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let sender = match &target.tls {
            None => speak(socket).await,
            Some(tls) => {
                let name = ServerName::from(target.address.ip());
                speak(tls.connect(name, socket).await.unwrap()).await
            }
        };
        Self {
            sender,
            target: target.clone(),
        }
    }

    /// Has a message echoed, and gives the answer.
    async fn echo(&mut self, message: Bytes) -> Bytes {
        let request = post(self.target.echo, "application/json", whole(message));
        let answer = self.send(request).await.into_body();
        answer.collect().await.unwrap().to_bytes()
    }

    /// Sends a request for a path of the upstream to where the candidate has it.
    async fn send(&mut self, mut request: Request<Body>) -> Response<Incoming> {
        let path = format!("{}{}", self.target.base, request.uri());
        *request.uri_mut() = path.parse().unwrap();
        let host = self.target.address.to_string().parse().unwrap();
        request.headers_mut().insert(HOST, host);
        self.sender.ready().await.unwrap();
        let response = tokio::time::timeout(DEADLINE, self.sender.send_request(request))
            .await
            .unwrap()
            .unwrap();
        assert!(
            response.status().is_success(),
            "{} {:?}",
            response.status(),
            response.headers()
        );
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_origin_or_a_door() {
        let at = |url| Target::below(url, ECHO, None);
        assert_eq!(at("http://127.0.0.1:81").base, "");
        let door = at("https://127.0.0.1:443/w/x");
        assert_eq!((door.address.port(), &*door.base), (443, "/w/x"));
    }

    #[test]
    fn a_message_has_its_size_and_an_id_of_its_own() {
        let (one, two) = (message(0, 7), message(31, 123_456));
        assert!(one.len() == MESSAGE_BYTES && two.len() == MESSAGE_BYTES && one != two);
        assert!(serde_json::from_slice::<serde_json::Value>(&one).is_ok());
    }

    #[tokio::test]
    async fn everything_that_is_measured_works_on_the_upstream_itself() {
        measures(None).await;
    }

    #[tokio::test]
    async fn everything_that_is_measured_works_over_tls() {
        let scratch = ligand_e2e::Scratch::with_usual_log();
        measures(Some(&crate::tls::Tls::new(&scratch))).await;
    }

    async fn measures(tls: Option<&crate::tls::Tls>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = Target::below(&url, ECHO, tls.map(crate::tls::Tls::connector));
        let acceptor = tls.map(|tls| {
            let [_, certificate, _, key] = tls.flags();
            crate::tls::acceptor(certificate.as_ref(), key.as_ref())
        });
        tokio::spawn(ligand_e2e::upstream(listener, acceptor));
        let echo = echo(&target, 4, Duration::from_millis(50)).await;
        assert!(echo.per_second > 0.0 && echo.p50_us > 0.0);
        assert!(down(&target, 1_000_000).await > 0.0 && up(&target, 1_000_000).await > 0.0);
        for asking in [Asking::Kept, Asking::New] {
            assert!(first_event(&target, asking, 3).await > 0.0);
        }
    }
}
