//! Connections within this machine, without what spares a network.
//!
//! Where the system's default is BBR, as on many servers, what is sent goes out in small parts at times that it works out. On
//! loopback that only costs: a connection carries less than half of what it would with any other control. What is not here:
//! anything about connections that leave the machine, for which the system's choice stands.
//!
//! Linux only.

use std::net::IpAddr;
use std::os::fd::AsFd;

use socket2::SockRef;

/// The control that every Linux has and every process may choose.
const UNPACED: &[u8] = b"reno";

/// Has a socket that is about to connect to `at`, or the connections of a listener there, send without pauses if that is this
/// machine alone. One that is connected already goes on at times that are worked out, but not with as little under way. A
/// failure is only written down: all work without it.
pub fn unpace(tcp: &impl AsFd, at: IpAddr) {
    if !at.to_canonical().is_loopback() {
        return;
    }
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

    #[test]
    fn what_leaves_the_machine_keeps_the_systems_choice() {
        let socket = TcpSocket::new_v4().unwrap();
        pace(&socket);
        let before = is_paced(&socket);
        unpace(&socket, [192, 0, 2, 1].into());
        assert_eq!(is_paced(&socket), before);
    }

    #[tokio::test]
    async fn both_ends_of_a_connection_send_without_pauses() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        pace(&listener);
        let at = listener.local_addr().unwrap();
        unpace(&listener, at.ip());
        let ours = TcpSocket::new_v4().unwrap();
        pace(&ours);
        unpace(&ours, at.ip());
        let connecting = ours.connect(at);
        let (ours, theirs) = tokio::join!(connecting, listener.accept());
        let (ours, (theirs, _)): (TcpStream, _) = (ours.unwrap(), theirs.unwrap());
        assert!(!is_paced(&ours) && !is_paced(&theirs));
    }
}
