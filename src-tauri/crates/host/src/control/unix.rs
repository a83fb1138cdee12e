//! The control socket on Unix: a socket file in a folder that is the user's alone, and a look at who calls.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use crate::files;

/// The client's end of a connection, and the server's.
pub(super) type Stream = UnixStream;

/// A listening control socket. Its file goes away with it.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Listens. Whoever calls this holds the host lock, so a socket file that is still there is nobody's.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            files::private_dir(folder)?;
        }
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => fs::remove_file(path)?,
            // What is no socket was not ours: binding fails and says so.
            Ok(_) | Err(_) => {}
        }
        let socket = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(Self {
            socket,
            path: path.to_owned(),
        })
    }

    /// The next connection of the same user; others are closed unheard.
    pub(super) async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.socket.accept().await?;
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == rustix::process::getuid().as_raw() => return Ok(stream),
                Ok(peer) => tracing::warn!(
                    uid = peer.uid(),
                    "another user called the control socket: refused"
                ),
                Err(error) => tracing::warn!(%error, "the control socket's caller is unknown: refused"),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket's file was not removed");
        }
    }
}

/// Connects to a host.
pub(super) async fn connect(path: &Path) -> io::Result<Stream> {
    UnixStream::connect(path).await
}

/// Whether the failure to connect means that nobody listens.
pub(super) fn is_nobody(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}
