//! rathole as it is compared with: server and client over plain TCP, TCP_NODELAY on.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Process, Scratch, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long it may take until a byte gets through.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// The server's configuration.
const SERVER: &str = "rathole-server.toml";

/// Server and client.
pub(crate) struct Rathole {
    pub(crate) processes: Vec<Process>,
    /// Where the upstream can be called through them.
    pub(crate) public: SocketAddr,
}

impl Rathole {
    /// Starts both and waits until the upstream answers through them.
    pub(crate) async fn start(scratch: &Scratch, binary: &Path, upstream: SocketAddr) -> Self {
        // It can't listen on port 0: take two free ports and hope that nobody else does in between.
        let (control, public) = (free_port(), free_port());
        let server = scratch.path(SERVER);
        let service = "token = \"measured\"\nnodelay = true\n";
        let text = format!(
            "[server]\nbind_addr = \"{control}\"\n[server.services.echo]\n{service}bind_addr = \"{public}\"\n"
        );
        fs::write(
            &server,
            format!("{text}[server.transport]\ntype = \"tcp\"\n[server.transport.tcp]\nnodelay = true\n"),
        )
        .unwrap();
        let client = scratch.path("rathole-client.toml");
        let text = format!(
            "[client]\nremote_addr = \"{control}\"\n[client.services.echo]\n{service}local_addr = \"{upstream}\"\n"
        );
        fs::write(
            &client,
            format!("{text}[client.transport]\ntype = \"tcp\"\n[client.transport.tcp]\nnodelay = true\n"),
        )
        .unwrap();
        let processes = vec![
            run(scratch, binary, "--server", &server),
            run(scratch, binary, "--client", &client),
        ];
        until("rathole passes a call on", READY_WITHIN, async || {
            answers(public).await.then_some(())
        })
        .await;
        Self { processes, public }
    }

    /// The client's process.
    pub(crate) fn client(&self) -> &Process {
        &self.processes[1]
    }

    /// Ends the server and starts it again.
    pub(crate) fn server_again(&mut self, scratch: &Scratch, binary: &Path) {
        self.processes[0].kill();
        self.processes[0] = run(scratch, binary, "--server", &scratch.path(SERVER));
    }

    /// Whether a call gets through.
    pub(crate) async fn answers(&self) -> bool {
        answers(self.public).await
    }
}

fn run(scratch: &Scratch, binary: &Path, side: &str, file: &Path) -> Process {
    let mut command = Command::new(binary);
    command.arg(side).arg(file);
    let name = format!("rathole{side}");
    Process::start(scratch, &name, command, &[("RUST_LOG", "warn")])
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
}

async fn answers(address: SocketAddr) -> bool {
    let Ok(mut socket) = TcpStream::connect(address).await else {
        return false;
    };
    let asked = socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut byte = [0];
    let answer = tokio::time::timeout(Duration::from_secs(1), socket.read(&mut byte)).await;
    asked.is_ok() && matches!(answer, Ok(Ok(1)))
}
