//! What only the command needs: its look from outside, its open files, its log, and its word to the service manager.

pub(crate) mod check;
pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod notify;
