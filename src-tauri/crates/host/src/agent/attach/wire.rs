//! A TCP connection to the agent, as HTTP is spoken on it.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use ligand_tunnel::{Pipe, Room};
use rustix::net::{RecvFlags, recv};
use tokio::{
    io::AsyncWrite,
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::agent::AgentError;

/// Loopback answers in well under a millisecond; an agent whose backlog is full for this long is not there.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// One connection. Dropping it closes it.
pub(super) struct Wire {
    stream: TcpStream,
    room: Room,
}

impl Wire {
    /// Connects to the first of the addresses that takes it.
    pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<Self, AgentError> {
        let connecting = async {
            let stream = connect_to_any(addresses).await?;
            // Without it a call takes 40 ms: two small writes wait for each other's acknowledgement.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        match timeout(CONNECT_DEADLINE, connecting).await {
            Ok(Ok(stream)) => Ok(Self {
                stream,
                room: Room::default(),
            }),
            Ok(Err(error)) => Err(AgentError::Connect(error)),
            Err(_) => Err(AgentError::ConnectTimeout(CONNECT_DEADLINE)),
        }
    }

    /// Whether the connection is open and silent, as an idle one must be. The socket itself is asked: what the runtime
    /// knows is from its last look at all sockets, and a call that goes out on a closed connection may be lost.
    pub(super) fn is_open_and_silent(&self) -> bool {
        // The socket does not block: an error that says so is the only good answer. Anything else is the agent's
        // end of the connection, or bytes that nobody asked for.
        let seen = recv(&self.stream, &mut [0; 1], RecvFlags::PEEK);
        seen.err()
            .is_some_and(|error| io::Error::from(error).kind() == io::ErrorKind::WouldBlock)
    }
}

impl Pipe for Wire {
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.room.poll_packet(&mut self.stream, cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    /// The end of the connection is its drop: HTTP/1.1 has no use for half of one.
    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// As [`TcpStream::connect`] does it, which has no place to prepare a socket.
async fn connect_to_any(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failed = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match connect_to(*address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    #[cfg(target_os = "linux")]
    ligand_tunnel::unpace(&socket, address.ip());
    socket.connect(address).await
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    async fn pair() -> (Wire, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Wire::connect(&[listener.local_addr().unwrap()]).await.unwrap();
        (wire, listener.accept().await.unwrap().0)
    }

    async fn until_not_silent(wire: &Wire) {
        while wire.is_open_and_silent() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_idle_connection_is_open_and_silent_until_the_agent_closes_it() {
        let (wire, agent) = pair().await;
        assert!(wire.is_open_and_silent());
        drop(agent);
        until_not_silent(&wire).await;
    }

    #[tokio::test]
    async fn a_connection_on_which_bytes_wait_is_not_silent() {
        let (wire, mut agent) = pair().await;
        agent.write_all(b"x").await.unwrap();
        until_not_silent(&wire).await;
    }

    #[tokio::test]
    async fn a_port_where_nothing_listens_is_refused_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(matches!(
            Wire::connect(&[address]).await,
            Err(AgentError::Connect(_))
        ));
    }
}
