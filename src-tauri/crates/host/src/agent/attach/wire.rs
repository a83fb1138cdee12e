//! A TCP connection to the agent that can be looked at while HTTP uses it.
//!
//! An agent that closes an idle connection is noticed by the task that drives HTTP, but only when that task runs. So
//! before a connection is used again its socket itself is asked, which needs a second way to it.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::net::{RecvFlags, recv};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

use crate::agent::AgentError;

/// Loopback answers in well under a millisecond; an agent whose backlog is full for this long is not there.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// One connection. It is closed when this is dropped, whoever still holds a [`Peephole`].
pub(super) struct Wire(Arc<TcpStream>);

/// Looks at a connection without keeping it open.
pub(super) struct Peephole(Weak<TcpStream>);

impl Wire {
    /// Connects to the first of the addresses that takes it.
    pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<Self, AgentError> {
        let connecting = async {
            let stream = TcpStream::connect(addresses).await?;
            // Without it a call takes 40 ms: two small writes wait for each other's acknowledgement.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        match timeout(CONNECT_DEADLINE, connecting).await {
            Ok(Ok(stream)) => Ok(Self(Arc::new(stream))),
            Ok(Err(error)) => Err(AgentError::Connect(error)),
            Err(_) => Err(AgentError::ConnectTimeout(CONNECT_DEADLINE)),
        }
    }

    pub(super) fn peephole(&self) -> Peephole {
        Peephole(Arc::downgrade(&self.0))
    }
}

impl Peephole {
    /// Whether the connection is open and silent, as an idle one must be.
    pub(super) fn is_open_and_silent(&self) -> bool {
        let Some(stream) = self.0.upgrade() else {
            return false;
        };
        // The socket does not block: an error that says so is the only good answer. Anything else is the agent's
        // end of the connection, or bytes that nobody asked for.
        let seen = recv(&*stream, &mut [0; 1], RecvFlags::PEEK);
        seen.err()
            .is_some_and(|error| io::Error::from(error).kind() == io::ErrorKind::WouldBlock)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The end of the connection is its drop: HTTP/1.1 has no use for half of one.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
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

    async fn until_not_silent(peephole: &Peephole) {
        while peephole.is_open_and_silent() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_idle_connection_is_open_and_silent_until_the_agent_closes_it() {
        let (wire, agent) = pair().await;
        let peephole = wire.peephole();
        assert!(peephole.is_open_and_silent());
        drop(agent);
        until_not_silent(&peephole).await;
    }

    #[tokio::test]
    async fn a_connection_on_which_bytes_wait_is_not_silent() {
        let (wire, mut agent) = pair().await;
        let peephole = wire.peephole();
        agent.write_all(b"x").await.unwrap();
        until_not_silent(&peephole).await;
    }

    #[tokio::test]
    async fn a_peephole_does_not_keep_a_connection_open() {
        let (wire, agent) = pair().await;
        let peephole = wire.peephole();
        drop(wire);
        assert!(!peephole.is_open_and_silent());
        agent.readable().await.unwrap();
        assert_eq!(agent.try_read(&mut [0; 1]).unwrap(), 0);
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
