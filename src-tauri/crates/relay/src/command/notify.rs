//! Tells the service manager how the relay stands (systemd's `sd_notify`). Without one nothing happens.

/// It takes links and calls.
pub(crate) const READY: &str = "READY=1";
/// It has been told to stop, and calls in flight finish.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Tells the service manager, if there is one.
#[cfg(unix)]
pub(crate) fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else {
        return;
    };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

#[cfg(unix)]
fn send(socket: &std::ffi::OsStr, state: &str) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => in_no_folder(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let from = UnixDatagram::unbound()?;
    // The manager's queue may be full: a relay does not wait for that.
    from.set_nonblocking(true)?;
    from.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

/// A socket that is in no folder has a name that only Linux knows.
#[cfg(target_os = "linux")]
fn in_no_folder(name: &[u8]) -> std::io::Result<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    std::os::unix::net::SocketAddr::from_abstract_name(name)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn in_no_folder(_name: &[u8]) -> std::io::Result<std::os::unix::net::SocketAddr> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// There is none here.
#[cfg(not(unix))]
pub(crate) fn notify(_state: &str) {}
