//! An agent for measurements and for load: a card, four endpoints, no work, and nothing remembered of its calls.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::until::now;

/// How much of a download is written at once.
const CHUNK: usize = 64 * 1024;
/// The time between two events of `/sse`.
const EVENT_EVERY: Duration = Duration::from_millis(100);

/// The header of an answer to an upload with the longest wait between two parts of its body, in milliseconds.
pub const LONGEST_GAP: &str = "x-longest-gap-ms";

type Body = BoxBody<Bytes, hyper::Error>;

/// Answers at that listener for ever, by TLS with `tls`: `POST /echo` with what it was sent, `GET /down?bytes=` with so
/// many zeros, `POST /up` with how many bytes came (and in [`LONGEST_GAP`] how long it waited for the slowest of them),
/// `GET /sse` with an event every 100 ms until its caller leaves.
pub async fn upstream(listener: TcpListener, tls: Option<TlsAcceptor>) {
    // Only a host reads the card, and hosts call agents without TLS.
    let url = format!("http://{}", listener.local_addr().unwrap());
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        socket.set_nodelay(true).unwrap();
        let (url, tls) = (url.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => speak(socket, &url).await,
                // Who makes no handshake has only looked whether somebody is there.
                Some(tls) => match tls.accept(socket).await {
                    Ok(socket) => speak(socket, &url).await,
                    Err(_not_tls) => {}
                },
            }
        });
    }
}

async fn speak(socket: impl AsyncRead + AsyncWrite + Unpin, url: &str) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request, url).await) });
    let _caller_left = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn answer(request: Request<Incoming>, url: &str) -> Response<Body> {
    match request.uri().path() {
        "/.well-known/agent-card.json" => with("application/json", whole(card(url))),
        "/echo" => match request.into_body().collect().await {
            Ok(body) => with("application/json", whole(body.to_bytes())),
            Err(_caller_left) => status(StatusCode::BAD_REQUEST),
        },
        "/down" => down(&request),
        "/up" => up(request).await,
        "/sse" => {
            // The first at once and without a timer, whose millisecond would be all that is measured.
            let first = stream::iter([event()]);
            let more = stream::unfold((), async |()| {
                tokio::time::sleep(EVENT_EVERY).await;
                Some((event(), ()))
            });
            let ticks = first.chain(more);
            with(
                "text/event-stream",
                BodyExt::boxed(StreamBody::new(Box::pin(ticks))),
            )
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

async fn up(request: Request<Incoming>) -> Response<Body> {
    let (mut sum, mut last, mut longest) = (0, now(), Duration::ZERO);
    let mut body = request.into_body().into_data_stream();
    while let Some(data) = body.next().await {
        let Ok(data) = data else {
            return status(StatusCode::BAD_REQUEST);
        };
        sum += data.len();
        longest = longest.max(last.elapsed());
        last = now();
    }
    let mut answer = with("text/plain", whole(sum.to_string()));
    let longest = u64::try_from(longest.as_millis()).unwrap();
    answer.headers_mut().insert(LONGEST_GAP, longest.into());
    answer
}

fn event() -> Result<Frame<Bytes>, hyper::Error> {
    Ok(Frame::data(Bytes::from_static(b"data: {}\n\n")))
}

fn down(request: &Request<Incoming>) -> Response<Body> {
    let asked = request
        .uri()
        .query()
        .and_then(|query| query.strip_prefix("bytes="));
    let bytes: usize = asked.and_then(|number| number.parse().ok()).unwrap_or(0);
    let zeros = Bytes::from_static(&[0; CHUNK]);
    let chunks = stream::unfold(bytes, move |left| {
        let chunk = zeros.slice(..left.min(CHUNK));
        async move { (left > 0).then(|| (Ok(Frame::data(chunk.clone())), left - chunk.len())) }
    });
    let mut response = with(
        "application/octet-stream",
        BodyExt::boxed(StreamBody::new(chunks)),
    );
    response.headers_mut().insert(CONTENT_LENGTH, bytes.into());
    response
}

/// The card names every endpoint, so that each may be called through a door.
fn card(url: &str) -> String {
    let interface = |path: &str| json!({ "url": format!("{url}{path}"), "transport": "JSONRPC" });
    json!({
        "name": "Echo", "description": "Echoes for measurements", "version": "1.0.0", "protocolVersion": "0.3.0",
        "url": format!("{url}/echo"), "preferredTransport": "JSONRPC",
        "additionalInterfaces": [interface("/echo"), interface("/down"), interface("/up"), interface("/sse")],
        "capabilities": { "streaming": true }, "skills": [],
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
    })
    .to_string()
}

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

fn with(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = with("text/plain", whole(status.to_string()));
    *response.status_mut() = status;
    response
}
