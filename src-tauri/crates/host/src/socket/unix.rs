//! The socket on Unix: a socket file in a folder that is the user's alone, and a look at who calls.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use crate::files;

/// The client's end of a connection, and the server's.
pub type Stream = UnixStream;

/// A listening socket. Its file goes away with it.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Held while it listens, where no other lock stands for the socket.
    _lock: Option<File>,
}

impl Listener {
    /// Listens, unless another process does: one at a time, kept apart by a lock of the socket's own.
    ///
    /// # Errors
    /// As [`Self::bind`]; or when the lock's file cannot be opened.
    pub fn claim(path: &Path) -> io::Result<Option<Self>> {
        if let Some(folder) = path.parent() {
            files::private_dir(folder)?;
        }
        // Never removed, or two processes could each hold a lock on a file of the same name.
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut listener = Self::bind(path)?;
        listener._lock = Some(lock);
        Ok(Some(listener))
    }

    /// Listens. Whoever calls this holds the lock beside it, so a socket file that is still there is nobody's.
    ///
    /// # Errors
    /// When the folder cannot be made private, or something else has the name.
    pub fn bind(path: &Path) -> io::Result<Self> {
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
            _lock: None,
        })
    }

    /// The next connection of the same user; others are closed unheard.
    ///
    /// # Errors
    /// When the operating system gives no connection, for want of file handles above all.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.socket.accept().await?;
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == rustix::process::getuid().as_raw() => return Ok(stream),
                Ok(peer) => tracing::warn!(uid = peer.uid(), "another user called a socket of ours: refused"),
                Err(error) => tracing::warn!(%error, "a socket's caller is unknown: refused"),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "a socket's file was not removed");
        }
    }
}

/// Connects to whoever listens.
///
/// # Errors
/// When nobody does ([`is_nobody`]), or the operating system refuses.
pub async fn connect(path: &Path) -> io::Result<Stream> {
    UnixStream::connect(path).await
}

/// Whether the failure to connect means that nobody listens.
#[must_use]
pub fn is_nobody(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}
