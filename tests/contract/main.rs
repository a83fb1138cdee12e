//! What the platform does, as facts: black box over HTTP and WebSocket, raw values, nothing of our own types.
//!
//! Every case runs against the local org in both generations. With `LIGAND_CONTRACT_URL`, `LIGAND_CONTRACT_ADMIN_TOKEN`
//! and `LIGAND_CONTRACT_ERA` (`s` or `l`) set it runs unchanged against that platform instead, and leaves out, by name,
//! only what is about the other generation or needs a clock that can be moved. That platform must reach agents on this
//! machine's `localhost`, and its limit of requests must be out of the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and deadlines are real time"
)]

mod agent;
mod platform;

mod activity;
mod approvals;
mod auth;
mod connections;
mod delegations;
mod endings;
mod events;
mod hostile;
mod http;
mod limits;
mod messages;
mod neighbours;
mod queue;
mod registry;
mod reports;
mod restarts;
mod secrets;
mod silence;
mod tokens;
mod workspaces;
