//! rathole as it is compared with: server and client over plain TCP or a WebSocket without TLS, TCP_NODELAY on.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Process, Scratch, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long it may take until a byte gets through.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// What carries the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    WebSocket,
}

impl Transport {
    fn toml(self) -> &'static str {
        match self {
            Self::Tcp => "type = \"tcp\"",
            Self::WebSocket => "type = \"websocket\"",
        }
    }

    fn websocket(self, side: &str) -> String {
        match self {
            Self::Tcp => String::new(),
            Self::WebSocket => format!("[{side}.transport.websocket]\ntls = false\n"),
        }
    }
}

/// Server and client.
pub(crate) struct Rathole {
    pub(crate) processes: Vec<Process>,
    /// Where the upstream can be called through them.
    pub(crate) public: SocketAddr,
    server: PathBuf,
}

impl Rathole {
    /// Starts both and waits until the upstream answers through them.
    pub(crate) async fn start(
        scratch: &Scratch,
        binary: &Path,
        upstream: SocketAddr,
        transport: Transport,
    ) -> Self {
        // It can't listen on port 0: take two free ports and hope that nobody else does in between.
        let (control, public) = (free_port(), free_port());
        let configure = |side: &str, address: String, service: String| {
            let file = scratch.path(&format!("rathole-{side}-{transport:?}.toml"));
            let (kind, websocket) = (transport.toml(), transport.websocket(side));
            let text = format!(
                "[{side}]\n{address}\n\
                 [{side}.services.echo]\ntoken = \"measured\"\nnodelay = true\n{service}\n\
                 [{side}.transport]\n{kind}\n[{side}.transport.tcp]\nnodelay = true\n{websocket}"
            );
            fs::write(&file, text).unwrap();
            file
        };
        let bind = |address| format!("bind_addr = \"{address}\"");
        let server = configure("server", bind(control), bind(public));
        let client = configure(
            "client",
            format!("remote_addr = \"{control}\""),
            format!("local_addr = \"{upstream}\""),
        );
        let processes = vec![
            run(scratch, binary, "--server", &server),
            run(scratch, binary, "--client", &client),
        ];
        until("rathole passes a call on", READY_WITHIN, async || {
            answers(public).await.then_some(())
        })
        .await;
        Self {
            processes,
            public,
            server,
        }
    }

    /// The client's process.
    pub(crate) fn client(&self) -> &Process {
        &self.processes[1]
    }

    /// Ends the server and starts it again.
    pub(crate) fn server_again(&mut self, scratch: &Scratch, binary: &Path) {
        self.processes[0].kill();
        self.processes[0] = run(scratch, binary, "--server", &self.server);
    }

    /// Whether a call gets through.
    pub(crate) async fn answers(&self) -> bool {
        answers(self.public).await
    }
}

/// One end.
fn run(scratch: &Scratch, binary: &Path, side: &str, file: &Path) -> Process {
    let mut command = Command::new(binary);
    command.arg(side).arg(file);
    let name = format!("rathole{side}");
    Process::start(scratch, &name, command, &[("RUST_LOG", "warn")])
}

pub(crate) fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
}

pub(crate) async fn answers(address: SocketAddr) -> bool {
    let Ok(mut socket) = TcpStream::connect(address).await else {
        return false;
    };
    let asked = socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut byte = [0];
    let answer = tokio::time::timeout(Duration::from_secs(1), socket.read(&mut byte)).await;
    asked.is_ok() && matches!(answer, Ok(Ok(1)))
}
