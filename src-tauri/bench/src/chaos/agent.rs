//! The agents of `chaos`: each writes down a message before it answers, so that their log tells what was seen however
//! they end. One listens, to be attached or started by the host; the other answers a single message.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
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

/// Which messages were seen, one line each.
struct Log(Mutex<File>);

impl Log {
    fn open(file: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(file);
        Self(Mutex::new(file.unwrap()))
    }

    /// One write of one line: a kill can't leave half of it, and others that write there can't part it.
    fn note(&self, id: &str) {
        let mut file = self.0.lock().unwrap();
        file.write_all(format!("{id}\n").as_bytes()).unwrap();
    }
}

/// Starts something that goes on for an hour, as careless agents do: whoever has started the agent has to end it too.
#[allow(clippy::zombie_processes, reason = "it is there to be left behind")]
fn leave_behind() {
    let mut sleep = Command::new("sleep");
    sleep
        .arg("3600")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _nobody_waits = sleep.spawn().unwrap();
}

/// How long a message is thought about.
fn thought(longest: Duration) -> Duration {
    longest.mul_f64(rand::random())
}

/// Serves until it is killed: there, or else at the port that the host has given it.
pub(crate) async fn serve(listen: Option<SocketAddr>, log: &Path, longest_thought: Duration) {
    let log = Arc::new(Log::open(log));
    let listen = listen.unwrap_or_else(|| {
        leave_behind();
        let port = std::env::var("PORT").unwrap().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    });
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
                async move { Ok::<_, Infallible>(answer(request, &log, longest_thought).await) }
            });
            let _caller_left = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

/// Answers the one message on standard input, whose text is its id.
pub(crate) fn answer_one(log: &Path, longest_thought: Duration) {
    let id = std::io::read_to_string(std::io::stdin()).unwrap();
    if id.is_empty() {
        // Its host was killed before it had handed the message over.
        return;
    }
    Log::open(log).note(&id);
    leave_behind();
    std::thread::sleep(thought(longest_thought));
    println!("heard {id}");
}

async fn answer(request: Request<Incoming>, log: &Log, longest_thought: Duration) -> Response<Full<Bytes>> {
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
    log.note(id);
    tokio::time::sleep(thought(longest_thought)).await;
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
