//! Connections within this machine, without what spares a network.
//!
//! Where the system's default is BBR, as on many servers, what is sent goes out in small parts at times that it works out. On
//! loopback that only costs: a connection carries less than half of what it would with any other control. What is not here:
//! anything about connections that leave the machine, for which the system's choice stands.
//!
//! Linux only.

use std::os::fd::AsFd;

use socket2::SockRef;

/// The control that every Linux has and every process may choose.
const UNPACED: &[u8] = b"reno";

/// Has a socket that is about to connect within this machine, or the connections of a listener that only this machine reaches,
/// send without pauses. One that is connected already goes on at times that are worked out, but not with as little under way.
/// A failure is only written down: all work without it.
pub fn unpace(tcp: &impl AsFd) {
    let socket = SockRef::from(tcp);
    let done = match socket.tcp_congestion() {
        Ok(control) if control.starts_with(b"bbr") => socket.set_tcp_congestion(UNPACED),
        usual => usual.map(drop),
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection within this machine keeps the system's congestion control");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket, TcpStream};

    fn is_paced(tcp: &impl AsFd) -> bool {
        SockRef::from(tcp).tcp_congestion().unwrap().starts_with(b"bbr")
    }

    /// As it is where that is the system's default; it may not be there, or not be allowed.
    fn pace(tcp: &impl AsFd) {
        drop(SockRef::from(tcp).set_tcp_congestion(b"bbr"));
    }

    #[tokio::test]
    async fn both_ends_of_a_connection_send_without_pauses() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        pace(&listener);
        unpace(&listener);
        let ours = TcpSocket::new_v4().unwrap();
        pace(&ours);
        unpace(&ours);
        let connecting = ours.connect(listener.local_addr().unwrap());
        let (ours, theirs) = tokio::join!(connecting, listener.accept());
        let (ours, (theirs, _)): (TcpStream, _) = (ours.unwrap(), theirs.unwrap());
        assert!(!is_paced(&ours) && !is_paced(&theirs));
    }
}
