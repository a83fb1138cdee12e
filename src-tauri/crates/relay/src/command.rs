//! What only the command needs: its look from outside, its open files, its log, the signal to read certificates again,
//! its flags about how callers come in, relay keys given out by hand, and its word to the service manager.

pub(crate) mod check;
pub(crate) mod files;
pub(crate) mod hangup;
pub(crate) mod ingress_flags;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod notify;
