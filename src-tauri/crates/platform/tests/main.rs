//! The client against real sockets: servers that speak as both generations of the platform do, and as no platform does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests, helpers included: what fails shall fail loudly"
)]

mod common;

mod answers;
mod connections;
mod events;
mod handing;
mod proxy;
mod registry;
mod requests;
mod secrecy;
mod secrets;
mod sending;
mod upgrades;
mod workspaces;
