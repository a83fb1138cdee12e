//! An HTTP proxy that opens ways (CONNECT) for those who know its password, and remembers where to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The longest head of a request that it reads.
const MAX_HEAD: usize = 8 << 10;

#[derive(Debug, Default)]
struct State {
    login: String,
    opened: Vec<String>,
    refused: usize,
}

/// The proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts one for those who sign in as `login`, a user name and a password with a colon between.
    pub async fn start(at: SocketAddr, login: &str) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let proxy = Self {
            address,
            state: Arc::clone(&state),
            server: tokio::spawn(async move {
                loop {
                    let (near, _) = listener.accept().await.unwrap();
                    // Whoever breaks off has had what they came for.
                    tokio::spawn(serve(near, Arc::clone(&state)));
                }
            }),
        };
        proxy.accept(login);
        proxy
    }

    /// Takes this login from now on, and no other.
    pub fn accept(&self, login: &str) {
        self.state.lock().unwrap().login = login.to_owned();
    }

    /// Where it listens, as a setting names it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same with a login in it.
    #[must_use]
    pub fn url_with(&self, login: &str) -> String {
        format!("http://{login}@{}", self.address)
    }

    /// Where it has opened ways to.
    #[must_use]
    pub fn opened(&self) -> Vec<String> {
        self.state.lock().unwrap().opened.clone()
    }

    /// How often it has refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.state.lock().unwrap().refused
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(mut near: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        head.push(near.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let shown = lines.find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    let far = {
        let mut state = state.lock().unwrap();
        let wanted = format!("Basic {}", STANDARD.encode(&state.login));
        if shown == Some(wanted.as_str()) && method == "CONNECT" {
            state.opened.push(target.to_owned());
            true
        } else {
            state.refused += 1;
            false
        }
    };
    if !far {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"test\"\r\n\
                       content-length: 0\r\nconnection: close\r\n\r\n";
        return near.write_all(refusal.as_bytes()).await;
    }
    let mut far = TcpStream::connect(target).await?;
    far.set_nodelay(true)?;
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
