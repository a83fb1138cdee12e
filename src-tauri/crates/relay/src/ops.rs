//! The operator's own listener: metrics, and whether the relay lives and takes calls. Plain HTTP and no secrets, but
//! nothing that strangers need to see: it is off unless asked for, and belongs on loopback or a network of one's own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::connections::ACCEPT_PAUSE;
use crate::exposition;
use crate::running::{Relay, StartError};

/// Most connections at the same time: one scraper, one prober, and people who look.
const CONNECTIONS: usize = 16;
/// How long one question and its answer may take. There is one per connection.
const WAIT: Duration = Duration::from_secs(5);

/// Starts to listen.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let error = |error| StartError::MetricsListen { address, error };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}

/// Answers until the relay has ended: also while it drains, so that whoever asks learns of it.
pub(crate) async fn serve(relay: Arc<Relay>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            biased;
            () = relay.ended.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let relay = relay.clone();
                tokio::spawn(async move {
                    let _place = place;
                    answer(&relay, stream).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection accepted for metrics");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn answer(relay: &Relay, stream: TcpStream) {
    let service =
        service_fn(
            |request: Request<Incoming>| async move { Ok::<_, Infallible>(response(relay, &request)) },
        );
    let connection = http1::Builder::new()
        .keep_alive(false)
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        () = relay.ended.cancelled() => {}
        _ended = tokio::time::timeout(WAIT, connection) => {}
    }
}

fn response(relay: &Relay, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
    }
    match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "ok\n"),
        "/readyz" if relay.draining.is_cancelled() => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        "/readyz" => text(StatusCode::OK, "ready\n"),
        "/metrics" => {
            let mut page = text(StatusCode::OK, exposition::page(relay));
            page.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(exposition::CONTENT_TYPE));
            page
        }
        _ => text(StatusCode::NOT_FOUND, "here are /metrics, /healthz and /readyz\n"),
    }
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
