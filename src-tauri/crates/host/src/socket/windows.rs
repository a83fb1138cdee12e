//! The socket on Windows: a named pipe. Its default security lets only the user, administrators and the
//! system write to it, and callers from other machines are refused.

use std::{io, path::Path, time::Duration};

use sha2::{Digest, Sha256};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

/// The client's end of a connection.
pub type Stream = NamedPipeClient;
/// The listener's end of a connection.
pub type ServerStream = NamedPipeServer;

/// Windows' answer when every instance of the pipe is taken for the moment (`ERROR_PIPE_BUSY`).
const PIPE_BUSY: i32 = 231;

/// How long to wait for the next instance: the host offers it as soon as it has taken the last one.
const BUSY_WAIT: Duration = Duration::from_millis(10);

/// A listening pipe: one instance waits, and is replaced when a client has come.
#[derive(Debug)]
pub struct Listener {
    waiting: NamedPipeServer,
    name: String,
}

impl Listener {
    /// Listens, unless another process does: one at a time.
    ///
    /// # Errors
    /// When the pipe cannot be made for another reason than that it is there.
    pub fn claim(path: &Path) -> io::Result<Option<Self>> {
        match Self::bind(path) {
            // How Windows says that it would not be the first.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
            bound => bound.map(Some),
        }
    }

    /// Listens. Being the first instance, it fails where another process has taken the name.
    ///
    /// # Errors
    /// When it is not the first.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let name = pipe_name(path);
        let waiting = ServerOptions::new()
            .first_pipe_instance(true)
            .reject_remote_clients(true)
            .create(&name)?;
        Ok(Self { waiting, name })
    }

    /// The next connection.
    ///
    /// # Errors
    /// When the operating system gives no connection.
    pub async fn accept(&mut self) -> io::Result<NamedPipeServer> {
        self.waiting.connect().await?;
        let next = ServerOptions::new()
            .reject_remote_clients(true)
            .create(&self.name)?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }
}

/// Connects to whoever listens.
///
/// # Errors
/// When nobody does ([`is_nobody`]), or the operating system refuses.
pub async fn connect(path: &Path) -> io::Result<Stream> {
    let name = pipe_name(path);
    loop {
        match ClientOptions::new().open(&name) {
            // The host is about to offer the next instance. The caller's deadline ends this.
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => tokio::time::sleep(BUSY_WAIT).await,
            other => return other,
        }
    }
}

/// Whether the failure to connect means that nobody listens.
#[must_use]
pub fn is_nobody(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Pipes live in one flat place of the machine: the name is made from the path that a Unix socket would have, which
/// differs by user and runtime folder.
fn pipe_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!(r"\\.\pipe\ligand-{short}")
}
