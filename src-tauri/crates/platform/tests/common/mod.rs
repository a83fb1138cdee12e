//! Servers on a free port of this machine, what they were asked, and what every error must keep to.

mod clock;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse, Response},
};
use ligand_platform::{BaseUrl, Error, NewWorkspace, Platform, Token};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use uuid::Uuid;

pub(crate) use clock::StoppedClock;

/// The credential of every test; no error may hold it.
pub(crate) const TOKEN: &str = "q3AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abc";
/// The workspace of every test.
pub(crate) const WORKSPACE: Uuid = Uuid::from_u128(0x7d0f_0d5c_0000_4000_8000_0000_0000_0001);

pub(crate) fn token() -> Token {
    Token::new(TOKEN)
}

/// A workspace to create.
pub(crate) fn laptop() -> NewWorkspace {
    NewWorkspace {
        name: "Laptop".into(),
        role: None,
        parent_id: None,
    }
}

/// A server that ends with the test.
pub(crate) struct Server {
    pub(crate) base: String,
    task: JoinHandle<()>,
}

impl Server {
    /// A client of it, with no org's id.
    pub(crate) fn platform(&self) -> Platform {
        client(&self.base)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn client(base: &str) -> Platform {
    Platform::new(base.parse::<BaseUrl>().unwrap(), None).unwrap()
}

/// Serves these routes.
pub(crate) async fn serve(router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Server { base, task }
}

/// Gives every request the same answer: status, content type (none if empty) and body.
pub(crate) async fn answering(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Server {
    let body = body.into();
    serve(Router::new().fallback(async move || answer(status, content_type, body.clone()))).await
}

/// Gives every request the same JSON.
pub(crate) async fn answering_json(status: u16, json: &Value) -> Server {
    answering(status, "application/json; charset=utf-8", json.to_string()).await
}

pub(crate) fn answer(status: u16, content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::builder().status(status);
    if !content_type.is_empty() {
        response = response.header("content-type", content_type);
    }
    response.body(body.into()).unwrap()
}

/// Reads each request's head and writes these bytes for an answer, and then closes, or keeps the connection open.
pub(crate) async fn raw(bytes: &'static [u8], closes: bool) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let mut stream = listener.accept().await.unwrap().0;
            read_head(&mut stream).await;
            stream.write_all(bytes).await.unwrap();
            if closes {
                stream.shutdown().await.unwrap();
            } else {
                kept.push(stream);
            }
        }
    });
    Server { base, task }
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap() == 0 {
            return;
        }
    }
}

/// What a server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    /// All values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Method and path.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Everything that a server was asked, in order.
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<Asked>>>);

impl Record {
    pub(crate) fn all(&self) -> Vec<Asked> {
        self.0.lock().unwrap().clone()
    }

    /// The only request that there was.
    pub(crate) fn one(&self) -> Asked {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

/// Gives every request the same JSON, and writes down what it was asked.
pub(crate) async fn recording(status: u16, json: &Value) -> (Server, Record) {
    let body = json.to_string();
    recording_with(move |_| answer(status, "application/json; charset=utf-8", body.clone().into())).await
}

/// Answers as told, and writes down what it was asked.
pub(crate) async fn recording_with<R: IntoResponse>(
    reply: impl Fn(&Asked) -> R + Clone + Send + Sync + 'static,
) -> (Server, Record) {
    let record = Record::default();
    let kept = record.clone();
    let handler = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let path = uri.to_string();
        let asked = Asked {
            method,
            path,
            headers,
            body,
        };
        let response = reply(&asked).into_response();
        kept.0.lock().unwrap().push(asked);
        response
    };
    (serve(Router::new().fallback(handler)).await, record)
}

/// The error's code, once it is sure that nothing of it tells the token or takes more than a line.
pub(crate) fn code(error: &Error) -> &'static str {
    for text in [error.to_string(), error.kind.to_string(), format!("{error:?}")] {
        assert!(!text.contains(TOKEN), "it tells the token: {text}");
        assert!(
            !text.chars().any(char::is_control),
            "it is more than a line: {text:?}"
        );
        assert!(text.len() < 600, "it is too long: {text}");
    }
    error.kind.code()
}
