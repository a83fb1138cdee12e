//! What only the command needs: its log, and its word to the service manager.

pub(crate) mod log;
pub(crate) mod notify;
