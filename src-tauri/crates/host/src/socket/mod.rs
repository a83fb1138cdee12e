//! A socket that only the user's own processes can open: a file in a private folder on Unix, a named pipe on Windows.
//!
//! The control API is served on one, and the window's process hears on another that it is wanted.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{Listener, Stream, connect, is_nobody};
#[cfg(windows)]
pub use windows::{Listener, ServerStream, Stream, connect, is_nobody};

/// The listener's end of a connection.
#[cfg(unix)]
pub type ServerStream = Stream;
