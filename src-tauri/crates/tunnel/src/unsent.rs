//! Telling the system how much it may keep of what a link is to send.
//!
//! Linux only; elsewhere a link has the system's own limit, which follows the widest that the way has been. What is not here:
//! how much that should be.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::SockRef;

/// Has a link's socket take so many bytes ahead of what it has sent. Without it a link works too, so that a failure is only
/// written down.
pub fn keep_unsent(tcp: &impl AsFd, bytes: u32) {
    if let Err(error) = SockRef::from(tcp).set_tcp_notsent_lowat(bytes) {
        tracing::debug!(%error, "a link's socket keeps its limit of unsent bytes");
    }
}

/// Another descriptor of this process's socket with these ends, where a library keeps it to itself.
pub(crate) fn socket_between(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<OwnedFd>> {
    let ourselves = pidfd_open(getpid(), PidfdFlags::empty())?;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(b"socket:"));
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(number) = number.filter(|_| is_socket) else {
            continue;
        };
        // Another thread may have closed it meanwhile.
        let Ok(socket) = pidfd_getfd(&ourselves, number, PidfdGetfdFlags::empty()) else {
            continue;
        };
        let ends = SockRef::from(&socket);
        let is = |end: io::Result<socket2::SockAddr>, at| end.is_ok_and(|end| end.as_socket() == Some(at));
        if is(ends.local_addr(), local) && is(ends.peer_addr(), remote) {
            return Ok(Some(socket));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn a_connection_is_found_by_its_ends_and_keeps_so_much_from_then_on() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let others = [
            TcpStream::connect(at).await.unwrap(),
            TcpStream::connect(at).await.unwrap(),
        ];
        let ours = TcpStream::connect(at).await.unwrap();

        let socket = socket_between(ours.local_addr().unwrap(), ours.peer_addr().unwrap());
        keep_unsent(&socket.unwrap().unwrap(), 12_345);

        let limit = |tcp| SockRef::from(tcp).tcp_notsent_lowat().unwrap();
        assert_eq!(limit(&ours), 12_345);
        assert!(others.iter().all(|other| limit(other) != 12_345));
    }

    #[test]
    fn a_connection_that_is_not_ours_is_not_found() {
        let nobodys = SocketAddr::from(([127, 0, 0, 1], 1));
        assert!(socket_between(nobodys, nobodys).unwrap().is_none());
    }
}
