//! What the platform does, as facts: black box over HTTP, raw values, nothing of our own types.
//!
//! Every case runs against the local org in both generations. With `LIGAND_CONTRACT_URL`, `LIGAND_CONTRACT_ADMIN_TOKEN`
//! and `LIGAND_CONTRACT_ERA` (`s` or `l`) set it runs unchanged against that platform instead, and leaves out, by name,
//! only what needs the local org's switches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod platform;

mod auth;
mod hostile;
mod http;
mod liveness;
mod registry;
mod workspaces;
