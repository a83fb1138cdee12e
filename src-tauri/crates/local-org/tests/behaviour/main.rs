//! The local org seen from outside: raw JSON over HTTP and WebSocket, in both generations.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests, helpers included: what fails shall fail loudly, and deadlines are real time"
)]

mod agent;
mod harness;

mod access;
mod approvals;
mod connection;
mod delegations;
mod deliveries;
mod directory;
mod endings;
mod faults;
mod feed;
mod fence;
mod guards;
mod heartbeats;
mod limits;
mod log;
mod persistence;
mod queue;
mod reports;
mod restarts;
mod secrets;
mod tokens;
mod workspaces;
