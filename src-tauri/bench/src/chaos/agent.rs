//! The agent of `chaos`: writes down each message before it answers, so that its log tells what it has seen however it
//! ends.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How long it thinks, at the most.
const LONGEST_THOUGHT_MS: u64 = 40;

/// Serves until it is killed.
pub(crate) async fn serve(listen: SocketAddr, log: &Path) {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let log = Arc::new(Mutex::new(log));
    let listener = TcpListener::bind(listen).await.unwrap();
    println!("listening on http://{}", listener.local_addr().unwrap());
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let log = Arc::clone(&log);
                async move { Ok::<_, Infallible>(answer(request, &log).await) }
            });
            let _caller_left = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>, log: &Mutex<std::fs::File>) -> Response<Full<Bytes>> {
    if request.uri().path().starts_with("/.well-known/") {
        return said(&json!({
            "name": "Chaos", "description": "Writes down what it hears", "version": "1.0.0",
            "protocolVersion": "0.3.0", "url": "http://localhost/", "preferredTransport": "JSONRPC",
            "capabilities": {}, "skills": [], "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
        }));
    }
    let Ok(body) = request.into_body().collect().await else {
        return said(&Value::Null);
    };
    let call: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    let id = call["params"]["message"]["messageId"]
        .as_str()
        .unwrap_or_default();
    // One write of one line: a kill can't leave half of it.
    log.lock()
        .unwrap()
        .write_all(format!("{id}\n").as_bytes())
        .unwrap();
    let thought = rand::random_range(0..LONGEST_THOUGHT_MS);
    tokio::time::sleep(Duration::from_millis(thought)).await;
    said(
        &json!({"jsonrpc": "2.0", "id": call["id"], "result": {"kind": "message", "role": "agent",
        "messageId": format!("answer-{id}"), "parts": [{"kind": "text", "text": format!("heard {id}")}]}}),
    )
}

fn said(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    response
}
