//! bore as it is compared with: server and client, over plain TCP.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ligand_e2e::{Process, Scratch, until};
use tokio::net::TcpStream;

use crate::rathole::{answers, free_port};

/// How long it may take until a byte gets through.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// Where its server waits for clients. It can't be told another port.
const CONTROL: (&str, u16) = ("127.0.0.1", 7835);

/// Starts both ends; gives where the upstream can be called through them.
pub(crate) async fn start(
    scratch: &Scratch,
    binary: &Path,
    upstream: SocketAddr,
) -> (Vec<Process>, SocketAddr) {
    let public = free_port();
    let mut server = Command::new(binary);
    server.args(["server", "--bind-addr", CONTROL.0, "--bind-tunnels", CONTROL.0]);
    let server = Process::start(scratch, "bore-server", server, &[]);
    until("bore's server listens", READY_WITHIN, async || {
        TcpStream::connect(CONTROL).await.ok()
    })
    .await;
    let mut client = Command::new(binary);
    client.args(["local", &upstream.port().to_string(), "--local-host", CONTROL.0]);
    client.args(["--to", CONTROL.0, "--port", &public.port().to_string()]);
    let client = Process::start(scratch, "bore-client", client, &[]);
    until("bore passes a call on", READY_WITHIN, async || {
        answers(public).await.then_some(())
    })
    .await;
    (vec![server, client], public)
}
